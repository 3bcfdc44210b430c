"""A mobile developer's first table in production: one wrong script, and nobody can bring the orders back.

Stack: prod
Blocked by: BKP-002, ENC-015, KMS-004
"""

import pulumi
import pulumi_aws as aws

prod = aws.Provider(
    "prod",
    region="ap-northeast-2",
    default_tags={
        "tags": {
            "Environment": "prod",
            "Owner": "team-orders",
            "CostCenter": "CC-1250",
            "Application": "orders",
            "DataClassification": "restricted",
            "Compliance": "isms-p+soc2",
        }
    },
)

orders = aws.dynamodb.Table(
    "orders",
    billing_mode="PAY_PER_REQUEST",
    hash_key="customer",
    range_key="placed_at",
    attributes=[
        aws.dynamodb.TableAttributeArgs(name="customer", type="S"),
        aws.dynamodb.TableAttributeArgs(name="placed_at", type="S"),
    ],
    stream_enabled=True,
    stream_view_type="NEW_AND_OLD_IMAGES",
    opts=pulumi.ResourceOptions(provider=prod, protect=True),
)
pulumi.export("stream", orders.stream_arn)
