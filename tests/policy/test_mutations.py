"""Mutations that nobody chose: what a rule asks for is flipped, emptied and taken away, on resources that are good.

The cases beside this file change one thing on purpose and say what must be found. Here the changes come from what the
rules were seen to ask for, and two things must hold: nobody cries who does not ask for what was changed, and no rule
sleeps through all of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from policy.catalog import StackRule
from policy.rules.shape import PLACES
from tests.policy.all_cases import CASES
from tests.policy.case import GONE, changed, items
from tests.policy.good import GOOD
from tests.policy.observation import JUDGING, Scene, observed, overlap
from tests.policy.server import Pack, Registered

# On every type that takes tags, so nobody lists it by type.
EVERYWHERE: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("TAG-001", "TAG-002", "TAG-003", "TAG-004", "TAG-008"), ("tags", "tagsAll")),
    "DR-004": ["region", *(place for places in PLACES.values() for place in places)],
}
STACK_RULES = frozenset(rule.id for rule in JUDGING if isinstance(rule, StackRule))

# What no such change makes: it takes a certain value, or a resource that should not be there. all_cases.py has each.
BY_CASES_ONLY = {
    *("BKP-010", "SIZ-001", "SIZ-002", "SIZ-003", "SIZ-004"),  # what one stage, or one phase, asks for
    *("PAT-001", "PAT-002", "PAT-007", "PAT-008", "PAT-009", "TLS-006", "TLS-008", "TLS-009", "TLS-019"),  # a version
    *("IAM-004", "IAM-013", "IAM-022"),  # certain words of a document, or a policy's name
    *("K8S-006", "K8S-007", "K8S-011", "K8S-020", "K8S-027", "K8S-037", "K8S-046", "K8S-051"),  # a kind of volume, verb
    *("K8S-030", "K8S-032", "SEC-001"),  # a credential
    *("K8S-035", "K8S-039", "K8S-040", "K8S-041", "K8S-050"),  # a certain direction, annotation, value or name
    *("BKP-012", "DR-008", "ENC-025", "KMS-009", "NET-024", "PUB-016", "PUB-017", "PUB-018", "TLS-015", "TLS-016"),
    *("NET-002", "PUB-002", "PUB-008", "PUB-014", "PUB-020", "PUB-021", "SEC-010", "SEC-013", "TLS-017"),  # a text
    *("BKP-011", "LOG-013", "NET-017", "PAT-010", "PAT-011"),  # a certain element of a container, or of a list
    *("BKP-013", "DR-009"),  # what prod asks for
    *("K8S-042", "NET-013", "NET-014", "PUB-012"),  # a resource that is there, or is not
    *("TAG-003", "TAG-004"),  # a placeholder, another stage
}


def subjects() -> list[Scene]:
    """The good resources: one a type that stands alone, and each that a case sets among others."""
    alone = [(Registered(type=token, props=props), ()) for token, props in GOOD.items()]
    among: dict[tuple[str, str], Scene] = {}
    for case in CASES:
        if case.type not in GOOD or case.beside:
            among.setdefault((case.type, repr(case.good)), (case.subject, case.beside))
    return [*alone, *among.values()]


def places(value: object, above: str = "", pattern: str = "") -> Iterator[tuple[str, str, object]]:
    """Every place in a value: as `changed` spells it, as an observation spells it, and what stands there."""
    for name, item in items(value).items():
        if "." in name:
            continue  # a label's: `changed` has no word for it
        place = f"{above}.{name}" if above else name
        if isinstance(value, list):
            spelled = f"{pattern}[]"
        else:
            spelled = f"{pattern}.{name}" if pattern else name
            yield place, spelled, item
        yield from places(item, place, spelled)


def mutants(value: object) -> list[object]:
    """What a property becomes: the other one, nothing, everything, or gone; a document has that done to each part."""
    if isinstance(value, bool):
        return [not value, GONE]
    if isinstance(value, int | float):
        return [0, 10**6, GONE]
    if isinstance(value, str):
        return ["", "*", GONE, *documents(value)]
    return [[], GONE] if isinstance(value, list) else [GONE]


def documents(text: str) -> Iterator[str]:
    """A JSON text with one part changed."""
    opened: dict[str, object] = json.loads(text) if text.startswith("{") else {}
    for place, _, value in places(opened):
        for mutant in ("*", GONE) if isinstance(value, str | list) else (GONE,):
            yield json.dumps(changed(opened, {place: mutant}))


def additions(props: Mapping[str, object], asked: Iterable[str]) -> Iterator[tuple[str, str, object]]:
    """What is asked for and absent: a switch is turned on, a text is everything."""
    there = {pattern: place for place, pattern, value in places(props) if isinstance(value, dict)} | {"": ""}
    known = {pattern for _, pattern, _ in places(props)}
    for path in asked:
        above, _, name = path.rpartition(".")
        if above in there and path not in known and name.isidentifier():
            place = f"{there[above]}.{name}" if above else name
            yield from ((place, path, value) for value in (True, "*", ["*"]))


def mutations(one: Registered, asked: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, frozenset[str], Registered]]:
    """A place, the rules that ask for it, and the resource with that changed."""
    changes = [(place, path, mutant) for place, path, value in places(one.props) for mutant in mutants(value)]
    for place, path, mutant in [*changes, *additions(one.props, asked)]:
        guards = {rule for other, rules in asked.items() if overlap(other, path) for rule in rules}
        guards |= {rule for rule, others in EVERYWHERE.items() if any(overlap(other, path) for other in others)}
        if guards:
            yield place, frozenset(guards), replace(one, props=changed(one.props, {place: mutant}))


def test_a_flip_is_found_only_by_rules_that_ask_for_it_and_every_rule_finds_one(pack: Pack) -> None:
    def lines(one: Registered, beside: Sequence[Registered], rules: frozenset[str]) -> set[tuple[str, str]]:
        alone = pack.analyze(one)
        together = pack.analyze_stack([one, *beside]) if rules & STACK_RULES else []
        return {(each.id.partition("[")[0], each.urn) for each in [*alone, *together] if "[" in each.id}

    scenes = subjects()
    by_type: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for (token, path), rules in observed().items():
        by_type[token][path] = rules
    awake: set[str] = set()
    strangers: list[str] = []
    for one, beside in scenes:
        before = lines(one, beside, STACK_RULES)
        for index in range(len(beside)):
            left = [*beside[:index], *beside[index + 1 :]]
            awake |= {rule for rule, _ in lines(one, left, STACK_RULES) - before}
        for place, guards, bad in mutations(one, by_type[one.type]):
            new = lines(bad, beside, guards) - before
            awake |= {rule for rule, _ in new}
            strangers += [f"{rule}: {one.type} {place}" for rule, urn in new if urn == one.urn and rule not in guards]
    assert strangers == []
    assert {rule.id for rule in JUDGING} - awake == BY_CASES_ONLY
