"""Log lake tier: a log group's lines, as they come, into the lake beside where they are searched (REQ-O3).

CloudWatch keeps and searches them; the lake answers what takes weeks of them, by SQL. A subscription sends every line
to Firehose, which unpacks CloudWatch's envelope and writes the lines below the day that they came on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import firehose, layout
from components.data.firehose import Delivery
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "lake"

_Processor = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgs
_Parameter = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorParameterArgs


@dataclass(frozen=True, kw_only=True)
class LogLakeArgs:
    """Which log group, and where its lines go."""

    scope: Scope
    title: str  # what the prefix is called: services, firewall
    log_group_name: str
    after: Sequence[pulumi.Resource]  # the log group: CloudWatch takes no subscription to what is not there
    raw_bucket: pulumi.Input[str]
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int


class LogLake(pulumi.ComponentResource):
    """A subscription, and the delivery behind it."""

    def __init__(self, name: str, args: LogLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:LogLake", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        delivery = Delivery(
            scope=args.scope,
            title=args.title,
            prefix=f"{layout.LOGS}/{args.title}",
            key_alias=args.key_alias,
        )
        role, permission = firehose.delivery_role(f"{name}-delivery", delivery, tags=tags, opts=child)
        stream = aws.kinesis.FirehoseDeliveryStream(
            f"{name}-delivery",
            name=delivery.stream_name,
            destination="extended_s3",
            server_side_encryption=aws.kinesis.FirehoseDeliveryStreamServerSideEncryptionArgs(
                enabled=True, key_type="CUSTOMER_MANAGED_CMK", key_arn=args.key_arn
            ),
            extended_s3_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
                role_arn=role.arn,
                bucket_arn=pulumi.Output.concat("arn:aws:s3:::", args.raw_bucket),
                prefix=layout.LOG_PREFIX.replace("{title}", args.title),
                error_output_prefix=delivery.error_prefix,
                buffering_size=firehose.BUFFER_MEGABYTES,
                buffering_interval=firehose.BUFFER_SECONDS,
                compression_format="GZIP",
                kms_key_arn=args.key_arn,
                processing_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationArgs(
                    enabled=True, processors=_lines()
                ),
                cloudwatch_logging_options=firehose.delivery_log(
                    f"{name}-delivery",
                    delivery,
                    key_arn=args.logs_key_arn,
                    retention_days=args.log_retention_days,
                    tags=tags,
                    opts=child,
                ),
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        sender, may_send = _sender(name, args, delivery, tags, child)
        aws.cloudwatch.LogSubscriptionFilter(
            f"{name}-subscription",
            name=args.scope.name("lake", args.title),
            log_group=args.log_group_name,
            filter_pattern="",  # every line
            destination_arn=stream.arn,
            role_arn=sender.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_send, *args.after]),
        )
        self.register_outputs({})


def _lines() -> list[_Processor]:
    """Out of CloudWatch's envelope, a line each.

    https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html
    """
    return [
        _Processor(
            type="Decompression",
            parameters=[_Parameter(parameter_name="CompressionFormat", parameter_value="GZIP")],
        ),
        _Processor(
            type="CloudWatchLogProcessing",
            parameters=[_Parameter(parameter_name="DataMessageExtraction", parameter_value="true")],
        ),
        _Processor(type="AppendDelimiterToRecord"),
    ]


def _sender(
    name: str, args: LogLakeArgs, delivery: Delivery, tags: dict[str, str], opts: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """CloudWatch Logs, for this log group, to this delivery stream."""
    return role_with_policy(
        f"{name}-sender",
        description=f"Sends the lines of {args.title} to the lake",
        trust=iam.service_trust(
            "logs.amazonaws.com",
            account_id=args.scope.account_id,
            source_arn=args.scope.arn("logs", f"log-group:{args.log_group_name}:*"),
        ),
        policy=iam.document(
            iam.Statement(
                sid="SendToTheDelivery",
                actions=["firehose:PutRecord", "firehose:PutRecordBatch"],
                resources=[delivery.stream_arn],
            )
        ),
        tags=tags,
        opts=opts,
    )
