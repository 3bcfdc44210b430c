"""Chat tier: the channel in Slack where the team reads what the topics of alarms say (REQ-N4).

One channel for all regions of a stage. AWS's app, Amazon Q Developer in chat applications (AWS Chatbot until 2025),
takes a workspace once, by a person in the console, before the first `up`; its number is then in the settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope

APPLICATION = "alerts"
# What a picture of an alarm's metric is made of; none of them knows a resource, save the alarm's own.
# https://docs.aws.amazon.com/chatbot/latest/adminguide/chatbot-iam-policies.html
LOOKING = (
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:GetMetricWidgetImage",
    "cloudwatch:ListMetrics",
)


@dataclass(frozen=True, kw_only=True)
class ChatArgs:
    """Which channel hears which topics."""

    scope: Scope
    workspace_id: str  # T and letters or digits, as the console says once the workspace let AWS's app in
    channel_id: str  # C, of a private one G, and letters or digits; AWS's app is invited there
    topic_arns: Sequence[pulumi.Input[str]]


class Chat(pulumi.ComponentResource):
    """A channel, and the little that may be done from it: look at what an alarm shows."""

    def __init__(self, name: str, args: ChatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Chat", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        looking = aws.iam.Policy(
            f"{name}-looking",
            name=args.scope.name("chat"),
            description="Draws an alarm's metric into the channel",
            policy=iam.document(iam.Statement(sid="LookAtAlarms", actions=list(LOOKING), resources=["*"])),
            tags=tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            name=args.scope.name("chat"),
            description="What whoever writes into the channel of alarms acts as: it looks",
            assume_role_policy=trust(),
            tags=tags,
            opts=child,
        )
        attached = aws.iam.RolePolicyAttachment(f"{name}-looking", role=role.name, policy_arn=looking.arn, opts=child)
        aws.chatbot.SlackChannelConfiguration(
            f"{name}-channel",
            configuration_name=args.scope.name("alarms"),
            slack_team_id=args.workspace_id,
            slack_channel_id=args.channel_id,
            sns_topic_arns=list(args.topic_arns),
            iam_role_arn=role.arn,
            # Nobody in the channel does more, whatever role they bring; left out, it would be the administrator's.
            guardrail_policy_arns=[looking.arn],
            user_authorization_required=True,
            logging_level="ERROR",
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attached]),
        )
        self.register_outputs({})


def trust() -> str:
    """AWS's app alone. It says for no account or channel for whom it acts, so a condition would keep it out."""
    return iam.document(
        iam.Statement(
            sid="AssumedByTheChatApplication",
            actions=["sts:AssumeRole"],
            principal={"Service": "chatbot.amazonaws.com"},
        )
    )
