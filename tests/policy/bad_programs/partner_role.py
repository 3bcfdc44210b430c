"""A data engineer in a call with a partner: the partner's whole account reads, and no external id ties it to us.

Blocked by: IAM-007, IAM-015
"""

import json

import pulumi
import pulumi_aws as aws

PARTNER = "444455556666"

seoul = aws.Provider("seoul", region="ap-northeast-2", allowed_account_ids=["111122223333"])
own = pulumi.ResourceOptions(provider=seoul)

role = aws.iam.Role(
    "analytics-partner",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
                "Action": "sts:AssumeRole",
            },
        }
    ),
    max_session_duration=3600,
    tags={
        "Environment": "dev",
        "Owner": "team-data",
        "CostCenter": "CC-1400",
        "Application": "analytics",
        "DataClassification": "confidential",
        "Compliance": "isms-p",
    },
    opts=own,
)

aws.iam.RolePolicy(
    "analytics-partner",
    role=role.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::feedline-dev-lake"},
                {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::*/*"},
            ],
        }
    ),
    opts=own,
)
