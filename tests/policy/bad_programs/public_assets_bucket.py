"""A front-end engineer before a launch: the whole world reads the bucket, since CloudFront "can come later".

Blocked by: ENC-014, PUB-001, PUB-003, TLS-005
"""

import json

import pulumi_aws as aws

NAME = "feedline-dev-assets"

bucket = aws.s3.Bucket(
    "assets",
    bucket=NAME,
    tags={
        "Environment": "dev",
        "Owner": "team-web",
        "CostCenter": "CC-2001",
        "Application": "feed-web",
        "DataClassification": "public",
        "Compliance": "none",
    },
)

aws.s3.BucketVersioning("assets", bucket=bucket.id, versioning_configuration={"status": "Enabled"})

access = aws.s3.BucketPublicAccessBlock(
    "assets",
    bucket=bucket.id,
    block_public_acls=False,
    block_public_policy=False,
    ignore_public_acls=False,
    restrict_public_buckets=False,
)

everyone_reads = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "PublicRead",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{NAME}/*"],
        }
    ],
}
aws.s3.BucketPolicy("assets", bucket=bucket.id, policy=json.dumps(everyone_reads))
