"""Queues, bus and alerts: who may send, what becomes of what nobody can process, and who is told."""

import json
from typing import Any

import pytest

from components.data.messaging import Messaging, MessagingArgs
from components.naming import Scope
from components.operations.alerts import Alerts, AlertsArgs
from components.phases import PHASES, PhaseName
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
HERE = "ap-northeast-2:111122223333"
QUEUE = "aws:sqs/queue:Queue"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DAY = 86_400


def messaging(phase: PhaseName = PhaseName.GROWTH, *, destroy_protection: bool = True) -> Recorded:
    args = MessagingArgs(
        scope=SCOPE,
        size=PHASES[phase].sizes.messaging,
        key_arn="messaging-key",
        alarm_topic_arn="alarms",
        destroy_protection=destroy_protection,
    )
    return record(lambda: Messaging("messaging", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return messaging()


def statements(run: Recorded, queue: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named(f"messaging-{queue}", "aws:sqs/queuePolicy:QueuePolicy")["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def test_work_that_fails_five_times_is_set_aside(run: Recorded) -> None:
    work = run.named("messaging-work", QUEUE)
    assert json.loads(work["redrivePolicy"]) == {
        "deadLetterTargetArn": f"arn:aws:sqs:{HERE}:startup-platform-dev-failed",
        "maxReceiveCount": 5,
    }
    assert any(urn.endswith("::messaging-failed") for urn in work.dependencies)


def test_the_queue_for_failures_takes_them_from_the_work_queue_only(run: Recorded) -> None:
    allowed = run.named("messaging-failed", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")["redriveAllowPolicy"]
    assert json.loads(allowed) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [f"arn:aws:sqs:{HERE}:startup-platform-dev-work"],
    }


def test_a_message_lives_longer_where_it_was_set_aside_than_where_it_waited(run: Recorded) -> None:
    kept = {one.name: int(one["messageRetentionSeconds"]) // DAY for one in run.of_type(QUEUE)}
    assert kept == {"messaging-work": 7, "messaging-failed": 14, "messaging-undelivered": 14}


def test_every_queue_is_encrypted_with_the_messaging_key_and_polled_long(run: Recorded) -> None:
    for queue in run.of_type(QUEUE):
        assert (queue["kmsMasterKeyId"], int(queue["receiveWaitTimeSeconds"])) == ("messaging-key", 20)
        assert int(queue["visibilityTimeoutSeconds"]) == 300


@pytest.mark.parametrize("queue", ["work", "failed", "undelivered"])
def test_nobody_speaks_to_a_queue_in_plain_text_or_from_another_account(run: Recorded, queue: str) -> None:
    found = statements(run, queue)
    plain, foreign = found["NothingInPlainText"], found["NobodyOfAnotherAccount"]
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert foreign["Condition"] == {
        "StringNotEquals": {"aws:PrincipalAccount": "111122223333"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    for statement in (plain, foreign):
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert {"sqs:SendMessage", "sqs:ReceiveMessage"} <= set(statement["Action"])
        assert statement["Resource"] == [f"arn:aws:sqs:{HERE}:startup-platform-dev-{queue}"]


def test_only_our_rule_and_our_bus_send_to_queues(run: Recorded) -> None:
    rule = f"arn:aws:events:{HERE}:rule/startup-platform-dev-events/startup-platform-dev-work"
    bus = f"arn:aws:events:{HERE}:event-bus/startup-platform-dev-events"
    sent = "SentByRulesAndBusesOfThisStage"
    assert statements(run, "work")[sent]["Condition"]["ArnEquals"] == {"aws:SourceArn": [rule]}
    assert statements(run, "undelivered")[sent]["Condition"]["ArnEquals"] == {
        "aws:SourceArn": [rule, bus, f"arn:aws:events:{HERE}:rule/startup-platform-dev-*"]
    }
    assert sent not in statements(run, "failed")


def test_events_are_encrypted_and_can_be_replayed_as_long_as_the_phase_says(run: Recorded) -> None:
    bus = run.named("messaging-bus", "aws:cloudwatch/eventBus:EventBus")
    assert (bus["kmsKeyIdentifier"], bus["deadLetterConfig"]) == (
        "messaging-key",
        {"arn": "arn:mock:messaging-undelivered"},
    )
    for phase, days in ((PhaseName.MVP, 7), (PhaseName.GROWTH, 30), (PhaseName.IPO, 365)):
        archive = messaging(phase).named("messaging-archive", "aws:cloudwatch/eventArchive:EventArchive")
        assert (int(archive["retentionDays"]), archive["kmsKeyIdentifier"]) == (days, "messaging-key")


def test_only_this_account_puts_events_on_the_bus(run: Recorded) -> None:
    policy = json.loads(run.named("messaging-bus", "aws:cloudwatch/eventBusPolicy:EventBusPolicy")["policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Action"] == ["events:PutEvents"]


def test_an_event_that_asks_for_work_arrives_without_its_envelope(run: Recorded) -> None:
    rule = run.named("messaging-work", "aws:cloudwatch/eventRule:EventRule")
    assert json.loads(rule["eventPattern"]) == {
        "account": ["111122223333"],
        "source": [{"prefix": "startup-platform."}],
        "detail-type": [{"prefix": "work."}],
    }
    target = run.named("messaging-work", "aws:cloudwatch/eventTarget:EventTarget")
    assert (target["arn"], target["inputPath"]) == ("arn:mock:messaging-work", "$.detail")
    assert target["deadLetterConfig"] == {"arn": "arn:mock:messaging-undelivered"}
    assert int(target["retryPolicy"]["maximumEventAgeInSeconds"]) == 3600


def test_one_message_set_aside_is_enough_for_an_alarm(run: Recorded) -> None:
    for queue in ("failed", "undelivered"):
        alarm = run.named(f"messaging-{queue}", ALARM)
        (query,) = alarm["metricQueries"]
        assert query["metric"]["metricName"] == "ApproximateNumberOfMessagesVisible"
        assert query["metric"]["dimensions"] == {"QueueName": f"startup-platform-dev-{queue}"}
        assert (int(alarm["threshold"]), int(alarm["evaluationPeriods"])) == (0, 1)
        assert alarm["comparisonOperator"] == "GreaterThanThreshold"
        assert alarm["alarmActions"] == ["alarms"]


def test_work_that_waits_for_a_quarter_of_an_hour_is_an_alarm(run: Recorded) -> None:
    alarm = run.named("messaging-work-age", ALARM)
    (query,) = alarm["metricQueries"]
    assert (query["metric"]["metricName"], int(alarm["threshold"])) == ("ApproximateAgeOfOldestMessage", 900)


def test_queues_bus_and_archive_are_protected_where_the_stage_says_so(run: Recorded) -> None:
    assert {one.name for one in run.registrations if one.protect} == {
        "messaging-work",
        "messaging-failed",
        "messaging-undelivered",
        "messaging-bus",
        "messaging-archive",
    }
    assert not any(one.protect for one in messaging(destroy_protection=False).registrations)


def test_alarms_of_this_account_reach_whoever_is_on_duty() -> None:
    args = AlertsArgs(scope=SCOPE, email="duty@example.com", key_arn="messaging-key")
    run = record(lambda: Alerts("alerts", args))
    topic = run.named("alerts-alarms", "aws:sns/topic:Topic")
    assert topic["kmsMasterKeyId"] == "messaging-key"
    found = {one["Sid"]: one for one in json.loads(topic["policy"])["Statement"]}
    assert found["PublishedByAlarmsOfThisAccount"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert found["PublishedByAlarmsOfThisAccount"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{HERE}:alarm:*"},
    }
    assert found["NothingInPlainText"]["Effect"] == "Deny"
    (subscription,) = run.of_type("aws:sns/topicSubscription:TopicSubscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "duty@example.com")
