"""A service team that reads the handbook: a queue, a table, a role, a log group and a secret, each with its key.

Stack: prod
"""

import json

import pulumi
import pulumi_aws as aws

STAGE = pulumi.get_stack()
ACCOUNT = "333344445555"
HERE = f"ap-northeast-2:{ACCOUNT}"

prod = aws.Provider(
    "prod",
    region="ap-northeast-2",
    allowed_account_ids=[ACCOUNT],
    default_tags=aws.ProviderDefaultTagsArgs(
        tags={
            "Environment": STAGE,
            "Owner": "team-orders",
            "CostCenter": "CC-1250",
            "Application": "orders",
            "DataClassification": "restricted",
            "Compliance": "isms-p+soc2",
        }
    ),
)
own = pulumi.ResourceOptions(provider=prod)


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


key = aws.kms.Key(
    "orders",
    description="The data of orders",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    policy=document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.ap-northeast-2.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{HERE}:log-group:/feedline/*"}
            },
        },
    ),
    opts=own,
)
aws.kms.Alias("orders", name="alias/prod-orders", target_key_id=key.id, opts=own)

dead = aws.sqs.Queue(
    "dead",
    name="orders-dead",
    kms_master_key_id=key.id,
    message_retention_seconds=1_209_600,
    redrive_allow_policy=json.dumps(
        {"redrivePermission": "byQueue", "sourceQueueArns": [f"arn:aws:sqs:{HERE}:orders-placed"]}
    ),
    opts=own,
)
queue = aws.sqs.Queue(
    "placed",
    name="orders-placed",
    kms_master_key_id=key.id,
    redrive_policy=dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})),
    opts=own,
)
table = aws.dynamodb.Table(
    "orders",
    name="orders",
    billing_mode="PAY_PER_REQUEST",
    hash_key="customer",
    range_key="placed_at",
    attributes=[{"name": "customer", "type": "S"}, {"name": "placed_at", "type": "S"}],
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    point_in_time_recovery={"enabled": True},
    deletion_protection_enabled=True,
    opts=pulumi.ResourceOptions(provider=prod, protect=True),
)
secret = aws.secretsmanager.Secret("partner", name="prod/orders/partner", kms_key_id=key.arn, opts=own)
aws.secretsmanager.SecretRotation(
    "partner",
    secret_id=secret.id,
    rotation_lambda_arn=f"arn:aws:lambda:{HERE}:function:rotate-partner",
    rotation_rules={"automatically_after_days": 30},
    opts=own,
)
logs = aws.cloudwatch.LogGroup(
    "orders", name="/feedline/prod/orders", retention_in_days=365, kms_key_id=key.arn, opts=own
)

role = aws.iam.Role(
    "orders",
    name="prod-orders",
    assume_role_policy=document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ),
    opts=own,
)
aws.iam.RolePolicy(
    "orders",
    role=role.id,
    policy=document(
        {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage"],
            "Resource": [f"arn:aws:sqs:{HERE}:orders-placed"],
        },
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
            "Resource": [f"arn:aws:dynamodb:{HERE}:table/orders", f"arn:aws:dynamodb:{HERE}:table/orders/index/*"],
        },
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": f"arn:aws:secretsmanager:{HERE}:secret:prod/orders/partner-*",
        },
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": f"arn:aws:kms:{HERE}:key/*",
            "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/prod-orders"}},
        },
    ),
    opts=own,
)
pulumi.export("queue", queue.url)
