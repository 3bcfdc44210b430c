"""Runs rules over resources and words what they find. Nothing a rule does can lose what another one found."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath

from policy.catalog import Catalogue, Finding, Level, Outcome, Rule
from policy.view import UNKNOWN, CannotJudgeError, Plain, Resource, Stack, stack_of

COULD_NOT_JUDGE = "could not judge"  # the words that reports count
CRASH = "crash"  # the key of a rule that failed

# How every message of the pack begins. The SDK puts a policy's description on a line before it.
MESSAGE = re.compile(
    r"^(?:exempted until (?P<until>\d{4}-\d\d-\d\d) by (?P<owner>\S+): )?"
    rf"(?P<rule>[A-Z][A-Z0-9]*-\d{{3}})(?:\[(?P<key>.*?)\]| (?P<unjudged>{COULD_NOT_JUDGE}):) (?P<what>.*)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the engine is told: a finding, a rule that could not judge a resource, or a rule that crashed on one.

    Attributes:
        rule: the rule's id.
        key: what stands in the brackets; None when the rule could not judge.
    """

    level: Level
    message: str
    urn: str
    rule: str
    key: str | None


def judge_resource(resource: Resource, catalogue: Catalogue) -> Iterator[Judgement]:
    """Everything that a resource's own inputs show."""
    for rule in catalogue.resource_rules.get(resource.type, ()):
        yield from _judgements(rule, rule.check, resource)


def judge_stack(stack: Stack, catalogue: Catalogue) -> Iterator[Judgement]:
    """Everything that takes more than one resource to see."""
    for token, rules in catalogue.stack_rules.items():
        for resource in stack.of_type([token]):
            for rule in rules:
                if resource.value is UNKNOWN:
                    yield _could_not_judge(rule, [CannotJudgeError("every property")], resource)
                else:
                    yield from _judgements(rule, lambda subject, rule=rule: rule.check(subject, stack), resource)


def _judgements(rule: Rule, check: Callable[[Resource], Iterator[Outcome]], resource: Resource) -> Iterator[Judgement]:
    unknown: list[CannotJudgeError] = []
    try:
        for outcome in check(resource):
            if isinstance(outcome, CannotJudgeError):
                unknown.append(outcome)
            else:
                yield found(rule, outcome, urn=resource.urn)
    except CannotJudgeError as cannot:
        unknown.append(cannot)
    except Exception as crash:  # the engine must hear of it and block; the other rules must still run
        message = _crash(rule, crash)
        yield Judgement(level=Level.MANDATORY, message=message, urn=resource.urn, rule=rule.id, key=CRASH)
    if unknown:
        yield _could_not_judge(rule, unknown, resource)


def found(rule: Rule, finding: Finding, *, urn: str) -> Judgement:
    """A finding on a resource, at the rule's level in the resource's stack."""
    key = finding.key or finding.path
    what = f"{finding.path} is {finding.seen or _kind(finding.got)}"
    detail = f" ({finding.detail})" if finding.detail else ""
    message = f"{rule.id}[{key}] {what}{detail}; rule: {rule.says}; fix: {rule.fix}"
    return Judgement(level=rule.level_in(stack_of(urn)), message=message, urn=urn, rule=rule.id, key=key)


def as_exempted(judgement: Judgement, *, until: date, owner: str) -> Judgement:
    """The same finding, shown and no longer blocking."""
    message = f"exempted until {until} by {owner}: {judgement.message}"
    return replace(judgement, level=Level.ADVISORY, message=message)


def _kind(value: Plain) -> str:
    """A value as far as it can be printed: text may be a secret, and secrets arrive unwrapped."""
    if value is None:
        return "absent"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, str):
        return "another text" if value.strip() else "empty"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "an object" if isinstance(value, dict) else value.value


def _could_not_judge(rule: Rule, unknown: list[CannotJudgeError], resource: Resource) -> Judgement:
    """One line for all that a rule could not see; it blocks once nothing more will be known, whatever the rule's level.

    A first preview cannot know everything and passes. Afterwards, not knowing is no reason to let through.
    """
    paths = ", ".join(dict.fromkeys(each.path for each in unknown))
    message = f"{rule.id} {COULD_NOT_JUDGE}: {paths} {resource.unseen.value}; rule: {rule.says}"
    level = Level.MANDATORY if resource.unseen.is_for_good else Level.ADVISORY
    return Judgement(level=level, message=message, urn=resource.urn, rule=rule.id, key=None)


def _crash(rule: Rule, crash: Exception) -> str:
    """Names the rule, the error's type and its line; never the error's text, which may quote a secret."""
    frame = traceback.extract_tb(crash.__traceback__)[-1]
    where = f"{PurePath(frame.filename).name}:{frame.lineno}"
    return (
        f"{rule.id}[{CRASH}] the rule failed with {type(crash).__name__} at {where}; fix: report it to the pack's owner"
    )
