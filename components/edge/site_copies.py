"""Site copy tier (REQ-R4): what is put into the front end's bucket of one region is soon in the other's.

A deletion is copied as its marker, so that both regions serve the same; earlier versions stay in both. Replication time
control is on: the front end is a few megabytes, a release that is half there is a broken one, and it says by an event
when a file takes more than fifteen minutes. What was there before replication began is copied by the next release.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "site"
MINUTES = 15  # the only one that S3 offers


@dataclass(frozen=True, kw_only=True)
class SiteCopiesArgs:
    """From where to where. Both buckets keep versions already; S3 takes no rule before."""

    scope: Scope  # of the region that releases are put into
    to: Scope
    bucket: str
    to_bucket: str
    key_alias: str  # of the storage key, the same in both regions
    to_key_arn: pulumi.Input[str]  # the storage key there


class SiteCopies(pulumi.ComponentResource):
    """A rule that copies everything, and the role that S3 does it by."""

    def __init__(self, name: str, args: SiteCopiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:SiteCopies", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role, permission = role_with_policy(
            f"{name}-role",
            description="Copies the front end to the other region",
            trust=iam.service_trust(
                "s3.amazonaws.com", account_id=args.scope.account_id, source_arn=f"arn:aws:s3:::{args.bucket}"
            ),
            policy=copying(args),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.PUBLIC),
            opts=child,
        )
        aws.s3.BucketReplicationConfig(
            f"{name}-replication",
            bucket=args.bucket,
            role=role.arn,
            rules=[_everything(args)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.register_outputs({})


def _everything(args: SiteCopiesArgs) -> aws.s3.BucketReplicationConfigRuleArgs:
    return aws.s3.BucketReplicationConfigRuleArgs(
        id="everything",
        status="Enabled",
        priority=1,
        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status="Enabled"),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=(
                aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(status="Enabled")
            )
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=f"arn:aws:s3:::{args.to_bucket}",
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=args.to_key_arn
            ),
            replication_time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
                status="Enabled",
                time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(minutes=MINUTES),
            ),
            metrics=aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                status="Enabled",
                event_threshold=aws.s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(minutes=MINUTES),
            ),
        ),
    )


def copying(args: SiteCopiesArgs) -> str:
    """Read versions here and write them there, each by its own region's key, which has the same alias in both."""
    source, target = (f"arn:aws:s3:::{bucket}" for bucket in (args.bucket, args.to_bucket))
    return iam.document(
        iam.Statement(
            sid="SeeWhatIsToBeCopied",
            actions=["s3:GetReplicationConfiguration", "s3:ListBucket"],
            resources=[source],
        ),
        iam.Statement(
            sid="ReadTheVersionsThatAreCopied",
            actions=[
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            resources=[f"{source}/*"],
        ),
        iam.Statement(
            sid="WriteCopiesToTheOtherRegion",
            actions=["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            resources=[f"{target}/*"],
        ),
        iam.by_key(args.scope, "DecryptHere", ["kms:Decrypt"], alias=args.key_alias, through="s3"),
        iam.by_key(args.to, "EncryptThere", ["kms:Encrypt"], alias=args.key_alias, through="s3"),
    )
