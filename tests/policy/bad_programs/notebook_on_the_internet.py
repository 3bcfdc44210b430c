"""A data scientist on the first day: a notebook with the internet on one side and all of the data on the other.

Blocked by: ENC-017, IAM-002, PUB-013
"""

import json

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-ml",
    "CostCenter": "CC-1600",
    "Application": "ranking",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}

role = aws.iam.Role(
    "notebook",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
    tags=TAGS,
)
aws.iam.RolePolicyAttachment("notebook", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
aws.sagemaker.NotebookInstance(
    "ranking",
    role_arn=role.arn,
    instance_type="ml.t3.medium",
    volume_size=50,
    instance_metadata_service_configuration={"minimum_instance_metadata_service_version": "2"},
    tags=TAGS,
)
