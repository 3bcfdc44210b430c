"""Trail: who did what, where nobody who did it can change it (REQ-S15, REQ-Y4).

There is a trail in any case, since nobody else records what is done in the management account. Where the organisation
owns the audit it records every account; else each stage's own does that, and a second copy would be paid for by the
event. Files go to the security account, are locked there, and can be read by whoever that account lets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation import encryption
from components.foundation.closing import (
    BUCKET_LOGS,
    close_to_the_public,
    encrypt_by_key,
    keep_versions,
    lifecycle_rule,
)
from components.naming import Scope

APPLICATION = "audit"
KEPT_DAYS = 365  # REQ-Y4 asks for 90; ISMS-P 2.9.4 for a year
OLD_VERSIONS_DAYS = 7  # of a file whose lock has ended
ROTATION_DAYS = 365
DELETION_WINDOW_DAYS = 30  # the longest
SERVICE = {"Service": "cloudtrail.amazonaws.com"}


@dataclass(frozen=True, kw_only=True)
class TrailArgs:
    """Whose deeds, and where they are kept."""

    management: Scope  # where the trail is
    security: Scope  # where its files are
    organization_id: str | None  # None until there is one
    for_all_accounts: bool
    account_ids: Sequence[str]  # all of them, whose Config then encrypts its history by the same key
    access_log_bucket: pulumi.Input[str]  # where S3 says who read the files, once it may
    there: pulumi.ResourceOptions  # with the security account's provider


class Trail(pulumi.ComponentResource):
    """A trail of all regions; in the security account its key and its locked bucket."""

    bucket: pulumi.Output[str]
    key_arn: pulumi.Output[str]  # of what auditors look at

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Trail", name, None, opts)
        self._name, self._args = name, args
        self._there = pulumi.ResourceOptions.merge(args.there, pulumi.ResourceOptions(parent=self))
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        key = aws.kms.Key(
            f"{name}-key",
            description="Encrypts what the organisation keeps for its auditors",
            policy=key_policy(args),
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags=self._tags,
            opts=pulumi.ResourceOptions.merge(self._there, pulumi.ResourceOptions(protect=True)),
        )
        aws.kms.Alias(
            f"{name}-key-alias",
            name=f"alias/{args.security.name('trail')}",
            target_key_id=key.key_id,
            opts=self._there,
        )
        written = self._bucket(key)
        aws.cloudtrail.Trail(
            f"{name}-trail",
            name=args.management.name("trail"),
            s3_bucket_name=written.bucket,
            is_organization_trail=args.for_all_accounts,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_logging=True,
            enable_log_file_validation=True,
            kms_key_id=key.arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.bucket, self.key_arn = written.bucket, key.arn
        self.register_outputs({"bucket": self.bucket, "key_arn": self.key_arn})

    def _bucket(self, key: aws.kms.Key) -> aws.s3.BucketPolicy:
        """The bucket, and its policy, which CloudTrail looks at before it takes a trail."""
        name, title = f"{self._name}-files", bucket_name(self._args)
        kept = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
        bucket = aws.s3.Bucket(
            name,
            bucket=title,
            object_lock_enabled=True,
            tags=self._tags,
            opts=pulumi.ResourceOptions.merge(self._there, kept),
        )
        encrypt_by_key(name, bucket.bucket, key.arn, self._there)
        block = close_to_the_public(name, bucket.bucket, self._there)
        versioning = keep_versions(name, bucket.bucket, self._there)
        after = pulumi.ResourceOptions.merge(self._there, pulumi.ResourceOptions(depends_on=[versioning]))
        lock = aws.s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.bucket,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    mode="COMPLIANCE",  # not even the root user ends it sooner
                    days=KEPT_DAYS,
                )
            ),
            opts=after,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[lifecycle_rule("trail", days=KEPT_DAYS, earlier_days=OLD_VERSIONS_DAYS)],
            opts=after,
        )
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            target_bucket=self._args.access_log_bucket,
            target_prefix=f"{BUCKET_LOGS}/organization-trail/",
            opts=self._there,
        )
        return aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=bucket_policy(self._args),
            # No file comes before it is locked.
            opts=pulumi.ResourceOptions.merge(self._there, pulumi.ResourceOptions(depends_on=[block, lock])),
        )


def bucket_name(args: TrailArgs) -> str:
    """Where the files are; known before it is there."""
    return args.security.name("trail", args.security.account_id)


def trail_arn(args: TrailArgs) -> str:
    """The trail's ARN, known before it is there."""
    return args.management.arn("cloudtrail", f"trail/{args.management.name('trail')}")


def bucket_policy(args: TrailArgs) -> str:
    """The trail writes below the prefixes that it may have, and nobody else writes.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    bucket = f"arn:aws:s3:::{bucket_name(args)}"
    prefixes = [args.management.account_id]
    if args.for_all_accounts and args.organization_id:
        prefixes.append(args.organization_id)
    return iam.document(
        iam.only_by_tls(bucket_name(args)),
        iam.Statement(
            sid="LookedAtByTheTrail",
            actions=["s3:GetBucketAcl"],
            resources=[bucket],
            principal=SERVICE,
            condition={"StringEquals": {"aws:SourceArn": trail_arn(args)}},
        ),
        iam.Statement(
            sid="WrittenByTheTrail",
            actions=["s3:PutObject"],
            resources=[f"{bucket}/AWSLogs/{prefix}/*" for prefix in prefixes],
            principal=SERVICE,
            condition={"StringEquals": {"aws:SourceArn": trail_arn(args), "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    )


def key_policy(args: TrailArgs) -> str:
    """The trail encrypts; the account looks after the key, and its own policies say who reads, by S3 only.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    trails = f"arn:aws:cloudtrail:*:{args.management.account_id}:trail"
    return iam.document(
        iam.Statement(
            sid="LookedAfterByTheAccount",
            actions=iam.KEY_ADMINISTRATION,
            resources=["*"],
            principal={"AWS": args.security.root},
        ),
        iam.Statement(
            sid="ReadByTheAccountThroughS3",
            actions=["kms:Decrypt", "kms:DescribeKey"],
            resources=["*"],
            principal={"AWS": args.security.root},
            condition={"StringEquals": {"kms:ViaService": f"s3.{args.security.region}.amazonaws.com"}},
        ),
        iam.Statement(
            sid="EncryptedByTheTrail",
            actions=["kms:GenerateDataKey"],
            resources=["*"],
            principal=SERVICE,
            condition={
                "StringEquals": {"aws:SourceArn": trail_arn(args)},
                "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"{trails}/*"},
            },
        ),
        iam.Statement(
            sid="DescribedForTheTrail",
            actions=["kms:DescribeKey"],
            resources=["*"],
            principal=SERVICE,
            condition={"StringEquals": {"aws:SourceArn": trail_arn(args)}},
        ),
        *([encryption.configuration(args.account_ids)] if args.for_all_accounts else []),
    )
