"""Audit tier (REQ-S15, REQ-Y4): who did what in the account, in every region, where nobody can change it afterwards.

One trail an account, so its owner alone makes it. Files go into a bucket that is locked for as long as they are kept;
Athena reads them there (the table `cloudtrail` of the catalogue), by whoever has the auditor's policy. No event
data store is made: AWS opens CloudTrail Lake to no new customer since 2026-05-31 (docs/adr/0024); one that the account
has already stays as it is, and auditors may ask it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.closing import ObjectLock, keep, lifecycle_rule, log_access
from components.naming import Scope
from components.sizes import AuditSize

APPLICATION = "audit"
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
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
        aws.cloudtrail.Trail(
            f"{name}-trail",
            name=title,
            s3_bucket_name=self._bucket(),
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

    def _bucket(self) -> pulumi.Output[str]:
        """The bucket, once its policy holds: CloudTrail looks at that before it takes a trail."""
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
        log_access(f"{name}-logging", bucket, into=args.access_log_bucket, folder="audit-trail", opts=self._child)
        return keep(
            name,
            bucket,
            key_arn=args.key_arn,
            rules=[lifecycle_rule("trail", days=args.size.trail_days, earlier_days=OLD_VERSIONS_DAYS)],
            policy=written_by_the_trail(trail_arn(args.scope), args.bucket, [args.scope.account_id]),
            opts=self._child,
            # What may be destroyed has a way out by a right.
            lock=ObjectLock(days=args.size.trail_days, for_everybody=args.destroy_protection),
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


def written_by_the_trail(trail: str, bucket: str, prefixes: Sequence[str]) -> str:
    """A trail writes, below the prefixes that it may have, and nobody else.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html

    Args:
        trail: its ARN.
        bucket: the name of the bucket.
        prefixes: numbers of accounts, or the id of an organisation.
    """
    return iam.document(
        iam.only_by_tls(bucket),
        iam.Statement(
            sid="LookedAtByTheTrail",
            actions=["s3:GetBucketAcl"],
            resources=[f"arn:aws:s3:::{bucket}"],
            principal=SERVICE,
            condition={"StringEquals": {"aws:SourceArn": trail}},
        ),
        iam.Statement(
            sid="WrittenByTheTrail",
            actions=["s3:PutObject"],
            resources=[f"arn:aws:s3:::{bucket}/AWSLogs/{prefix}/*" for prefix in prefixes],
            principal=SERVICE,
            condition={"StringEquals": {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
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
