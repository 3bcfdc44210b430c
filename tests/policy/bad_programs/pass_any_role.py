"""A release engineer who wants ECS deployments to work: the pipeline passes any role to whatever it starts.

Stack: prod
Blocked by: IAM-003, IAM-005, IAM-006
"""

import json

import pulumi_aws as aws

TAGS = {
    "Environment": "prod",
    "Owner": "team-release",
    "CostCenter": "CC-1100",
    "Application": "pipeline",
    "DataClassification": "internal",
    "Compliance": "soc2",
}

trust = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
deploys = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Deploy",
            "Effect": "Allow",
            "Action": ["ecs:RegisterTaskDefinition", "ecs:DescribeServices", "ecs:UpdateService", "ecs:RunTask"],
            "Resource": "*",
        },
        {"Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
    ],
}

aws.iam.Role(
    "pipeline",
    assume_role_policy=json.dumps(trust),
    inline_policies=[aws.iam.RoleInlinePolicyArgs(name="deploy", policy=json.dumps(deploys))],
    tags=TAGS,
)
