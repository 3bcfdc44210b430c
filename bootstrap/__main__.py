"""What an account needs before its first `pulumi up`: `make bootstrap STAGE=dev` looks, `DO=yes` makes it."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bootstrap import doctor, plan, stack, stage
from bootstrap.account import Account
from bootstrap.aws import Aws
from bootstrap.errors import BootstrapError, explained
from bootstrap.plan import Step

PROJECT = Path(__file__).resolve().parents[1]
_SIGNS = {"good": "ok ", "bad": "!! ", "wrong": "!! ", "unknown": "?  "}

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
_out = Console(highlight=False, soft_wrap=True)

_STAGE = typer.Option(help="the stage, such as dev")
_PROFILE = typer.Option(help="a profile of ~/.aws/config; left out, whoever the environment says")
_PLACE = typer.Option(help="where the stage files are", hidden=True)


@app.command(name="run")
def bootstrap(
    stage_name: Annotated[str, typer.Option("--stage", help="the stage, such as dev")] = "dev",
    profile: Annotated[str | None, _PROFILE] = None,
    do: Annotated[bool, typer.Option("--do", help="make what is missing; without it, only say what is")] = False,
    project: Annotated[Path, _PLACE] = PROJECT,
) -> None:
    """Look at the stage's account and say what is missing; with --do make it."""
    account = _account(stage_name, profile, project)
    wrong = _examined(account)
    if do and wrong:  # such as trust in a repository that is not ours
        raise BootstrapError(f"nothing was changed: {wrong[0]}")
    steps = account.steps()
    _heading("What is there" if not do else "What was done")
    if do:
        changed = plan.carry_out(steps, lambda said: _say(f"done  {said}"))
        if not changed:
            _say("nothing was missing, and nothing was changed")
        _undo(changed)
    else:
        missing = _planned(steps)
        if missing:
            _say(f"nothing was changed; make it: make bootstrap STAGE={stage_name} DO=yes")
    _asked(steps)


@app.command(name="lock")
def who_holds(
    stage_name: Annotated[str, typer.Option("--stage", help="the stage, such as dev")] = "dev",
    profile: Annotated[str | None, _PROFILE] = None,
    project: Annotated[Path, _PLACE] = PROJECT,
) -> None:
    """Say who holds the lock of the stage's stack. Exit code 0: nobody, 3: somebody."""
    account = _account(stage_name, profile, project)
    doctor.identity(account.aws, account.settings)
    with explained("the stack's lock"):
        found = stack.holders(account.aws, account.names)
    if not found:
        _say(f"nobody holds the lock of {stage_name}")
        raise SystemExit(0)
    for sentence in found:
        _say(f"the stack {stage_name} is locked by {sentence}")
    _say(f"ask them; if that process is gone (docs/bootstrap.md): pulumi cancel --stack {stage_name}")
    raise SystemExit(3)


def _account(stage_name: str, profile: str | None, project: Path) -> Account:
    settings = stage.read(stage_name, project)
    with explained("logging in"):
        aws = Aws.of(settings.region, profile)
    return Account(settings=settings, aws=aws, project=project, profile=profile)


def _examined(account: Account) -> list[str]:
    """Say what stands in the way; what of it is wrong in the stage file."""
    _heading(f"Account {account.settings.account_id}, stage {account.settings.stage}, phase {account.settings.phase}")
    wrong: list[str] = []
    for said in doctor.examine(account.aws, account.settings, account.zone, account.connection):
        _say(_SIGNS[said.kind] + said.sentence)
        wrong += [said.sentence] * (said.kind == "wrong")
    return wrong


def _planned(steps: Sequence[Step]) -> bool:
    missing = False
    for found in plan.survey(steps):
        if not found.lacks:
            _say(f"ok    {found.step.title}")
        for lack in found.lacks:
            missing = True
            _say(f"to do {found.step.title}: {lack.say}")
    return missing


def _undo(changed: Sequence[Step]) -> None:
    if changed:
        _heading("How to undo it, from the last to the first")
    for step in reversed(changed):
        _say(f"{step.title}: {step.undo}")


def _asked(steps: Sequence[Step]) -> None:
    """What only a person can do."""
    sentences: list[str] = []
    for step in steps:
        with explained(step.title):
            sentences += step.ask()
    if sentences:
        _heading("What only you can do")
    for sentence in sentences:
        _say(f"- {sentence}")


def _heading(text: str) -> None:
    _out.print(f"\n[bold]{text}[/bold]")


def _say(sentence: str) -> None:
    _out.print(sentence, markup=False)


def main() -> NoReturn:
    """Entry point; what went wrong is one sentence on stderr and exit code 1, and Ctrl-C leaves what was done."""
    try:
        app(sys.argv[1:], standalone_mode=True)
    except BootstrapError as problem:
        sys.stderr.write(f"bootstrap: {problem}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("bootstrap: stopped; what was done stays, and the next run goes on from here\n")
        raise SystemExit(128 + signal.SIGINT) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
