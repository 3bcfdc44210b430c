"""A founder who wants to reach the database from a laptop: a public address, an open port, and disks in plain text.

Blocked by: ENC-001, NET-001, PUB-004
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "founders@example.com",
    "CostCenter": "CC-1000",
    "Application": "feed-api",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}

postgres = aws.ec2.SecurityGroup(
    "postgres",
    vpc_id="vpc-0a1b2c3d4e5f60718",
    description="PostgreSQL",
    ingress=[
        {
            "description": "my laptop, from wherever I am",
            "protocol": "tcp",
            "from_port": 5432,
            "to_port": 5432,
            "cidr_blocks": ["0.0.0.0/0"],
        }
    ],
    tags=TAGS,
)

subnets = aws.rds.SubnetGroup("main", subnet_ids=["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"], tags=TAGS)

aws.rds.Instance(
    "main",
    engine="postgres",
    engine_version="16.4",
    instance_class="db.t4g.micro",
    allocated_storage=20,
    db_name="feed",
    username="feed",
    manage_master_user_password=True,
    db_subnet_group_name=subnets.name,
    vpc_security_group_ids=[postgres.id],
    publicly_accessible=True,
    backup_retention_period=7,
    enabled_cloudwatch_logs_exports=["postgresql"],
    skip_final_snapshot=True,
    tags=TAGS,
)
