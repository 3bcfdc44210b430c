"""What a rule is, and the catalogue of all rules. Everything that is said about a rule is said where it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType, ModuleType
from typing import NotRequired, TypeAlias, TypedDict, TypeVar, Unpack

from policy.view import CannotJudgeError, Part, Plain, Resource, Stack

STAGES = ("dev", "stg", "prod")  # requirement E2
STRICTEST_STAGE = "prod"


class Level(StrEnum):
    """What a finding does: ADVISORY is shown, MANDATORY stops the preview or update."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"


class Severity(StrEnum):
    """How bad it is when the rule is broken and nobody notices."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


MANDATORY_EVERYWHERE: Mapping[str, Level] = MappingProxyType(dict.fromkeys(STAGES, Level.MANDATORY))
ADVISORY_IN_DEV: Mapping[str, Level] = MappingProxyType({**MANDATORY_EVERYWHERE, "dev": Level.ADVISORY})
ADVISORY_EVERYWHERE: Mapping[str, Level] = MappingProxyType(dict.fromkeys(STAGES, Level.ADVISORY))
MANDATORY_IN_PROD: Mapping[str, Level] = MappingProxyType({**ADVISORY_EVERYWHERE, "prod": Level.MANDATORY})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong, small enough to be exempted alone.

    Attributes:
        path: the property, from the resource's root.
        got: its value; of a text only that it is one is ever printed, since secrets arrive unwrapped.
        seen: the value as it is printed, where it is public by nature (an IAM action, `everyone`).
        key: what the finding is about, in the rule's brackets; the path when not given.
        detail: more for the reader, in the rule's own words.
    """

    path: str
    got: Plain = None
    seen: str | None = None
    key: str | None = None
    detail: str | None = None


Outcome: TypeAlias = Finding | CannotJudgeError
ResourceCheck: TypeAlias = Callable[[Resource], Iterator[Outcome]]
StackCheck: TypeAlias = Callable[[Resource, Stack], Iterator[Outcome]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A control: what must hold, how to make it hold, and which requirements ask for it.

    Attributes:
        id: `<family>-<number>`, never reused.
        says: the desired state, as a sentence without a full stop.
        fix: what the engineer does, as an imperative.
        isms_p: criteria of ISMS-P (2023) that it serves.
        soc2: criteria of the Trust Services Criteria (2017) that it serves.
        requirements: ids of the platform's own requirements, such as `REQ-A2`.
        level: per stage; a stack with any other name is judged as prod.
        on: the resource types that it judges.
        is_exemptible: whether `exemptions.yaml` may suppress its findings.
    """

    id: str
    says: str
    fix: str
    isms_p: Sequence[str]
    soc2: Sequence[str]
    requirements: Sequence[str]
    severity: Severity
    level: Mapping[str, Level]
    on: frozenset[str]
    is_exemptible: bool = True

    def level_in(self, stack: str) -> Level:
        """The level in a stack, by the stack's name."""
        return self.level[stack if stack in self.level else STRICTEST_STAGE]


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that a resource's own inputs decide; the engine refuses the resource before it exists."""

    check: ResourceCheck


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule about a resource that takes others to decide; it runs at the end, so `preview` is where it blocks."""

    check: StackCheck


class Frame(TypedDict):
    """Why a rule is there and how hard it is: what the rules of one topic mostly share."""

    isms_p: Sequence[str]
    soc2: Sequence[str]
    severity: Severity
    level: Mapping[str, Level]


class Card(Frame):
    """What a rule says about itself; the meaning of each line is in `Rule`."""

    says: str
    fix: str
    requirements: Sequence[str]
    is_exemptible: NotRequired[bool]


def rule(rule_id: str, /, *, on: Collection[str], **card: Unpack[Card]) -> Callable[[ResourceCheck], ResourceRule]:
    """Makes a function the check of a rule that runs on each resource of the types `on`."""
    return lambda check: ResourceRule(id=rule_id, on=frozenset(on), check=check, **card)


def stack_rule(rule_id: str, /, *, on: Collection[str], **card: Unpack[Card]) -> Callable[[StackCheck], StackRule]:
    """Makes a function the check of a rule that runs on each resource of the types `on`, and sees the whole stack."""
    return lambda check: StackRule(id=rule_id, on=frozenset(on), check=check, **card)


def judge_each(parts: Iterable[Part], check: Callable[[Part], Iterator[Outcome]]) -> Iterator[Outcome]:
    """Runs a check on each part, so that an unknown in one part does not hide what is wrong with the next."""
    for part in parts:
        try:
            yield from check(part)
        except CannotJudgeError as unknown:
            yield unknown


Kind = TypeVar("Kind", ResourceRule, StackRule)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All rules, each once, and which of them judge a resource type."""

    rules: tuple[Rule, ...]
    resource_rules: Mapping[str, Sequence[ResourceRule]]
    stack_rules: Mapping[str, Sequence[StackRule]]

    @staticmethod
    def of(modules: Iterable[ModuleType]) -> Catalogue:
        """Collects the rules that these modules define, sorted by id.

        Raises:
            ValueError: two rules have the same id.
        """
        found = [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]
        rules = tuple(sorted(found, key=lambda rule: rule.id))
        for one, next_one in pairwise(rules):
            if one.id == next_one.id:
                raise ValueError(f"two rules are called {one.id}: an id is one rule, for ever")
        return Catalogue(
            rules=rules,
            resource_rules=_by_type(each for each in rules if isinstance(each, ResourceRule)),
            stack_rules=_by_type(each for each in rules if isinstance(each, StackRule)),
        )


def _by_type(rules: Iterable[Kind]) -> Mapping[str, Sequence[Kind]]:
    index: defaultdict[str, list[Kind]] = defaultdict(list)
    for each in rules:
        for token in each.on:
            index[token].append(each)
    return dict(index)
