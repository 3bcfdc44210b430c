"""What is other in the cloud than the state says: `pulumi refresh --preview-only`, as a table and an exit code."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.errors import SandboxError
from sandbox.launch import ROOT, command
from sandbox.provider.tampering import found_at
from sandbox.workspace import Workspace

NONE, FAILED, FOUND = 0, 1, 3  # 2 is what make and the command line say of their own mistakes
_WIDE = 160  # columns where nobody says how many there are: a log
_SHOWN = 60  # characters of a value
_SAME = ("same", "refresh", "read")


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One property that is other than the state says, or one resource that is gone; then `path` is empty."""

    resource: str  # the logical name
    type: str
    path: str
    was: str
    found: str


def report(workspace: Workspace, stage: str) -> int:
    """Look for drift in a stage and print it; no state is written.

    Returns:
        0 for none, 3 for some, 1 where the engine could not tell.

    Raises:
        SandboxError: the stage has no stack, or there is nothing in it.
    """
    if not workspace.is_initialised(stage):
        raise SandboxError(f"the stage {stage} was never brought up in the sandbox: make up STAGE={stage}")
    code, result = _refreshed(workspace, stage)
    if code != 0 or "steps" not in result:
        for each in result.get("diagnostics", [{"message": "the engine gave no result"}]):
            sys.stderr.write(f"drift: {str(each.get('message', '')).strip()}\n")
        return FAILED
    found = list(drifts(result["steps"]))
    show(found, stage, Console(width=None if sys.stdout.isatty() else _WIDE))
    return FOUND if found else NONE


def _refreshed(workspace: Workspace, stage: str) -> tuple[int, Mapping[str, Any]]:
    """Let the engine read everything, and take its result in JSON."""
    arguments = ["refresh", "--preview-only", "--json", "--non-interactive", "--stack", stage]
    place = ["-C", str(workspace.project)]
    done = subprocess.run(
        [*command("sandbox.__main__", "main"), "--", "pulumi", *place, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    start = done.stdout.find("{")
    if start < 0:
        return done.returncode or FAILED, {"diagnostics": [{"message": done.stdout}]}
    return done.returncode, json.JSONDecoder().raw_decode(done.stdout[start:])[0]


def drifts(steps: list[Mapping[str, Any]]) -> Iterator[Drift]:
    """Read the engine's steps."""
    for step in steps:
        if step["op"] in _SAME:
            continue
        name, kind = step["urn"].rpartition("::")[2], step["urn"].split("::")[2].rpartition("$")[2]
        paths = sorted(step.get("detailedDiff") or {})
        if step["op"] == "delete" or not paths:
            yield Drift(resource=name, type=kind, path="", was="exists", found="deleted")
        for path in paths:
            was, found = (_value(step.get(side) or {}, path) for side in ("oldState", "newState"))
            yield Drift(resource=name, type=kind, path=path, was=was, found=found)


def _value(state: Mapping[str, Any], path: str) -> str:
    for part in ("outputs", "inputs"):
        value = found_at(state.get(part) or {}, path)
        if value is not None:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return "-"


def show(found: list[Drift], stage: str, console: Console) -> None:
    """Print what was found, and how it is put right."""
    if not found:
        console.print(f"No drift: the stage {stage} is as its state says.", markup=False)
        return
    table = Table("resource", "type", "property", "the state says", "is", header_style="bold")
    for each in found:
        table.add_row(each.resource, each.type, each.path or "-", each.was, each.found)
    console.print(table, markup=False)
    resources = len({(each.type, each.resource) for each in found})
    console.print(
        f"Drift in {resources} {'resource' if resources == 1 else 'resources'} of {stage}. The state is as it was. "
        f"What the program says is put back by: make refresh STAGE={stage} && make up STAGE={stage}",
        markup=False,
        soft_wrap=True,
    )
