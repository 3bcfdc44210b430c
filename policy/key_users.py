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
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource, Stack, any_of

KEYS = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")
ALIASES: Mapping[str, str] = MappingProxyType({"aws:kms/alias:Alias": "targetKeyId"})
KEY_POLICIES: Mapping[str, str] = MappingProxyType({"aws:kms/keyPolicy:KeyPolicy": "keyId"})
TOPICS: Mapping[str, str] = MappingProxyType({"aws:sns/topic:Topic": "kmsMasterKeyId"})
QUEUES: Mapping[str, str] = MappingProxyType({"aws:sqs/queue:Queue": "kmsMasterKeyId"})
ENCRYPTED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(CONFIGURATIONS, "rules"),
        "aws:s3/bucket:Bucket": "serverSideEncryptionConfiguration",
        "aws:s3/bucketV2:BucketV2": "serverSideEncryptionConfigurations",
    }
)

_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
_TRAIL = "aws:cloudtrail/trail:Trail"
_CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
_NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"

# Who writes: the type, its property that points to what is written, and the service's principal before .amazonaws.com.
Writers = Sequence[tuple[str, str, str]]
TO_KEYS: Writers = (
    ("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId", "logs"),
    (_TRAIL, "kmsKeyId", "cloudtrail"),
    (_CHANNEL, "s3KmsKeyArn", "config"),
)
TO_TOPICS: Writers = (
    *(
        (alarm, place, "cloudwatch")
        for alarm in (_ALARM, _COMPOSITE)
        for place in ("alarmActions", "okActions", "insufficientDataActions")
    ),
    (_TARGET, "arn", "events"),
    (_NOTIFICATION, "topics", "s3"),
    (_TRAIL, "snsTopicName", "cloudtrail"),
    (_CHANNEL, "snsTopicArn", "config"),
    ("aws:budgets/budget:Budget", "notifications", "budgets"),
    ("aws:costexplorer/anomalySubscription:AnomalySubscription", "subscribers", "costalerts"),
    ("aws:rds/eventSubscription:EventSubscription", "snsTopic", "events.rds"),
    ("aws:backup/vaultNotifications:VaultNotifications", "snsTopicArn", "backup"),
    ("aws:codestarnotifications/notificationRule:NotificationRule", "targets", "codestar-notifications"),
)
TO_QUEUES: Writers = (
    (_TARGET, "arn", "events"),
    (_TARGET, "deadLetterConfig", "events"),
    (_NOTIFICATION, "queues", "s3"),
    (_SUBSCRIPTION, "endpoint", "sns"),
    (_SUBSCRIPTION, "redrivePolicy", "sns"),
)
TO_BUCKETS: Writers = (
    (_TRAIL, "s3BucketName", "cloudtrail"),
    (_CHANNEL, "s3BucketName", "config"),
    ("aws:ec2/flowLog:FlowLog", "logDestination", "delivery.logs"),
    ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logDestinationConfigs", "delivery.logs"),
    ("aws:s3/inventory:Inventory", "destination", "s3"),
)
_RECORDER = "aws:cfg/recorder:Recorder"
_SERVICE_LINKED = ":role/aws-service-role/"
# With a key of its own the writer does not use the bucket's.
_OWN_KEY: Mapping[str, str] = MappingProxyType({_TRAIL: "kmsKeyId", _CHANNEL: "s3KmsKeyArn"})
_WRITES = ("kms:generatedatakey", "kms:encrypt")


@dataclass(frozen=True, kw_only=True)
class Use:
    """A service that writes with a key, for a resource of the stack.

    Attributes:
        service: its principal, without `.amazonaws.com`.
    """

    service: str
    writer: Resource


def uses(key: Resource, stack: Stack) -> Iterator[Use]:
    """Everything that a service writes with a key, directly, through its alias, or through what the key encrypts."""
    for handle in (key, *stack.users(key, ALIASES)):
        yield from _written(handle, TO_KEYS, stack)
        for topic in stack.users(handle, TOPICS):
            yield from _written(topic, TO_TOPICS, stack)
        for queue in stack.users(handle, QUEUES):
            yield from _written(queue, TO_QUEUES, stack)
        for bucket in _encrypted_buckets(handle, stack):
            for use in _written(bucket, TO_BUCKETS, stack):
                own_key = _OWN_KEY.get(use.writer.type)
                if own_key is None or not use.writer.has(own_key):
                    yield use


def _written(target: Resource, writers: Writers, stack: Stack) -> Iterator[Use]:
    for token, place, service in writers:
        if token == _CHANNEL and _records_by_role(stack):
            continue
        yield from (Use(service=service, writer=writer) for writer in stack.users(target, {token: place}))


def _records_by_role(stack: Stack) -> bool:
    """Whether Config writes by a role of ours, whose own policy lets it in, and not by the one that AWS links to it."""
    roles = [each.get("roleArn") for each in stack.of_type([_RECORDER])]
    return any(not (isinstance(role, str) and _SERVICE_LINKED in role) for role in roles)


def _encrypted_buckets(handle: Resource, stack: Stack) -> Iterator[Resource]:
    for each in stack.users(handle, ENCRYPTED):
        if each.type in CONFIGURATIONS:
            yield from (bucket for bucket in stack.of_type(BUCKETS) if is_for(each, "bucket", bucket))
        else:
            yield each


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
