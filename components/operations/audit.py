"""Audit tier (REQ-S15, REQ-Y4): who did what in the account, in every region, where nobody can change it afterwards.

One trail an account, so its owner alone makes it. Files go into a bucket that is locked for as long as they are kept;
Athena reads them there (the table `cloudtrail` of the catalogue), by whoever has the auditor's policy. No event
data store is made: AWS opens CloudTrail Lake to no new customer since 2026-05-31 (docs/adr/0024); one that the account
has already stays as it is, and auditors may ask it.
"""

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
from components.sizes import AuditSize

APPLICATION = "audit"
# A fifth of the price, which Athena reads as before, billed for 90 days at least. https://aws.amazon.com/s3/pricing/
OLD_VERSIONS_DAYS = 7  # of a file whose lock has ended
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
ASKING = (
    "cloudtrail:CancelQuery",
    "cloudtrail:DescribeQuery",
    "cloudtrail:GetEventDataStore",
    "cloudtrail:GetQueryResults",
    "cloudtrail:ListQueries",
    "cloudtrail:StartQuery",
)
INSIGHTS = ("ApiCallRateInsight", "ApiErrorRateInsight")

_Selector = aws.cloudtrail.TrailAdvancedEventSelectorArgs
_Field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs


@dataclass(frozen=True, kw_only=True)
class AuditArgs:
    """How much is written down, for how long, and by which key."""

    scope: Scope
    size: AuditSize
    bucket: str  # the name of the bucket to make, which the catalogue knows too
    watched_buckets: tuple[str, ...]  # what the names of buckets begin with whose objects are watched one by one
    access_log_bucket: pulumi.Input[str]  # where S3 says who read the trail, once it may
    key_arn: pulumi.Input[str]  # the audit key
    key_alias: str
    event_data_store_arn: str | None  # that the account had before
    destroy_protection: bool


class Audit(pulumi.ComponentResource):
    """A trail of all regions, its locked bucket, and the policy of who may read it."""

    trail_arn: str
    auditor_policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Audit", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        title = args.scope.name("trail")
        self.trail_arn = trail_arn(args.scope)
        written = self._bucket()
        aws.cloudtrail.Trail(
            f"{name}-trail",
            name=title,
            s3_bucket_name=written.bucket,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_logging=True,
            enable_log_file_validation=True,
            kms_key_id=args.key_arn,
            advanced_event_selectors=_selectors(args),
            insight_selectors=(
                [aws.cloudtrail.TrailInsightSelectorArgs(insight_type=each) for each in INSIGHTS]
                if args.size.insights
                else []
            ),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        self.auditor_policy_arn = aws.iam.Policy(
            f"{name}-auditor",
            name=args.scope.name("auditor"),
            description="Reads the trail and proves that nobody changed it; asking by Athena takes the analyst's too",
            policy=auditor_policy(args.scope, args.bucket, args.key_alias, args.event_data_store_arn),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=self._child,
        ).arn
        self.register_outputs({"trailArn": self.trail_arn, "auditorPolicyArn": self.auditor_policy_arn})

    def _bucket(self) -> aws.s3.BucketPolicy:
        """The bucket, and its policy, which CloudTrail looks at before it takes a trail."""
        name, args = self._name, self._args
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket,
            object_lock_enabled=True,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.destroy_protection, retain_on_delete=args.destroy_protection
            ),
        )
        encrypt_by_key(name, bucket.bucket, args.key_arn, self._child)
        block = close_to_the_public(name, bucket.bucket, self._child)
        versioning = keep_versions(name, bucket.bucket, self._child)
        after_versioning = pulumi.ResourceOptions(parent=self, depends_on=[versioning])
        lock = aws.s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.bucket,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    # Compliance: not even the root user ends it sooner. What may be destroyed has a way out by a right.
                    mode="COMPLIANCE" if args.destroy_protection else "GOVERNANCE",
                    days=args.size.trail_days,
                )
            ),
            opts=after_versioning,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[lifecycle_rule("trail", days=args.size.trail_days, earlier_days=OLD_VERSIONS_DAYS)],
            opts=after_versioning,
        )
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.bucket,
            target_bucket=args.access_log_bucket,
            target_prefix=f"{BUCKET_LOGS}/audit-trail/",
            opts=self._child,
        )
        return aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=written_by_the_trail(args.scope, args.bucket),
            # No file comes before it is locked.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block, lock]),
        )


def trail_arn(scope: Scope) -> str:
    """The trail's ARN, known before it is there."""
    return scope.arn("cloudtrail", f"trail/{scope.name('trail')}")


def _selectors(args: AuditArgs) -> list[_Selector]:
    """All that is done to the account, and, where the phase pays for it, to each object of the buckets that hold data.

    A data event costs ten cents per hundred thousand. So: the lake and the front end, which machines write in large
    files, and not access logs, nor the table of sessions, which every request reads.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
    """
    management = _Selector(
        name="Everything done to the account", field_selectors=[_Field(field="eventCategory", equals=["Management"])]
    )
    if not args.size.data_events:
        return [management]
    objects = _Selector(
        name="Who read or wrote which object",
        field_selectors=[
            _Field(field="eventCategory", equals=["Data"]),
            _Field(field="resources.type", equals=["AWS::S3::Object"]),
            _Field(field="resources.ARN", starts_withs=[f"arn:aws:s3:::{each}" for each in args.watched_buckets]),
        ],
    )
    return [management, objects]


def written_by_the_trail(scope: Scope, bucket: str) -> str:
    """This account's trail writes, below its own prefix, and nobody else.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    service, ours = {"Service": "cloudtrail.amazonaws.com"}, trail_arn(scope)
    return iam.document(
        iam.only_by_tls(bucket),
        iam.Statement(
            sid="LookedAtByTheTrailOfThisAccount",
            actions=["s3:GetBucketAcl"],
            resources=[f"arn:aws:s3:::{bucket}"],
            principal=service,
            condition={"StringEquals": {"aws:SourceArn": ours}},
        ),
        iam.Statement(
            sid="WrittenByTheTrailOfThisAccount",
            actions=["s3:PutObject"],
            resources=[f"arn:aws:s3:::{bucket}/AWSLogs/{scope.account_id}/*"],
            principal=service,
            condition={"StringEquals": {"aws:SourceArn": ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    )


def auditor_policy(scope: Scope, bucket: str, key_alias: str, event_data_store_arn: str | None) -> str:
    """What an auditor may: read the files, by Athena or one by one, and ask for what proves them unchanged.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-cli.html
    """
    asked = (
        [
            iam.Statement(sid="AskTheEventDataStore", actions=list(ASKING), resources=[event_data_store_arn]),
        ]
        if event_data_store_arn
        else []
    )
    return iam.document(
        *asked,
        iam.Statement(
            sid="SeeTheTrailsBucket",
            actions=["s3:GetBucketLocation", "s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
        ),
        iam.Statement(sid="ReadTheTrail", actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{bucket}/*"]),
        iam.Statement(sid="SeeTheTrail", actions=["cloudtrail:GetTrail"], resources=[trail_arn(scope)]),
        # Neither takes a resource.
        iam.Statement(
            sid="ProveTheTrail", actions=["cloudtrail:DescribeTrails", "cloudtrail:ListPublicKeys"], resources=["*"]
        ),
        iam.by_key(scope, "DecryptTheTrail", ["kms:Decrypt"], alias=key_alias, through="s3"),
    )
