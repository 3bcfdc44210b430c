"""`python -m ops.growth`: how a stage grows. `make phase-plan` and `make grow` call it."""

import signal
import sys
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from components.phases import PhaseName
from ops.growth import plan as planning
from ops.growth.errors import GrowthError, InterruptionError
from ops.growth.run import Runner, Voice, way_of
from ops.growth.stacks import ROOT, Account, Sandboxed, Stack
from ops.growth.stage_file import settings_of
from ops.growth.transitions import before
from sandbox.errors import SandboxError

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


class Place(StrEnum):
    """Where."""

    SANDBOX = "sandbox"
    ACCOUNT = "account"


_STAGE = typer.Option(help="the stage, such as dev")
_TO = typer.Option(help="the phase to grow into")
_ON = typer.Option(help="sandbox, or account for the real one")


@app.command(name="plan")
def show(
    stage: Annotated[str, _STAGE],
    to: Annotated[PhaseName, _TO],
    start: Annotated[
        PhaseName | None, typer.Option("--from", help="the phase it is in; unless given, the one before --to")
    ] = None,
    on: Annotated[Place, _ON] = Place.SANDBOX,
) -> None:
    """Say what a way between two phases changes, and its steps; nothing is changed."""
    settings = settings_of(ROOT, stage)
    move = planning.neighbours(stage, start or before(to), to, settings)
    steps, tried_on = planning.preview(settings, move, on_account=on is Place.ACCOUNT)
    for line in planning.report(settings, move, steps, tried_on):
        _say(line)


@app.command(name="grow")
def go(
    stage: Annotated[str, _STAGE],
    to: Annotated[PhaseName, _TO],
    on: Annotated[Place, _ON] = Place.SANDBOX,
    do: Annotated[bool, typer.Option("--do", help="do it; without it, the steps are only told")] = False,
    back: Annotated[bool, typer.Option("--back", help="go back to the phase before, from wherever it is")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="ask nobody")] = False,
    done: Annotated[list[str] | None, typer.Option(help="a step that a person has done, by its key")] = None,
) -> None:
    """Carry a stage into the next phase, step by step; a run that ended anywhere is gone on with."""
    settings = settings_of(ROOT, stage)
    stack: Stack = Account(settings=settings) if on is Place.ACCOUNT else Sandboxed(settings=settings)
    try:
        way = way_of(stack, to)
        if way is None:
            _say(f"{stage} is in phase {to}: nothing is left to do")
            return
        if not do:
            for line in planning.steps_told(settings, way.move, way.left):
                _say(line)
            _say("nothing was done: this was a dry run. To do it: DO=yes")
            return
        runner = Runner(stack=stack, way=way, voice=_voice(yes=yes), done_by_hand=done or [])
        if back:
            runner.back()
        else:
            runner.forward()
        _say(f"{stage} is {'back in' if back else 'in'} phase {way.move.from_phase if back else to}")
    except KeyboardInterrupt:  # here, since the command line would make an exit code of a mistake of it
        raise InterruptionError("interrupted; the journal has what is done, and the next run goes on there") from None
    finally:
        stack.close()


def _voice(*, yes: bool) -> Voice:
    if not yes and not sys.stdin.isatty():
        raise GrowthError("nobody can be asked here, since this is no terminal: YES=yes asks nobody")
    return Voice(say=_say, ask=(lambda _: True) if yes else _asked, is_person=not yes)


def _asked(question: str) -> bool:
    sys.stdout.write(f"  {question} [yes/no] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> NoReturn:
    """Entry point; what stops a step is one sentence on stderr and exit code 1."""
    try:
        app(standalone_mode=True)
    except (GrowthError, SandboxError) as problem:
        sys.stderr.write(f"growth: {problem}\n")
        raise SystemExit(128 + signal.SIGINT if isinstance(problem, InterruptionError) else 1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
