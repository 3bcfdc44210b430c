"""A backend engineer whose other account could not decrypt: the key is everybody's, and it never rotates.

Blocked by: IAM-002, KMS-001, PUB-003
"""

import json

import pulumi_aws as aws

ACCOUNT = "111122223333"

key = aws.kms.Key(
    "shared",
    description="Shared with the data account",
    deletion_window_in_days=14,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Administer",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {"Sid": "Share", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"},
            ],
        }
    ),
    tags={
        "Environment": "dev",
        "Owner": "team-data",
        "CostCenter": "CC-1400",
        "Application": "lake",
        "DataClassification": "confidential",
        "Compliance": "isms-p",
    },
)
aws.kms.Alias("shared", name="alias/lake-shared", target_key_id=key.id)
