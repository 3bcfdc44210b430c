"""What a property must be, said in one line. Most rules are a table from a resource type to a few demands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from policy.catalog import Finding, Outcome, judge_each
from policy.view import UNKNOWN, CannotJudgeError, Node, Plain, Resource, normalise, parsed_json

Demand: TypeAlias = Callable[[Node], Iterator[Outcome]]
Demands: TypeAlias = Mapping[str, Sequence[Demand]]
"""Resource type to what is asked of it."""


def meets(resource: Resource, demands: Demands) -> Iterator[Outcome]:
    """A finding for each demand on a resource's type that is not met; an unknown in one hides no other."""
    yield from judge_each(demands[resource.type], lambda demand: demand(resource))


def on(path: str, *, unsaid: bool = False) -> Demand:
    """A switch is on; `unsaid` is what AWS takes when nobody says."""

    def is_on(node: Node) -> Iterator[Outcome]:
        if not (node.is_on(path) if node.has(path) else unsaid):
            yield wrong(node, path)

    return is_on


def off(path: str, *, unsaid: bool = False) -> Demand:
    """A switch is off; `unsaid` is what AWS takes when nobody says."""

    def is_off(node: Node) -> Iterator[Outcome]:
        if node.is_on(path) if node.has(path) else unsaid:
            yield wrong(node, path)

    return is_off


def given(path: str) -> Demand:
    """A text is given; one that only a deployment can tell is."""

    def is_given(node: Node) -> Iterator[Outcome]:
        if not node.at(path).is_given:
            yield wrong(node, path)

    return is_given


def own_key(path: str) -> Demand:
    """A KMS key of our own is given; one that only a deployment can tell is, since AWS's keys are no resources."""

    def is_own(node: Node) -> Iterator[Outcome]:
        key = node.at(path)
        if not key.is_given:
            yield wrong(node, path)
        elif isinstance(key.value, str) and "alias/aws/" in key.value:
            yield Finding(path=key.path, seen="an AWS-managed key")

    return is_own


def not_given(path: str) -> Demand:
    """Nothing is given."""

    def is_absent(node: Node) -> Iterator[Outcome]:
        if node.has(path) and node.get(path) != []:
            yield wrong(node, path)

    return is_absent


def filled(path: str) -> Demand:
    """A list has elements, or an object is there."""

    def is_filled(node: Node) -> Iterator[Outcome]:
        if not node.has(path) or node.get(path) == []:
            yield wrong(node, path)

    return is_filled


def more_than_one(path: str) -> Demand:
    """A list has two elements or more."""

    def are_several(node: Node) -> Iterator[Outcome]:
        if len(node.elements(path)) < 2:
            yield wrong(node, path, "only one")

    return are_several


def one_of(path: str, *allowed: str, unsaid: str | None = None) -> Demand:
    """A text is among some, which are public by nature; `unsaid` is what AWS takes when nobody says."""

    def is_allowed(node: Node) -> Iterator[Outcome]:
        value = node.known(path) if node.has(path) else unsaid
        if value not in allowed:
            yield wrong(node, path)

    return is_allowed


def none_of(path: str, *refused: str | bool, unsaid: str | None = None) -> Demand:
    """A value is not among some; `unsaid` is what AWS takes when nobody says."""

    def is_allowed(node: Node) -> Iterator[Outcome]:
        value = node.known(path) if node.has(path) else unsaid
        if value in refused:
            yield wrong(node, path)

    return is_allowed


def at_least(path: str, least: int, *, unsaid: int = 0) -> Demand:
    """A number is not below `least`; `unsaid` is what AWS takes when nobody says."""

    def is_enough(node: Node) -> Iterator[Outcome]:
        value = number(node, path)
        if (unsaid if value is None else value) < least:
            yield wrong(node, path, f"at least {least}")

    return is_enough


def at_most(path: str, most: int, *, unsaid: int = 0) -> Demand:
    """A number is not above `most`; `unsaid` is what AWS takes when nobody says."""

    def is_little(node: Node) -> Iterator[Outcome]:
        value = number(node, path)
        if (unsaid if value is None else value) > most:
            yield wrong(node, path, f"at most {most}")

    return is_little


def holds_all(path: str, *wanted: str) -> Demand:
    """A list of texts has all that are wanted."""

    def has_all(node: Node) -> Iterator[Outcome]:
        values = [element.value for element in node.elements(path)]
        if missing := [each for each in wanted if each not in values]:
            if UNKNOWN in values:
                raise CannotJudgeError(node.at(path).path)
            yield wrong(node, path, f"lacks {', '.join(missing)}")

    return has_all


def in_each(path: str, *demands: Demand) -> Demand:
    """Each element of a list, or the one object that is there, meets all demands."""

    def do_all(node: Node) -> Iterator[Outcome]:
        yield from judge_each(node.elements(path), lambda each: judge_each(demands, lambda demand: demand(each)))

    return do_all


def when(holds: Callable[[Node], bool], *demands: Demand) -> Demand:
    """Demands that are made only of a resource, or a part of one, of which something holds."""

    def do_if(node: Node) -> Iterator[Outcome]:
        if holds(node):
            yield from judge_each(demands, lambda demand: demand(node))

    return do_if


def has(path: str) -> Callable[[Node], bool]:
    """For `when`: something is given."""
    return lambda node: node.has(path)


def lacks(path: str) -> Callable[[Node], bool]:
    """For `when`: nothing is given."""
    return lambda node: not node.has(path)


def equals(path: str, *values: Plain) -> Callable[[Node], bool]:
    """For `when`: a property has one of these values (None: it is absent)."""
    return lambda node: node.known(path) in values


def number(node: Node, path: str) -> float | None:
    """A number, also one that is written as text; None when it is absent or none at all.

    Raises:
        CannotJudgeError: it is unknown.
    """
    value = node.known(path)
    if isinstance(value, str):
        return float(value) if value.strip().lstrip("-").replace(".", "", 1).isdigit() else None
    return value if isinstance(value, int | float) else None


def wrong(node: Node, path: str, detail: str | None = None) -> Finding:
    """A finding about a property as it is."""
    place = node.at(path)
    return Finding(path=place.path, got=place.value, detail=detail)


def document(node: Node, path: str) -> Node:
    """What a JSON text at a dotted path says; absent when it is no JSON.

    Raises:
        CannotJudgeError: it is unknown.
    """
    value = node.known(path)
    opened = normalise(parsed_json(value)) if isinstance(value, str) else value
    return Node(path=node.at(path).path, value=opened)
