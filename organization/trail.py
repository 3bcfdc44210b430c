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
from components.foundation.closing import ObjectLock, keep, lifecycle_rule, log_access
from components.naming import Scope
from components.operations.audit import APPLICATION, OLD_VERSIONS_DAYS, SERVICE, written_by_the_trail

KEPT_DAYS = 365  # REQ-Y4 asks for 90; ISMS-P 2.9.4 for a year
ROTATION_DAYS = 365
DELETION_WINDOW_DAYS = 30  # the longest


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
        self.bucket, self.key_arn = self._bucket(key), key.arn
        aws.cloudtrail.Trail(
            f"{name}-trail",
            name=args.management.name("trail"),
            s3_bucket_name=self.bucket,
            is_organization_trail=args.for_all_accounts,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_logging=True,
            enable_log_file_validation=True,
            kms_key_id=key.arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.register_outputs({"bucket": self.bucket, "key_arn": self.key_arn})

    def _bucket(self, key: aws.kms.Key) -> pulumi.Output[str]:
        """The bucket, once its policy holds: CloudTrail looks at that before it takes a trail."""
        name, title = f"{self._name}-files", bucket_name(self._args)
        kept = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
        bucket = aws.s3.Bucket(
            name,
            bucket=title,
            object_lock_enabled=True,
            tags=self._tags,
            opts=pulumi.ResourceOptions.merge(self._there, kept),
        )
        into = self._args.access_log_bucket
        log_access(f"{name}-logging", bucket, into=into, folder="organization-trail", opts=self._there)
        return keep(
            name,
            bucket,
            key_arn=key.arn,
            rules=[lifecycle_rule("trail", days=KEPT_DAYS, earlier_days=OLD_VERSIONS_DAYS)],
            policy=bucket_policy(self._args),
            opts=self._there,
            lock=ObjectLock(days=KEPT_DAYS, for_everybody=True),
        )


def bucket_name(args: TrailArgs) -> str:
    """Where the files are; known before it is there."""
    return args.security.name("trail", args.security.account_id)


def trail_arn(args: TrailArgs) -> str:
    """The trail's ARN, known before it is there."""
    return args.management.arn("cloudtrail", f"trail/{args.management.name('trail')}")


def bucket_policy(args: TrailArgs) -> str:
    """The trail writes for the management account, and for the whole organisation where it records that."""
    prefixes = [args.management.account_id]
    if args.for_all_accounts and args.organization_id:
        prefixes.append(args.organization_id)
    return written_by_the_trail(trail_arn(args), bucket_name(args), prefixes)


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
