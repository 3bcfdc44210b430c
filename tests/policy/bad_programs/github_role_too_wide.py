"""A DevOps engineer who copies a workflow: every repository of the organisation deploys as an administrator.

Stack: prod
Blocked by: IAM-001, IAM-014
"""

import pulumi
import pulumi_aws as aws

ACCOUNT = "333344445555"
GITHUB = "token.actions.githubusercontent.com"

prod = aws.Provider(
    "prod",
    region="ap-northeast-2",
    allowed_account_ids=[ACCOUNT],
    default_tags={
        "tags": {
            "Environment": "prod",
            "Owner": "team-platform",
            "CostCenter": "CC-1001",
            "Application": "ci",
            "DataClassification": "internal",
            "Compliance": "soc2",
        }
    },
)

aws.iam.OpenIdConnectProvider(
    "github",
    url=f"https://{GITHUB}",
    client_id_lists=["sts.amazonaws.com"],
    opts=pulumi.ResourceOptions(provider=prod),
)

trust = aws.iam.get_policy_document(
    statements=[
        {
            "actions": ["sts:AssumeRoleWithWebIdentity"],
            "principals": [
                {"type": "Federated", "identifiers": [f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"]},
            ],
            "conditions": [
                {"test": "StringLike", "variable": f"{GITHUB}:sub", "values": ["repo:feedline/*"]},
            ],
        }
    ],
    opts=pulumi.InvokeOptions(provider=prod),
)

deployer = aws.iam.Role(
    "deployer",
    name="github-deployer",
    assume_role_policy=trust.json,
    managed_policy_arns=[aws.iam.ManagedPolicy.ADMINISTRATOR_ACCESS],
    opts=pulumi.ResourceOptions(provider=prod),
)
pulumi.export("role", deployer.arn)
