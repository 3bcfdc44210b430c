"""frameworks/MATRIX.md, from the frameworks' files and the rules: `python -m policy.matrix_md`; a test checks it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from policy.catalog import Catalogue
from policy.criteria import (
    FOLDER,
    ISMS_P_IDS,
    SOC2_IDS,
    ConfigRule,
    Criterion,
    Framework,
    FrameworkError,
    State,
    config_rules,
    framework,
    join,
)
from policy.rules import CATALOGUE

_HEAD = """\
# Coverage of ISMS-P, SOC 2 and AWS's K-ISMS conformance pack

Generated from the rules and from this folder's files by `make generated`; change those, not this page. How to read it,
and what it does not prove: [ADR 0007](../../docs/adr/0007-mapping-is-stated-once.md).

- **at preview**: rules of ours ([RULES.md](../RULES.md)) judge some or all of what it asks of the infrastructure,
  before it exists. That is evidence of design.
- **at run time only**: no rule of ours, but managed rules of AWS Config watch the running account.
- **by people only**: not automatable, since neither code nor an AWS account decides it; a person shows it.

No criterion is met by a machine alone: what a person shows stands with each. `automation` says how much a machine can
judge at best; [criteria.py](../criteria.py) has the words.
"""

_PREVIEW, _RUNTIME, _PEOPLE = "at preview", "at run time only", "by people only"
_STATES: Mapping[State, str] = {
    State.PREVIEW: _PREVIEW,
    State.PARTLY: "partly at preview",
    State.RUNTIME: _RUNTIME,
    State.NOT_APPLICABLE: "not applicable",
}
Joined = tuple[Framework, Mapping[str, tuple[str, ...]]]


def matrix_md(frameworks: Sequence[Joined], managed: Sequence[ConfigRule]) -> str:
    """The page: counts, gaps, then a section for each criterion."""
    return "\n".join(
        [
            _HEAD,
            *_counts(frameworks, managed),
            *(line for each in frameworks for line in _gaps(*each)),
            *_managed_gaps(managed),
            *(line for each in frameworks for line in _details(*each)),
            *_managed(managed),
        ]
    )


def read(catalogue: Catalogue) -> tuple[list[Joined], Sequence[ConfigRule]]:
    """The two frameworks with the rules of each criterion, and the conformance pack.

    Raises:
        FrameworkError: a file, or a rule that names a criterion, is wrong.
    """
    isms_p = framework(FOLDER / "isms_p.yaml", ISMS_P_IDS)
    soc2 = framework(FOLDER / "soc2.yaml", SOC2_IDS)
    joined = [
        (isms_p, join(isms_p, {rule.id: rule.isms_p for rule in catalogue.rules})),
        (soc2, join(soc2, {rule.id: rule.soc2 for rule in catalogue.rules})),
    ]
    return joined, config_rules(FOLDER / "kisms_config_rules.yaml")


def _coverage(criterion: Criterion, rules: Sequence[str]) -> str:
    return _PREVIEW if rules else _RUNTIME if criterion.config_rules else _PEOPLE


def _counts(frameworks: Iterable[Joined], managed: Sequence[ConfigRule]) -> Iterator[str]:
    yield from ("## Counts", "", f"| | criteria | {_PREVIEW} | {_RUNTIME} | {_PEOPLE} |", "|---|---|---|---|---|")
    for each, rules in frameworks:
        parts = [(f"{each.name}: {section.title}", section.criteria) for section in each.sections]
        for title, criteria in [*parts, (f"**{each.name}**", each.criteria)]:
            found = [_coverage(criterion, rules[criterion.id]) for criterion in criteria]
            yield (
                f"| {title} | {len(found)} | "
                + " | ".join(str(found.count(kind)) for kind in (_PREVIEW, _RUNTIME, _PEOPLE))
                + " |"
            )
    yield from ("", f"| | rules | {' | '.join(_STATES.values())} |", "|---|---|---|---|---|---|")
    states = [each.state for each in managed]
    yield f"| **K-ISMS pack** | {len(states)} | " + " | ".join(str(states.count(each)) for each in _STATES) + " |"
    yield ""


def _gaps(of: Framework, rules: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from (f"## Gaps: {of.name}", "", "What no rule of ours judges at preview.", "")
    for kind in (_RUNTIME, _PEOPLE):
        left = [each for each in of.criteria if _coverage(each, rules[each.id]) == kind]
        yield f"{kind[0].upper()}{kind[1:]} ({len(left)}):"
        yield ""
        yield from (f"- {each.id} {each.title}" for each in left)
        yield ""


def _managed_gaps(managed: Sequence[ConfigRule]) -> Iterator[str]:
    left = [each for each in managed if each.rule_possible]
    yield from ("## Gaps: K-ISMS pack", "")
    yield from (f"What the code would show and no rule of ours reads yet ({len(left)}):", "")
    yield from (f"- `{each.id}`: {each.reason}" for each in left)
    yield ""


def _details(of: Framework, rules: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from (f"## {of.name}", "", f"{of.edition[0].upper()}{of.edition[1:]}.", "")
    for section in of.sections:
        yield from (f"### {section.title}", "")
        for criterion in section.criteria:
            yield from _criterion(criterion, rules[criterion.id])


def _criterion(criterion: Criterion, rules: Sequence[str]) -> Iterator[str]:
    korean = f" ({criterion.korean})" if criterion.korean else ""
    yield from (f"**{criterion.id} {criterion.title}**{korean}", "")
    yield f"- {_coverage(criterion, rules)}; automation: {criterion.automation}"
    if rules:
        yield f"- rules: {_links(rules)}"
    if criterion.config_rules:
        yield f"- AWS Config: {', '.join(f'`{each}`' for each in criterion.config_rules)}"
    yield from (f"- a person shows: {criterion.evidence}", "")


def _managed(managed: Iterable[ConfigRule]) -> Iterator[str]:
    yield from ("## K-ISMS pack", "", "AWS's Operational-Best-Practices-for-KISMS.", "")
    yield from ("| managed rule | judged | rules of ours | what is left, or why |", "|---|---|---|---|")
    for each in managed:
        yield f"| `{each.id}` | {_STATES[each.state]} | {_links(each.rules)} | {each.reason or ''} |"
    yield ""


def _links(rules: Iterable[str]) -> str:
    return ", ".join(f"[{rule}](../RULES.md#{rule.lower()})" for rule in rules)


if __name__ == "__main__":
    try:
        (FOLDER / "MATRIX.md").write_text(matrix_md(*read(CATALOGUE)), encoding="utf-8")
    except FrameworkError as problem:
        sys.exit(str(problem))
