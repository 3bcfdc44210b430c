"""What a service stack reads of its stage: the contract (components/contract.py), typed, and known at preview.

It is asked for by a look-up and not by an output, so that every name and statement that is made of it can be judged
before anything is made. In the sandbox a committed fixture answers, and the run says so.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pydantic import BaseModel, ConfigDict, ValidationError

from components.contract import VERSION, parameter_name
from components.naming import PROJECT, Scope


class ContractError(pulumi.RunError):
    """No contract that this service could build on; names the platform's stack and the version."""


class Platform(BaseModel):
    """Of version 1, what services build on; a test holds it against what the platform writes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: str
    account_id: str
    region: str
    phase: str
    compliance: str
    destroy_protection: bool
    availability_percent: float
    p95_ms: int
    budget_usd: float
    repository: str
    repository_subject: str = ""  # not said by a platform that was last brought up before services asked for it
    access_log_bucket: str
    key_arns: Mapping[str, str]
    repository_urls: Mapping[str, str]
    service_log_group: str
    database_endpoint: str
    database_reader_endpoint: str
    database_login_ids: tuple[str, ...]
    database_schemas_function: str | None
    cache_endpoint: str
    cache_user_group: str
    cache_arns: tuple[str, ...]
    event_bus_name: str
    alarm_topic_arn: str
    cluster_name: str
    site_bucket: str
    distribution_id: str
    user_pool_id: str
    toggles_application_id: str
    toggles_environment_id: str
    toggles_profile_id: str
    toggles_strategy_ids: Mapping[str, str]
    # Null until their phase.
    stream_name: str | None
    stream_arn: str | None
    assistant_profile_arn: str | None
    assistant_guardrail_id: str | None
    model_endpoint: str | None
    user_features_policy_arn: str | None

    @property
    def scope(self) -> Scope:
        """Where names of this stage live."""
        return Scope(stage=self.stage, account_id=self.account_id, region=self.region)


def read(scope: Scope, opts: pulumi.InvokeOptions) -> Platform:
    """Ask the stage's account; the provider comes through the options.

    Raises:
        ContractError: there is none, or it is too old.
    """
    name = parameter_name(scope)
    try:
        value = aws.ssm.get_parameter(name=name, opts=opts).value
    except Exception as problem:  # what the SDK raises for an answer that is an error has no type of its own
        reason = str(problem).strip().splitlines()[-1].rpartition("returned an error: ")[2]
        raise ContractError(
            f"the contract of {PROJECT}'s stack {scope.stage} cannot be read ({name} in account {scope.account_id}, "
            f"{scope.region}); bring that stack up first, with contract version {VERSION}: {reason}"
        ) from None
    return parse(value, scope)


def parse(text: str, scope: Scope) -> Platform:
    """The contract from its text.

    Raises:
        ContractError: it is another version, older than what is needed, or another stage's.
    """
    stack = f"{PROJECT}'s stack {scope.stage}"
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise ContractError(f"{stack} has written a contract that is no JSON object; update that stack")
    version: Any = given.get("contract_version")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if version != VERSION:
        raise ContractError(f"{stack} has contract version {version}, and this service needs {VERSION}; update it")
    try:
        platform = Platform.model_validate(given)
    except ValidationError as error:
        names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors()}))
        raise ContractError(
            f"the contract of {stack} has version {VERSION} without {names} as needed: it is older than this service; "
            "update that stack first"
        ) from None
    if (platform.stage, platform.account_id, platform.region) != (scope.stage, scope.account_id, scope.region):
        raise ContractError(
            f"the contract found is about stage {platform.stage} in {platform.account_id}, {platform.region}, and "
            f"Pulumi.{scope.stage}.yaml is about {scope.account_id}, {scope.region}; correct that file"
        )
    fixture: Any = given.get("fixture")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if fixture:
        pulumi.log.warn(f"fixture: the contract of {stack} is {fixture}, not what a stack has published")
    return platform
