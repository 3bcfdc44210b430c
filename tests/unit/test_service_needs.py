"""What each need lets a service do, exactly, and what it makes and takes away again."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.service.needs import bucket, queue, redis
from tests.unit.recording import Recorded
from tests.unit.services import built, described, place, platform

HERE = "ap-northeast-2:111122223333"
QUEUE = "aws:sqs/queue:Queue"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def key(alias: str, service: str) -> dict[str, Any]:
    """How a right to use a key by a service of AWS is narrowed."""
    return {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/startup-platform-dev-{alias}"},
        "StringEquals": {"kms:ViaService": f"{service}.ap-northeast-2.amazonaws.com"},
    }


def statements(run: Recorded, need: str) -> list[dict[str, Any]]:
    return json.loads(run.named(f"feed-may-{need}", ROLE_POLICY)["policy"])["Statement"]


KEYS = f"arn:aws:kms:{HERE}:key/*"
# Need -> what it says in service.yaml, and the statements that it brings, whole.
EXACTLY: Mapping[str, tuple[object, list[dict[str, Any]]]] = {
    "redis": (
        True,
        [
            {
                "Sid": "LogInToTheCacheAsItsUser",
                "Effect": "Allow",
                "Action": ["elasticache:Connect"],
                "Resource": [
                    f"arn:aws:elasticache:{HERE}:replicationgroup:startup-platform-dev-cache",
                    f"arn:aws:elasticache:{HERE}:user:dev-feed",
                ],
            }
        ],
    ),
    "queue": (
        True,
        [
            {
                "Sid": "UseItsQueue",
                "Effect": "Allow",
                "Action": [
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:GetQueueUrl",
                    "sqs:ReceiveMessage",
                    "sqs:SendMessage",
                ],
                "Resource": [f"arn:aws:sqs:{HERE}:startup-platform-dev-feed-queue"],
            },
            {
                "Sid": "UseTheKeyOfItsQueue",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": [KEYS],
                "Condition": key("messaging", "sqs"),
            },
        ],
    ),
    "bucket": (
        True,
        [
            {
                "Sid": "ListItsBucket",
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": ["arn:aws:s3:::startup-platform-dev-feed-111122223333"],
            },
            {
                "Sid": "UseWhatIsInItsBucket",
                "Effect": "Allow",
                "Action": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::startup-platform-dev-feed-111122223333/*"],
            },
            {
                "Sid": "UseTheKeyOfItsBucket",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": [KEYS],
                "Condition": key("storage", "s3"),
            },
        ],
    ),
}


@pytest.mark.parametrize("need", EXACTLY)
def test_a_need_brings_exactly_these_statements_and_goes_with_exactly_its_resources(need: str) -> None:
    value, wanted = EXACTLY[need]
    run = built(described({need: value}))
    assert statements(run, need) == wanted
    without = built(described())
    names = {(one.type, one.name) for one in run.registrations}
    remaining = {(one.type, one.name) for one in without.registrations}
    assert remaining < names
    assert all(name.startswith((f"feed-{need}", f"feed-may-{need}")) for _, name in names - remaining)


def test_a_service_without_needs_may_do_nothing() -> None:
    run = built(described())
    assert [one.name for one in run.of_type(ROLE_POLICY)] == ["feed-releasing-role"]


def test_what_could_not_be_worked_off_goes_to_a_queue_of_its_own_and_somebody_hears_of_it() -> None:
    run = built(described({"queue": True}))
    work, failed = run.named("feed-queue-queue", QUEUE), run.named("feed-queue-failed", QUEUE)
    assert json.loads(work["redrivePolicy"]) == {
        "deadLetterTargetArn": f"arn:aws:sqs:{HERE}:startup-platform-dev-feed-failed",
        "maxReceiveCount": 5,
    }
    assert failed.get("redrivePolicy") is None
    allowed = run.named("feed-queue-failed", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")["redriveAllowPolicy"]
    assert json.loads(allowed)["sourceQueueArns"] == [f"arn:aws:sqs:{HERE}:startup-platform-dev-feed-queue"]
    assert {work["kmsMasterKeyId"], failed["kmsMasterKeyId"]} == {platform().key_arns["messaging"]}
    alarm = run.named("feed-queue-failed", "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert (alarm["threshold"], alarm["alarmActions"]) == (0, [platform().alarm_topic_arn])


def test_a_user_of_the_cache_has_a_name_that_elasticache_takes_and_its_own_keys_only() -> None:
    longest = place({"redis": True}, platform("prod"), name="a" * 28)
    assert len(redis.user(longest)) <= 40
    run = built(described({"redis": True}))
    user = run.named("feed-redis-user", "aws:elasticache/user:User")
    assert user["accessString"].startswith("on ~feed:* &feed:* -@all ")
    assert (user["userId"], user["userName"], user["authenticationMode"]) == ("dev-feed", "dev-feed", {"type": "iam"})
    joined = run.named("feed-redis-member", "aws:elasticache/userGroupAssociation:UserGroupAssociation")
    assert (joined["userGroupId"], joined["userId"]) == ("startup-platform-dev-cache", "dev-feed")


def test_names_are_as_short_as_aws_wants_them_for_the_longest_service() -> None:
    longest = place({"bucket": True}, platform("prod"), name="a" * 28)
    assert len(bucket.bucket_name(longest)) <= 63
    assert len(longest.name("release")) <= 64
    assert len(longest.name(queue.FAILED)) <= 80


def test_what_holds_data_stays_where_the_stage_protects_it() -> None:
    run = built(described({"queue": True, "bucket": True}), platform("prod"))
    holding = [*run.of_type(QUEUE), *run.of_type("aws:s3/bucket:Bucket")]
    assert len(holding) == 3
    assert all(one.protect for one in holding)
