"""A backend engineer who needs sessions by tomorrow: Redis in plain text on the disk and on the wire.

Stack: prod
Blocked by: BKP-001, DR-001, ENC-002, TLS-003
"""

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "prod",
    "Owner": "team-identity",
    "CostCenter": "CC-1300",
    "Application": "sessions",
    "DataClassification": "restricted",
    "Compliance": "isms-p+soc2",
}

sessions = aws.elasticache.ReplicationGroup(
    "sessions",
    description="Sessions of the web application",
    engine="redis",
    engine_version="7.1",
    node_type="cache.t4g.small",
    num_cache_clusters=1,
    subnet_group_name="prod-data",
    security_group_ids=["sg-0a1b2c3d4e5f60718"],
    kms_key_id="arn:aws:kms:ap-northeast-2:333344445555:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    tags=TAGS,
)
pulumi.export("endpoint", sessions.primary_endpoint_address)
