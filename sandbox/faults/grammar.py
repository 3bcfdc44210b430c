"""How `SANDBOX_FAULTS` is written, and what each word of it may be.

faults = fault *( ";" fault )
fault  = kind "@" target *( "," option "=" value )
target = "*" | type token | logical name

SANDBOX_FAULTS='throttle@aws:ec2/subnet:Subnet,times=3;orphan@network-vpc'
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.errors import SandboxError

VARIABLE = "SANDBOX_FAULTS"
RETRIES = 25  # `max_retries` of the AWS provider; each call is tried once more than that
_TARGET = re.compile(r"\*|[\w.-]+|[\w-]+:[\w./-]+:\w+")


class Kind(Enum):
    """A fault, by its word in the grammar."""

    THROTTLE = "throttle"  # the account refuses calls for a while
    SLOW = "slow"  # a create takes its time, and says so
    LAG = "lag"  # what was made cannot be found yet by what needs it
    UNREADABLE = "unreadable"  # what was made reads as gone
    STALE = "stale"  # what was updated reads as it was before
    PARTIAL = "partial"  # made, but not well: the engine learns both
    ORPHAN = "orphan"  # made, but the engine hears only of an error
    ATTACHED = "attached"  # something still holds what is to be deleted
    DIE = "die"  # the provider's process ends
    KILL = "kill"  # the engine's process is killed


class Operation(Enum):
    """What the engine asks of a provider, as a fault can strike it."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


class Moment(Enum):
    """Whether the account had done what was asked when its caller was lost."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: what strikes, whom, and how often."""

    kind: Kind
    target: str
    operations: frozenset[Operation]
    times: int  # refusals (throttle, lag, attached), wrong answers (unreadable, stale), messages (slow), each resource
    retries: int  # how often the provider asks again before it gives up
    count: int  # resources that are struck, at most; 0: every one that matches
    skip: int  # matching calls that pass before the first is struck
    share: float  # of the matching resources, 0 to 1, drawn by seed
    seed: int
    moment: Moment
    delay: float  # ms between the moment and the kill

    def aims_at(self, urn: str, operation: Operation) -> bool:
        """Whether a call is one that this fault strikes, its counts aside."""
        if operation not in self.operations or not self._matches(urn):
            return False
        drawn = int.from_bytes(hashlib.sha256(f"{self.seed}|{urn}".encode()).digest()[:8], "big") / 2**64
        return drawn < self.share

    def _matches(self, urn: str) -> bool:
        _, _, types, name = urn.split("::", 3)
        return self.target in ("*", name, types.rpartition("$")[2])


def _whole(least: int, most: int) -> tuple[str, Callable[[str], int | None]]:
    def read(text: str) -> int | None:
        value = int(text) if text.isdecimal() else None
        return value if value is not None and least <= value <= most else None

    return f"a whole number from {least} to {most}", read


def _share(text: str) -> float | None:
    value = float(text) if re.fullmatch(r"[01]?\.?\d+|1", text) else 0.0
    return value if 0 < value <= 1 else None


def _operations(text: str) -> frozenset[Operation] | None:
    if text == "any":
        return frozenset(Operation)
    names = {each.value: each for each in Operation}
    return frozenset({names[text]}) if text in names else None


def _moment(text: str) -> Moment | None:
    return next((each for each in Moment if each.value == text), None)


# Option -> what its value may be, in words, and how it is read (None: it may not).
_OPTIONS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "times": _whole(1, 1000),
    "retries": _whole(0, 1000),
    "count": _whole(1, 100_000),
    "skip": _whole(0, 100_000),
    "share": ("a number above 0, and 1 at most", _share),
    "seed": _whole(0, 2**32),
    "op": ("create, read, update, delete or any", _operations),
    "when": ("before or after", _moment),
    "delay": _whole(0, 60_000),
}
_EVERYWHERE = frozenset({"count", "skip", "share", "seed"})
_ASKS_AGAIN = frozenset({"times", "retries"})
# What each kind can be told beside that, and which calls it strikes unless `op` says otherwise.
_KINDS: Mapping[Kind, tuple[frozenset[str], Operation]] = {
    Kind.THROTTLE: (_ASKS_AGAIN | {"op"}, Operation.CREATE),
    Kind.SLOW: (frozenset({"times"}), Operation.CREATE),
    Kind.LAG: (_ASKS_AGAIN, Operation.CREATE),
    Kind.UNREADABLE: (frozenset({"times"}), Operation.READ),
    Kind.STALE: (frozenset({"times"}), Operation.READ),
    Kind.PARTIAL: (frozenset(), Operation.CREATE),
    Kind.ORPHAN: (frozenset(), Operation.CREATE),
    Kind.ATTACHED: (_ASKS_AGAIN, Operation.DELETE),
    Kind.DIE: (frozenset({"op", "when"}), Operation.CREATE),
    Kind.KILL: (frozenset({"op", "when", "delay"}), Operation.CREATE),
}
_ONCE = frozenset({Kind.DIE, Kind.KILL})  # there is one process to lose


def read(text: str) -> tuple[Fault, ...]:
    """Read the value of `SANDBOX_FAULTS`; an empty one is no fault.

    Raises:
        SandboxError: it is not of the grammar; says where, and what is allowed.
    """
    return tuple(_fault(part.strip()) for part in text.split(";") if part.strip())


def _fault(text: str) -> Fault:
    head, *words = (word.strip() for word in text.split(","))
    word, at, target = head.partition("@")
    kind = next((each for each in Kind if each.value == word), None)
    if kind is None:
        raise _refusal(text, f"{word!r} is no fault; there are {_listed(each.value for each in Kind)}")
    if not at or not _TARGET.fullmatch(target):
        raise _refusal(text, f"{word}@ wants a target: * for all, a type such as aws:sqs/queue:Queue, or a name")
    options, operation = _KINDS[kind]
    values = _values(text, words, options | _EVERYWHERE, word)
    return Fault(
        kind=kind,
        target=target,
        operations=values.get("op", frozenset({operation})),
        times=values.get("times", 3),
        retries=values.get("retries", RETRIES),
        count=values.get("count", 1 if kind in _ONCE else 0),
        skip=values.get("skip", 0),
        share=values.get("share", 1.0),
        seed=values.get("seed", 0),
        moment=values.get("when", Moment.AFTER),
        delay=values.get("delay", 0),
    )


def _values(text: str, words: list[str], allowed: frozenset[str], kind: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for word in words:
        name, equals, given = (part.strip() for part in word.partition("="))
        if not equals or name not in allowed:
            raise _refusal(text, f"{kind} has no option {word!r}; it has {_listed(sorted(allowed))}, as option=value")
        said, reading = _OPTIONS[name]
        values[name] = reading(given)
        if values[name] is None:
            raise _refusal(text, f"{name}={given}: {name} is {said}")
    return values


def _refusal(text: str, reason: str) -> SandboxError:
    return SandboxError(f"{VARIABLE}, at {text!r}: {reason}")


def _listed(words: Any) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}"
