"""One move from a phase to its neighbour, as a stage has both, and the settings of each `up` on the way. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from components.naming import PROJECT
from components.phases import Phase, PhaseName
from components.settings import Settings

Scalar = str | int | float | bool


class Side(StrEnum):
    """Which of the two phases an `up` names."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A stage between two phases; `before` is None where the stage is yet to be made."""

    stage: str
    from_phase: PhaseName | None
    to_phase: PhaseName
    before: Phase | None
    after: Phase

    @classmethod
    def of(cls, settings: Settings, from_phase: PhaseName | None, to_phase: PhaseName) -> "Move":
        """Return the move with the sizes that this stage has in each of the phases."""
        return cls(
            stage=settings.stage,
            from_phase=from_phase,
            to_phase=to_phase,
            before=_as_it_has(settings, from_phase) if from_phase else None,
            after=_as_it_has(settings, to_phase),
        )

    def size(self, side: Side, key: str) -> Scalar | None:
        """A size by its place below `sizes`, such as `database.proxy`; None where its tier does not exist."""
        phase = self.before if side is Side.BEFORE else self.after
        value: Any = phase.sizes if phase else None
        for part in key.split("."):
            value = getattr(value, part, None)
        return value

    def differs(self, key: str) -> bool:
        """Whether a size is in both phases, and not the same in both."""
        was, becomes = self.size(Side.BEFORE, key), self.size(Side.AFTER, key)
        return None not in (was, becomes) and was != becomes

    def config(
        self, side: Side, *, other: Sequence[str] = (), sets: Mapping[str, Scalar] | None = None
    ) -> dict[str, str]:
        """What the engine is told: the phase, and sizes that are otherwise than it says.

        Args:
            side: the phase that the `up` names.
            other: sizes that this `up` takes from the other phase: ahead of it, or still as they were.
            sets: sizes that are neither's.
        """
        phase = self.from_phase if side is Side.BEFORE else self.to_phase
        if phase is None:
            raise ValueError(f"{self.stage} is not there yet: nothing can be brought up as it was before")
        opposite = Side.AFTER if side is Side.BEFORE else Side.BEFORE
        taken: dict[str, Scalar] = {}
        for key in other:
            value = self.size(opposite, key)
            if value is not None and self.differs(key):
                taken[key] = value
        taken |= sets or {}
        return {
            f"{PROJECT}:phase": phase.value,
            **{f"{PROJECT}:sizes.{phase}.{key}": _written(value) for key, value in taken.items()},
        }

    @property
    def resizes_database(self) -> bool:
        """Whether instances of the database become others."""
        return self.differs("database.instance_class")

    @property
    def has_readers(self) -> bool:
        """Whether a reader can take over while the writer changes."""
        return bool(self.before and self.before.sizes.database.readers)

    @property
    def gains_proxy(self) -> bool:
        """Whether services reach the database by the proxy from here on."""
        return self.size(Side.BEFORE, "database.proxy") is False and self.after.sizes.database.proxy

    @property
    def leaves_instances(self) -> bool:
        """Whether the cluster has all requests from here on."""
        was = bool(self.before and self.before.sizes.instances)
        return was and self.after.sizes.instances is None

    @property
    def changes_stream_mode(self) -> bool:
        """Whether the stream turns from shards that are counted to as many as it takes, or back."""
        was, becomes = self.before and self.before.sizes.streaming, self.after.sizes.streaming
        return bool(was and becomes) and (self._counts(Side.BEFORE) != self._counts(Side.AFTER))

    def _counts(self, side: Side) -> bool:
        return self.size(side, "streaming.shards") is not None

    @property
    def gains_region(self) -> bool:
        """Whether there are two regions from here on."""
        return bool(self.before and self.before.regions < self.after.regions)


def _as_it_has(settings: Settings, phase: PhaseName) -> Phase:
    return settings.model_copy(update={"phase": phase}).growth


def _written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
