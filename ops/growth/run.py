"""Goes a way step by step: a gate before each, a journal around each, and from wherever the last run ended."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from components.phases import PhaseName
from components.settings import Settings
from ops.growth.calls import Call
from ops.growth.changes import told
from ops.growth.cloud import Cloud, Seen
from ops.growth.errors import PASSING, REFUSED, GrowthError
from ops.growth.journal import BEGUN, DONE, Journal
from ops.growth.move import Move, Side
from ops.growth.stacks import Stack
from ops.growth.steps import NONE, Api, Checked, Manual, Step, Up
from ops.growth.transitions import TRANSITIONS, before, next_after
from ops.refusals import code_of, refusal_of, sentence

POLL_SECONDS = 15


class Clock(Protocol):
    """Time; a test has its own."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Who is told, and who is asked."""

    say: Callable[[str], None]
    ask: Callable[[str], bool]
    is_person: bool  # whether it is a person who answers, and not a `--yes`


@dataclass(frozen=True, kw_only=True)
class Way:
    """A stage on its way, or before it."""

    move: Move
    steps: Sequence[Step]
    journal: Journal

    @property
    def left(self) -> list[Step]:
        """The steps that are not done."""
        return [step for step in self.steps if self.journal.state(step.key) != DONE]


def way_of(stack: Stack, to: PhaseName) -> Way | None:
    """The way of a stage to a phase; None where it is there already.

    Raises:
        GrowthError: another way is not finished yet, or phases between would be left out.
    """
    stage = stack.settings.stage
    journal = Journal.read(stack.journal)
    if journal and not journal.finished:
        _refuse_another_way(journal, stack, to)
    else:
        now = stack.phase()
        if now == to:
            return None
        _refuse_out_of_order(stack, now, to)
        journal = Journal(
            path=stack.journal, stage=stage, account=stack.settings.account_id, from_phase=now, to_phase=to
        )
    move = Move.of(stack.settings, journal.from_phase, to)
    return Way(move=move, steps=TRANSITIONS[to].of(move), journal=journal)


def _refuse_another_way(journal: Journal, stack: Stack, to: PhaseName) -> None:
    stage = stack.settings.stage
    if journal.account != stack.settings.account_id:
        raise GrowthError(
            f"{journal.path} is of account {journal.account}, and Pulumi.{stage}.yaml says {stack.settings.account_id}"
        )
    if journal.to_phase != to:
        move = Move.of(stack.settings, journal.from_phase, journal.to_phase)
        left = [step for step in TRANSITIONS[journal.to_phase].of(move) if journal.state(step.key) != DONE]
        where = f"step {left[0].key!r} ({left[0].title})" if left else "its end"
        raise GrowthError(
            f"{stage} is on its way to {journal.to_phase}, and {where} comes first: "
            f"make grow STAGE={stage} TO={journal.to_phase} DO=yes (or BACK=yes, to go back)"
        )


def _refuse_out_of_order(stack: Stack, now: PhaseName | None, to: PhaseName) -> None:
    stage, comes = stack.settings.stage, next_after(now)
    if comes == to:
        return
    where = f"{stage} is in phase {now}" if now else f"{stage} has no stack yet"
    if comes is None or (now and list(PhaseName).index(to) < list(PhaseName).index(now)):
        raise GrowthError(f"{where}, and growing goes one way; how to go back: make phase-plan STAGE={stage} TO={now}")
    first = next(iter(TRANSITIONS[comes].of(Move.of(stack.settings, now, comes))))
    raise GrowthError(
        f"{where}, and {to} is reached from {before(to)}: {comes} comes first, and its first step is "
        f"{first.key!r} ({first.title}): make grow STAGE={stage} TO={comes}"
    )


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Does the steps of a way."""

    stack: Stack
    way: Way
    voice: Voice
    clock: Clock = time
    done_by_hand: Sequence[str] = ()  # keys of manual steps that somebody did

    def forward(self) -> None:
        """Go on from where the journal ends.

        Raises:
            GrowthError: a step could not be done, or somebody said no.
        """
        for number, step in enumerate(self.way.steps, 1):
            head = f"{number}/{len(self.way.steps)} {step.key}: {step.title}"
            if self.way.journal.state(step.key) == DONE:
                self.voice.say(f"{head}: done before")
                continue
            self.voice.say(head)
            self._gate(step)
            self.way.journal.note(step.key, BEGUN)
            self._do(step)
            self.way.journal.note(step.key, DONE)
        self.way.journal.finish()

    def back(self) -> None:
        """Take back what the journal says was done or begun, the last step first.

        Raises:
            GrowthError: a step could not be taken back, or somebody said no.
        """
        if self.way.move.from_phase is None:
            raise GrowthError(f"{self.way.move.stage} had no phase before: `pulumi destroy` takes it down")
        written = False
        for step in reversed([each for each in self.way.steps if self.way.journal.state(each.key)]):
            self.voice.say(f"back from {step.key}: {step.back}")
            if step.irreversible:
                self.voice.say(f"  not to be had again: {step.irreversible}")
            if isinstance(step, Up | Api) and not self.voice.ask(f"take {step.key} back?"):
                raise GrowthError(f"stopped before {step.key} was taken back, as you said; nothing else was done")
            written = self._undo(step) or written
            self.way.journal.forget(step.key)
        if written:
            self.stack.up(self.way.move.config(Side.BEFORE))
        self.way.journal.finish()

    def _gate(self, step: Step) -> None:
        if step.downtime != NONE:
            self.voice.say(f"  users feel: {step.downtime}")
        if isinstance(step, Up):
            for felt in step.felt_in(self.way.move):
                self.voice.say(f"  users feel: {felt}")
            if self.voice.is_person:
                for line in told(self.stack.preview(step.config(self.way.move))):
                    self.voice.say(f"  {line}")
        if step.irreversible:
            self.voice.say(f"  not to be had again: {step.irreversible}")
        self.voice.say(f"  the way back: {step.back}")
        if isinstance(step, Up | Api) and not self.voice.ask(f"do {step.key}?"):
            raise GrowthError(f"stopped before step {step.key!r}, as you said; the next run asks again")

    def _do(self, step: Step) -> None:
        match step:
            case Up():
                self.stack.up(step.config(self.way.move))
            case Api():
                self._call(step.key, step.call(self.way.move), step.within)
            case Checked():
                self._see(step)
            case Manual():
                self._by_hand(step)
            case _:
                raise TypeError(step)

    def _undo(self, step: Step) -> bool:
        """Take a step back; returns whether an `up` at the end has to write down what calls took back."""
        if isinstance(step, Api):
            self._call(step.key, step.call(self.way.move).undone(), step.within)
        if not isinstance(step, Up):
            return False
        if step.sets:  # calls did what it wrote down, and take it back themselves
            return True
        ups = [each for each in self.way.steps if isinstance(each, Up)]
        place = ups.index(step)
        self.stack.up(ups[place - 1].config(self.way.move) if place else self.way.move.config(Side.BEFORE))
        return False

    def _call(self, key: str, call: Call, within: int) -> None:
        cloud = self.stack.cloud()
        seen = self._look(key, call.look, cloud)
        if seen.done:
            self.voice.say(f"  {seen.says} already")
            return
        self._begin(key, call, cloud)
        until = self.clock.monotonic() + within
        while not (seen := self._look(key, call.look, cloud)).done:
            if self.clock.monotonic() > until:
                raise GrowthError(
                    f"step {key!r}: after {within // 60} minutes still: {seen.says}. AWS goes on by itself; "
                    "the next run looks first"
                )
            self.clock.sleep(POLL_SECONDS if self.stack.is_real else 0)
            if call.repeats:
                self._begin(key, call, cloud)
        self.voice.say(f"  {seen.says}")

    def _begin(self, key: str, call: Call, cloud: Cloud) -> None:
        try:
            call.do(cloud)
        except ClientError as refusal:
            if refusal_of(refusal) not in PASSING:
                raise GrowthError(sentence(f"step {key!r}", refusal, REFUSED)) from None
        except (BotoCoreError, LookupError) as problem:
            raise GrowthError(f"step {key!r}: {problem}") from None

    def _look(self, key: str, look: Callable[[Cloud], Seen], cloud: Cloud) -> Seen:
        try:
            return look(cloud)
        except ClientError as refusal:
            if refusal_of(refusal) in PASSING:
                return Seen(done=False, says=f"AWS asks to wait ({code_of(refusal)})")
            raise GrowthError(sentence(f"step {key!r}", refusal, REFUSED)) from None
        except (BotoCoreError, LookupError) as problem:
            raise GrowthError(f"step {key!r}: {problem}") from None

    def _see(self, step: Checked) -> None:
        check, cloud = step.check(self.way.move), self.stack.cloud()
        if not cloud.measures and not check.told_by_sandbox:
            self.voice.say("  the sandbox has nothing to look at here: passed over")
            return
        began = quiet_since = self.clock.monotonic()
        for_seconds = step.for_seconds if cloud.measures else 0
        while True:
            seen, now = self._look(step.key, check.look, cloud), self.clock.monotonic()
            if not seen.done:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = now
            if quiet_since is not None and now - quiet_since >= for_seconds:
                self.voice.say(f"  {seen.says}")
                return
            if now - began > step.within or (not seen.done and not cloud.measures):
                raise GrowthError(f"step {step.key!r}: {seen.says}. Nothing was changed; mend it, and run again")
            self.clock.sleep(POLL_SECONDS)

    def _by_hand(self, step: Manual) -> None:
        for line in spelled(step, self.stack.settings, self.way.move):
            self.voice.say(f"  {line}")
        if step.key in self.done_by_hand:
            return
        if self.stack.is_real and not self.voice.is_person:
            raise GrowthError(
                f"step {step.key!r} is a person's: when it is done, make grow STAGE={self.way.move.stage} "
                f"TO={self.way.move.to_phase} DO=yes YES=yes DONE={step.key}"
            )
        if not self.voice.ask("is that done?"):
            raise GrowthError(f"stopped at step {step.key!r}, which is a person's; the next run asks again")


def spelled(step: Manual, settings: Settings, move: Move) -> list[str]:
    """What a person types, with the stage's own names in it."""
    names = {
        "stage": settings.stage,
        "region": settings.region,
        "other": settings.other_region,
        "account": settings.account_id,
        "phase": move.to_phase.value,
    }
    return [_filled(line, names) for line in step.commands]


def _filled(line: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        line = line.replace("{" + name + "}", value)
    return line
