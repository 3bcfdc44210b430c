"""A data engineer whose nightly job needs a token: it stands in the job's definition, for everyone who may list jobs.

Blocked by: SEC-001
"""

import json

import pulumi_aws as aws

aws.batch.JobDefinition(
    "settle",
    name="settle",
    type="container",
    platform_capabilities=["FARGATE"],
    container_properties=json.dumps(
        {
            "image": "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/settle:2.0.1",
            "command": ["python", "-m", "settle"],
            "jobRoleArn": "arn:aws:iam::111122223333:role/dev-settle",
            "executionRoleArn": "arn:aws:iam::111122223333:role/dev-settle-start",
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
            "environment": [{"name": "PG_API_SECRET", "value": "live-4f9d2c17ab3e"}],
        }
    ),
    tags={
        "Environment": "dev",
        "Owner": "team-payments",
        "CostCenter": "CC-1500",
        "Application": "settlement",
        "DataClassification": "restricted",
        "Compliance": "isms-p",
    },
)
