"""Access log tier (REQ-O3, REQ-Y4): who came to the front door of a region, kept as long as the phase says.

Load balancers write with SSE-S3 only: they cannot use a KMS key. So this bucket is a class of its own, for access logs
and nothing else. Log files are written once and never again, which is why earlier versions are not kept.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.closing import BUCKET_LOGS, close_to_the_public, lifecycle_rule
from components.naming import EDGE_REGION, Scope

APPLICATION = "access-logs"


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """Where the logs are, and how long they are kept."""

    scope: Scope
    retention_days: int
    destroy_protection: bool


class AccessLogs(pulumi.ComponentResource):
    """One bucket a region, for load balancers, CloudFront and S3 itself."""

    bucket: pulumi.Output[str]  # its name, once writers may write: AWS refuses a load balancer that could not log
    bucket_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:AccessLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket_name = args.scope.name("access-logs", args.scope.account_id, args.scope.region)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),  # addresses of users
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=(
                        aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                            sse_algorithm="AES256"
                        )
                    )
                )
            ],
            opts=child,
        )
        block = close_to_the_public(name, bucket.bucket, child)
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[lifecycle_rule("access-logs", days=args.retention_days)],
            opts=child,
        )
        policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=writers(args.scope, bucket_name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        self.bucket = policy.bucket
        self.bucket_arn = self.bucket.apply(lambda written: f"arn:aws:s3:::{written}")
        self.register_outputs({"bucket": self.bucket, "bucketArn": self.bucket_arn})


def writers(scope: Scope, bucket: str) -> str:
    """Who may write: load balancers of this account and region, its CloudFront distributions, and S3 of our buckets.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    logs = f"arn:aws:s3:::{bucket}/AWSLogs/{scope.account_id}/*"
    deliveries = {
        "StringEquals": {"aws:SourceAccount": scope.account_id},
        "ArnLike": {"aws:SourceArn": scope.arn("logs", "delivery-source:*", region=EDGE_REGION)},
    }
    return iam.document(
        iam.only_by_tls(bucket),
        iam.Statement(
            sid="WrittenByLoadBalancersOfThisAccount",
            actions=["s3:PutObject"],
            resources=[logs],
            principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            condition={"ArnLike": {"aws:SourceArn": scope.arn("elasticloadbalancing", "loadbalancer/*")}},
        ),
        iam.Statement(
            sid="WrittenByCloudFrontForThisAccount",
            actions=["s3:PutObject"],
            # With Hive's names of partitions, which the delivery asks for, the account's folder has one, too.
            resources=[logs, f"arn:aws:s3:::{bucket}/AWSLogs/aws-account-id={scope.account_id}/CloudFront/*"],
            principal={"Service": "delivery.logs.amazonaws.com"},
            condition={
                **deliveries,
                "StringEquals": {**deliveries["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"},
            },
        ),
        iam.Statement(
            sid="WrittenByS3OfTheBucketsOfThisStage",
            actions=["s3:PutObject"],
            resources=[f"arn:aws:s3:::{bucket}/{BUCKET_LOGS}/*"],
            principal={"Service": "logging.s3.amazonaws.com"},
            condition={
                "StringEquals": {"aws:SourceAccount": scope.account_id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{scope.name('*')}"},
            },
        ),
        iam.Statement(
            sid="LookedAtByLogDeliveryBeforeItWrites",
            actions=["s3:GetBucketAcl", "s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
            principal={"Service": "delivery.logs.amazonaws.com"},
            condition=deliveries,
        ),
    )
