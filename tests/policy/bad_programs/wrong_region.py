"""An engineer with a half-finished tutorial: one provider in Oregon, and one queue sent to Tokyo by its own property.

Blocked by: DR-004
"""

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-labs",
    "CostCenter": "CC-1800",
    "Application": "labs",
    "DataClassification": "internal",
    "Compliance": "none",
}

oregon = aws.Provider("oregon", region="us-west-2")
seoul = aws.Provider("seoul", region="ap-northeast-2")

key = aws.kms.Key(
    "labs",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    tags=TAGS,
    opts=pulumi.ResourceOptions(provider=oregon),
)
aws.sqs.Queue(
    "labs",
    region="ap-northeast-1",
    kms_master_key_id="alias/labs",
    tags=TAGS,
    opts=pulumi.ResourceOptions(provider=seoul),
)
