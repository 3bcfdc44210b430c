"""`make phase-plan`: what a way changes, step by step, before anybody goes it. Changes nothing."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from components.phases import PhaseName
from components.settings import Settings
from ops.growth.changes import lost, told
from ops.growth.errors import GrowthError
from ops.growth.move import Move, Side
from ops.growth.run import spelled
from ops.growth.stacks import Account, Sandboxed, Steps
from ops.growth.steps import NONE, Api, Checked, Manual, Step, Up
from ops.growth.transitions import TRANSITIONS, before, next_after

KINDS: Mapping[type[Step], str] = {Up: "up", Api: "call to AWS", Checked: "check", Manual: "a person's"}


def neighbours(stage: str, from_phase: PhaseName | None, to: PhaseName, settings: Settings) -> Move:
    """Return the move.

    Raises:
        GrowthError: a phase between is left out, or it is backwards.
    """
    comes = next_after(from_phase)
    if comes != to:
        if comes is None or (from_phase and list(PhaseName).index(to) <= list(PhaseName).index(from_phase)):
            raise GrowthError(f"FROM={from_phase} TO={to}: growing goes one way; TO is the phase after FROM")
        first = next(iter(TRANSITIONS[comes].of(Move.of(settings, from_phase, comes))))
        raise GrowthError(
            f"FROM={from_phase or ''} TO={to}: {to} is reached from {before(to)}. {comes} comes first, and its first "
            f"step is {first.key!r} ({first.title}): make phase-plan STAGE={stage} TO={comes}"
        )
    return Move.of(settings, from_phase, to)


def preview(settings: Settings, move: Move, *, on_account: bool) -> tuple[Steps, str]:
    """What the whole way changes, by the engine, and on what that was tried."""
    goal = move.config(Side.AFTER)
    if on_account:
        account = Account(settings=settings)
        if (now := account.phase()) != move.from_phase:
            raise GrowthError(f"{settings.stage} is in phase {now or 'none'} on this account, not in {move.from_phase}")
        return account.preview(goal), f"the state of {settings.stage} in account {settings.account_id}"
    with Sandboxed(settings=settings) as here:
        if move.from_phase and here.phase() == move.from_phase:
            return here.preview(goal), f"the state of {settings.stage} in the sandbox"
    with tempfile.TemporaryDirectory() as scratch, Sandboxed(settings=settings, home=Path(scratch)) as beside:
        if move.from_phase:
            beside.up(move.config(Side.BEFORE))
        return beside.preview(goal), f"a sandbox of its own, in phase {move.from_phase or 'none'}"


def report(settings: Settings, move: Move, steps: Steps, on: str) -> Iterator[str]:
    """The plan, line by line."""
    way = TRANSITIONS[move.to_phase]
    yield f"{settings.stage}: {move.from_phase or 'nothing'} -> {move.to_phase}: {way.title}"
    yield f"previewed on {on}:"
    yield from (f"  {line}" for line in told(steps))
    if not lost(steps):
        yield "  nothing that holds data is replaced or deleted"
    taken = way.of(move)
    yield from steps_told(settings, move, taken)
    yield from (f"users feel: {each}" for each in _felt(taken, move) or ["nothing"])
    yield from (f"not to be had again: {each.irreversible}" for each in taken if each.irreversible)
    yield f"the way back, from the far end: {way.back}"


def steps_told(settings: Settings, move: Move, steps: Sequence[Step]) -> Iterator[str]:
    """The steps in order, with what each means."""
    yield f"{len(steps)} steps:"
    for number, step in enumerate(steps, 1):
        yield f"{number:3}. {step.key} ({KINDS[type(step)]}): {step.title}"
        if isinstance(step, Up):
            yield f"     settings: {', '.join(f'{_short(key)}={value}' for key, value in step.config(move).items())}"
            yield from (f"     users feel: {felt}" for felt in step.felt_in(move) if not felt.startswith(NONE))
        if isinstance(step, Checked) and step.for_seconds:
            yield f"     for {step.for_seconds // 60} minutes"
        if isinstance(step, Manual):
            yield from (f"     - {line}" for line in spelled(step, settings, move))
        if not step.downtime.startswith(NONE):
            yield f"     users feel: {step.downtime}"
        if step.irreversible:
            yield f"     not to be had again: {step.irreversible}"
        if not isinstance(step, Checked):
            yield f"     back: {step.back}"


def _felt(steps: Sequence[Step], move: Move) -> list[str]:
    """What users feel of all of it, in the order of the steps, each once."""
    felt = [
        each
        for step in steps
        for each in (step.downtime, *(step.felt_in(move) if isinstance(step, Up) else ()))
        if not each.startswith(NONE)
    ]
    return list(dict.fromkeys(str(each) for each in felt))


def _short(key: str) -> str:
    return key.partition(":")[2]
