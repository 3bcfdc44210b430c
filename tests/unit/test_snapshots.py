"""The nightly snapshot: what the state machine starts, how it goes on, and what each role may."""

import json
from typing import Any

import pytest

from components.data import layout, tables
from components.data.snapshots import DONE, FAILED, Snapshots, SnapshotsArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
CLUSTER = "arn:aws:rds:ap-northeast-2:111122223333:cluster:startup-platform-dev-database"
MACHINE = "arn:aws:states:ap-northeast-2:111122223333:stateMachine:startup-platform-dev-snapshots"
WRITER = "arn:aws:iam::111122223333:role/startup-platform-dev-snapshot-export"
ALIAS = "alias/startup-platform-dev-lake"


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = SnapshotsArgs(
        scope=SCOPE,
        cluster_arn=CLUSTER,
        key_alias=ALIAS,
        logs_key_arn="logs-key",
        log_retention_days=365,
        alarm_topic_arn="alarms",
    )
    return record(lambda: Snapshots("snapshots", args))


@pytest.fixture(scope="module")
def states(run: Recorded) -> dict[str, dict[str, Any]]:
    (machine,) = run.of_type("aws:sfn/stateMachine:StateMachine")
    return json.loads(machine["definition"])["States"]


def statements(run: Recorded, title: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named(f"snapshots-{title}", "aws:iam/rolePolicy:RolePolicy")["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def test_it_exports_three_tables_of_the_database_and_no_more(states: dict[str, dict[str, Any]]) -> None:
    asked = states["Start"]["Parameters"]
    assert asked["SourceArn"] == CLUSTER
    assert asked["ExportOnly"] == ["app.posts", "app.subscriptions", "app.users"]
    assert asked["IamRoleArn"] == WRITER
    assert asked["KmsKeyId"] == f"arn:aws:kms:ap-northeast-2:111122223333:{ALIAS}"


def test_what_it_writes_is_where_the_tables_look(states: dict[str, dict[str, Any]]) -> None:
    asked = states["Start"]["Parameters"]
    # The one intrinsic function that names the export, worked out as Step Functions does: the day of the start, in UTC.
    assert asked["ExportTaskIdentifier.$"] == (
        "States.Format('app-{}', States.ArrayGetItem(States.StringSplit($$.Execution.StartTime, 'T'), 0))"
    )
    export = "app-" + "2026-11-25T18:00:00.000Z".partition("T")[0]
    assert len(export) <= 60  # what RDS takes as an identifier
    for table in layout.SNAPSHOT_TABLES:
        written = f"s3://{asked['S3BucketName']}/{asked['S3Prefix']}/{export}/app/app.{table}/"
        assert tables.snapshot(SCOPE, table).template.replace("${day}", "2026-11-25") == written


def test_it_waits_until_the_export_is_done_and_fails_when_that_fails(states: dict[str, dict[str, Any]]) -> None:
    def after(status: str) -> str:
        choice = states["Done?"]
        (found, *_) = [
            *(one["Next"] for one in choice["Choices"] if one["StringEquals"] == status),
            choice["Default"],
        ]
        return found

    assert {status: after(status) for status in ("STARTING", "IN_PROGRESS", *DONE, *FAILED)} == {
        "STARTING": "Wait",
        "IN_PROGRESS": "Wait",
        "COMPLETE": "Done",
        "FAILED": "Failed",
        "CANCELED": "Failed",
        "CANCELING": "Failed",
    }
    assert [states[name]["Next"] for name in ("Start", "Wait", "Look")] == ["Wait", "Look", "Done?"]
    assert (states["Done"]["Type"], states["Failed"]["Type"]) == ("Succeed", "Fail")


def test_it_runs_each_night_by_the_clock_that_names_its_day(run: Recorded) -> None:
    (schedule,) = run.of_type("aws:scheduler/schedule:Schedule")
    assert (schedule["scheduleExpression"], schedule["scheduleExpressionTimezone"]) == ("cron(0 18 * * ? *)", "UTC")
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}
    started = statements(run, "schedule")["StartTheSnapshot"]
    assert (started["Action"], started["Resource"]) == (["states:StartExecution"], [MACHINE])


def test_each_role_may_its_part_only(run: Recorded) -> None:
    raw = "arn:aws:s3:::startup-platform-dev-lake-raw-111122223333-ap-northeast-2"
    export, machine = statements(run, "export"), statements(run, "machine")
    assert export["WriteSnapshots"]["Resource"] == [f"{raw}/snapshots/*"]
    assert export["UseTheLakeKey"]["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ALIAS}}
    assert machine["StartExportsOfTheDatabase"]["Resource"] == [CLUSTER]
    passed = machine["HandTheExportItsRole"]
    assert passed["Resource"] == [WRITER]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "export.rds.amazonaws.com"}}
    assert machine["LendTheLakeKeyToRds"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    trusted = {
        one.name: json.loads(one["assumeRolePolicy"])["Statement"][0]["Principal"]["Service"]
        for one in run.of_type("aws:iam/role:Role")
    }
    assert trusted == {
        "snapshots-export": "export.rds.amazonaws.com",
        "snapshots-machine": "states.amazonaws.com",
        "snapshots-schedule": "scheduler.amazonaws.com",
    }


def test_a_snapshot_that_fails_and_one_that_does_not_come_are_alarms(run: Recorded) -> None:
    failed = run.named("snapshots-failed", "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert (failed["threshold"], failed["comparisonOperator"]) == (0, "GreaterThanThreshold")
    (query,) = failed["metricQueries"]
    assert query["metric"]["metricName"] == "ExecutionsFailed"
    assert query["metric"]["dimensions"] == {"StateMachineArn": MACHINE}
    missing = run.named("snapshots-missing", "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert (missing["threshold"], missing["comparisonOperator"]) == (1, "LessThanThreshold")
    measured, judged = missing["metricQueries"]
    assert (measured["metric"]["metricName"], int(measured["metric"]["period"])) == ("ExecutionsSucceeded", 86_400)
    # No data is nought: a schedule that never started anything has no metric at all.
    assert (judged["expression"], int(missing["evaluationPeriods"])) == ("FILL(succeeded, 0)", 1)
