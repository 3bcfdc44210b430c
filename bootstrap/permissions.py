"""What the platform's services are called in IAM, and what their roles need: data, held against the platform's types.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping
from types import MappingProxyType

# Module of pulumi_aws -> prefixes of actions. `iam` is not among them: it has statements of its own.
PREFIXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accessanalyzer": ("access-analyzer",),
        "acm": ("acm",),
        "appautoscaling": ("application-autoscaling",),
        "appconfig": ("appconfig",),
        "athena": ("athena",),
        "autoscaling": ("autoscaling",),
        "backup": ("backup", "backup-storage"),
        "bcmdata": ("bcm-data-exports", "cur"),
        "bedrock": ("bedrock",),
        "bedrockmodel": ("bedrock",),
        "budgets": ("budgets",),
        "cfg": ("config",),
        "chatbot": ("chatbot",),
        "cloudfront": ("cloudfront",),
        "cloudtrail": ("cloudtrail",),
        "cloudwatch": ("cloudwatch", "events", "logs"),
        "codebuild": ("codebuild",),
        "cognito": ("cognito-idp",),
        "costexplorer": ("ce",),
        "dynamodb": ("dynamodb",),
        "ec2": ("ec2",),
        "ecr": ("ecr",),
        "eks": ("eks",),
        "elasticache": ("elasticache",),
        "glue": ("glue",),
        "guardduty": ("guardduty",),
        "inspector2": ("inspector2",),
        "kinesis": ("firehose", "kinesis"),
        "kms": ("kms",),
        "lambda": ("lambda",),
        "lb": ("elasticloadbalancing",),
        "quicksight": ("quicksight",),
        "rds": ("rds",),
        "route53": ("route53",),
        "s3": ("s3",),
        "sagemaker": ("sagemaker",),
        "scheduler": ("scheduler",),
        "secretsmanager": ("secretsmanager",),
        "securityhub": ("securityhub",),
        # A rotation function that AWS publishes comes as a stack of CloudFormation with a function in it.
        "serverlessrepository": ("cloudformation", "lambda", "serverlessrepo"),
        "ses": ("ses",),
        "sesv2": ("ses",),
        "sfn": ("states",),
        "sns": ("sns",),
        "sqs": ("sqs",),
        "ssm": ("ssm",),
        "vpc": ("ec2",),
        "wafv2": ("wafv2",),
        "xray": ("xray",),
    }
)
# Those whose API is in Virginia, wherever they act.
_AT_THE_EDGE = ("bcmdata", "budgets", "cloudfront", "costexplorer", "route53")
# Those that the edge has there as well: certificates, firewall, their logs, alarms on them, and the bill's bucket.
_ALSO_AT_THE_EDGE = ("acm", "cloudwatch", "kms", "s3", "sns", "wafv2")


# Where the provider calls the chat from a region that has no endpoint of it, as Seoul; a channel is of no region.
# https://docs.aws.amazon.com/general/latest/gr/chatbot.html
CHAT_REGION = "us-west-2"


def _prefixes(*modules: str) -> tuple[str, ...]:
    return tuple(sorted({prefix for module in modules for prefix in PREFIXES[module]}))


REGIONAL = _prefixes(*(module for module in PREFIXES if module not in _AT_THE_EDGE))
EDGE = _prefixes(*_AT_THE_EDGE, *_ALSO_AT_THE_EDGE)

# Everything about roles but making one and handing one on, which have conditions of their own.
RIGHTS_OF_ROLES = (
    "iam:AddRoleToInstanceProfile",
    "iam:AttachRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteInstanceProfile",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetInstanceProfile",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:PutRolePolicy",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:UntagInstanceProfile",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)

# Services that act under a role of the platform's, as the trust policies of its tiers name them.
TAKES_ROLES = (
    "appconfig.amazonaws.com",
    "backup.amazonaws.com",
    "bedrock.amazonaws.com",
    "budgets.amazonaws.com",
    "chatbot.amazonaws.com",
    "codebuild.amazonaws.com",
    "ec2.amazonaws.com",
    "eks.amazonaws.com",
    "events.amazonaws.com",
    "export.rds.amazonaws.com",
    "firehose.amazonaws.com",
    "glue.amazonaws.com",
    "lambda.amazonaws.com",
    "logs.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "pods.eks.amazonaws.com",
    "rds.amazonaws.com",
    "s3.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
