"""What somebody changed behind Pulumi's back: the sandbox's stand-in for a console and a careless hand.

`python -m sandbox tamper` writes it, Read answers it, and an `up` that changes or remakes the resource ends it. It lies
beside the states, in the sandbox's backend: it is a part of the world that they describe.
"""

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from filelock import FileLock

from sandbox.schema.values import Bag, Value, reveal

_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[\"(?P<key>[^\"]+)\"\]")


@dataclass(frozen=True, kw_only=True)
class Hand:
    """What was done to one resource: `values` by path, with what stood there before in `before`."""

    is_deleted: bool = False
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def applied(self, bag: Bag) -> Bag:
        """Return a copy of a property bag with the changed values in it, where it has such a property at all."""
        changed = cast("Bag", _copied(bag))
        for path, value in self.values.items():
            if steps_of(path)[0] in bag:
                changed = cast("Bag", _with(changed, steps_of(path), value))
        return changed


class Tampering:
    """What was done to all stacks of one backend; without a backend, nothing ever is."""

    def __init__(self, backend: Path | None) -> None:
        self._file = backend / "tampered.json" if backend else None

    def of(self, urn: str) -> Hand | None:
        """Return what was done to a resource."""
        return self.all().get(urn)

    def all(self) -> Mapping[str, Hand]:
        """Return what was done, by URN."""
        if self._file is None or not self._file.exists():
            return {}
        content: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8") or "{}")
        return {urn: Hand(**done) for urn, done in content.items()}

    def note(self, urn: str, hand: Hand | None) -> None:
        """Keep what was done to a resource; None ends it."""
        with self._changing() as hands:
            if hand is None or hand == Hand():
                hands.pop(urn, None)
            else:
                hands[urn] = hand

    def ended(self, urn: str) -> None:
        """An `up` has made the resource what the program says."""
        if self.of(urn):
            self.note(urn, None)

    @contextmanager
    def _changing(self) -> Generator[dict[str, Hand]]:
        if self._file is None:
            raise ValueError("there is no backend to tamper with")
        with FileLock(self._file.with_suffix(".lock")):
            hands = dict(self.all())
            yield hands
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps({urn: vars(hand) for urn, hand in hands.items()}, indent=2), encoding="utf-8")
            fresh.replace(self._file)


def changed(hand: Hand | None, path: str, value: Any, stands: Any) -> Hand:
    """Return what was done with one more value changed; `stands` is what the state has there."""
    hand = hand or Hand()
    before = {**hand.before, path: hand.before.get(path, stands)}
    return replace(hand, values={**hand.values, path: value}, before=before)


def undone(hand: Hand, stands: Mapping[str, Any]) -> Hand:
    """Return a hand that put everything back; `stands` has what the state says at each path of it by now.

    Where a refresh took the changed value into the state, the old value now is what differs from it.
    """
    back = {path: value for path, value in hand.before.items() if stands.get(path) != value}
    return Hand(values=back, before={path: stands.get(path) for path in back})


def steps_of(path: str) -> list[str | int]:
    """Split `ingress[0].fromPort` or `tags["a.b"]` into its steps.

    Raises:
        ValueError: it is no path.
    """
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at + 1 if path[at] == "." and steps else at)
        if found is None:
            raise ValueError(f"{path!r} is no property path such as tags.Owner or ingress[0].fromPort")
        steps.append(int(found["index"]) if found["index"] else found["name"] or found["key"])
        at = found.end()
    if not steps or not isinstance(steps[0], str):
        raise ValueError(f"{path!r} is no property path such as tags.Owner or ingress[0].fromPort")
    return steps


def found_at(bag: Any, path: str) -> Any:
    """Return what stands at a path; None where nothing does."""
    found = reveal(bag)
    for step in steps_of(path):
        match found, step:
            case dict(), str():
                found = reveal(found.get(step))
            case list(), int():
                found = reveal(found[step]) if step < len(found) else None
            case _:
                return None
    return found


def _with(value: Value, steps: list[str | int], new: Value) -> Value:
    if not steps:
        return new
    step, *rest = steps
    match reveal(value), step:
        case list() as items, int():
            filled = [*items, *([None] * (step + 1 - len(items)))]
            filled[step] = _with(filled[step], rest, new)
            return filled
        case dict() as members, str():
            return {**members, step: _with(members.get(step), rest, new)}
        case _, str():
            return {step: _with(None, rest, new)}
        case _:
            return [_with(None, rest, new)]


def _copied(value: Value) -> Value:
    match value:
        case dict():
            return {key: _copied(item) for key, item in value.items()}
        case list():
            return [_copied(item) for item in value]
        case _:
            return value
