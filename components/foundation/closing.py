"""What buckets of ours have: no public access, no ACLs, a key, earlier versions, an end. Functions that tiers share."""

import pulumi
import pulumi_aws as aws

BUCKET_LOGS = "s3"  # prefix of the access log bucket, of what S3 says of who read a bucket of ours
# Glacier Instant Retrieval is a fifth of the price, and Athena reads it as before. It bills 90 days at least, so what
# would be deleted sooner stays; so does what is smaller than 128 KB, by S3's own default.
# https://aws.amazon.com/s3/pricing/
GLACIER_AFTER_DAYS = 90
GLACIER_BILLS_DAYS = 90
ABANDONED_UPLOAD_DAYS = 7


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


def lifecycle_rule(
    title: str,
    *,
    prefix: str = "",
    archives: bool = True,
    days: int | None = None,
    earlier_days: int | None = None,
) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """What becomes of objects below a prefix, or of all.

    Args:
        title: the rule's id.
        prefix: of keys, without the slash at its end.
        archives: whether they become cheap after 90 days. Not if they go before that has paid for itself.
        days: after which they go; None to keep them.
        earlier_days: after which a version goes that is not the last any more; None where there are no versions.
    """
    pays = days is None or days >= GLACIER_AFTER_DAYS + GLACIER_BILLS_DAYS
    to_glacier = aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
        days=GLACIER_AFTER_DAYS, storage_class="GLACIER_IR"
    )
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=title,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=f"{prefix}/" if prefix else ""),
        transitions=([to_glacier] if pays else []) if archives else None,
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days) if days is not None else None,
        noncurrent_version_expiration=(
            aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=earlier_days)
            if earlier_days is not None
            else None
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        ),
    )
