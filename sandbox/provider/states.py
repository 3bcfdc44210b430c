"""What the states of the sandbox's own backend hold: the nearest thing to an account that there is.

The engine writes them; here they are only read. A run that skips checkpoints writes its state at its end.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BACKEND_VARIABLE = "PULUMI_BACKEND_URL"
_LOCAL = "file://"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One resource of a state; `outputs` as the state keeps them, secrets encrypted."""

    urn: str
    type: str
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    parent: str

    @property
    def name(self) -> str:
        """The logical name in the program."""
        return self.urn.rpartition("::")[2]


def backend_of(environment: Mapping[str, str]) -> Path | None:
    """The folder of a file backend, from the environment that the engine runs in; None for another backend."""
    url = environment.get(BACKEND_VARIABLE, "")
    return Path(url.removeprefix(_LOCAL).partition("?")[0]) if url.startswith(_LOCAL) else None


def state_file(backend: Path, project: str, stack: str) -> Path:
    """Where the engine keeps the state of a stack."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def stored(state: Path) -> Iterator[Stored]:
    """Read every resource of one state, in the order in which they were made; none where there is no state."""
    try:
        checkpoint: Any = json.loads(state.read_text(encoding="utf-8"))["checkpoint"]
    except FileNotFoundError:
        return
    latest: dict[str, Any] = checkpoint.get("latest") or {}
    yield from of_resources(latest.get("resources") or [])


def of_resources(resources: Sequence[Mapping[str, Any]]) -> Iterator[Stored]:
    """Read resources as a state or an export of it has them, without what a failed replacement left to be deleted."""
    for each in resources:
        if not each.get("delete"):
            yield Stored(
                urn=each["urn"],
                type=each["type"],
                id=each.get("id", ""),
                inputs=each.get("inputs") or {},
                outputs=each.get("outputs") or {},
                parent=each.get("parent", ""),
            )


def everything(backend: Path) -> Iterator[Stored]:
    """Read every resource of every stack in a backend."""
    for state in sorted(backend.glob(".pulumi/stacks/*/*.json")):
        yield from stored(state)
