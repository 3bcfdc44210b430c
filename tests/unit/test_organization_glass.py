"""That somebody breaks the glass is told: which events, from where, to whom, and who may say so."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from organization.glass import pattern
from organization.permissions import permission_sets
from tests.unit.organization import organization_of, organizations
from tests.unit.recording import Recorded

ACCOUNT = "123456789012"
HOME = "ap-northeast-2"
OTHERS = ["ap-southeast-1", "us-east-1"]
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ROLE = "AWSReservedSSO_break-glass_0123456789abcdef"
SET = {"serviceEventDetails": {"account_id": ACCOUNT, "role_name": "break-glass"}}
ISSUER = {"sessionContext": {"sessionIssuer": {"type": "Role", "userName": ROLE}}}

# Of AWS's own pages, as far as the pattern looks at them.
API, CONSOLE, SERVICE = (
    "AWS API Call via CloudTrail",
    "AWS Console Sign In via CloudTrail",
    "AWS Service Event via CloudTrail",
)
SEEN: list[tuple[str, dict[str, Any]]] = [
    (SERVICE, {"eventSource": "sso.amazonaws.com", "eventName": "Federate", **SET}),
    (API, {"eventSource": "sso.amazonaws.com", "eventName": "GetRoleCredentials", **SET}),
    (
        API,
        {
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRoleWithSAML",
            "requestParameters": {
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/ap-northeast-2/{ROLE}"
            },
        },
    ),
    (
        CONSOLE,
        {
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "userIdentity": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/somebody@example.com"},
        },
    ),
    (API, {"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "userIdentity": ISSUER}),
]
NOT_SEEN: list[tuple[str, dict[str, Any]]] = [
    (
        SERVICE,
        {"eventSource": "sso.amazonaws.com", "eventName": "Federate", "serviceEventDetails": {"role_name": "billing"}},
    ),
    (SERVICE, {"eventSource": "sso.amazonaws.com", "eventName": "Logout", **SET}),
    (
        API,
        {
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRoleWithSAML",
            "requestParameters": {
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_billing_1"
            },
        },
    ),
    (
        CONSOLE,
        {
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "userIdentity": {"arn": f"arn:aws:iam::{ACCOUNT}:root"},
        },
    ),
    (
        API,
        {
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRole",
            "userIdentity": {"sessionContext": {"sessionIssuer": {"userName": "startup-platform-prod-deploy"}}},
        },
    ),
]


@pytest.fixture(scope="module", params=[0, 1])
def run(request: pytest.FixtureRequest) -> Recorded:
    owner: int = request.param
    return organizations()[owner]


def matches(wanted: Any, found: Any) -> bool:
    """As EventBridge does, of the filters that the pattern uses: exact, prefix, wildcard and $or."""
    if isinstance(wanted, list):
        filters = cast("list[Any]", wanted)
        return any(_is(each, found) for each in filters)
    below: Mapping[str, Any] = found
    return all(
        any(matches(one, below) for one in each) if key == "$or" else key in below and matches(each, below[key])
        for key, each in wanted.items()
    )


def _is(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str):
        return wanted == found
    ((kind, text),) = wanted.items()
    if kind == "prefix":
        return found.startswith(text)
    assert kind == "wildcard"
    first, *middle, last = text.split("*")
    rest = found.removeprefix(first)
    for part in middle:
        _, sign, rest = rest.partition(part)
        if not sign:
            return False
    return found.startswith(first) and rest.endswith(last)


@pytest.mark.parametrize(("kind", "detail"), SEEN, ids=[each["eventName"] for _, each in SEEN])
def test_every_way_in_and_the_way_on_is_seen(kind: str, detail: dict[str, Any]) -> None:
    assert matches(pattern("break-glass"), {"detail-type": kind, "detail": detail})


@pytest.mark.parametrize(("kind", "detail"), NOT_SEEN, ids=[each["eventName"] for _, each in NOT_SEEN])
def test_what_others_do_is_not(kind: str, detail: dict[str, Any]) -> None:
    assert not matches(pattern("break-glass"), {"detail-type": kind, "detail": detail})


def test_it_is_looked_for_in_every_region_of_ours_reads_too_in_the_account_that_the_set_is_in(run: Recorded) -> None:
    rules = [one for one in run.of_type(RULE) if one["name"] == "startup-platform-org-break-glass"]
    assert sorted(one["region"] for one in rules) == sorted([HOME, *OTHERS])
    for one in rules:
        assert json.loads(one["eventPattern"]) == pattern("break-glass")
        assert one["state"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
        assert one.provider.split("::")[3] == "aws-management"
    (glass,) = [each for each in permission_sets(management=ACCOUNT, accounts={}).values() if each.hours == 1]
    assert (glass.title, list(glass.accounts)) == ("break-glass", ["management"])


def test_the_home_region_tells_two_people_and_the_others_hand_over_to_it(run: Recorded) -> None:
    told = run.named("glass-told", TARGET)
    assert told["arn"] == "arn:mock:glass-topic"
    assert json.loads(told["inputTransformer"]["inputTemplate"]).startswith("Break-glass: <event> by <who> from")
    addresses = {one["endpoint"] for one in run.of_type("aws:sns/topicSubscription:TopicSubscription")}
    assert addresses == {"security@example.com", "platform@example.com"}
    bus = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"
    for region in OTHERS:
        handed = run.named(f"glass-{region}-handed-over", TARGET)
        assert (handed["arn"], handed["roleArn"], handed["region"]) == (bus, "arn:mock:glass-handing-over", region)
        assert "glass-handing-over" in {urn.rpartition("::")[2] for urn in handed.dependencies}
    (put,) = json.loads(run.named("glass-handing-over", "aws:iam/rolePolicy:RolePolicy")["policy"])["Statement"]
    assert (put["Action"], put["Resource"]) == (["events:PutEvents"], [bus])
    (trust,) = json.loads(run.named("glass-handing-over", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {
            "aws:SourceArn": [
                f"arn:aws:events:{region}:{ACCOUNT}:rule/startup-platform-org-break-glass" for region in OTHERS
            ]
        },
    }


def test_what_cannot_be_told_is_kept_where_it_happened(run: Recorded) -> None:
    targets = [one for one in run.of_type(TARGET) if one.name.startswith("glass")]
    assert len(targets) == 3
    assert {one["deadLetterConfig"]["arn"] for one in targets} == {
        f"arn:mock:glass-{region}-undelivered" for region in (HOME, *OTHERS)
    }
    for region in (HOME, *OTHERS):
        queue = run.named(f"glass-{region}-undelivered", "aws:sqs/queue:Queue")
        assert (queue["region"], int(queue["messageRetentionSeconds"])) == (region, 1_209_600)
        policy = run.named(f"glass-{region}-undelivered", "aws:sqs/queuePolicy:QueuePolicy")
        left, _ = json.loads(policy["policy"])["Statement"]
        assert left["Condition"] == {
            "ArnEquals": {"aws:SourceArn": f"arn:aws:events:{region}:{ACCOUNT}:rule/startup-platform-org-break-glass"}
        }


def test_only_rules_speak_to_the_topic_and_only_for_it_use_its_key(run: Recorded) -> None:
    topic = run.named("glass-topic", "aws:sns/topic:Topic")
    arn = f"arn:aws:sns:{HOME}:{ACCOUNT}:startup-platform-org-break-glass"
    assert topic["kmsMasterKeyId"] == "arn:mock:glass-key"
    published, refused = json.loads(topic["policy"])["Statement"]
    assert published == {
        "Sid": "PublishedByRulesOnEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sns:Publish"],
        "Resource": [arn],
    }
    assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    key = run.named("glass-key", "aws:kms/key:Key")
    assert (key["enableKeyRotation"], key.protect) == (True, True)
    said = {each["Sid"]: each for each in json.loads(key["policy"])["Statement"]}
    assert set(said) == {"LookedAfterByTheAccount", "UsedByRulesOnEventsForTheTopic"}
    assert "kms:Decrypt" not in said["LookedAfterByTheAccount"]["Action"]
    assert said["UsedByRulesOnEventsForTheTopic"]["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": arn}
    }


def test_it_is_told_before_there_is_a_security_account() -> None:
    nobody = {
        name: {"name": name, "email": f"{name}@example.com", "account_id": None}
        for name in ("security", "dev", "stg", "prod")
    }
    run = organization_of(accounts=json.dumps(nobody))
    assert [one.name for one in run.of_type("aws:sns/topic:Topic")] == ["glass-topic"]
