"""A platform engineer who splits a policy "for clarity": each half is harmless, together they make an administrator.

Blocked by: IAM-005, IAM-013
"""

import json

import pulumi
import pulumi_aws as aws

ACCOUNT = "111122223333"
TAGS = {
    "Environment": "dev",
    "Owner": "team-platform",
    "CostCenter": "CC-1001",
    "Application": "preview-environments",
    "DataClassification": "internal",
    "Compliance": "soc2",
}
FUNCTIONS = f"arn:aws:lambda:ap-northeast-2:{ACCOUNT}:function:preview-*"


def allow(actions: list[str], resource: str) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Previewer(pulumi.ComponentResource):
    """The role of the job that makes a preview environment for each pull request."""

    def __init__(self, name: str) -> None:
        super().__init__("feedline:ci:Previewer", name)
        child = pulumi.ResourceOptions(parent=self)
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
        self.role = aws.iam.Role(name, assume_role_policy=json.dumps(trust), tags=TAGS, opts=child)
        functions = aws.iam.Policy(
            f"{name}-functions",
            policy=allow(["lambda:CreateFunction", "lambda:DeleteFunction", "lambda:InvokeFunction"], FUNCTIONS),
            tags=TAGS,
            opts=child,
        )
        aws.iam.RolePolicyAttachment(f"{name}-functions", role=self.role.name, policy_arn=functions.arn, opts=child)
        aws.iam.RolePolicy(
            f"{name}-pass",
            role=self.role.id,
            policy=allow(["iam:PassRole"], f"arn:aws:iam::{ACCOUNT}:role/*"),
            opts=child,
        )
        self.register_outputs({"role": self.role.arn})


Previewer("previewer")
