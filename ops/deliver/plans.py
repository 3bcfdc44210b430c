"""A plan on its way from where it was made to where it is applied: that one, of this commit, for this stack."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ops.errors import OpsError

PLAN = "plan.json"
SLIP = "slip.json"


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What accompanies a plan.

    Attributes:
        stack: what it is for.
        commit: what it was made of.
        sha256: of the plan's file.
        destroys: URNs that hold data and that it deletes or replaces.
        begins: folders of services whose stacks are made with it.
    """

    stack: str
    commit: str
    sha256: str
    destroys: tuple[str, ...]
    begins: tuple[str, ...] = ()


def write(folder: Path, *, stack: str, commit: str, destroys: tuple[str, ...], begins: tuple[str, ...] = ()) -> Slip:
    """Describe the plan that the engine has left in a folder."""
    slip = Slip(stack=stack, commit=commit, sha256=_digest(folder), destroys=destroys, begins=begins)
    (folder / SLIP).write_text(json.dumps(asdict(slip), indent=2) + "\n", encoding="utf-8")
    return slip


def accepted(folder: Path, *, stack: str, commit: str) -> tuple[Slip, Path]:
    """What accompanies the plan, and its file, if it may be applied here.

    Raises:
        OpsError: there is none, it is for another stack or commit, or it is other than it was when it was described.
    """
    try:
        slip = TypeAdapter(Slip).validate_json((folder / SLIP).read_bytes())
    except OSError:
        raise OpsError(f"PLAN: {folder} holds no plan ({SLIP} is missing); make one: make plan STAGE={stack}") from None
    except ValidationError:
        raise OpsError(f"PLAN: {folder / SLIP} is not what `make plan` writes") from None
    if slip.stack != stack:
        raise OpsError(f"PLAN: it is for {slip.stack}, not for {stack}")
    if slip.commit != commit:
        raise OpsError(f"PLAN: it was made of {slip.commit[:10]}, and this is {commit[:10]}; make a new one")
    if slip.sha256 != _digest(folder):
        raise OpsError(f"PLAN: {PLAN} is other than it was when it was made; make a new one")
    return slip, folder / PLAN


def _digest(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / PLAN).read_bytes()).hexdigest()
    except OSError:
        raise OpsError(f"PLAN: {folder} holds no {PLAN}") from None
