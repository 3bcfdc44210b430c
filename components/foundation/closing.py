"""What buckets of ours have: no public access, no ACLs, a key, earlier versions. Functions that tiers share."""

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


def encrypt_by_key(
    name: str, bucket: pulumi.Input[str], key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> None:
    """Encrypt what is put into the bucket by a key of ours."""
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=key_arn
                    )
                ),
                bucket_key_enabled=True,  # one call to KMS for many objects
            )
        ],
        opts=opts,
    )


def keep_versions(name: str, bucket: pulumi.Input[str], opts: pulumi.ResourceOptions) -> aws.s3.BucketVersioning:
    """Keep earlier versions, and give back what a lifecycle waits for: they are kept first, and only then expire."""
    return aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=opts,
    )
