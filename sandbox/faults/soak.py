"""Loses the engine or the provider at drawn moments, again and again, and brings the stack back each time.

    make soak ROUNDS=200 SEED=1

A round strikes an `up` of an empty stack or a `destroy` of a full one, and recovers as sandbox/faults/recovery.py says;
then the state must be that of a run to which nothing happened, and the account must hold what the state says, once.
"""

import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.errors import SandboxError
from sandbox.faults.recovery import UNATTENDED, Stack, recover
from sandbox.faults.states import astray, managed, resources, unlike
from sandbox.launch import ROOT

LONGEST_DELAY = 60  # ms from the call that was drawn to the kill: across the engine's writes of its state


@dataclass(frozen=True, kw_only=True)
class Blow:
    """What happens in one round."""

    fault: str  # as SANDBOX_FAULTS has it
    command: str  # that it strikes
    finish: bool  # a struck destroy is finished, and not brought back up


def drawn(seed: int, number: int, *, full: bool, size: int) -> Blow:
    """Draw a round's blow: the same for the same seed, round and stack."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 -- drawn to be repeated
    command, operation = ("destroy", "delete") if full else ("up", "create")
    kind = chance.choice(("kill", "kill", "die"))
    delay = f",delay={chance.randint(0, LONGEST_DELAY)}" if kind == "kill" and chance.random() < 0.7 else ""
    when = chance.choice(("before", "after"))
    skip = chance.randrange(size)
    fault = f"{kind}@*,op={operation},when={when},skip={skip}{delay}"
    return Blow(fault=fault, command=command, finish=full and chance.random() < 0.5)


class Soak:
    """The rounds of one stack."""

    def __init__(self, project: Path, stack: str, place: Path) -> None:
        self._stack = Stack(project=project, home=place / "struck", name=stack)
        self._calm = Stack(project=project, home=place / "calm", name=stack)
        self._scratch = place / "import.json"
        self._reference: dict[str, Any] = {}
        self._planned: list[dict[str, Any]] = []

    def prepare(self) -> int:
        """Make the reference; returns how many objects the stack has."""
        self._must(self._calm, "up")
        self._reference = self._calm.export()
        self._planned = self._calm.planned()
        return len(managed(self._reference))

    def round(self, seed: int, number: int, size: int) -> str:
        """Play one round; returns what happened.

        Raises:
            SandboxError: the stack did not come back, or not as it was.
        """
        full = bool(self._stack.living())
        blow = drawn(seed, number, full=full, size=size)
        code = self._stack.pulumi(blow.command, *UNATTENDED, faults=blow.fault).returncode
        if blow.finish:
            self._must(self._stack, "destroy")
        else:
            recover(self._stack, self._planned, self._scratch)
        export = self._stack.export()
        wrong = resources(export) if blow.finish else unlike(export, self._reference)
        wrong = [*map(str, wrong), *astray(export, self._stack.living())]
        said = f"{blow.command} with {blow.fault}: exit {code}, {'finished' if blow.finish else 'back up'}"
        if wrong:
            raise SandboxError(f"{said}; then {len(wrong)} differences:\n" + "\n".join(wrong[:20]))
        return said

    @staticmethod
    def _must(stack: Stack, command: str) -> None:
        done = stack.pulumi(command, *UNATTENDED)
        if done.returncode != 0:
            raise SandboxError(f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")


def main(
    rounds: Annotated[int, typer.Option(help="how many", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="what is drawn from; the same seed draws the same", min=0)] = 1,
    first: Annotated[int, typer.Option(help="the number of the first round", min=0)] = 0,
    project: Annotated[Path, typer.Option(help="whose program")] = ROOT,
    stack: Annotated[str, typer.Option(help="which stage")] = "dev",
) -> None:
    """Play the rounds; stops at the first that goes wrong, and keeps its sandbox for a look."""
    place = Path(tempfile.mkdtemp(prefix="soak-"))
    soak = Soak(project, stack, place)
    try:
        size = soak.prepare()
    except SandboxError as problem:
        _say(f"soak: there is nothing to compare with: {problem}")
        raise SystemExit(1) from None
    _say(f"soak: stack {stack}, {size} objects, seed {seed}, rounds {first} to {first + rounds - 1}, in {place}")
    for number in range(first, first + rounds):
        began = time.monotonic()
        try:
            said = soak.round(seed, number, size)
        except SandboxError as problem:
            _say(f"round {number} of seed {seed} FAILED: {problem}")
            raise SystemExit(1) from None
        _say(f"round {number}: {said}, {time.monotonic() - began:.0f} s")
    _say(f"soak: {rounds} rounds, each came back")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
