"""Which properties each rule asks for, by watching it: nobody types such a list, and nobody has to keep it.

A rule sees the plain value that it sees anyway (`policy/view.py`), in objects that note what is asked of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Generator, ItemsView, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache

from policy.catalog import Outcome, ResourceRule, Rule, StackRule
from policy.rules import CATALOGUE
from policy.tags import taggable_types
from policy.view import CannotJudgeError, Node, Plain, Resource, Stack, normalise
from tests.policy.all_cases import CASES
from tests.policy.cases_operations import UNWANTED
from tests.policy.good import GOOD
from tests.policy.server import Registered

ANY = "*"  # every property of an object
ITSELF = ""  # no property: that a resource is there, or what points to it

Asked = Mapping[tuple[str, str], frozenset[str]]
"""By a resource's type and a property's path (`[]`: each element of a list): the ids of the rules that ask for it."""

Scene = tuple[Registered, Sequence[Registered]]
"""A resource, and what stands beside it."""

_TAGGABLE = taggable_types()
_STEP = re.compile(r"\.|(?=\[)")
JUDGING = [each for each in CATALOGUE.rules if isinstance(each, ResourceRule | StackRule)]


def judged_types() -> frozenset[str]:
    """What a rule judges for what it is."""
    return frozenset(token for rule in JUDGING for token in rule.on if is_about(rule, token))


def is_about(rule: Rule, token: str) -> bool:
    """Whether a rule judges a type for what it is, and not because it takes tags."""
    return token in rule.on and not (token in _TAGGABLE and rule.on >= _TAGGABLE)


def overlap(one: str, other: str) -> bool:
    """Whether two properties are the same, or one stands in the other."""
    first, second = sorted((_STEP.split(one), _STEP.split(other)), key=len)
    return second[: len(first)] == first


@cache
def observed() -> Asked:
    """What the rules ask for, of the types that they are about and of what stands beside them.

    Each type is seen as the tests of its own have it, as the tests of its rules have other types, and with nothing.
    """
    own, of_rule = _scenes()
    observation = _Observation()
    for token in judged_types():
        rules = [rule for rule in JUDGING if is_about(rule, token)]
        for scene in own.get(token, []):
            observation.watch(rules, *scene)
        observation.watch(rules, Registered(type=token, props={}), ())
        for rule in rules:
            for one, beside in of_rule.get(rule.id, []):
                if one.type != token:
                    observation.watch([rule], replace(one, type=token), beside)
        for rule in rules:
            if not any(kind == token and rule.id in ids for (kind, _), ids in observation.asked.items()):
                observation.asked[token, ITSELF].add(rule.id)
    return observation.narrowed()


def _scenes() -> tuple[Mapping[str, list[Scene]], Mapping[str, list[Scene]]]:
    """Every resource of the tests, by its type and by the rule that finds something on it."""
    own: defaultdict[str, list[Scene]] = defaultdict(list)
    of_rule: defaultdict[str, list[Scene]] = defaultdict(list)
    for token, props in GOOD.items():
        own[token].append((Registered(type=token, props=props), ()))
    for case in CASES:
        both: list[Scene] = [(case.subject, case.beside), (case.changed, case.beside)]
        own[case.type] += both
        for rule in {finding.partition("[")[0] for finding in case.finds}:
            of_rule[rule] += both
    for one, *beside in UNWANTED.values():
        own[one.type].append((one, beside))
    return own, of_rule


@dataclass(kw_only=True)
class _Observation:
    asked: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    judging: str | None = None

    def watch(self, rules: Iterable[Rule], one: Registered, beside: Sequence[Registered]) -> None:
        subject, *others = [self._resource(each) for each in (one, *beside)]
        stack = Stack.of([subject, *others])
        directory = _Directory(by_type=stack.by_type, pointers=stack.pointers, observation=self)
        for rule in rules:
            with self.judged_by(rule.id), suppress(CannotJudgeError):
                for _ in _outcomes(rule, subject, directory):
                    pass

    @contextmanager
    def judged_by(self, rule: str | None) -> Generator[None]:
        before, self.judging = self.judging, rule
        try:
            yield
        finally:
            self.judging = before

    def _resource(self, one: Registered) -> Resource:
        def note(path: str) -> None:
            if self.judging is not None:
                self.asked[one.type, path].add(self.judging)

        return Resource(
            path="",
            value=_watched(normalise(one.props), "", note),
            type=one.type,
            urn=one.urn,
            provider=Node(path="provider", value=normalise(one.provider or {})),
            depends={name: frozenset(urns) for name, urns in one.depends.items()},
        )

    def narrowed(self) -> Asked:
        """Without what was only on the way to what a rule asked for, and with a map's own keys as one."""
        maps = {(token, path.removesuffix(f".{ANY}")) for token, path in self.asked if path.endswith(f".{ANY}")}
        found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for (token, path), rules in self.asked.items():
            ends = next((above for above in _with_above(path) if (token, above) in maps or _is_map(above)), path)
            found[token, ends] |= rules
        on_the_way: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for (token, path), rules in found.items():
            for above in _with_above(path):
                if above != path:
                    on_the_way[token, above] |= rules
        kept = {place: frozenset(rules - on_the_way[place]) for place, rules in found.items()}
        return {place: rules for place, rules in sorted(kept.items()) if rules}


_MAPS = ("tags", "tagsAll", "labels", "annotations")  # their keys are no properties


def _is_map(path: str) -> bool:
    return path.rpartition(".")[2] in _MAPS


def _with_above(path: str) -> Iterator[str]:
    """`a`, `a.b` and `a.b[].c` of `a.b[].c`."""
    names = path.split(".")
    for length in range(1, len(names) + 1):
        yield ".".join(names[:length]).removesuffix("[]") if length < len(names) else path


def _outcomes(rule: Rule, subject: Resource, stack: Stack) -> Iterator[Outcome]:
    if isinstance(rule, ResourceRule):
        yield from rule.check(subject)
    elif isinstance(rule, StackRule):
        yield from rule.check(subject, stack)


@dataclass(frozen=True, kw_only=True)
class _Directory(Stack):
    """A stack that is not watched while it tells who points to whom: finding a resource is not judging it."""

    observation: _Observation

    def users(self, resource: Resource, places: Mapping[str, str]) -> list[Resource]:
        with self.observation.judged_by(None):
            return super().users(resource, places)


class _Watched(dict[str, Plain]):
    """An object that notes which of its properties are asked for."""

    def __init__(self, content: Mapping[str, Plain], path: str, note: Callable[[str], None]) -> None:
        super().__init__({name: _watched(value, _below(path, name), note) for name, value in content.items()})
        self._path, self._note = path, note

    def get(self, name: str, default: Plain = None, /) -> Plain:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._note(_below(self._path, name))
        return super().get(name, default)

    def __getitem__(self, name: str) -> Plain:
        self._note(_below(self._path, name))
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(_below(self._path, str(name)))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self._note(_below(self._path, ANY))
        return super().__iter__()

    def items(self) -> ItemsView[str, Plain]:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._note(_below(self._path, ANY))
        return super().items()  # pyright: ignore[reportReturnType]


def _watched(value: Plain, path: str, note: Callable[[str], None]) -> Plain:
    if isinstance(value, dict):
        return _Watched(value, path, note)
    return [_watched(item, f"{path}[]", note) for item in value] if isinstance(value, list) else value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
