"""Need `stream` (REQ-S9, REQ-V4): put user events onto the stage's stream, or read it at one's own pace."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.streaming import BEHIND_MINUTES
from components.operations.alarms import Alarm, Metric, raise_alarm
from components.service.place import Place


def rights(place: Place) -> list[iam.Statement]:
    """Nothing where the stage has no stream yet."""
    stream, need = place.platform.stream_arn, place.spec.needs.stream
    if stream is None or need is None:
        return []
    if need == "produce":
        return [
            iam.Statement(sid="PutUserEvents", actions=["kinesis:PutRecord", "kinesis:PutRecords"], resources=[stream]),
            place.by_key("UseTheKeyOfTheStream", "lake", "kinesis", ["kms:GenerateDataKey"]),
        ]
    return [
        iam.Statement(
            sid="SeeTheShardsOfTheStream",
            actions=["kinesis:DescribeStreamSummary", "kinesis:ListShards"],
            resources=[stream],
        ),
        iam.Statement(  # Kinesis ends a consumer's ARN with the time at which it was made
            sid="ReadUserEventsAsItself",
            actions=["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
            resources=[f"{stream}/consumer/{place.spec.name}:*"],
        ),
        place.by_key("UseTheKeyOfTheStream", "lake", "kinesis", ["kms:Decrypt"]),
    ]


@dataclass(frozen=True, kw_only=True)
class ConsumerArgs:
    """Who reads which stream."""

    place: Place
    stream_arn: str


class Consumer(pulumi.ComponentResource):
    """A reader of the service's own, and an alarm when it falls behind."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Consumer", name, None, opts)
        child, place = pulumi.ResourceOptions(parent=self), args.place
        consumer = aws.kinesis.StreamConsumer(
            f"{name}-consumer", name=place.spec.name, stream_arn=args.stream_arn, tags=place.tags, opts=child
        )
        behind = Metric(
            namespace="AWS/Kinesis",
            name="SubscribeToShardEvent.MillisBehindLatest",
            dimensions={"StreamName": args.stream_arn.rpartition("/")[2], "ConsumerName": place.spec.name},
            statistic="Maximum",
        )
        raise_alarm(
            f"{name}-behind",
            Alarm(
                says=f"{place.spec.name}: more than {BEHIND_MINUTES} minutes behind the newest user event",
                metrics={"behind": behind},
                above=BEHIND_MINUTES * 60_000,
                minutes=5,
            ),
            tell=place.platform.alarm_topic_arn,
            tags=place.tags,
            opts=child,
        )
        self.arn = consumer.arn
        self.register_outputs({"arn": self.arn})
