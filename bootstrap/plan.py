"""A plan of steps: each looks, says what lacks, does it, and tells how to undo it. No state is kept: looking decides.

So a run that ended in the middle, by Ctrl-C or by AWS, is gone on with by running it again, and one that finds nothing
to do does nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bootstrap.errors import explained


@dataclass(frozen=True, kw_only=True)
class Lack:
    """One thing that is not as it should be."""

    say: str  # as an order: "make the bucket x"
    do: Callable[[], None]  # may be repeated


def _nothing() -> list[str]:
    return []


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that an account needs."""

    title: str
    look: Callable[[], Sequence[Lack]]  # reads only; none: it is as it should be
    undo: str  # what a person types to be rid of it
    ask: Callable[[], Sequence[str]] = field(default=_nothing)  # what only a person can do, as far as it is not done


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a step saw."""

    step: Step
    lacks: Sequence[Lack]


def survey(steps: Sequence[Step]) -> Iterator[Found]:
    """Look at everything and change nothing."""
    for step in steps:
        with explained(step.title):
            yield Found(step=step, lacks=step.look())


def carry_out(steps: Sequence[Step], say: Callable[[str], None]) -> list[Step]:
    """Do what lacks, in order; each step looks when its turn comes. Returns the steps that did something.

    Raises:
        BootstrapError: AWS refused; what was done until then stays, and the next run goes on from there.
    """
    changed: list[Step] = []
    for step in steps:
        with explained(step.title):
            lacks = step.look()
        for lack in lacks:
            with explained(f"{step.title}: {lack.say}"):
                lack.do()
            say(f"{step.title}: {lack.say}")
        if lacks:
            changed.append(step)
    return changed
