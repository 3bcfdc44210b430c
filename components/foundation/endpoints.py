"""What each VPC endpoint lets through (REQ-E4): the calls that a workload makes to that service, for this account.

An endpoint policy is a ceiling, not a grant. Its principal is `*` because a gateway sees every caller; the condition
holds it to ours, so that stolen credentials of another account cannot carry data out through it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from components import iam
from components.naming import Scope


class InterfaceService(StrEnum):
    """AWS services that a stage may reach without leaving its VPC; each costs per hour and zone."""

    ECR_API = "ecr.api"
    ECR_DKR = "ecr.dkr"
    EC2_MESSAGES = "ec2messages"
    KMS = "kms"
    LOGS = "logs"
    MONITORING = "monitoring"
    SECRETS_MANAGER = "secretsmanager"
    SQS = "sqs"
    SSM = "ssm"
    SSM_MESSAGES = "ssmmessages"
    STS = "sts"
    XRAY = "xray"


INTERFACE_ACTIONS: Mapping[str, Sequence[str]] = {
    "ecr.api": [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "ecr:ListImages",
    ],
    "ecr.dkr": ["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"],
    # The SSM agent: https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
    "ec2messages": [
        "ec2messages:AcknowledgeMessage",
        "ec2messages:DeleteMessage",
        "ec2messages:FailMessage",
        "ec2messages:GetEndpoint",
        "ec2messages:GetMessages",
        "ec2messages:SendReply",
    ],
    "kms": [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ],
    "logs": [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
    ],
    "monitoring": ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData"],
    "secretsmanager": [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:GetSecretValue",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ],
    "sqs": [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ],
    "ssm": [
        "ssm:DescribeAssociation",
        "ssm:DescribeDocument",
        "ssm:GetDeployablePatchSnapshotForInstance",
        "ssm:GetDocument",
        "ssm:GetManifest",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "ssm:ListAssociations",
        "ssm:ListInstanceAssociations",
        "ssm:PutComplianceItems",
        "ssm:PutConfigurePackageResult",
        "ssm:PutInventory",
        "ssm:UpdateAssociationStatus",
        "ssm:UpdateInstanceAssociationStatus",
        "ssm:UpdateInstanceInformation",
    ],
    "ssmmessages": [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ],
    "sts": ["sts:AssumeRole", "sts:GetCallerIdentity", "sts:TagSession"],
    "xray": [
        "xray:GetSamplingRules",
        "xray:GetSamplingStatisticSummaries",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ],
}

GATEWAY_ACTIONS: Mapping[str, Sequence[str]] = {
    "s3": [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "s3:ListBucket",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
        "s3:PutObjectTagging",
    ],
    "dynamodb": [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
    ],
}


def interface_policy(service: str, scope: Scope) -> str:
    """The policy of an interface endpoint."""
    statements = [_for_this_account(INTERFACE_ACTIONS[service], scope)]
    if service == "sts":
        # A pod with a web identity is nobody's principal yet when it asks for its role.
        statements.append(
            iam.Statement(
                sid="RolesOfThisAccountForWebIdentities",
                actions=["sts:AssumeRoleWithWebIdentity"],
                resources=[scope.arn("iam", "role/*", region="")],
                principal="*",
            )
        )
    return iam.document(*statements)


def gateway_policy(service: str, scope: Scope) -> str:
    """The policy of a gateway endpoint."""
    # Nor may our own callers carry data to somebody else's bucket or table.
    ours = {"aws:ResourceAccount": scope.account_id}
    statements = [_for_this_account(GATEWAY_ACTIONS[service], scope, ours)]
    if service == "s3":
        statements.append(
            iam.Statement(
                sid="PackagesImagesAndAgentsThatAwsPublishes",
                actions=["s3:GetObject"],
                resources=[f"arn:aws:s3:::{bucket}/*" for bucket in _published_by_aws(scope.region)],
                principal="*",
            )
        )
    return iam.document(*statements)


def _for_this_account(actions: Sequence[str], scope: Scope, more: Mapping[str, str] | None = None) -> iam.Statement:
    return iam.Statement(
        sid="CallersOfThisAccount",
        actions=actions,
        resources=["*"],
        principal="*",
        condition={"StringEquals": {"aws:PrincipalAccount": scope.account_id, **(more or {})}},
    )


def _published_by_aws(region: str) -> list[str]:
    return [
        # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
        f"prod-{region}-starport-layer-bucket",
        # https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html
        f"al2023-repos-{region}-de612dc2",
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-minimum-s3-permissions.html
        f"amazon-ssm-{region}",
        f"aws-ssm-{region}",
        f"{region}-birdwatcher-prod",
        f"aws-ssm-document-attachments-{region}",
        f"patch-baseline-snapshot-{region}",
    ]
