"""What ISMS-P, SOC 2 and AWS's K-ISMS conformance pack ask for, as `frameworks/*.yaml` say it (N3, Y6).

A rule names the criteria that it serves; a framework's file does not name rules, so nothing is stated twice. `join`
brings both together, and refuses a rule that names no criterion and a criterion whose file says something else than
its rules. Config's managed rules name no criterion, so the K-ISMS file says which of our rules find the same mistake.
Only the page `frameworks/MATRIX.md` and tests read these files; the pack at work does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml

from policy.view import Node, normalise

FOLDER = Path(__file__).with_name("frameworks")


@dataclass(frozen=True, kw_only=True)
class IdForm:
    """How ids of a kind are written."""

    pattern: str
    example: str


ISMS_P_IDS = IdForm(pattern=r"[1-3]\.[1-9]\d?\.[1-9]\d?", example="2.5.1")
SOC2_IDS = IdForm(pattern=r"(CC[1-9]|A1|C1|PI1|P[1-8])\.[1-9]", example="CC6.1")
CONFIG_IDS = IdForm(pattern=r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", example="ALB_WAF_ENABLED")
RULE_IDS = IdForm(pattern=r"[A-Z0-9]{2,3}-\d{3}", example="NET-015")


class Automation(StrEnum):
    """How much of a criterion a machine judges, at best."""

    PREVIEW = "preview"  # what it asks of the infrastructure stands in the code; people show the documents around it
    RUNTIME = "runtime"  # the same, but only the running account shows it
    PARTLY = "partly"  # a machine sees a part; people show the rest
    MANUAL = "manual"  # not automatable: neither code nor an AWS account decides it


class State(StrEnum):
    """Whether a preview finds what a Config rule finds."""

    PREVIEW = "preview"  # our rules find it before it exists
    PARTLY = "partly"  # our rules find some of it
    RUNTIME = "runtime"  # only Config does
    NOT_APPLICABLE = "not_applicable"  # the platform has nothing that it judges


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing that a framework asks for.

    Attributes:
        title: what it asks for, in our words.
        korean: its official title, where the framework is Korean.
        config_rules: AWS Config's managed rules that watch it at run time, by source identifier.
        evidence: what a person shows an auditor.
    """

    id: str
    title: str
    korean: str | None
    automation: Automation
    config_rules: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a framework, in its own order."""

    title: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A framework, whole."""

    name: str
    edition: str
    sections: tuple[Section, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, in the framework's order."""
        return tuple(each for section in self.sections for each in section.criteria)


@dataclass(frozen=True, kw_only=True)
class ConfigRule:
    """One managed rule of a conformance pack.

    Attributes:
        id: its source identifier.
        rules: ids of ours that find the same, or some of it.
        rule_possible: whether the code would show what no rule of ours reads yet.
        reason: why a preview does not find it, or what is left to run time.
    """

    id: str
    state: State
    rules: tuple[str, ...]
    rule_possible: bool
    reason: str | None


class FrameworkError(Exception):
    """What is wrong with a framework's file or with a rule that names it, in one sentence."""


def framework(path: Path, ids: IdForm) -> Framework:
    """The framework that a file describes, whose criteria have such ids.

    Raises:
        FrameworkError: the file is not of that form.
    """
    file = _File(path)
    root = file.root
    file.has_keys(root, "name", "edition", "sections")
    sections = tuple(_section(file, node, ids) for node in file.elements(root, "sections"))
    found = Framework(name=file.text(root, "name"), edition=file.text(root, "edition"), sections=sections)
    file.has_each_once(criterion.id for criterion in found.criteria)
    return found


def config_rules(path: Path) -> tuple[ConfigRule, ...]:
    """The managed rules that a file lists.

    Raises:
        FrameworkError: the file is not of that form.
    """
    file = _File(path)
    file.has_keys(file.root, "config_rules")
    found = tuple(_config_rule(file, node) for node in file.elements(file.root, "config_rules"))
    file.has_each_once(each.id for each in found)
    return found


def join(of: Framework, named: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """For each criterion the rules that name it, sorted; `named` are the criteria that each rule names.

    Raises:
        FrameworkError: a rule names what the framework does not have, or a criterion's automation is not so.
    """
    known = {criterion.id for criterion in of.criteria}
    for rule, criteria in named.items():
        for unknown in sorted(set(criteria) - known):
            raise FrameworkError(f"{rule} names {unknown}, and {of.name} has no such criterion")
    joined = {each: tuple(sorted(rule for rule, criteria in named.items() if each in criteria)) for each in known}
    for criterion in of.criteria:
        allowed = _automations(bool(joined[criterion.id]), bool(criterion.config_rules))
        if criterion.automation not in allowed:
            raise FrameworkError(
                f"{of.name} {criterion.id} says automation: {criterion.automation}, but it has "
                f"{len(joined[criterion.id])} rules of ours and {len(criterion.config_rules)} of Config; "
                f"allowed: {', '.join(allowed)}"
            )
    return joined


def _automations(has_rules: bool, has_config_rules: bool) -> tuple[Automation, ...]:
    if has_rules:
        return (Automation.PREVIEW, Automation.PARTLY)
    return (Automation.RUNTIME, Automation.PARTLY) if has_config_rules else (Automation.MANUAL,)


def _section(file: _File, node: Node, ids: IdForm) -> Section:
    file.has_keys(node, "title", "criteria")
    criteria = tuple(_criterion(file, each, ids) for each in file.elements(node, "criteria"))
    return Section(title=file.text(node, "title"), criteria=criteria)


def _criterion(file: _File, node: Node, ids: IdForm) -> Criterion:
    file.has_keys(node, "id", "title", "automation", "evidence", optional=("korean", "config_rules"))
    return Criterion(
        id=file.text(node, "id", ids),
        title=file.text(node, "title"),
        korean=file.text(node, "korean") if node.has("korean") else None,
        automation=file.one_of(node, "automation", Automation),
        config_rules=file.ids(node, "config_rules", CONFIG_IDS),
        evidence=file.text(node, "evidence"),
    )


def _config_rule(file: _File, node: Node) -> ConfigRule:
    file.has_keys(node, "id", "state", optional=("rules", "rule_possible", "reason"))
    found = ConfigRule(
        id=file.text(node, "id", CONFIG_IDS),
        state=file.one_of(node, "state", State),
        rules=file.ids(node, "rules", RULE_IDS),
        rule_possible=node.has("rule_possible") and file.one_of(node, "rule_possible", _Yes) is _Yes.YES,
        reason=file.text(node, "reason") if node.has("reason") else None,
    )
    needs_rules = found.state in (State.PREVIEW, State.PARTLY)
    if bool(found.rules) is not needs_rules:
        file.refuse(node.at("rules"), f"some with state: {State.PREVIEW} and {State.PARTLY}, none with the others")
    if found.state is not State.PREVIEW and found.reason is None:
        file.refuse(node.at("reason"), f"a sentence, with any state but {State.PREVIEW}")
    if found.rule_possible and found.state not in (State.PARTLY, State.RUNTIME):
        file.refuse(node.at("rule_possible"), f"with state: {State.PARTLY} and {State.RUNTIME} only")
    return found


class _Yes(StrEnum):
    YES = "yes"


Word = TypeVar("Word", bound=StrEnum)


class _File:
    """A YAML file, read as text throughout: `2.10` is an id and no number."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (makes text only)
        except (yaml.YAMLError, OSError, UnicodeDecodeError) as problem:
            raise FrameworkError(f"{path.name} is no YAML file: {' '.join(str(problem).split())}") from None
        self.root = Node(path="", value=normalise(content))

    def refuse(self, node: Node, allowed: str) -> NoReturn:
        match node.value:
            case None:
                seen = "absent"
            case list():
                seen = "a list"
            case dict():
                seen = "a mapping"
            case text:
                seen = repr(text)
        raise FrameworkError(f"{self._name}: {node.path or 'the file'} is {seen}; allowed: {allowed}")

    def has_keys(self, node: Node, *needed: str, optional: Collection[str] = ()) -> None:
        keys = f"keys {', '.join([*needed, *optional])}"
        if not isinstance(node.value, dict):
            self.refuse(node, keys)
        for name in node.value:
            if name not in needed and name not in optional:
                raise FrameworkError(f"{self._name}: {node.path or 'the file'} has a key {name!r}; allowed: {keys}")
        for name in needed:
            if not node.has(name):
                self.refuse(node.at(name), "a value; it is needed")

    def elements(self, node: Node, name: str) -> list[Node]:
        if not isinstance(node.get(name), list):
            self.refuse(node.at(name), "a list")
        return node.elements(name)

    def text(self, node: Node, name: str, form: IdForm | None = None) -> str:
        value = node.get(name)
        if not isinstance(value, str) or not value.strip():
            self.refuse(node.at(name), "a text that is not blank")
        if form and not re.fullmatch(form.pattern, value):
            self.refuse(node.at(name), f"an id such as {form.example}")
        return value

    def ids(self, node: Node, name: str, form: IdForm) -> tuple[str, ...]:
        if not node.has(name):
            return ()
        return tuple(self.text(each, "", form) for each in self.elements(node, name))

    def one_of(self, node: Node, name: str, words: type[Word]) -> Word:
        value = self.text(node, name)
        if value not in list(words):
            self.refuse(node.at(name), ", ".join(words))
        return words(value)

    def has_each_once(self, ids: Iterable[str]) -> None:
        for one, times in Counter(ids).items():
            if times > 1:
                raise FrameworkError(f"{self._name}: {one} is listed {times} times; allowed: once")
