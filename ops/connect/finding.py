"""Where a connection leads and which machine passes it on: asked of the contract and of Systems Manager; no writes.

A session is `Any`: boto3 makes its clients at run time, and no checker knows their methods.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from components import contract
from components.naming import PROJECT, Scope
from ops.connect.errors import ConnectError, told


@dataclass(frozen=True, kw_only=True)
class Way:
    """From a free port of this machine to one host."""

    scope: Scope
    destination: str
    host: str
    document: str
    relay: str  # id of an instance that answers
    caller: str  # ARN of whoever asks
    contract: dict[str, Any]


def stage_scope(root: Path, stage: str, region: str | None) -> Scope:
    """The account and region that a stage's own file names."""
    path = root / f"Pulumi.{stage}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(each.name.split(".")[1] for each in root.glob("Pulumi.*.yaml")))
        raise ConnectError(f"STAGE={stage}: there is no {path.name}; a stage is one of: {known}")
    config = cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8"))["config"])
    account_id, home = (str(config.get(f"{PROJECT}:{key}", "")) for key in ("account_id", "region"))
    if not re.fullmatch(r"\d{12}", account_id):
        raise ConnectError(
            f"{path.name}: {PROJECT}:account_id = {account_id!r}; it must be the 12 digits of an account"
        )
    return Scope(stage=stage, account_id=account_id, region=region or home)


def find(session: Any, scope: Scope, destination: str) -> Way:
    """Everything that a connection needs, or the sentence that says what is missing."""
    caller = _caller(session, scope)
    known = contract_of(session, scope)
    documents: dict[str, str] = known.get("access_documents", {})
    if destination not in documents:
        raise ConnectError(
            f"TO={destination}: stage {scope.stage} in phase {known.get('phase')} has no such destination; "
            f"it has: {', '.join(sorted(documents)) or 'none'}"
        )
    return Way(
        scope=scope,
        destination=destination,
        host=known["access_hosts"][destination],
        document=documents[destination],
        relay=_relay(session, scope, known["access_relays"]),
        caller=caller,
        contract=known,
    )


def _caller(session: Any, scope: Scope) -> str:
    with told("say who you are"):
        identity = session.client("sts", region_name=scope.region).get_caller_identity()
    if identity["Account"] != scope.account_id:
        raise ConnectError(
            f"your credentials are of account {identity['Account']}, and Pulumi.{scope.stage}.yaml says that stage "
            f"{scope.stage} is account {scope.account_id}: take the profile of that account"
        )
    return identity["Arn"]


def contract_of(session: Any, scope: Scope) -> dict[str, Any]:
    """What the stage says of itself in a region."""
    name = contract.parameter_name(scope)
    missing = f"there is no parameter {name} in {scope.region}: stage {scope.stage} is not up there"
    with told(f"read the parameter {name}", otherwise={"ParameterNotFound": missing}):
        found = session.client("ssm", region_name=scope.region).get_parameter(Name=name)
    return json.loads(found["Parameter"]["Value"])


def _relay(session: Any, scope: Scope, names: list[str]) -> str:
    """The first by id of those that answer: two people then share one, and one log has both."""
    with told("see which machines answer"):
        pages = session.client("ssm", region_name=scope.region).get_paginator("describe_instance_information")
        filters = [{"Key": "tag:Name", "Values": names}, {"Key": "PingStatus", "Values": ["Online"]}]
        answering = [
            each["InstanceId"] for page in pages.paginate(Filters=filters) for each in page["InstanceInformationList"]
        ]
    if not answering:
        raise ConnectError(
            f"no machine of stage {scope.stage} in {scope.region} answers Systems Manager under the tag Name "
            f"{' or '.join(names)}: look whether one runs, and whether its agent reaches ssmmessages"
        )
    return min(answering)
