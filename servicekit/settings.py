"""Where everything is that a service needs (REQ-K3): the stage's contract, read at the start, and the environment.

The environment is what the chart puts into each pod (k8s/charts/service), or in phase mvp the instance into its
container. The contract (components/contract.py) is one parameter of the stage's account, and the only thing of the
platform's that a service reads. What belongs to the service alone has a name that both sides know.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from servicekit import aws

VERSION = 1  # of the contract
PORT, GRPC_PORT = 8080, 50051
DATABASE_PORT, CACHE_PORT = 3306, 6379
DRAIN_SECONDS = 45  # as the chart's drainSeconds unless it says otherwise


class SettingsError(Exception):
    """The service cannot know where something is; one sentence says what is missing and who gives it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A service in its stage. What the stage's phase does not have yet is None."""

    service: str
    project: str  # what names of the platform begin with
    stage: str
    region: str
    account_id: str
    port: int
    grpc_port: int
    drain_seconds: int  # that running requests get to end after SIGTERM
    log_level: str
    token_issuer: str  # `iss` of a user's token
    client_ids: frozenset[str]  # whose tokens are taken: `client_id` of an access token
    user_pool_id: str
    database_host: str
    database_reader_host: str
    database_port: int
    database_user: str  # which logs in by IAM
    database_name: str
    database_authorities: str | None  # file of certificates that the database's is signed by; None: the system's
    cache_host: str
    cache_port: int
    cache_name: str  # of the replication group, for which a token is signed
    event_bus: str
    stream_arn: str | None
    model_endpoint: str | None
    features_group: str | None
    assistant_profile: str | None
    assistant_guardrail: str | None
    assistant_guardrail_version: str | None
    toggles_application: str
    toggles_environment: str
    toggles_profile: str

    def name(self, *parts: str) -> str:
        """What something of the service's own is called in the account: `startup-platform-dev-feed-queue`."""
        return "-".join((self.project, self.stage, self.service, *parts))

    @property
    def source(self) -> str:
        """What its events say that they come from."""
        return f"{self.project}.{self.service}"

    @property
    def prefix(self) -> str:
        """What its keys and channels in the cache begin with; the cache lets it touch no other."""
        return f"{self.service}:"

    @property
    def cache_user(self) -> str:
        """Its user in the cache."""
        return f"{self.stage}-{self.service}"

    @property
    def bucket(self) -> str:
        """Its own bucket."""
        return self.name(self.account_id)


def read(
    service: str,
    environment: Mapping[str, str] = os.environ,
    contract: Callable[[str], str] | None = None,
) -> Settings:
    """The settings of a service, by its name.

    Raises:
        SettingsError: a variable is missing or no number, or the contract cannot be read.
    """
    parameter = environment.get("CONTRACT") or f"/startup-platform/{_given(environment, 'STAGE')}/contract/v{VERSION}"
    found = _contract(parameter, contract or _from_parameter_store)
    schema = service.replace("-", "_")
    return Settings(
        service=service,
        project=parameter.strip("/").partition("/")[0],
        stage=found["stage"],
        region=found["region"],
        account_id=found["account_id"],
        port=_number(environment, "PORT", PORT),
        grpc_port=_number(environment, "GRPC_PORT", GRPC_PORT),
        drain_seconds=_number(environment, "DRAIN_SECONDS", DRAIN_SECONDS),
        log_level=environment.get("LOG_LEVEL", "info"),
        token_issuer=found["token_issuer"],
        client_ids=frozenset([found["sign_in_client_id"]]),
        user_pool_id=found["user_pool_id"],
        database_host=found["database_endpoint"],
        database_reader_host=found["database_reader_endpoint"],
        database_port=_number(environment, "DATABASE_PORT", DATABASE_PORT),
        database_user=environment.get("DATABASE_USER", schema),
        database_name=schema,
        database_authorities=environment.get("DATABASE_AUTHORITIES"),
        cache_host=found["cache_endpoint"],
        cache_port=_number(environment, "CACHE_PORT", CACHE_PORT),
        cache_name=found["cache_arns"][0].rpartition(":")[2],
        event_bus=found["event_bus_name"],
        stream_arn=found["stream_arn"],
        model_endpoint=found["model_endpoint"],
        features_group=found["user_features_group"],
        assistant_profile=found["assistant_profile_arn"],
        assistant_guardrail=found["assistant_guardrail_id"],
        assistant_guardrail_version=found["assistant_guardrail_version"],
        toggles_application=found["toggles_application_id"],
        toggles_environment=found["toggles_environment_id"],
        toggles_profile=found["toggles_profile_id"],
    )


class _Contract(dict[str, Any]):
    """A key that is missing is a sentence."""

    def __missing__(self, key: str) -> Any:
        raise SettingsError(f"the contract has no {key}: it is older than this service; update the platform's stack")


def _contract(parameter: str, fetch: Callable[[str], str]) -> _Contract:
    try:
        found = _Contract(json.loads(fetch(parameter)))
    except SettingsError:
        raise
    except Exception as problem:
        raise SettingsError(f"the contract {parameter} cannot be read: {problem}") from problem
    if found["contract_version"] != VERSION:
        raise SettingsError(f"{parameter} has version {found['contract_version']}, and this service needs {VERSION}")
    return found


def _from_parameter_store(parameter: str) -> str:
    return aws.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]


def _given(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(f"{name} is not in the environment: the chart of services sets it, and `make dev` does")
    return value


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdigit():
        raise SettingsError(f"{name} = {value!r} in the environment is no whole number")
    return int(value)
