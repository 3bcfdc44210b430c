"""An engineer who adds a region to recover in: its provider has no default tags, and its bucket no key.

Blocked by: ENC-014, TAG-001
"""

import json

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-platform",
    "CostCenter": "CC-1001",
    "Application": "lake",
    "DataClassification": "internal",
    "Compliance": "soc2",
}

PROVIDERS = {
    "main": aws.Provider("seoul", region="ap-northeast-2", default_tags={"tags": TAGS}),
    "copy": aws.Provider("singapore", region="ap-southeast-1"),
}


def bucket(name: str, provider: aws.Provider) -> aws.s3.Bucket:
    """Private, versioned and for TLS only."""
    own = pulumi.ResourceOptions(provider=provider)
    full_name = f"feedline-dev-lake-{name}"
    made = aws.s3.Bucket(name, bucket=full_name, opts=own)
    aws.s3.BucketVersioning(name, bucket=made.id, versioning_configuration={"status": "Enabled"}, opts=own)
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    aws.s3.BucketPublicAccessBlock(name, bucket=made.id, **dict.fromkeys(switches, True), opts=own)
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{full_name}", f"arn:aws:s3:::{full_name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [tls_only]})
    aws.s3.BucketPolicy(name, bucket=made.id, policy=policy, opts=own)
    return made


buckets = {name: bucket(name, provider) for name, provider in PROVIDERS.items()}
key = aws.kms.Key("lake", enable_key_rotation=True, opts=pulumi.ResourceOptions(provider=PROVIDERS["main"]))
aws.s3.BucketServerSideEncryptionConfiguration(
    "main",
    bucket=buckets["main"].id,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}}],
    opts=pulumi.ResourceOptions(provider=PROVIDERS["main"]),
)
