"""What alarms say of incidents, as EventBridge hears it and the lake gets it (REQ-K4)."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern
from moto.events.utils import EventTemplateParser

from components.naming import Scope
from components.operations.incidents import Incidents, IncidentsArgs
from components.phases import PhaseName
from tests.queries.local_lake import event_key
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
STREAM = "arn:aws:kinesis:ap-northeast-2:777788889999:stream/startup-platform-prod-user-events"
TITLES = ("errors", "p95", "surge", "crawl")
BROKE, KEPT = "2026-11-03T02:10:00.123+0000", "2026-11-03T02:31:00.456+0000"


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = IncidentsArgs(
        scope=SCOPE,
        alarm_arns={title: f"arn:alarm:{title}" for title in TITLES},
        stream_arn="stream",
        known_stream_arn=STREAM,
        key_alias="alias/startup-platform-prod-lake",
        undelivered_arn="undelivered",
    )
    return record(lambda: Incidents("incidents", args))


def change(before: tuple[str, str], after: tuple[str, str], *, alarm: str = "errors") -> Any:
    """An event of CloudWatch's: states and the moments in which they began; `time` has whole seconds."""
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": [f"arn:alarm:{alarm}"],
        "time": f"{after[1][:19]}Z",
        "ingestion-time": 0.0,
        "detail": {
            "alarmName": f"promises-{alarm}-1a2b3c4",
            "previousState": {"value": before[0], "timestamp": before[1]},
            "state": {"value": after[0], "timestamp": after[1]},
        },
    }


BREAKS = change(("OK", "2026-11-01T00:00:00.000+0000"), ("ALARM", BROKE))
ENDS = change(("ALARM", BROKE), ("OK", KEPT))


def hear(run: Recorded, event: Any) -> set[str]:
    """Which rules do."""
    rules = {rule.name: json.loads(rule["eventPattern"]) for rule in run.of_type(RULE)}
    return {name for name, pattern in rules.items() if EventPattern(None, pattern).matches_event(event)}


def put(run: Recorded, name: str, event: Any) -> Any:
    """What the stream gets."""
    given = run.named(name, TARGET)["inputTransformer"]
    return EventTemplateParser.parse(given["inputTemplate"], given["inputPaths"], event)


def test_it_begins_and_ends_with_its_alarm(run: Recorded) -> None:
    assert hear(run, BREAKS) == {"incidents-opened"}
    assert hear(run, ENDS) == {"incidents-closed"}
    assert hear(run, change(("ALARM", BROKE), ("INSUFFICIENT_DATA", KEPT))) == {"incidents-closed"}
    assert hear(run, change(("INSUFFICIENT_DATA", BROKE), ("OK", KEPT))) == set()


def test_what_is_a_surge_too_is_one_incident(run: Recorded) -> None:
    states = ("OK", KEPT), ("ALARM", BROKE)
    assert [bool(hear(run, change(*states, alarm=title))) for title in TITLES] == [True, True, False, False]


def test_the_end_names_the_incident_that_began_and_no_other(run: Recorded) -> None:
    opened, closed = put(run, "incidents-opened", BREAKS), put(run, "incidents-closed", ENDS)
    assert [(one["type"], one["user_id"], one["ts"]) for one in (opened, closed)] == [
        ("incident.opened", None, "2026-11-03T02:10:00Z"),
        ("incident.closed", None, "2026-11-03T02:31:00Z"),
    ]
    assert json.loads(opened["metadata_json"]) == {"incident": f"promises-errors-1a2b3c4 {BROKE}"}
    assert closed["metadata_json"] == opened["metadata_json"]
    later = put(run, "incidents-opened", change(("OK", KEPT), ("ALARM", "2026-11-03T03:00:00.000+0000")))
    assert later["metadata_json"] != opened["metadata_json"]
    assert event_key(json.dumps(opened)) == "events/day=2026-11-03/"


def test_rules_put_onto_the_stream_and_nothing_else(run: Recorded) -> None:
    for name in ("incidents-opened", "incidents-closed"):
        target = run.named(name, TARGET)
        assert (target["arn"], target["roleArn"]) == ("stream", "arn:mock:incidents-puts")
        assert target["kinesisTarget"] == {"partitionKeyPath": "$.detail.alarmName"}
        assert target["deadLetterConfig"] == {"arn": "undelivered"}
    policy = json.loads(run.named("incidents-puts", "aws:iam/rolePolicy:RolePolicy")["policy"])
    put_onto, encrypt = policy["Statement"]
    assert (put_onto["Action"], put_onto["Resource"]) == (["kinesis:PutRecord", "kinesis:PutRecords"], [STREAM])
    assert encrypt["Action"] == ["kms:GenerateDataKey"]
    trust = json.loads(run.named("incidents-puts", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:events:ap-northeast-2:777788889999:rule/startup-platform-prod-incident-*"
    }
    names = {rule["name"] for rule in run.of_type(RULE)}
    assert names == {"startup-platform-prod-incident-opened", "startup-platform-prod-incident-closed"}


def test_a_stage_has_them_once_it_has_a_stream_and_of_the_alarms_that_judge_its_promises() -> None:
    def told(phase: PhaseName) -> list[Any]:
        rules = platform_of("prod", phase=phase).of_type(RULE)
        return [json.loads(one["eventPattern"])["resources"] for one in rules if one.name.startswith("incidents-")]

    assert told(PhaseName.GROWTH) == []
    for phase in (PhaseName.SCALEUP, PhaseName.IPO):
        assert told(phase) == [["arn:mock:promises-errors", "arn:mock:promises-p95"]] * 2
