"""What buckets of ours have: no public access, no ACLs, a key, earlier versions, an end. Functions that tiers share."""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class ObjectLock:
    """That nobody changes or deletes a version before its time."""

    days: int
    for_everybody: bool  # even the root user; else who has the right to bypass it may


def keep(
    name: str,
    bucket: aws.s3.Bucket,
    *,
    key_arn: pulumi.Input[str],
    rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
    policy: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    lock: ObjectLock | None = None,
) -> pulumi.Output[str]:
    """Close a bucket, encrypt what is put into it by a key of ours, and keep earlier versions.

    Args:
        name: the beginning of the names of all that is made.
        bucket: made with `object_lock_enabled` where there is a lock.
        key_arn: of the key.
        rules: what becomes of its objects.
        policy: who may enter.
        opts: of all that is made.
        lock: of each object; None where versions are enough.

    Returns:
        Its name, once its policy holds.
    """
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
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
    before_the_policy: list[pulumi.Resource] = [close_to_the_public(name, bucket.bucket, opts)]
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=opts,
    )
    if lock:
        # No file comes before it is locked.
        before_the_policy.append(_locked(name, bucket, lock, _after(opts, versioning)))
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle", bucket=bucket.bucket, rules=rules, opts=_after(opts, versioning)
    )
    return aws.s3.BucketPolicy(
        f"{name}-policy", bucket=bucket.bucket, policy=policy, opts=_after(opts, *before_the_policy)
    ).bucket


def _locked(name: str, bucket: aws.s3.Bucket, lock: ObjectLock, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    return aws.s3.BucketObjectLockConfiguration(
        f"{name}-lock",
        bucket=bucket.bucket,
        rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
            default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                mode="COMPLIANCE" if lock.for_everybody else "GOVERNANCE", days=lock.days
            )
        ),
        opts=opts,
    )


def _after(opts: pulumi.ResourceOptions, *first: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=first))


def log_access(
    name: str, bucket: aws.s3.Bucket, *, into: pulumi.Input[str], folder: str, opts: pulumi.ResourceOptions
) -> None:
    """Have S3 say who read the bucket, in a folder of the bucket of access logs, once it may write there."""
    aws.s3.BucketLogging(
        name, bucket=bucket.bucket, target_bucket=into, target_prefix=f"{BUCKET_LOGS}/{folder}/", opts=opts
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
