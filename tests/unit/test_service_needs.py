"""What each need lets a service do, exactly, and what it makes and takes away again."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.data.schemas import statements
from components.service.needs import bucket, mysql, queue, redis
from components.service.spec import SpecError
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


def statements_brought(run: Recorded, need: str) -> list[dict[str, Any]]:
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
    "mysql": (
        "read",
        [
            {
                "Sid": "LogInToTheDatabaseAsItsUser",
                "Effect": "Allow",
                "Action": ["rds-db:connect"],
                "Resource": [f"arn:aws:rds-db:{HERE}:dbuser:{login}/feed" for login in platform().database_login_ids],
            }
        ],
    ),
    "events": (
        {"publishes": ["post.read", "feed.seen"]},
        [
            {
                "Sid": "PublishItsEvents",
                "Effect": "Allow",
                "Action": ["events:PutEvents"],
                "Resource": [f"arn:aws:events:{HERE}:event-bus/startup-platform-dev-events"],
                "Condition": {
                    "StringEquals": {
                        "events:source": "startup-platform.feed",
                        "events:detail-type": ["feed.seen", "post.read"],
                    }
                },
            }
        ],
    ),
    "table": (
        {"sort_key": True},
        [
            {
                "Sid": "UseTheItemsOfItsTable",
                "Effect": "Allow",
                "Action": [
                    "dynamodb:BatchGetItem",
                    "dynamodb:BatchWriteItem",
                    "dynamodb:ConditionCheckItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:Query",
                    "dynamodb:UpdateItem",
                ],
                "Resource": [f"arn:aws:dynamodb:{HERE}:table/startup-platform-dev-feed-table"],
            },
            {
                "Sid": "UseTheKeyOfItsTable",
                "Effect": "Allow",
                "Action": ["kms:Decrypt"],
                "Resource": [KEYS],
                "Condition": key("data", "dynamodb"),
            },
        ],
    ),
    "login": (
        True,
        [
            {
                "Sid": "LookAtAndSignOutUsers",
                "Effect": "Allow",
                "Action": [
                    "cognito-idp:AdminDisableUser",
                    "cognito-idp:AdminEnableUser",
                    "cognito-idp:AdminGetUser",
                    "cognito-idp:AdminSetUserMFAPreference",
                    "cognito-idp:AdminUserGlobalSignOut",
                ],
                "Resource": [f"arn:aws:cognito-idp:{HERE}:userpool/{platform().user_pool_id}"],
            }
        ],
    ),
}

STREAM = f"arn:aws:kinesis:{HERE}:stream/startup-platform-dev-user-events"
LATE = {
    "stream_name": "startup-platform-dev-user-events",
    "stream_arn": STREAM,
    "model_endpoint": "startup-platform-dev-recommendation",
    "assistant_profile_arn": f"arn:aws:bedrock:{HERE}:application-inference-profile/abc",
    "assistant_guardrail_id": "gr-1",
    "user_features_policy_arn": "arn:aws:iam::111122223333:policy/features",
}
# Those that the stage must have come to: need -> value, and sid -> (actions, resources).
LATER: Mapping[str, list[tuple[object, Mapping[str, tuple[list[str], list[str]]]]]] = {
    "stream": [
        (
            "produce",
            {
                "PutUserEvents": (["kinesis:PutRecord", "kinesis:PutRecords"], [STREAM]),
                "UseTheKeyOfTheStream": (["kms:GenerateDataKey"], [KEYS]),
            },
        ),
        (
            "consume",
            {
                "SeeTheShardsOfTheStream": (["kinesis:DescribeStreamSummary", "kinesis:ListShards"], [STREAM]),
                "ReadUserEventsAsItself": (
                    ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
                    [f"{STREAM}/consumer/feed:*"],
                ),
                "UseTheKeyOfTheStream": (["kms:Decrypt"], [KEYS]),
            },
        ),
    ],
    "model": [
        (
            True,
            {
                "AskTheRecommendationModel": (
                    ["sagemaker:InvokeEndpoint"],
                    [f"arn:aws:sagemaker:{HERE}:endpoint/startup-platform-dev-recommendation"],
                )
            },
        )
    ],
}
LATER_CASES = [(need, value, wanted) for need, cases in LATER.items() for value, wanted in cases]


@pytest.mark.parametrize(("need", "value", "wanted"), LATER_CASES)
def test_what_comes_with_a_later_phase_brings_exactly_this_then_and_nothing_before(
    need: str, value: object, wanted: Mapping[str, tuple[list[str], list[str]]]
) -> None:
    run = built(described({need: value}), platform(**LATE))
    brought = statements_brought(run, need)
    assert {one["Sid"]: (one["Action"], one["Resource"]) for one in brought} == wanted
    early = built(described({need: value}))
    assert {one.name for one in early.registrations} == {one.name for one in built(described()).registrations}


def test_who_reads_the_stream_does_so_as_itself_and_is_watched() -> None:
    run = built(described({"stream": "consume"}), platform(**LATE))
    consumer = run.named("feed-stream-consumer", "aws:kinesis/streamConsumer:StreamConsumer")
    assert (consumer["name"], consumer["streamArn"]) == ("feed", STREAM)
    (measured,) = run.named("feed-stream-behind", "aws:cloudwatch/metricAlarm:MetricAlarm")["metricQueries"]
    assert measured["metric"]["dimensions"] == {
        "StreamName": "startup-platform-dev-user-events",
        "ConsumerName": "feed",
    }


def test_the_features_of_users_come_by_the_platforms_own_policy() -> None:
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    run = built(described({"feature_group": True}), platform(**LATE))
    assert run.named("feed-may-feature_group", attachment)["policyArn"] == LATE["user_features_policy_arn"]
    assert built(described(), platform(**LATE)).of_type(attachment) == []


def test_a_language_model_is_asked_through_the_profile_and_the_guardrail_only() -> None:
    brought = {one["Sid"]: one for one in statements_brought(built(described({"llm": True}), platform(**LATE)), "llm")}
    ask = brought["AskThroughOurProfilesWithAGuardrail"]
    assert ask["Condition"]["ArnLike"] == {"bedrock:GuardrailIdentifier": f"arn:aws:bedrock:{HERE}:guardrail/*"}
    assert all("bedrock:*" not in one["Action"] for one in brought.values())


INVOCATION = "aws:lambda/invocation:Invocation"


def test_the_stages_function_is_asked_for_the_services_schema_and_user_before_a_pod_starts() -> None:
    run = built(described({"mysql": "read", "mysql_reads": ["auth", "api"]}))
    asked = run.named("feed-mysql-made", INVOCATION)
    assert asked["functionName"] == "startup-platform-dev-database-schemas"
    assert json.loads(asked["input"]) == {
        "service": "feed",
        "access": "read",
        "reads": ["api", "auth"],
        "edition": statements.EDITION,
    }
    assert asked["lifecycleScope"] == "CRUD"  # a change is asked for again, and the end too
    assert asked.deletes_first  # else the end of the old one would drop the user of the new one
    pods = run.named("feed-pod", "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert any(urn.endswith("::feed-mysql-made") for urn in pods.dependencies)


def test_what_is_asked_for_is_what_the_function_understands() -> None:
    run = built(described({"mysql": "write"}, name="notification-ws"))
    asked = statements.parse(json.loads(run.named("notification-ws-mysql-made", INVOCATION)["input"]))
    assert asked == statements.Request(service="notification-ws", access="write", reads=[])


def test_the_job_that_migrates_may_find_the_database_and_log_in_as_its_own_user_and_nothing_else() -> None:
    run = built(described({"mysql": "write", "queue": True}, name="notification-ws", team="growth"))
    role = run.named("notification-ws-migration-job", "aws:iam/role:Role")
    assert role["name"] == "startup-platform-dev-notification-ws-migration"
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "111122223333",
        "aws:RequestTag/eks-cluster-name": platform().cluster_name,
        "aws:RequestTag/kubernetes-namespace": "growth",
        "aws:RequestTag/kubernetes-service-account": "notification-ws-migration",
    }
    policy = run.named("notification-ws-migration-job", "aws:iam/rolePolicy:RolePolicy")["policy"]
    assert json.loads(policy)["Statement"] == [
        {
            "Sid": "ReadTheContractOfItsStage",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter"],
            "Resource": [f"arn:aws:ssm:{HERE}:parameter/startup-platform/dev/contract/v1"],
        },
        {
            "Sid": "LogInToTheDatabaseAsTheUserThatMigrates",
            "Effect": "Allow",
            "Action": ["rds-db:connect"],
            "Resource": [
                f"arn:aws:rds-db:{HERE}:dbuser:{login}/notification_ws_ddl" for login in platform().database_login_ids
            ],
        },
    ]
    account = run.named("notification-ws-migration-job", "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert (account["namespace"], account["serviceAccount"]) == ("growth", "notification-ws-migration")
    assert any(
        urn.endswith("::notification-ws-mysql-made") for urn in account.dependencies
    )  # its user is there by then


def test_pods_cannot_log_in_as_who_changes_tables() -> None:
    run = built(described({"mysql": "write"}))
    assert "_ddl" not in json.dumps(statements_brought(run, "mysql"))


def test_who_writes_no_rows_migrates_nothing() -> None:
    run = built(described({"mysql": "read", "mysql_reads": ["api"]}))
    assert not [one for one in run.registrations if "migration" in one.name]


def test_nobody_is_asked_without_the_need_or_where_no_writer_is() -> None:
    assert built(described({"redis": True})).of_type(INVOCATION) == []
    elsewhere = platform(database_schemas_function=None)
    run = built(described({"mysql": "write"}), elsewhere)
    assert run.of_type(INVOCATION) == []
    assert statements_brought(run, "mysql")  # the user comes with the data, from the region of the writer


def test_a_service_whose_schema_would_be_mysqls_own_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^sys: needs.mysql: service = sys: MySQL or RDS has sys for something of its"):
        mysql.request(place({"mysql": "write"}, name="sys"))


def test_an_event_that_is_subscribed_to_reaches_the_queue_or_what_failed_and_no_other_rule_may_send() -> None:
    wanted = {"posts": {"source": "api", "type": "post."}}
    run = built(described({"queue": True, "events": {"subscribes": wanted}}))
    rule = run.named("feed-events-posts", "aws:cloudwatch/eventRule:EventRule")
    assert json.loads(rule["eventPattern"]) == {
        "account": ["111122223333"],
        "source": ["startup-platform.api"],
        "detail-type": [{"prefix": "post."}],
    }
    target = run.named("feed-events-posts", "aws:cloudwatch/eventTarget:EventTarget")
    assert target["deadLetterConfig"] == {"arn": "arn:mock:feed-queue-failed"}
    policy = run.named("feed-queue-queue", "aws:sqs/queuePolicy:QueuePolicy")["policy"]
    sent, *_ = json.loads(policy)["Statement"]
    assert sent["Condition"]["ArnEquals"]["aws:SourceArn"] == [
        f"arn:aws:events:{HERE}:rule/startup-platform-dev-events/startup-platform-dev-feed-posts"
    ]


@pytest.mark.parametrize("need", EXACTLY)
def test_a_need_brings_exactly_these_statements_and_goes_with_exactly_its_resources(need: str) -> None:
    value, wanted = EXACTLY[need]
    run = built(described({need: value}))
    assert statements_brought(run, need) == wanted
    without = built(described())
    names = {(one.type, one.name) for one in run.registrations}
    remaining = {(one.type, one.name) for one in without.registrations}
    assert remaining < names
    assert all(name.startswith((f"feed-{need}", f"feed-may-{need}")) for _, name in names - remaining)


def test_a_service_without_needs_may_read_where_things_are_and_which_heavy_features_are_on_and_no_more() -> None:
    run = built(described())
    assert sorted(one.name for one in run.of_type(ROLE_POLICY)) == ["feed-may-platform", "feed-releasing-role"]
    on = platform()
    flags = (on.toggles_application_id, on.toggles_environment_id, on.toggles_profile_id)
    read = "arn:aws:appconfig:{}:application/{}/environment/{}/configuration/{}".format(HERE, *flags)
    assert {one["Sid"]: one["Resource"] for one in statements_brought(run, "platform")} == {
        "ReadTheContractOfItsStage": [f"arn:aws:ssm:{HERE}:parameter/startup-platform/dev/contract/v1"],
        "ReadWhichFeaturesAreOn": [read],
        "DecryptWhichFeaturesAreOn": [KEYS],
    }


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
