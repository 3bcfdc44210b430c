"""The report: every line once, in Markdown for a pull request, SARIF for code scanning, and JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policy import report
from policy.report import Line, State
from policy.rules import CATALOGUE
from tests.policy.case import TAGS
from tests.policy.server import REPOSITORY, UNKNOWN, Pack, Registered, urn

TOPIC = "aws:sns/topic:Topic"
CHILD = f"urn:pulumi:dev::startup-platform::own:index:Feed${TOPIC}::feed-topic"
DESCRIPTION = "Controls that every resource must meet\n"


def violation(message: str, level: str = "mandatory", policy: str = "mandatory-controls") -> dict[str, str]:
    return {"urn": CHILD, "level": level, "policy": policy, "pack": "startup-platform", "message": message}


BLOCKING = violation(f"{DESCRIPTION}ENC-006[kmsMasterKeyId] kmsMasterKeyId is absent; rule: a; fix: b")
INDEXED = violation(f"{DESCRIPTION}ENC-003[disks[0].encrypted] disks[0].encrypted is a | b; rule: a; fix: b")
ADVISORY = violation(f"{DESCRIPTION}TAG-003[Owner] tags.Owner is another text", "advisory", "advisory-controls")
UNJUDGED = violation("TAG-002 could not judge: tags.Owner known only after deployment; rule: a", "advisory")
EXEMPTED = violation(
    f"{DESCRIPTION}exempted until 2026-12-24 by team-feed: ENC-006[kmsMasterKeyId] kmsMasterKeyId is absent", "advisory"
)
FOREIGN = violation("Somebody else's rule\nno id here", policy="their-policy")
ALL = [UNJUDGED, EXEMPTED, ADVISORY, INDEXED, BLOCKING, FOREIGN]


def lines(*violations: dict[str, str]) -> list[Line]:
    return report.read(json.dumps({"policyViolations": violations}), "preview.json")


def test_a_line_is_read_back_into_its_parts() -> None:
    assert [(each.title, each.state, each.resource) for each in lines(*ALL)] == [
        ("ENC-003[disks[0].encrypted]", State.BLOCKS, f"{TOPIC} feed-topic"),
        ("ENC-006[kmsMasterKeyId]", State.BLOCKS, f"{TOPIC} feed-topic"),
        ("their-policy", State.BLOCKS, f"{TOPIC} feed-topic"),
        ("TAG-003[Owner]", State.ADVISES, f"{TOPIC} feed-topic"),
        ("TAG-002", State.UNJUDGED, f"{TOPIC} feed-topic"),
        ("ENC-006[kmsMasterKeyId]", State.EXEMPTED, f"{TOPIC} feed-topic"),
    ]


def test_what_the_running_pack_says_is_read_back_whole(pack: Pack) -> None:
    bad = Registered(type=TOPIC, props={"tags": {**TAGS, "Owner": "todo", "Application": UNKNOWN}})
    found = pack.analyze(bad)
    said = [violation(each.message, each.level) for each in found]
    assert sorted(each.title for each in lines(*said)) == sorted(each.id for each in found)
    assert {each.rule for each in lines(*said)} <= {rule.id for rule in CATALOGUE.rules}


def test_events_of_the_engine_are_read_too() -> None:
    event = {
        "resourceUrn": CHILD,
        "message": BLOCKING["message"],
        "policyName": "mandatory-controls",
        "enforcementLevel": "mandatory",
    }
    text = "\n".join(json.dumps(each) for each in ({"policyEvent": event}, {"summaryEvent": {"result": "failed"}}))
    assert report.read(text, "events.json") == lines(BLOCKING)
    assert report.read('{"summaryEvent": {}}', "events.json") == []


def test_markdown_says_blocked_and_keeps_each_line_in_its_row() -> None:
    text = report.markdown(lines(*ALL), CATALOGUE)
    assert text.startswith(
        "## Policies: blocked\n\n3 blocking, 1 advisory, 1 not judged, 1 exempted.\n\n### Blocking\n"
    )
    rows = [row for row in text.splitlines() if row.startswith("| `")]
    assert len(rows) == len(ALL)
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}
    assert "| `ENC-006[kmsMasterKeyId]` | `aws:sns/topic:Topic feed-topic` | until 2026-12-24 by team-feed: " in text


def test_what_could_not_be_judged_and_blocks_is_counted_as_both() -> None:
    hidden = violation(f"{DESCRIPTION}IAM-010 could not judge: policy hidden by the saved state, ...; rule: a")
    (line,) = lines(hidden)
    assert (line.title, line.state, line.is_unjudged) == ("IAM-010", State.BLOCKS, True)
    assert report.markdown(lines(hidden, UNJUDGED), CATALOGUE).startswith(
        "## Policies: blocked\n\n1 blocking, 0 advisory, 2 not judged, 0 exempted."
        " Of the blocking, 1 could not be judged.\n"
    )
    document = json.loads(report.as_json(lines(hidden, UNJUDGED), CATALOGUE))
    assert document["summary"] == {"blocks": 1, "advises": 0, "could not judge": 2, "exempted": 0}
    assert [each["could_not_judge"] for each in document["findings"]] == [True, True]
    assert json.loads(report.sarif([line], CATALOGUE))["runs"][0]["results"][0]["level"] == "error"


def test_markdown_of_nothing_says_passed() -> None:
    assert report.markdown([], CATALOGUE) == (
        "## Policies: passed\n\n0 blocking, 0 advisory, 0 not judged, 0 exempted.\n"
    )


def test_sarif_has_what_code_scanning_requires() -> None:
    document: dict[str, Any] = json.loads(report.sarif(lines(*ALL), CATALOGUE))
    assert (document["version"], len(document["runs"])) == ("2.1.0", 1)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == [*(rule.id for rule in CATALOGUE.rules), "their-policy"]
    for each in rules[:-1]:
        assert each["shortDescription"]["text"].endswith(".")
        assert each["help"]["text"].startswith("Fix: ")
        assert 0 < float(each["properties"]["security-severity"]) < 10
        assert any(tag.startswith("isms-p/") for tag in each["properties"]["tags"])
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["level"] in ("error", "warning", "note")
        assert each["message"]["text"]
        (place,) = each["locations"]
        assert (REPOSITORY / place["physicalLocation"]["artifactLocation"]["uri"]).is_file()
        assert place["physicalLocation"]["region"]["startLine"] == 1
        assert place["logicalLocations"][0]["fullyQualifiedName"] == CHILD
    assert [each["level"] for each in run["results"]] == ["error", "error", "error", "warning", "note", "warning"]


def test_sarif_shows_an_exempted_finding_as_a_suppressed_one_with_the_same_fingerprint() -> None:
    document: dict[str, Any] = json.loads(report.sarif(lines(BLOCKING, EXEMPTED), CATALOGUE))
    open_one, suppressed = document["runs"][0]["results"]
    assert "suppressions" not in open_one
    assert suppressed["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "exempted until 2026-12-24 by team-feed"}
    ]
    assert open_one["partialFingerprints"] == suppressed["partialFingerprints"]


def test_json_counts_and_explains() -> None:
    document: dict[str, Any] = json.loads(report.as_json(lines(*ALL), CATALOGUE))
    assert document["summary"] == {"blocks": 3, "advises": 1, "could not judge": 1, "exempted": 1}
    one = document["findings"][1]
    assert (one["rule"], one["key"], one["urn"], one["severity"]) == ("ENC-006", "kmsMasterKeyId", CHILD, "high")
    assert one["isms_p"] == ["2.7.1"]
    assert document["findings"][-1]["exempted_until"] == "2026-12-24"


def test_a_line_without_a_urn_is_the_stacks() -> None:
    (line,) = lines({**BLOCKING, "urn": ""})
    assert line.resource == "the stack"
    (line,) = lines({**BLOCKING, "urn": urn("pulumi:pulumi:Stack", "startup-platform-dev")})
    assert line.resource == "pulumi:pulumi:Stack startup-platform-dev"


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        ("{", [], "is no JSON"),
        ("{}", [], "has neither policyViolations nor events"),
        ("[]", [], "lists policy findings in a form"),
        ('{"policyViolations": [{"urn": 7}]}', [], "lists policy findings in a form"),
        ('{"policyViolations": []}', ["--format", "pdf"], "FORMAT: 'pdf' is none of md, sarif, json"),
        ('{"policyViolations": []}', ["--out", "no/such/place"], "OUT: no/such/place cannot be written: No such"),
        (None, [], "cannot be read: No such file or directory"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, content: str | None, arguments: list[str], says: str) -> None:
    source = tmp_path / "preview.json"
    if content is not None:
        source.write_text(content)
    command = [sys.executable, "-m", "policy.report", "--in", str(source), *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.startswith("policy-report: ")
    assert done.stderr.count("\n") == 1


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    source, out = tmp_path / "preview.json", tmp_path / "report.sarif"
    source.write_text(json.dumps({"policyViolations": ALL}))
    report.run(["--in", str(source), "--format", "sarif", "--out", str(out)])
    assert len(json.loads(out.read_text())["runs"][0]["results"]) == len(ALL)
