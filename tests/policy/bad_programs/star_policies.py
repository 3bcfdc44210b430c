"""A backend engineer after the third AccessDenied: a star here and there, over several statements and attachments.

Blocked by: IAM-002, IAM-003, IAM-007
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


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


role = aws.iam.Role(
    "worker",
    assume_role_policy=document(
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ),
    tags=TAGS,
)

policies = {
    "posts": document(
        {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "cloudwatch:PutMetricData"], "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/dev-posts"},
    ),
    "secrets": document({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}),
    "queues": document(
        {"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"},
        {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:DeleteMessage"], "Resource": ["*"]},
    ),
}
for name, policy in policies.items():
    made = aws.iam.Policy(f"worker-{name}", policy=policy, tags=TAGS)
    aws.iam.RolePolicyAttachment(f"worker-{name}", role=role.name, policy_arn=made.arn)
aws.iam.RolePolicyAttachment("worker-mail", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSESFullAccess")

pulumi.export("role", role.arn)
