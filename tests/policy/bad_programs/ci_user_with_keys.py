"""A contractor whose pipeline "only takes access keys": a user with everything, and a key that nobody rotates.

Stack: stg
Blocked by: IAM-001, IAM-009, IAM-019
"""

import pulumi
import pulumi_aws as aws

user = aws.iam.User(
    "jenkins",
    name="jenkins",
    path="/ci/",
    tags={
        "Environment": "stg",
        "Owner": "contractor@example.com",
        "CostCenter": "CC-1100",
        "Application": "jenkins",
        "DataClassification": "internal",
        "Compliance": "none",
    },
)
aws.iam.UserPolicyAttachment("jenkins", user=user.name, policy_arn=aws.iam.ManagedPolicy.POWER_USER_ACCESS)
key = aws.iam.AccessKey("jenkins", user=user.name)

pulumi.export("access_key_id", key.id)
pulumi.export("secret_access_key", pulumi.Output.secret(key.secret))
