"""Firewall log tier: what a web ACL did not simply let through (REQ-Y5, REQ-O3).

To CloudWatch, where it can be asked within a minute of an attack. A log group takes a key of its own region, and
CloudFront's web ACL logs in us-east-1, so the stage has a second logs key there for a dollar a month: a multi-Region
replica would have had to be one from the start, and S3 would cost the minute. What was let through is not kept; WAF
itself keeps samples of it for three hours.
"""

from dataclasses import dataclass
from typing import get_args

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.edge import origin
from components.naming import Scope
from components.sizes import RetentionDays

APPLICATION = "firewall"
KEPT_ACTIONS = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT", "CAPTCHA", "CHALLENGE")


@dataclass(frozen=True, kw_only=True)
class FirewallLogArgs:
    """Whose log, and how long it is kept."""

    scope: Scope  # of the region that the web ACL is in
    title: str  # edge or origin
    web_acl_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]  # in the same region
    retention_days: int
    destroy_protection: bool


class FirewallLog(pulumi.ComponentResource):
    """An encrypted log group, and the delivery to it."""

    def __init__(self, name: str, args: FirewallLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:FirewallLog", name, None, opts)
        scope = args.scope
        group_name = log_group_name(scope, args.title)
        group = aws.cloudwatch.LogGroup(
            f"{name}-group",
            region=scope.region,
            name=group_name,
            retention_in_days=kept_for(args.retention_days),
            kms_key_id=args.logs_key_arn,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),  # addresses of users
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        delivery = aws.cloudwatch.LogResourcePolicy(
            f"{name}-delivery",
            region=scope.region,
            policy_name=scope.name("firewall", args.title),
            policy_document=iam.document(
                iam.Statement(
                    sid="WrittenByLogDeliveryForThisAccount",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[scope.arn("logs", f"log-group:{group_name}:*")],
                    principal={"Service": "delivery.logs.amazonaws.com"},
                    condition={
                        "StringEquals": {"aws:SourceAccount": scope.account_id},
                        "ArnLike": {"aws:SourceArn": scope.arn("logs", "*")},
                    },
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            f"{name}-logging",
            region=scope.region,
            resource_arn=args.web_acl_arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in origin.SECRET_HEADERS
            ],
            logging_filter=_only(KEPT_ACTIONS),
            # A log that cannot be written yet is accepted, and then stays silent.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[delivery]),
        )
        self.register_outputs({})


def log_group_name(scope: Scope, title: str) -> str:
    """The log group of a web ACL; WAF takes no other beginning."""
    return f"aws-waf-logs-{scope.name(title)}"


def kept_for(days: int) -> int:
    """The shortest retention that CloudWatch Logs offers and that keeps for so many days."""
    return next(offered for offered in get_args(RetentionDays) if offered >= days)


def _only(actions: tuple[str, ...]) -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    conditions = [
        aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
            action_condition=(
                aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(action=action)
            )
        )
        for action in actions
    ]
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
        default_behavior="DROP",
        filters=[
            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                behavior="KEEP", requirement="MEETS_ANY", conditions=conditions
            )
        ],
    )
