"""Walks what documents grant: each allowed statement, action and resource, so that an unknown one hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from policy.catalog import Outcome, judge_each
from policy.iam_document import Statement, statements
from policy.iam_sources import Places, documents
from policy.view import Node, Resource

TargetCheck: TypeAlias = Callable[[Statement, Node, Node], Iterator[Outcome]]


def each_statement(
    resource: Resource, kinds: Iterable[Places], check: Callable[[Statement], Iterator[Outcome]]
) -> Iterator[Outcome]:
    """Runs a check on each statement of a resource's documents of these kinds."""
    yield from judge_each(documents(resource, *kinds), lambda document: judge_each(statements(document), check))


def each_allowed(
    resource: Resource, kinds: Iterable[Places], check: Callable[[Statement], Iterator[Outcome]]
) -> Iterator[Outcome]:
    """The same, on what is allowed."""

    def if_allowed(statement: Statement) -> Iterator[Outcome]:
        if statement.allows:
            yield from check(statement)

    yield from each_statement(resource, kinds, if_allowed)


def each_target(
    resource: Resource, kinds: Iterable[Places], is_looked_for: Callable[[str], bool], check: TargetCheck
) -> Iterator[Outcome]:
    """Runs a check on each allowed action that is looked for, with each of the resources that it is allowed on."""

    def on_targets(statement: Statement, action: Node) -> Iterator[Outcome]:
        if is_looked_for(action.text()):
            targets = statement.node.elements("Resource")
            yield from judge_each(targets, lambda target: check(statement, action, target))

    def on_actions(statement: Statement) -> Iterator[Outcome]:
        yield from judge_each(statement.node.elements("Action"), lambda action: on_targets(statement, action))

    yield from each_allowed(resource, kinds, on_actions)
