"""AWS services that write with a KMS key for nobody's role: the key's own policy has to let them in.

A role of ours is let in by its own policy, since a key trusts its account; a service principal is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from policy.buckets import BUCKETS, CONFIGURATIONS, is_for
from policy.iam_document import Statement, statements
from policy.links import keys, targets
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource, Stack, any_of

ALARMS = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
TOPICS = ("aws:sns/topic:Topic",)
QUEUES = ("aws:sqs/queue:Queue",)
KEY_POLICIES: Mapping[str, str] = MappingProxyType({"aws:kms/keyPolicy:KeyPolicy": "keyId"})

CLOUDTRAIL, CLOUDWATCH, CONFIG = "cloudtrail", "cloudwatch", "config"
DELIVERY, EVENTS, LOGS, S3, SNS = "delivery.logs", "events", "logs", "s3", "sns"

_TRAIL = "aws:cloudtrail/trail:Trail"
_CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
_FLOW_LOG = "aws:ec2/flowLog:FlowLog"
_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
_NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"

# Per type: the property that points to what is written, and which service writes.
TO_KEYS: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType(
    {
        "aws:cloudwatch/logGroup:LogGroup": [("kmsKeyId", LOGS)],
        _TRAIL: [("kmsKeyId", CLOUDTRAIL)],
        _CHANNEL: [("s3KmsKeyArn", CONFIG)],
    }
)
TO_TOPICS: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType(
    {
        **{
            alarm: [(place, CLOUDWATCH) for place in ("alarmActions", "okActions", "insufficientDataActions")]
            for alarm in ALARMS
        },
        _TARGET: [("arn", EVENTS)],
        _NOTIFICATION: [("topics", S3)],
        _TRAIL: [("snsTopicName", CLOUDTRAIL)],
        _CHANNEL: [("snsTopicArn", CONFIG)],
        "aws:budgets/budget:Budget": [("notifications", "budgets")],
        "aws:costexplorer/anomalySubscription:AnomalySubscription": [("subscribers", "costalerts")],
        "aws:rds/eventSubscription:EventSubscription": [("snsTopic", "events.rds")],
        "aws:backup/vaultNotifications:VaultNotifications": [("snsTopicArn", "backup")],
        "aws:codestarnotifications/notificationRule:NotificationRule": [("targets", "codestar-notifications")],
    }
)
TO_QUEUES: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType(
    {
        _TARGET: [("arn", EVENTS), ("deadLetterConfig", EVENTS)],
        _NOTIFICATION: [("queues", S3)],
        _SUBSCRIPTION: [("endpoint", SNS), ("redrivePolicy", SNS)],
    }
)
TO_BUCKETS: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType(
    {
        _TRAIL: [("s3BucketName", CLOUDTRAIL)],
        _CHANNEL: [("s3BucketName", CONFIG)],
        _FLOW_LOG: [("logDestination", DELIVERY)],
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": [("logDestinationConfigs", DELIVERY)],
        "aws:s3/inventory:Inventory": [("destination", S3)],
    }
)
WRITERS = frozenset(TO_KEYS.keys() | TO_TOPICS.keys() | TO_QUEUES.keys() | TO_BUCKETS.keys())
# With a key of its own the writer does not use the bucket's.
_OWN_KEY: Mapping[str, str] = MappingProxyType({_TRAIL: "kmsKeyId", _CHANNEL: "s3KmsKeyArn"})
_ENCRYPTED_BY = "kmsMasterKeyId"  # of a topic and a queue
_WRITES = ("kms:generatedatakey", "kms:encrypt")


@dataclass(frozen=True, kw_only=True)
class Use:
    """A service that writes with a key.

    Attributes:
        service: its principal, without `.amazonaws.com`.
        place: the writer's property that leads to the key.
    """

    service: str
    place: str
    key: Resource


def uses(writer: Resource, stack: Stack) -> Iterator[Use]:
    """Every key of the stack that a service writes with on behalf of a resource."""
    for place, service in TO_KEYS.get(writer.type, ()):
        yield from (Use(service=service, place=place, key=key) for key in keys(writer, place, stack))
    for table, types in ((TO_TOPICS, TOPICS), (TO_QUEUES, QUEUES)):
        for place, service in table.get(writer.type, ()):
            for target in targets(writer, place, stack, types):
                found = keys(target, _ENCRYPTED_BY, stack)
                yield from (Use(service=service, place=place, key=key) for key in found)
    if writer.type in _OWN_KEY and writer.has(_OWN_KEY[writer.type]):
        return
    for place, service in TO_BUCKETS.get(writer.type, ()):
        for bucket in targets(writer, place, stack, BUCKETS):
            yield from (Use(service=service, place=place, key=key) for key in _keys_of(bucket, stack))


def _keys_of(bucket: Resource, stack: Stack) -> list[Resource]:
    configured = [each for each in stack.of_type(CONFIGURATIONS) if is_for(each, "bucket", bucket)]
    if configured:
        return [key for each in configured for key in keys(each, "rules", stack)]
    return keys(bucket, "serverSideEncryptionConfiguration", stack)


def policy_of(key: Resource, stack: Stack) -> Node:
    """The policy of a key, on itself or beside it; absent when nobody wrote one."""
    beside = [each.at("policy") for each in stack.users(key, KEY_POLICIES)]
    return beside[0] if beside else key.at("policy")


def admits(policy: Node, service: str) -> bool:
    """Whether a key's policy lets a service write.

    A statement for everybody is one by its condition; whether that is too wide is PUB-003's question.

    Raises:
        CannotJudgeError: what would decide is unknown.
    """
    return any_of(statements(policy), lambda statement: statement.allows and _is_for(statement, service))


def _is_for(statement: Statement, service: str) -> bool:
    # A service's principal may name its region: logs.ap-northeast-2.amazonaws.com.
    wanted = re.compile(rf"{re.escape(service)}(\.[a-z]{{2}}-[a-z]+-\d)?\.amazonaws\.com")

    def is_it(node: Node) -> bool:
        return node.text() == "*" or wanted.fullmatch(node.text()) is not None

    return any_of([each.name for each in statement.principals], is_it) and _lets_write(statement)


def _lets_write(statement: Statement) -> bool:
    if statement.node.has("NotAction"):
        return True
    actions = statement.node.at("Action")
    if actions.value is UNKNOWN:
        raise CannotJudgeError(actions.path)
    return any_of(actions.elements(""), lambda action: any(_covers(action.text(), one) for one in _WRITES))


def _covers(pattern: str, action: str) -> bool:
    """Whether an action of a policy covers one; `kms:GenerateDataKey*` and the plain name both do."""
    return re.fullmatch(re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", "."), action) is not None
