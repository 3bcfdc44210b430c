"""A marketer's helper from an old tutorial: a public ACL and S3's own website endpoint, which speaks HTTP only.

Stack: stg
Blocked by: PUB-002, PUB-008, TLS-005
"""

import pulumi
import pulumi_aws as aws

seoul = aws.Provider(
    "seoul",
    region="ap-northeast-2",
    default_tags=aws.ProviderDefaultTagsArgs(
        tags={
            "Environment": "stg",
            "Owner": "growth@example.com",
            "CostCenter": "CC-3100",
            "Application": "landing-page",
            "DataClassification": "public",
            "Compliance": "none",
        }
    ),
)
own = pulumi.ResourceOptions(provider=seoul)

key = aws.kms.Key("site", enable_key_rotation=True, deletion_window_in_days=30, opts=own)
site = aws.s3.Bucket("site", bucket_prefix="landing-", opts=own)
aws.s3.BucketServerSideEncryptionConfiguration(
    "site",
    bucket=site.id,
    rules=[
        aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=key.arn
            ),
        )
    ],
    opts=own,
)
aws.s3.BucketVersioning(
    "site",
    bucket=site.id,
    versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
    opts=own,
)
aws.s3.BucketPublicAccessBlock(
    "site",
    bucket=site.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
    opts=own,
)
aws.s3.BucketAcl("site", bucket=site.id, acl="public-read", opts=own)
aws.s3.BucketWebsiteConfiguration(
    "site",
    bucket=site.id,
    index_document=aws.s3.BucketWebsiteConfigurationIndexDocumentArgs(suffix="index.html"),
    opts=own,
)
pulumi.export("site", site.id)
