"""What every bucket of ours has: no public access, and no ACLs. A function that tiers share."""

import pulumi
import pulumi_aws as aws

BUCKET_LOGS = "s3"  # prefix of the access log bucket, of what S3 says of who read a bucket of ours


def close_to_the_public(
    name: str, bucket: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.s3.BucketPublicAccessBlock:
    """Close the bucket, and give back what its policy must wait for.

    S3 refuses two changes to who may enter a bucket at the same moment.
    """
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=opts,
    )
    return aws.s3.BucketPublicAccessBlock(
        f"{name}-block",
        bucket=bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
