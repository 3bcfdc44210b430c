"""What every delivery into the lake has: a role for just its places, and a log of what went wrong. Shared by tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data import layout
from components.data.layout import Layout
from components.foundation.roles import role_with_policy
from components.naming import Scope

# Parquet wants large files, and a partition that is chosen by what is in a record 64 at least (of 1 to 128).
# https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
BUFFER_MEGABYTES = 128
BUFFER_SECONDS = 300  # 0 to 900: so old is what a query sees, at most, beside what the stream has waited
RETRY_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A delivery stream that is to be, by names that are known before it exists."""

    scope: Scope
    title: str  # such as events
    prefix: str  # of the raw bucket, without a slash at its end
    key_alias: str

    @property
    def stream_name(self) -> str:
        """Firehose's name for it."""
        return self.scope.name("lake", self.title)

    @property
    def stream_arn(self) -> str:
        """Its ARN."""
        return self.scope.arn("firehose", f"deliverystream/{self.stream_name}")

    @property
    def log_group(self) -> str:
        """Where it says what it could not deliver."""
        return self.scope.path("firehose", self.title)

    @property
    def error_prefix(self) -> str:
        """Where it puts what it could not deliver."""
        return layout.ERROR_PREFIX.replace("{title}", self.title)


def delivery_role(
    name: str,
    delivery: Delivery,
    *,
    more: Sequence[iam.Statement] = (),
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """A role for one delivery stream."""
    return role_with_policy(
        name,
        description=f"Delivers {delivery.title} into the lake",
        trust=iam.service_trust(
            "firehose.amazonaws.com", account_id=delivery.scope.account_id, source_arn=delivery.stream_arn
        ),
        policy=delivery_policy(delivery, more),
        tags=tags,
        opts=opts,
    )


def delivery_policy(delivery: Delivery, more: Sequence[iam.Statement] = ()) -> str:
    """What it may: its two prefixes of the raw bucket, the lake's key, its own log.

    https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
    """
    scope = delivery.scope
    bucket = Layout(scope=scope).bucket("raw")
    return iam.document(
        iam.Statement(
            sid="SeeTheRawBucket",
            actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            resources=[f"arn:aws:s3:::{bucket}"],
        ),
        iam.Statement(
            sid="WriteToItsPrefixes",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            resources=layout.arns(bucket, delivery.prefix, f"{layout.ERRORS}/{delivery.title}"),
        ),
        iam.by_key(
            scope,
            "UseTheLakeKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            alias=delivery.key_alias,
            through=("s3", "kinesis", "firehose"),
        ),
        iam.Statement(
            sid="SayWhatWentWrong",
            actions=["logs:PutLogEvents"],
            resources=[scope.arn("logs", f"log-group:{delivery.log_group}:log-stream:*")],
        ),
        *more,
    )


def delivery_log(
    name: str,
    delivery: Delivery,
    *,
    key_arn: pulumi.Input[str],  # the logs key
    retention_days: int,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptionsArgs:
    """A log group and its one stream, which Firehose does not make itself."""
    group = aws.cloudwatch.LogGroup(
        name,
        name=delivery.log_group,
        retention_in_days=retention_days,
        kms_key_id=key_arn,
        tags=tags,
        opts=opts,
    )
    stream = aws.cloudwatch.LogStream(name, name="delivery", log_group_name=group.name, opts=opts)
    return aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptionsArgs(
        enabled=True, log_group_name=group.name, log_stream_name=stream.name
    )
