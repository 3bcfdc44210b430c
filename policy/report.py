"""What the pack found, for people and machines: `python -m policy.report --in FILE` (`--help` says the rest).

It reads what `make preview OUT=` writes (`policyViolations`), or the engine's own events, a JSON object a line, as
`pulumi preview --event-log` and `pulumi policy analyze --json` write them. Each line of the pack is read back by the
pattern that stands beside its wording, `dispatch.MESSAGE`; what a rule is comes from the catalogue. No line is left
out, not even one of another pack.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import yaml

from policy.catalog import Catalogue, Level, Rule, Severity
from policy.dispatch import MESSAGE
from policy.rules import CATALOGUE

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PLACE = "Pulumi.yaml"  # code scanning wants a file; a resource has a URN, and this file is in every project
SECURITY_SEVERITY: Mapping[Severity, str] = {  # the middle of each of code scanning's bands
    Severity.LOW: "2.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}


class State(StrEnum):
    """What becomes of a line, in the order in which a reader wants to see them."""

    BLOCKS = "blocks"
    ADVISES = "advises"
    UNJUDGED = "could not judge"
    EXEMPTED = "exempted"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a policy pack.

    Attributes:
        rule: the rule's id; the policy's name when the line is another pack's.
        key: what stands in the brackets; None when the rule could not judge, or the line is another pack's.
        is_unjudged: whether the rule could not judge; it blocks or not, as the engine was told.
        text: what was found, without id and key.
        until: the last day of the exemption, and `owner` who answers for it; None without one.
    """

    rule: str
    key: str | None
    state: State
    is_unjudged: bool
    urn: str
    text: str
    until: str | None
    owner: str | None

    @property
    def title(self) -> str:
        """The finding as people name it."""
        return self.rule if self.key is None else f"{self.rule}[{self.key}]"

    @property
    def resource(self) -> str:
        """The type and name of the resource; the URN's types but the last are its parents'."""
        _, _, types_and_name = self.urn.partition("::")[2].partition("::")
        types, _, name = types_and_name.partition("::")
        return f"{types.rpartition('$')[2]} {name}".strip() or "the stack"


class ReportError(Exception):
    """What is wrong with the command or its input, in one sentence."""


def read(text: str, name: str) -> list[Line]:
    """The lines in a file's text, worst first.

    Raises:
        ReportError: it is neither a preview's result nor a list of events.
    """
    try:
        documents = [json.loads(text)]
    except ValueError:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as problem:
            raise ReportError(f"IN: {name} is no JSON ({problem}); give what `make preview OUT=` wrote") from None
    try:
        lines = [line for document in documents for line in _lines(document)]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ReportError(f"IN: {name} lists policy findings in a form that the engine does not write") from None
    if not any(isinstance(each, dict) and _KNOWN & each.keys() for each in documents):
        raise ReportError(f"IN: {name} has neither policyViolations nor events; give what `make preview OUT=` wrote")
    return sorted(lines, key=lambda line: (list(State).index(line.state), line.rule, line.key or "", line.urn))


_KNOWN = {"policyViolations", "policyEvent", "summaryEvent", "preludeEvent", "cancelEvent"}


def _lines(document: Mapping[str, Any]) -> list[Line]:
    found = [
        _line(each["level"], each["urn"], each["policy"], each["message"])
        for each in document.get("policyViolations", [])
    ]
    if event := document.get("policyEvent"):
        found.append(
            _line(event["enforcementLevel"], event.get("resourceUrn", ""), event["policyName"], event["message"])
        )
    return found


def _line(level: str, urn: str, policy: str, message: str) -> Line:
    read_back = MESSAGE.search(message)
    until = read_back["until"] if read_back else None
    is_unjudged = read_back is not None and read_back["unjudged"] is not None
    return Line(
        rule=read_back["rule"] if read_back else policy,
        key=read_back["key"] if read_back else None,
        state=_state(level, is_unjudged=is_unjudged, is_exempted=until is not None),
        is_unjudged=is_unjudged,
        urn=urn,
        text=(read_back["what"] if read_back else message).strip(),
        until=until,
        owner=read_back["owner"] if read_back else None,
    )


def _state(level: str, *, is_unjudged: bool, is_exempted: bool) -> State:
    if level == Level.MANDATORY:
        return State.BLOCKS
    if is_exempted:
        return State.EXEMPTED
    return State.UNJUDGED if is_unjudged else State.ADVISES


def _counts(lines: Sequence[Line]) -> dict[State, int]:
    """How many lines are in each state; what could not be judged is counted there even where it blocks."""
    states = Counter(line.state for line in lines)
    return {**{state: states[state] for state in State}, State.UNJUDGED: sum(line.is_unjudged for line in lines)}


def markdown(lines: Sequence[Line], catalogue: Catalogue) -> str:
    """A comment for a pull request: the verdict, then a table for each state."""
    counts = _counts(lines)
    verdict = "blocked" if counts[State.BLOCKS] else "passed"
    said = ", ".join(f"{counts[state]} {_HEADS[state].lower()}" for state in State)
    blind = sum(line.is_unjudged and line.state is State.BLOCKS for line in lines)
    why = f" Of the blocking, {blind} could not be judged." if blind else ""
    parts = [f"## Policies: {verdict}", "", f"{said}.{why}", ""]
    for state in State:
        listed = [line for line in lines if line.state is state]
        if listed:
            parts += [f"### {_HEADS[state]}", "", *_table(listed, catalogue), ""]
    return "\n".join(parts)


_HEADS: Mapping[State, str] = {
    State.BLOCKS: "Blocking",
    State.ADVISES: "Advisory",
    State.UNJUDGED: "Not judged",
    State.EXEMPTED: "Exempted",
}


def _table(lines: Sequence[Line], catalogue: Catalogue) -> list[str]:
    rules = _by_id(catalogue)
    rows = ["| finding | resource | what | severity | ISMS-P | SOC 2 |", "|---|---|---|---|---|---|"]
    for line in lines:
        rule = rules.get(line.rule)
        exempted = f"until {line.until} by {line.owner}: " if line.until else ""
        cells = [
            _code(line.title),
            _code(line.resource),
            _cell(exempted + line.text),
            *((str(rule.severity), ", ".join(rule.isms_p), ", ".join(rule.soc2)) if rule else ("", "", "")),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _cell(text: str) -> str:
    """Text that keeps to its cell, and that Markdown shows as it is."""
    for special in "\\`*_<>[]|":
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())


def _code(text: str) -> str:
    return f"`{' '.join(text.replace('`', chr(39)).split())}`".replace("|", "\\|")


def as_json(lines: Sequence[Line], catalogue: Catalogue) -> str:
    """Every line with what its rule is, and how many there are of each state."""
    rules = _by_id(catalogue)
    document = {
        "pack": _pack(),
        "summary": _counts(lines),
        "findings": [_record(line, rules.get(line.rule)) for line in lines],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _record(line: Line, rule: Rule | None) -> dict[str, object]:
    about: dict[str, object] = {
        "rule": line.rule,
        "key": line.key,
        "state": line.state,
        "could_not_judge": line.is_unjudged,
        "urn": line.urn,
        "message": line.text,
        "exempted_until": line.until,
        "exempted_by": line.owner,
    }
    return about if rule is None else about | _card(rule)


def _card(rule: Rule) -> dict[str, object]:
    return {
        "severity": rule.severity,
        "fix": rule.fix,
        "isms_p": list(rule.isms_p),
        "soc2": list(rule.soc2),
        "requirements": list(rule.requirements),
    }


def sarif(lines: Sequence[Line], catalogue: Catalogue) -> str:
    """SARIF 2.1.0: one run, every rule of the pack, a result a line; an exempted one is a suppressed result."""
    foreign = sorted({line.rule for line in lines} - _by_id(catalogue).keys())
    descriptors = [*map(_descriptor, catalogue.rules), *({"id": name} for name in foreign)]
    index = {str(each["id"]): position for position, each in enumerate(descriptors)}
    pack = _pack()
    driver = {"name": pack["name"], "semanticVersion": pack["version"], "rules": descriptors}
    results = [_result(line, index[line.rule]) for line in lines]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _descriptor(rule: Rule) -> dict[str, object]:
    sentence = f"{rule.says[0].upper()}{rule.says[1:]}."
    frameworks = [*(f"isms-p/{each}" for each in rule.isms_p), *(f"soc2/{each}" for each in rule.soc2)]
    return {
        "id": rule.id,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {"text": f"Fix: {rule.fix}."},
        "properties": {
            "tags": ["security", *frameworks, *rule.requirements],
            "security-severity": SECURITY_SEVERITY[rule.severity],
        },
    }


_SARIF_LEVEL: Mapping[State, str] = {
    State.BLOCKS: "error",
    State.ADVISES: "warning",
    State.UNJUDGED: "note",
    State.EXEMPTED: "warning",
}


def _result(line: Line, rule_index: int) -> dict[str, object]:
    fingerprint = sha256("\n".join([line.rule, line.key or "", line.urn]).encode()).hexdigest()
    result: dict[str, object] = {
        "ruleId": line.rule,
        "ruleIndex": rule_index,
        "level": _SARIF_LEVEL[line.state],
        "message": {"text": f"{line.title} on {line.resource}: {line.text}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": PLACE}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": line.urn or "the stack", "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"finding/v1": fingerprint},
    }
    if line.until:
        why = f"exempted until {line.until} by {line.owner}"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _by_id(catalogue: Catalogue) -> dict[str, Rule]:
    return {rule.id: rule for rule in catalogue.rules}


def _pack() -> dict[str, str]:
    """The pack's name and version, as the engine knows them."""
    about = yaml.safe_load(Path(__file__).with_name("PulumiPolicy.yaml").read_text(encoding="utf-8"))
    return {"name": str(about["name"]), "version": str(about["version"])}


FORMATS: Mapping[str, Callable[[Sequence[Line], Catalogue], str]] = {"md": markdown, "sarif": sarif, "json": as_json}


def run(arguments: Sequence[str]) -> None:
    """Read, turn, write.

    Raises:
        ReportError: a file cannot be read or written, or is not what it should be.
    """
    parser = argparse.ArgumentParser(prog="policy.report", description="what the policy pack found")
    parser.add_argument("--in", dest="source", metavar="FILE", required=True, help="what `make preview OUT=` wrote")
    parser.add_argument("--format", default="md", help=f"{', '.join(FORMATS)} (default: md)")
    parser.add_argument("--out", metavar="FILE", help="where to write; default: standard output")
    given = parser.parse_args(arguments)
    if given.format not in FORMATS:
        raise ReportError(f"FORMAT: {given.format!r} is none of {', '.join(FORMATS)}")
    try:
        text = Path(given.source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ReportError(f"IN: {given.source} cannot be read: {_reason(problem)}") from None
    report = FORMATS[given.format](read(text, given.source), CATALOGUE)
    if not given.out:
        sys.stdout.write(report)
        return
    try:
        Path(given.out).write_text(report, encoding="utf-8")
    except OSError as problem:
        raise ReportError(f"OUT: {given.out} cannot be written: {_reason(problem)}") from None


def _reason(problem: OSError | UnicodeDecodeError) -> str:
    return (problem.strerror or "no reason given") if isinstance(problem, OSError) else "it is no UTF-8 text"


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except ReportError as problem:
        sys.stderr.write(f"policy-report: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
