"""Recorder tier (REQ-S15, REQ-Y6): what everything in the account looked like, when, and whether audits approve.

Config takes one recorder an account and region, so its owner alone makes it: the stage, or the organisation in all its
accounts. All regions deliver into one bucket. That is not the trail's: Config delivers to no bucket that is locked, so
this one keeps versions instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.closing import keep, lifecycle_rule, log_access
from components.naming import Scope

APPLICATION = "audit"
ONLY = "default"  # as Config itself calls an account's one recorder and channel
SERVICE = "config.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class ConfigHistoryArgs:
    """Where the history is kept, for how long, and by which key."""

    scope: Scope
    account_ids: Sequence[str]  # whose history: of each, Config may write
    history_days: int
    access_log_bucket: pulumi.Input[str]  # where S3 says who read it, once it may
    key_arn: pulumi.Input[str]  # the audit key
    destroy_protection: bool


class ConfigHistory(pulumi.ComponentResource):
    """The bucket that each region's recorder delivers to, and the role of those in the bucket's own account."""

    bucket: pulumi.Output[str]  # once Config may write
    role: pulumi.Resource

    def __init__(self, name: str, args: ConfigHistoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:ConfigHistory", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        self.role = looking_role(name, child)
        bucket_name = args.scope.name("audit-config", args.scope.account_id, args.scope.region)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.destroy_protection, retain_on_delete=args.destroy_protection
            ),
        )
        log_access(f"{name}-logging", bucket, into=args.access_log_bucket, folder="audit-config", opts=child)
        self.bucket = keep(
            name,
            bucket,
            key_arn=args.key_arn,
            # As long again: nothing here is written twice, so an earlier version is one that somebody replaced.
            rules=[lifecycle_rule("history", days=args.history_days, earlier_days=args.history_days)],
            policy=written_by_config(args.account_ids, bucket_name),
            opts=child,
        )
        self.register_outputs({"bucket": self.bucket})


@dataclass(frozen=True, kw_only=True)
class RecorderArgs:
    """What a region's recorder delivers to, and what Config holds against what it sees."""

    scope: Scope
    bucket: pulumi.Input[str]  # once Config may write
    role: pulumi.Resource  # looking_role of the account
    key_arn: pulumi.Input[str]  # the audit key, of the bucket's region
    with_global_types: bool  # whether IAM and the like are recorded here: in one region, or each is billed in all
    packs: Mapping[str, str]  # title -> template
    region: str | None = None  # where it is not that of the provider


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
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.role]),
        )
        channel = aws.cfg.DeliveryChannel(
            f"{name}-channel",
            name=ONLY,
            s3_bucket_name=args.bucket,
            s3_kms_key_arn=args.key_arn,
            snapshot_delivery_properties=aws.cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                delivery_frequency="TwentyFour_Hours"
            ),
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        self.recording = aws.cfg.RecorderStatus(
            f"{name}-on",
            name=recorder.name,
            is_enabled=True,
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        for title, template in args.packs.items():
            aws.cfg.ConformancePack(
                f"{name}-{title}",
                name=args.scope.name(title.replace("_", "-")),
                template_body=template,
                region=args.region,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[self.recording]),
            )
        self.register_outputs({})


def looking_role(name: str, opts: pulumi.ResourceOptions) -> aws.iam.ServiceLinkedRole:
    """The role by which Config looks at an account; an account has one."""
    return aws.iam.ServiceLinkedRole(
        f"{name}-role",
        aws_service_name=SERVICE,
        description="Looks at everything in the account, for Config",
        tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
        opts=opts,
    )


def written_by_config(account_ids: Sequence[str], bucket: str) -> str:
    """Config of these accounts writes, below their own prefixes, and nobody else.

    https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
    """
    service = {"Service": SERVICE}
    looks = iam.Statement(
        sid="LookedAtByConfigOfOurAccounts",
        actions=["s3:GetBucketAcl", "s3:ListBucket"],
        resources=[f"arn:aws:s3:::{bucket}"],
        principal=service,
        condition={"StringEquals": {"aws:SourceAccount": account_ids}},
    )
    writes = [
        iam.Statement(
            sid=f"WrittenByConfigOf{account_id}",
            actions=["s3:PutObject"],
            resources=[f"arn:aws:s3:::{bucket}/AWSLogs/{account_id}/Config/*"],
            principal=service,
            condition={"StringEquals": {"aws:SourceAccount": account_id, "s3:x-amz-acl": "bucket-owner-full-control"}},
        )
        for account_id in account_ids
    ]
    return iam.document(iam.only_by_tls(bucket), looks, *writes)
