"""A backend engineer who factors out messaging: a neat component that encrypts neither its topic nor its queues.

Blocked by: ENC-005, ENC-006
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


class Fanout(pulumi.ComponentResource):
    """A topic and a queue for each subscriber."""

    def __init__(
        self,
        name: str,
        subscribers: list[str],
        tags: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("feedline:messaging:Fanout", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        dead = aws.sqs.Queue(
            f"{name}-dead", message_retention_seconds=1_209_600, sqs_managed_sse_enabled=True, tags=tags, opts=child
        )
        self.topic = aws.sns.Topic(name, tags=tags, opts=child)
        for subscriber in subscribers:
            queue = aws.sqs.Queue(
                f"{name}-{subscriber}",
                redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}),
                tags={**tags, "Subscriber": subscriber},
                opts=child,
            )
            aws.sns.TopicSubscription(
                f"{name}-{subscriber}", topic=self.topic.arn, protocol="sqs", endpoint=queue.arn, opts=child
            )
        self.register_outputs({"topic": self.topic.arn})


posts = Fanout(
    "posts",
    subscribers=["timeline", "search", "notifications"],
    tags={
        "Environment": "dev",
        "Owner": "team-feed",
        "CostCenter": "CC-1234",
        "Application": "feed-api",
        "DataClassification": "internal",
        "Compliance": "isms-p",
    },
)
pulumi.export("topic", posts.topic.arn)
