"""A backend engineer on launch day: the development database's settings in production, where nothing forgives.

Stack: prod
Blocked by: BKP-001, BKP-004, BKP-006, DR-001, LOG-008, SEC-004
"""

import pulumi
import pulumi_aws as aws

stage = pulumi.get_stack()
tags = {
    "Environment": stage,
    "Owner": "team-feed",
    "CostCenter": "CC-1234",
    "Application": "feed-api",
    "DataClassification": "confidential",
    "Compliance": "isms-p+soc2",
}

key = aws.kms.Key(
    "data", description="The data of feed-api", enable_key_rotation=True, deletion_window_in_days=30, tags=tags
)

database = aws.rds.Instance(
    "feed",
    aws.rds.InstanceArgs(
        engine="mysql",
        engine_version="8.0.39",
        instance_class=aws.rds.InstanceType.T4_G_MEDIUM,
        allocated_storage=100,
        storage_encrypted=True,
        kms_key_id=key.arn,
        db_name="feed",
        username="admin",
        password=pulumi.Output.secret("a-password-for-now"),
        db_subnet_group_name="prod-data",
        publicly_accessible=False,
        skip_final_snapshot=True,
        apply_immediately=True,
        tags=tags,
    ),
)

pulumi.export("endpoint", database.endpoint)
