"""Brings a stack back after a lost answer, by the commands that a real account wants as well.

    1. pulumi import --file ...                          what the account has and the state does not
    2. pulumi refresh --clear-pending-creates            what the state has and the account does not
    3. pulumi up

The flag that promises to do the first in the second, `--import-pending-creates`, drops the resource from a state in a
file backend (pulumi 3.259.0, tests/engine/test_faults.py): what was made is then in nobody's hands.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.faults.grammar import VARIABLE
from sandbox.faults.states import managed
from sandbox.launch import ROOT
from sandbox.ledger import Ledger, Thing
from sandbox.provider.states import state_file
from sandbox.workspace import CHECKPOINTS, HOME_VARIABLE, Workspace

Document = dict[str, Any]
_SEALED = '"ciphertext"'
# Nobody is asked; outputs would stand at the end of what a failed command says, where its errors are looked for.
UNATTENDED = ("--yes", "--skip-preview", "--suppress-outputs")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack in a sandbox with checkpoints, spoken to through `python -m sandbox`."""

    project: Path
    home: Path
    name: str

    def pulumi(self, *arguments: str, faults: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a pulumi command on the stack."""
        environment = {**os.environ, HOME_VARIABLE: str(self.home), "PYTHONPATH": str(ROOT), CHECKPOINTS: "false"}
        environment[VARIABLE] = faults
        command = [sys.executable, "-m", "sandbox", "--", "pulumi", *arguments, "--stack", self.name]
        return subprocess.run(
            command,
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def export(self) -> Document:
        """The state, secrets in the open: nothing in a sandbox is secret."""
        sealed = self.peek()
        if _SEALED not in json.dumps(sealed):
            return sealed
        return json.loads(_good(self.pulumi("stack", "export", "--show-secrets")).stdout)

    def peek(self) -> Document:
        """The same without asking the engine, secrets sealed."""
        text = state_file(self.home / "state", self._project_name(), self.name).read_text()
        return {"deployment": json.loads(text)["checkpoint"].get("latest") or {}}

    def planned(self) -> list[Document]:
        """What the program wants, resource by resource, as a preview registers them."""
        printed = _good(self.pulumi("preview", "--json", "--show-sames")).stdout
        return [step["newState"] for step in json.loads(printed)["steps"] if step.get("newState")]

    def living(self) -> list[Thing]:
        """What the account has of this stack."""
        return Ledger(self.home / "ledger").living(f"urn:pulumi:{self.name}::{self._project_name()}::x::x")

    def _project_name(self) -> str:
        return Workspace(project=self.project).project_name()


def recover(stack: Stack, planned: Iterable[Mapping[str, Any]], scratch: Path) -> None:
    """Do all three steps. `planned` is what the program wants, `scratch` takes the file that the import wants.

    Raises:
        SandboxError: a command failed; says what it said.
    """
    lost = unknown(stack.peek(), stack.living())
    if lost:
        scratch.write_text(json.dumps(import_document(lost, planned), indent=2))
        _good(stack.pulumi("import", "--file", str(scratch), "--protect=false", "--generate-code=false", *UNATTENDED))
    _good(stack.pulumi("refresh", "--clear-pending-creates", *UNATTENDED))
    _good(stack.pulumi("up", *UNATTENDED))


def unknown(export: Mapping[str, Any], living: Iterable[Thing]) -> list[Thing]:
    """What exists and the state has nothing for: an import can take it over. The later of two of one URN."""
    known = managed(export)
    return list({each.urn: each for each in living if each.urn not in known}.values())


def import_document(lost: Sequence[Thing], planned: Iterable[Mapping[str, Any]]) -> Document:
    """The file of `pulumi import --file` for what was lost; the program says whose children they are.

    Raises:
        SandboxError: the program has no such resource.
    """
    wanted = {each["urn"]: each for each in planned}
    names: dict[str, str] = {}  # URN -> the name it has in the file
    entries: list[Document] = []
    for each in lost:
        if each.urn not in wanted:
            raise SandboxError(f"{each.urn} exists as {each.id}, and the program has no such resource: delete it")
        entry: Document = {"type": each.type, "name": each.urn.rpartition("::")[2], "id": each.id}
        parent = wanted[each.urn].get("parent", "")
        provider = wanted[each.urn].get("provider", "").rpartition("::")[0]
        if parent and "::pulumi:pulumi:Stack::" not in parent:
            entry["parent"] = names.setdefault(parent, f"r{len(names)}")
        if provider and not provider.rpartition("::")[2].startswith("default"):
            entry["provider"] = names.setdefault(provider, f"r{len(names)}")
        entries.append(entry)
    return {"nameTable": {name: urn for urn, name in names.items()}, "resources": entries}


def _good(done: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
    if done.returncode != 0:
        command = " ".join(done.args[4:])
        raise SandboxError(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}")
    return done
