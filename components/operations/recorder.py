"""Recorder tier (REQ-S15, REQ-Y6): what everything in the account looked like, when, and whether audits approve.

Config takes one recorder an account and region, so its owner alone makes it. All regions deliver into one bucket. That
is not the trail's: Config delivers to no bucket that is locked, so this one keeps versions instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.closing import (
    BUCKET_LOGS,
    close_to_the_public,
    encrypt_by_key,
    keep_versions,
    lifecycle_rule,
)
from components.naming import Scope
from components.phases import ConfigSize

APPLICATION = "audit"
ONLY = "default"  # as Config itself calls an account's one recorder and channel
SERVICE = "config.amazonaws.com"
# A fifth of the price, billed for 90 days at least. https://aws.amazon.com/s3/pricing/


@dataclass(frozen=True, kw_only=True)
class ConfigHistoryArgs:
    """Where the account's history is kept, for how long, and by which key."""

    scope: Scope
    size: ConfigSize
    access_log_bucket: pulumi.Input[str]  # where S3 says who read it, once it may
    key_arn: pulumi.Input[str]  # the audit key
    destroy_protection: bool


class ConfigHistory(pulumi.ComponentResource):
    """Once an account: the bucket that each region's recorder delivers to, and the role of all of them."""

    bucket: pulumi.Output[str]  # once Config may write
    role: pulumi.Resource

    def __init__(self, name: str, args: ConfigHistoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:ConfigHistory", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        self.role = aws.iam.ServiceLinkedRole(
            f"{name}-role",
            aws_service_name=SERVICE,
            description="Looks at everything in the account, for Config",
            tags=tags,
            opts=child,
        )
        bucket_name = args.scope.name("audit-config", args.scope.account_id, args.scope.region)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.destroy_protection, retain_on_delete=args.destroy_protection
            ),
        )
        encrypt_by_key(name, bucket.bucket, args.key_arn, child)
        block = close_to_the_public(name, bucket.bucket, child)
        versioning = keep_versions(name, bucket.bucket, child)
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            # As long again: nothing here is written twice, so an earlier version is one that somebody replaced.
            rules=[lifecycle_rule("history", days=args.size.history_days, earlier_days=args.size.history_days)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            target_bucket=args.access_log_bucket,
            target_prefix=f"{BUCKET_LOGS}/audit-config/",
            opts=child,
        )
        self.bucket = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=written_by_config(args.scope, bucket_name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        ).bucket
        self.register_outputs({"bucket": self.bucket})


@dataclass(frozen=True, kw_only=True)
class RecorderArgs:
    """What a region's recorder delivers to, and what Config holds against what it sees."""

    scope: Scope
    history: ConfigHistory
    key_arn: pulumi.Input[str]  # the audit key, of the bucket's region
    with_global_types: bool  # whether IAM and the like are recorded here: in one region, or each is billed in all
    packs: Mapping[str, str]  # title -> template


class Recorder(pulumi.ComponentResource):
    """A recorder of everything, its channel, and conformance packs."""

    recording: pulumi.Resource  # what Security Hub's checks need before they can say anything

    def __init__(self, name: str, args: RecorderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Recorder", name, None, opts)
        recorder = aws.cfg.Recorder(
            f"{name}-recorder",
            name=ONLY,
            role_arn=args.scope.arn("iam", f"role/aws-service-role/{SERVICE}/AWSServiceRoleForConfig", region=""),
            recording_group=aws.cfg.RecorderRecordingGroupArgs(
                all_supported=True, include_global_resource_types=True if args.with_global_types else None
            ),
            recording_mode=aws.cfg.RecorderRecordingModeArgs(recording_frequency="CONTINUOUS"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.history.role]),
        )
        channel = aws.cfg.DeliveryChannel(
            f"{name}-channel",
            name=ONLY,
            s3_bucket_name=args.history.bucket,
            s3_kms_key_arn=args.key_arn,
            snapshot_delivery_properties=aws.cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                delivery_frequency="TwentyFour_Hours"
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        self.recording = aws.cfg.RecorderStatus(
            f"{name}-on",
            name=recorder.name,
            is_enabled=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        for title, template in args.packs.items():
            aws.cfg.ConformancePack(
                f"{name}-{title}",
                name=args.scope.name(title.replace("_", "-")),
                template_body=template,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[self.recording]),
            )
        self.register_outputs({})


def written_by_config(scope: Scope, bucket: str) -> str:
    """Config of this account writes, below its own prefix, and nobody else.

    https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
    """
    service, ours = {"Service": SERVICE}, {"StringEquals": {"aws:SourceAccount": scope.account_id}}
    return iam.document(
        iam.only_by_tls(bucket),
        iam.Statement(
            sid="LookedAtByConfigOfThisAccount",
            actions=["s3:GetBucketAcl", "s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
            principal=service,
            condition=ours,
        ),
        iam.Statement(
            sid="WrittenByConfigOfThisAccount",
            actions=["s3:PutObject"],
            resources=[f"arn:aws:s3:::{bucket}/AWSLogs/{scope.account_id}/Config/*"],
            principal=service,
            condition={"StringEquals": {**ours["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    )
