"""Exemptions: findings that are lived with until a date, each with an owner, an approver and a reason.

One exemption suppresses one finding (rule and key) on the URNs that it lists. What it suppresses stays visible as an
advisory line. What is wrong with the list itself is found by the rules in `rules/exemptions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Unpack

import yaml

from policy.catalog import Card, Catalogue, Finding, Level, Rule
from policy.dispatch import CRASH, Judgement, as_exempted, found
from policy.tags import ALLOWED, VALUES
from policy.view import Node, Stack, normalise, stack_of

FIELDS = ("rule", "key", "urn", "expected", "reason", "owner", "approved_by", "expires")
REASON_CHARACTERS = 20
LONGEST = timedelta(days=180)
LONGEST_BLOCKING_IN_PROD = timedelta(days=30)
STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A well-formed entry of the list.

    Attributes:
        node: the entry as it stands in the file.
        rule: the rule whose finding it suppresses.
        key: what stands in that finding's brackets.
        urn: a glob over URNs.
        expected: the URNs that the glob may match; only on these is anything suppressed.
        owner: who answers for it.
        expires: its last day.
    """

    node: Node
    rule: Rule
    key: str
    urn: str
    expected: frozenset[str]
    owner: str
    expires: date

    def is_for(self, judgement: Judgement) -> bool:
        """Whether this is the finding that it suppresses."""
        return (judgement.rule, judgement.key) == (self.rule.id, self.key) and judgement.urn in self.expected

    def may_be_for(self, judgement: Judgement) -> bool:
        """Whether the rule could not judge a resource that this is for: nobody knows then whether it is needed."""
        return (judgement.rule, judgement.key) == (self.rule.id, None) and judgement.urn in self.expected

    def longest(self) -> timedelta:
        """How far ahead it may end: less where it lets through what would block in prod."""
        stacks = {stack_of(urn) for urn in self.expected}
        blocks_in_prod = any(
            stack not in ("dev", "stg") and self.rule.level_in(stack) is Level.MANDATORY for stack in stacks
        )
        return LONGEST_BLOCKING_IN_PROD if blocks_in_prod else LONGEST


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What the rules about exemptions see: the list, the day, the stack, and which entries met a finding."""

    exemptions: Sequence[Exemption]
    malformed: Sequence[Finding]
    today: date
    stack: Stack
    met: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ExemptionRule(Rule):
    """A rule about the list of exemptions; it runs at the end, when every finding of the stack is known."""

    is_exemptible: bool = False
    check: Callable[[Audit], Iterator[Finding]]


def exemption_rule(
    rule_id: str, /, **card: Unpack[Card]
) -> Callable[[Callable[[Audit], Iterator[Finding]]], ExemptionRule]:
    """Makes a function the check of a rule about exemptions, which nothing exempts."""
    return lambda check: ExemptionRule(id=rule_id, on=frozenset({STACK}), check=check, **card)


class Register:
    """The exemptions of one run of the pack, and which of them met what they are for."""

    def __init__(self, exemptions: Iterable[Exemption], malformed: Iterable[Finding], *, today: date) -> None:
        self._exemptions = tuple(exemptions)
        self._malformed = tuple(malformed)
        self._today = today
        self._met: set[str] = set()

    @staticmethod
    def read(path: Path, catalogue: Catalogue, *, today: date) -> Register:
        """The register that a file describes; a pack without the file exempts nothing."""
        rules = {rule.id: rule for rule in catalogue.rules}
        exemptions: list[Exemption] = []
        malformed: list[Finding] = []
        try:
            entries = _entries(path)
        except _MalformedError as problem:
            return Register([], [problem.finding], today=today)
        for node in entries:
            try:
                exemptions.append(_exemption(node, rules))
            except _MalformedError as problem:
                malformed.append(problem.finding)
        return Register(exemptions, malformed, today=today)

    def apply(self, judgement: Judgement) -> Judgement:
        """The judgement, or what is left of it where an exemption in force is for it."""
        for exemption in self._exemptions:
            if exemption.may_be_for(judgement):
                self._met.add(exemption.node.path)
            elif exemption.is_for(judgement):
                self._met.add(exemption.node.path)
                if self._is_in_force(exemption):
                    return as_exempted(judgement, until=exemption.expires, owner=exemption.owner)
        return judgement

    def _is_in_force(self, exemption: Exemption) -> bool:
        return self._today <= exemption.expires <= self._today + exemption.longest()

    def judge(self, stack: Stack, catalogue: Catalogue) -> Iterator[Judgement]:
        """What is wrong with the exemptions themselves, once every finding of the stack went through `apply`."""
        audit = Audit(
            exemptions=self._exemptions,
            malformed=self._malformed,
            today=self._today,
            stack=stack,
            met=frozenset(self._met),
        )
        root = next((each.urn for each in stack.of_type([STACK])), "")
        for rule in catalogue.rules:
            if isinstance(rule, ExemptionRule):
                for finding in rule.check(audit):
                    yield found(rule, finding, urn=root)


class _MalformedError(Exception):
    """An entry that cannot be used, and why."""

    def __init__(self, path: str, seen: str, allowed: str) -> None:
        super().__init__(path)
        self.finding = Finding(path=path, seen=seen, detail=allowed)


def _entries(path: Path) -> list[Node]:
    if not path.exists():
        return []
    try:
        # Every scalar as the text that stands there: a date stays comparable to what a reader sees.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (makes text only)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise _MalformedError(path.name, f"no YAML at line {line}", str(problem.problem)) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _MalformedError(path.name, "no YAML", "a UTF-8 text file") from None
    root = Node(path="", value=normalise(content))
    listed = root.at("exemptions")
    if not isinstance(listed.value, list) or root.value != {"exemptions": listed.value}:
        raise _MalformedError(path.name, "something else", "one key, exemptions, with a list; [] for none")
    return root.elements("exemptions")


def _exemption(node: Node, rules: Mapping[str, Rule]) -> Exemption:
    _has_the_fields(node)
    rule = rules.get(_text(node, "rule"))
    if rule is None:
        raise _MalformedError(f"{node.path}.rule", node.at("rule").text(), "no such rule; policy/RULES.md lists them")
    if not rule.is_exemptible:
        raise _MalformedError(f"{node.path}.rule", rule.id, "this rule admits no exemption")
    key = _text(node, "key")
    if key == CRASH:
        raise _MalformedError(f"{node.path}.key", CRASH, "a rule that fails is repaired, not exempted")
    reason = _text(node, "reason")
    if len(reason) < REASON_CHARACTERS:
        raise _MalformedError(
            f"{node.path}.reason", f"{len(reason)} characters long", f"{REASON_CHARACTERS} or more, for an auditor"
        )
    owner = _person(node, "owner")
    if _person(node, "approved_by") == owner:
        raise _MalformedError(f"{node.path}.approved_by", owner, "the owner does not approve the exemption")
    urn = _text(node, "urn")
    return Exemption(
        node=node, rule=rule, key=key, urn=urn, expected=_expected(node, urn), owner=owner, expires=_date(node)
    )


def _has_the_fields(node: Node) -> None:
    if not isinstance(node.value, dict):
        raise _MalformedError(node.path, "no mapping", f"keys: {', '.join(FIELDS)}")
    for name in node.value:
        if name not in FIELDS:
            raise _MalformedError(f"{node.path}.{name}", "no key of an exemption", f"keys: {', '.join(FIELDS)}")


def _text(node: Node, name: str) -> str:
    value = node.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _MalformedError(f"{node.path}.{name}", "no text" if value else "absent", "a text that is not blank")
    return value.strip()


def _person(node: Node, name: str) -> str:
    value = _text(node, name)
    if not VALUES["Owner"].fullmatch(value):
        raise _MalformedError(f"{node.path}.{name}", value, ALLOWED["Owner"])
    return value


def _date(node: Node) -> date:
    value = _text(node, "expires")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _MalformedError(f"{node.path}.expires", value, "a date such as 2026-03-31") from None


def _expected(node: Node, glob: str) -> frozenset[str]:
    listed = node.get("expected")
    if not isinstance(listed, list) or not listed:
        raise _MalformedError(
            f"{node.path}.expected", "no list of URNs", "the exact URNs that it may match, at least one"
        )
    urns: list[str] = []
    for index, urn in enumerate(listed):
        where = f"{node.path}.expected[{index}]"
        if not isinstance(urn, str) or not urn.startswith("urn:pulumi:"):
            raise _MalformedError(where, "no URN", "urn:pulumi:<stack>::<project>::<types>::<name>")
        if not fnmatchcase(urn, glob):
            raise _MalformedError(where, urn, "the exemption's own urn pattern does not match it")
        urns.append(urn)
    return frozenset(urns)
