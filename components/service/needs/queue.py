"""Need `queue` (REQ-S4): a queue of the service's own, another for what it could not work off, and alarms on both."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.messaging import (
    ATTEMPTS,
    DAY_SECONDS,
    FAILED_DAYS,
    KEY_REUSE_SECONDS,
    POLL_SECONDS,
    VISIBILITY_SECONDS,
    WAITING_SECONDS,
    WORK_DAYS,
    queue_policy,
)
from components.operations.alarms import Alarm, Metric, raise_alarm
from components.service.life import KEEPS
from components.service.place import Place

WORK, FAILED = "queue", "failed"


def rights(place: Place) -> list[iam.Statement]:
    """To put work into its own queue, to take it, and to look at what failed; not to throw that away."""
    used = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"]
    return [
        iam.Statement(
            sid="UseItsQueue",
            actions=[*used, "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
            resources=[arn(place, WORK)],
        ),
        place.by_key("UseTheKeyOfItsQueue", "messaging", "sqs", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ]


def arn(place: Place, title: str) -> str:
    """The ARN of one of its queues."""
    return place.scope.arn("sqs", place.name(title))


@dataclass(frozen=True, kw_only=True)
class QueueArgs:
    """Whose queue it is, and who beside the service sends to it."""

    place: Place
    rule_arns: Sequence[str]  # of the stage's bus, that bring events; they also set aside what they cannot bring


class Queue(pulumi.ComponentResource):
    """Both queues, who may send to them, and two alarms."""

    url: pulumi.Output[str]
    known_arn: pulumi.Output[str]  # once events may be sent to it
    failed_arn: pulumi.Output[str]

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Queue", name, None, opts)
        self._name, self._args, self._place = name, args, args.place
        self._child = pulumi.ResourceOptions(parent=self)
        failed, failed_policy = self._queue(FAILED, days=FAILED_DAYS)
        redrive = json.dumps({"deadLetterTargetArn": arn(args.place, FAILED), "maxReceiveCount": ATTEMPTS})
        work, work_policy = self._queue(WORK, days=WORK_DAYS, redrive=redrive, after=failed)
        aws.sqs.RedriveAllowPolicy(
            f"{name}-{FAILED}",
            queue_url=failed.url,
            redrive_allow_policy=json.dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [arn(args.place, WORK)]}
            ),
            opts=self._child,
        )
        self._alarms()
        self.url = work.url
        self.known_arn = pulumi.Output.all(work.arn, work_policy.id).apply(lambda known: known[0])
        self.failed_arn = pulumi.Output.all(failed.arn, failed_policy.id).apply(lambda known: known[0])
        self.register_outputs({"url": self.url, KEEPS: args.place.kept("queue")})

    def _queue(
        self, title: str, *, days: int, redrive: str | None = None, after: aws.sqs.Queue | None = None
    ) -> tuple[aws.sqs.Queue, aws.sqs.QueuePolicy]:
        place, physical = self._place, self._place.name(title)
        queue = aws.sqs.Queue(
            f"{self._name}-{title}",
            name=physical,
            kms_master_key_id=place.platform.key_arns["messaging"],
            kms_data_key_reuse_period_seconds=KEY_REUSE_SECONDS,
            message_retention_seconds=days * DAY_SECONDS,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            receive_wait_time_seconds=POLL_SECONDS,
            redrive_policy=redrive,
            tags=place.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=place.keeps("queue"),
                retain_on_delete=place.keeps("queue"),
                depends_on=[after] if after else None,
            ),
        )
        policy = aws.sqs.QueuePolicy(
            f"{self._name}-{title}",
            queue_url=queue.url,
            policy=queue_policy(place.scope, physical, self._args.rule_arns),
            opts=self._child,
        )
        return queue, policy

    def _alarms(self) -> None:
        work, failed = self._place.name(WORK), self._place.name(FAILED)
        alarms = {
            "failed": Alarm(
                says=f"{failed}: messages were set aside; look at them, mend, and move them back",
                metrics={"waiting": metric(failed, "ApproximateNumberOfMessagesVisible")},
                above=0,
                minutes=1,
            ),
            "age": Alarm(
                says=f"{work}: the oldest message has waited for more than {WAITING_SECONDS // 60} minutes",
                metrics={"oldest": metric(work, "ApproximateAgeOfOldestMessage")},
                above=WAITING_SECONDS,
                minutes=5,
            ),
        }
        for title, alarm in alarms.items():
            raise_alarm(
                f"{self._name}-{title}",
                alarm,
                tell=self._place.platform.alarm_topic_arn,
                tags=self._place.tags,
                opts=self._child,
            )


def metric(queue: str, name: str) -> Metric:
    """What SQS measures of a queue."""
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue}, statistic="Maximum")
