"""A stage as its account has it: which account, who asks, and what the stage says of itself. Nothing is written.

A session is `Any`: boto3 makes its clients at run time, and no checker knows their methods.
"""

import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

import yaml

from components import contract
from components.naming import PROJECT, Scope
from ops.errors import OpsError


class Told(Protocol):
    """A command's own sentences for what AWS refuses while `doing`; `otherwise` has those of an error code."""

    def __call__(self, doing: str, *, otherwise: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
        """Around the calls."""
        ...


def stage_scope(root: Path, stage: str, region: str | None = None) -> Scope:
    """The account and region that a stage's own file names.

    Raises:
        OpsError: there is no such stage, or its file names no account.
    """
    path = root / f"Pulumi.{stage}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(each.name.split(".")[1] for each in root.glob("Pulumi.*.yaml")))
        raise OpsError(f"STAGE={stage}: there is no {path.name}; a stage is one of: {known}")
    config = cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8"))["config"])
    account_id, home = (str(config.get(f"{PROJECT}:{key}", "")) for key in ("account_id", "region"))
    if not re.fullmatch(r"\d{12}", account_id):
        raise OpsError(f"{path.name}: {PROJECT}:account_id = {account_id!r}; it must be the 12 digits of an account")
    return Scope(stage=stage, account_id=account_id, region=region or home)


def caller_of(session: Any, scope: Scope, told: Told) -> str:
    """The ARN of whoever asks.

    Raises:
        OpsError: the credentials are of another account than the stage's.
    """
    with told("say who you are"):
        identity = session.client("sts", region_name=scope.region).get_caller_identity()
    if identity["Account"] != scope.account_id:
        raise OpsError(
            f"your credentials are of account {identity['Account']}, and Pulumi.{scope.stage}.yaml says that stage "
            f"{scope.stage} is account {scope.account_id}: take the profile of that account"
        )
    return identity["Arn"]


def contract_of(session: Any, scope: Scope, told: Told) -> dict[str, Any]:
    """What the stage says of itself in a region."""
    name = contract.parameter_name(scope)
    missing = f"there is no parameter {name} in {scope.region}: stage {scope.stage} is not up there"
    with told(f"read the parameter {name}", otherwise={"ParameterNotFound": missing}):
        found = session.client("ssm", region_name=scope.region).get_parameter(Name=name)
    return json.loads(found["Parameter"]["Value"])
