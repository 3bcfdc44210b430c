"""How long the sandbox takes for a whole stage: `python -m bench.sandbox_speed` measures and publishes.

The goal for an `up` is one and a half times the preview, plus 10 s. It stands beside the figures and is never asserted:
a busy machine breaks no build.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import results
from bench.results import Spread
from sandbox.workspace import CHECKPOINTS, HOME_VARIABLE

COMMAND = "python -m bench.sandbox_speed"
TITLE = "How fast the sandbox is"
REPOSITORY = Path(__file__).resolve().parents[1]

STAGE = "dev"
TIMES = 3  # each, in turns, after one turn that is not counted
FACTOR, EXTRA = 1.5, 10.0  # the goal: an `up` within FACTOR previews and EXTRA s


@dataclass(frozen=True, kw_only=True)
class Took:
    """One run, in s."""

    wall: float
    processor: float


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One of each."""

    preview: Took
    up: Took
    again: Took  # an `up` that changes nothing
    refresh: Took
    destroy: Took
    kept: Took  # an `up` that writes its state at each step


def main() -> None:
    """Measures, and publishes what came out."""
    load = results.load()
    with tempfile.TemporaryDirectory() as home:
        turns = [_turn(Path(home)) for _ in range(TIMES + 1)][1:]
        size = _size(Path(home))
    versions = results.installed("pulumi", "pulumi-aws", "grpcio")
    results.publish(TITLE, f"{results.circumstances(COMMAND, versions, load)}\n\n{page(size, turns)}")
    sys.stdout.write(f"{results.PAGE}\n")


def page(size: int, turns: list[Turn]) -> str:
    """The section of the page, in Markdown."""
    preview, up = _walls(turns, "preview"), _walls(turns, "up")
    goal = FACTOR * preview.median + EXTRA
    named = {
        "preview": "preview",
        "up": "up of an empty stack",
        "again": "up that changes nothing",
        "refresh": "refresh",
        "destroy": "destroy",
        "kept": "up of an empty stack, checkpoints kept",
    }
    rows = [
        [said, len(turns), _walls(turns, name).in_seconds(), _processor(turns, name).in_seconds()]
        for name, said in named.items()
    ]
    return f"""The whole {STAGE} stage, {size} resources, without a preview before each update; median (range).
Processor time is that of all processes of a run together, and says more on a busy machine.

{results.table(["what", "times", "s", "s of processor"], rows)}

The goal of an `up` is {FACTOR:g} previews and {EXTRA:.0f} s: {goal:.1f} s; it took {up.median:.1f} s.
State is written once at the end in the sandbox (`PULUMI_SKIP_CHECKPOINTS`), and at each step where faults are tried."""


def _walls(turns: list[Turn], name: str) -> Spread:
    return Spread(values=[getattr(turn, name).wall for turn in turns])


def _processor(turns: list[Turn], name: str) -> Spread:
    return Spread(values=[getattr(turn, name).processor for turn in turns])


def _turn(home: Path) -> Turn:
    preview = _run(home, "preview")
    up, again, refresh = _changed(home, "up"), _changed(home, "up"), _changed(home, "refresh")
    destroy = _changed(home, "destroy")
    kept = _changed(home, "up", checkpoints=True)
    _changed(home, "destroy")
    return Turn(preview=preview, up=up, again=again, refresh=refresh, destroy=destroy, kept=kept)


def _changed(home: Path, command: str, *, checkpoints: bool = False) -> Took:
    return _run(home, command, "--yes", "--skip-preview", checkpoints=checkpoints)


def _run(home: Path, *arguments: str, checkpoints: bool = False) -> Took:
    before, began = _processor_of_children(), time.perf_counter()
    subprocess.run(_command(*arguments), cwd=REPOSITORY, capture_output=True, check=True, env=_env(home, checkpoints))
    return Took(wall=time.perf_counter() - began, processor=_processor_of_children() - before)


def _size(home: Path) -> int:
    """How many resources a preview registers."""
    printed = subprocess.run(
        _command("preview", "--json"), cwd=REPOSITORY, capture_output=True, check=True, env=_env(home, False)
    ).stdout
    return json.loads(printed)["changeSummary"]["create"]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sandbox", "--", "pulumi", *arguments, "--stack", STAGE]


def _env(home: Path, checkpoints: bool) -> dict[str, str]:
    return {**os.environ, HOME_VARIABLE: str(home), CHECKPOINTS: "false" if checkpoints else "true"}


def _processor_of_children() -> float:
    """What all children that have ended took, with theirs, in s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
