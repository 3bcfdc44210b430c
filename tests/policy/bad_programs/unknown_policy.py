"""A backend engineer who names the queue by its output: nobody can read such a policy before the queue exists.

When: up
Blocked by: IAM-002
"""

import json

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-feed",
    "CostCenter": "CC-1234",
    "Application": "feed-worker",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}

key = aws.kms.Key("jobs", enable_key_rotation=True, deletion_window_in_days=30, tags=TAGS)
queue = aws.sqs.Queue("jobs", kms_master_key_id=key.id, tags=TAGS)
role = aws.iam.Role(
    "worker",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
    tags=TAGS,
)
aws.iam.RolePolicy(
    "worker",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sqs:*", "Resource": queue.arn},
                {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": [key.arn]},
            ],
        }
    ),
)
