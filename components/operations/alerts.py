"""Alerts tier: the topic that alarms tell, and who reads it (REQ-N4, REQ-O4).

Whoever is to hear of an alarm subscribes to this one topic; tiers are handed its ARN. AWS sends the subscriber a
link once, and nothing else until it was followed.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope

APPLICATION = "alerts"


@dataclass(frozen=True, kw_only=True)
class AlertsArgs:
    """Whom to tell, and the key that keeps it to them."""

    scope: Scope
    email: str  # of whoever is on duty
    key_arn: pulumi.Input[str]  # the messaging key


class Alerts(pulumi.ComponentResource):
    """One encrypted topic with an e-mail subscription."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Alerts", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic_name = args.scope.name("alarms")
        topic = aws.sns.Topic(
            f"{name}-alarms",
            name=topic_name,
            display_name=topic_name,
            kms_master_key_id=args.key_arn,
            policy=topic_policy(args.scope, args.scope.arn("sns", topic_name)),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
            opts=child,
        )
        subscription = aws.sns.TopicSubscription(
            f"{name}-email", topic=topic.arn, protocol="email", endpoint=args.email, opts=child
        )
        # Whoever publishes waits until somebody is asked to listen.
        self.topic_arn = pulumi.Output.all(topic.arn, subscription.id).apply(lambda known: known[0])
        self.register_outputs({"topicArn": self.topic_arn})


def topic_policy(scope: Scope, topic_arn: str) -> str:
    """CloudWatch for alarms of this account, what watches its bill, and rules on events; nobody by plain text.

    The account's own principals need a policy of their own, as everywhere.
    """
    return iam.document(
        iam.Statement(
            sid="PublishedByAlarmsOfThisAccount",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principal={"Service": "cloudwatch.amazonaws.com"},
            condition={
                "StringEquals": {"aws:SourceAccount": scope.account_id},
                "ArnLike": {"aws:SourceArn": scope.arn("cloudwatch", "alarm:*")},
            },
        ),
        iam.Statement(
            sid="PublishedByWhatWatchesTheBill",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principal={"Service": ["budgets.amazonaws.com", "costalerts.amazonaws.com"]},
            condition={"StringEquals": {"aws:SourceAccount": scope.account_id}},
        ),
        # By no condition: EventBridge says to a topic for whom it acts in no way, and is refused by any. What an event
        # of another account could do here is write to whoever is on duty.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
        iam.Statement(
            sid="PublishedByRulesOnEvents",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principal={"Service": "events.amazonaws.com"},
        ),
        iam.Statement(
            sid="NothingInPlainText",
            effect="Deny",
            actions=["sns:Publish"],
            resources=[topic_arn],
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
