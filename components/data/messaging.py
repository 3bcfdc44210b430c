"""Messaging tier: asynchronous work (REQ-S4): a bus that events go to, and a queue that work is taken from.

A service publishes to the bus; a rule carries each event that asks for work to the queue. What cannot be worked off
goes to a queue of its own, and so does what the bus, or a rule that tells the topic of alarms, cannot deliver; a
message in either is somebody's to look at, and raises an alarm. The archive lets events be played again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import PROJECT, Scope
from components.operations.alarms import Alarm, Metric, raise_alarm
from components.sizes import MessagingSize

APPLICATION = "messaging"
WORK = "work."  # what the detail-type of an event that asks for work begins with

# Seconds. A worker has this long before a message is given to the next; a job that needs more asks for more.
VISIBILITY_SECONDS = 300
DAY_SECONDS = 86_400
WORK_DAYS = 7  # the longest run of holidays in Korea, and then some
FAILED_DAYS = 14  # the longest that SQS keeps; counted from the first sending, so longer than the queue before it
POLL_SECONDS = 20  # the longest; an empty answer costs as much as a full one
KEY_REUSE_SECONDS = 300  # the default: one call to KMS, not one a message
ATTEMPTS = 5  # before a message is set aside
DELIVERY_SECONDS = 3600  # that the bus tries to reach the queue

WAITING_SECONDS = 900  # three attempts of the oldest message


@dataclass(frozen=True, kw_only=True)
class MessagingArgs:
    """How long events can be replayed, the key, and whom alarms tell."""

    scope: Scope
    size: MessagingSize
    key_arn: pulumi.Input[str]  # the messaging key
    alarm_topic_arn: pulumi.Input[str]
    destroy_protection: bool


class Messaging(pulumi.ComponentResource):
    """A bus with its archive, a queue, and two queues for what went wrong."""

    bus_name: str
    bus_arn: str
    queue_arn: str
    queue_url: pulumi.Output[str]
    undelivered_arn: pulumi.Output[str]  # takes what rules of this stage could not deliver

    def __init__(self, name: str, args: MessagingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Messaging", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._kept = pulumi.ResourceOptions(parent=self, protect=args.destroy_protection)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        scope = args.scope
        self.bus_name = scope.name("events")
        self.bus_arn = scope.arn("events", f"event-bus/{self.bus_name}")
        self.queue_arn = scope.arn("sqs", scope.name("work"))
        rule_name = scope.name("work")
        rule_arn = scope.arn("events", f"rule/{self.bus_name}/{rule_name}")

        told = scope.arn("events", f"rule/{scope.name('*')}")  # rules on the account's own events
        undelivered = self._queue("undelivered", days=FAILED_DAYS, publishers=[rule_arn, self.bus_arn, told])
        failed = self._queue("failed", days=FAILED_DAYS)
        work = self._queue("work", days=WORK_DAYS, publishers=[rule_arn], failed=failed)
        self._sets_aside("failed", failed, {"redrivePermission": "byQueue", "sourceQueueArns": [self.queue_arn]})
        self._sets_aside(
            "undelivered", undelivered, {"redrivePermission": "denyAll"}
        )  # only rules and the bus write to it
        bus = self._bus(undelivered)
        self._route(bus, rule_name, work, undelivered)
        self._alarms()
        self.queue_url, self.undelivered_arn = work.url, undelivered.arn
        self.register_outputs({"busName": self.bus_name, "queueUrl": self.queue_url})

    def _queue(
        self, title: str, *, days: int, publishers: Sequence[str] = (), failed: aws.sqs.Queue | None = None
    ) -> aws.sqs.Queue:
        name = self._args.scope.name(title)
        queue = aws.sqs.Queue(
            f"{self._name}-{title}",
            name=name,
            kms_master_key_id=self._args.key_arn,
            kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
            message_retention_seconds=days * DAY_SECONDS,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            receive_wait_time_seconds=POLL_SECONDS,
            redrive_policy=_redrive(self._args.scope) if failed else None,
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._args.destroy_protection, depends_on=[failed] if failed else None
            ),
        )
        aws.sqs.QueuePolicy(
            f"{self._name}-{title}",
            queue_url=queue.url,
            policy=queue_policy(self._args.scope, name, publishers),
            opts=self._child,
        )
        return queue

    def _sets_aside(self, title: str, queue: aws.sqs.Queue, allowed: Mapping[str, object]) -> None:
        """Whose messages the queue takes when they could not be worked off."""
        aws.sqs.RedriveAllowPolicy(
            f"{self._name}-{title}",
            queue_url=queue.url,
            redrive_allow_policy=json.dumps(allowed),
            opts=self._child,
        )

    def _bus(self, undelivered: aws.sqs.Queue) -> aws.cloudwatch.EventBus:
        args = self._args
        bus = aws.cloudwatch.EventBus(
            f"{self._name}-bus",
            name=self.bus_name,
            description="What services tell each other",
            kms_key_identifier=args.key_arn,
            dead_letter_config=aws.cloudwatch.EventBusDeadLetterConfigArgs(arn=undelivered.arn),
            tags=self._tags,
            opts=self._kept,
        )
        aws.cloudwatch.EventBusPolicy(
            f"{self._name}-bus", event_bus_name=bus.name, policy=bus_policy(args.scope, self.bus_arn), opts=self._child
        )
        aws.cloudwatch.EventArchive(
            f"{self._name}-archive",
            name=self.bus_name,
            description="Every event, to be played again",
            event_source_arn=bus.arn,
            kms_key_identifier=args.key_arn,
            retention_days=args.size.archive_days,
            opts=self._kept,
        )
        return bus

    def _route(
        self, bus: aws.cloudwatch.EventBus, rule_name: str, work: aws.sqs.Queue, undelivered: aws.sqs.Queue
    ) -> None:
        """Of an event that asks for work the queue gets the detail: what to do, without the envelope."""
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-work",
            name=rule_name,
            description="Events of our services that ask for work",
            event_bus_name=bus.name,
            event_pattern=json.dumps(
                {
                    "account": [self._args.scope.account_id],
                    "source": [{"prefix": f"{PROJECT}."}],
                    "detail-type": [{"prefix": WORK}],
                }
            ),
            tags=self._tags,
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-work",
            rule=rule.name,
            event_bus_name=bus.name,
            target_id="work",
            arn=work.arn,
            input_path="$.detail",
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=DELIVERY_SECONDS, maximum_retry_attempts=185
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=undelivered.arn),
            opts=self._child,
        )

    def _alarms(self) -> None:
        scope = self._args.scope
        alarms = {
            title: Alarm(
                says=f"{scope.name(title)}: messages were set aside; look at them, mend, and move them back",
                metrics={"waiting": _metric(scope.name(title), "ApproximateNumberOfMessagesVisible")},
                above=0,
                minutes=1,
            )
            for title in ("failed", "undelivered")
        }
        alarms["work-age"] = Alarm(
            says=f"{scope.name('work')}: the oldest message has waited for more than {WAITING_SECONDS // 60} minutes",
            metrics={"oldest": _metric(scope.name("work"), "ApproximateAgeOfOldestMessage")},
            above=WAITING_SECONDS,
            minutes=5,
        )
        for key, alarm in alarms.items():
            raise_alarm(
                f"{self._name}-{key}", alarm, tell=self._args.alarm_topic_arn, tags=self._tags, opts=self._child
            )


def _redrive(scope: Scope) -> str:
    return json.dumps({"deadLetterTargetArn": scope.arn("sqs", scope.name("failed")), "maxReceiveCount": ATTEMPTS})


def _metric(queue: str, name: str) -> Metric:
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue}, statistic="Maximum")


def queue_policy(scope: Scope, queue_name: str, publishers: Sequence[str] = ()) -> str:
    """EventBridge sends for the named rules and buses; nobody by plain text, nobody of another account.

    The account's own principals need a policy of their own, as everywhere.
    """
    resource = [scope.arn("sqs", queue_name)]
    sent = [
        iam.Statement(
            sid="SentByRulesAndBusesOfThisStage",
            actions=["sqs:SendMessage"],
            resources=resource,
            principal={"Service": "events.amazonaws.com"},
            condition={
                "StringEquals": {"aws:SourceAccount": scope.account_id},
                "ArnEquals": {"aws:SourceArn": list(publishers)},
            },
        )
    ]
    used = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"]
    return iam.document(
        *(sent if publishers else ()),
        iam.Statement(
            sid="NothingInPlainText",
            effect="Deny",
            actions=used,
            resources=resource,
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
        iam.Statement(
            sid="NobodyOfAnotherAccount",
            effect="Deny",
            actions=used,
            resources=resource,
            principal="*",
            condition={
                "StringNotEquals": {"aws:PrincipalAccount": scope.account_id},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
    )


def bus_policy(scope: Scope, bus_arn: str) -> str:
    """Only this account puts events on the bus, and each of its principals by a policy of its own."""
    return iam.document(
        iam.Statement(
            sid="PutByThisAccount",
            actions=["events:PutEvents"],
            resources=[bus_arn],
            principal={"AWS": scope.root},
        )
    )
