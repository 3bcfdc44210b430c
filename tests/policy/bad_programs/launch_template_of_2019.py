"""An engineer who revives the old game server: IMDSv1, plain disks, and machines that nobody can be charged for.

Blocked by: ENC-003, NET-006, TAG-005
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-game",
    "CostCenter": "CC-1700",
    "Application": "match-server",
    "DataClassification": "internal",
    "Compliance": "none",
}

template = aws.ec2.LaunchTemplate(
    "match",
    image_id="ami-0c9c942bd7bf113a2",
    instance_type="c7g.large",
    update_default_version=True,
    block_device_mappings=[
        {"device_name": "/dev/xvda", "ebs": {"volume_size": 30, "volume_type": "gp3"}},
        {"device_name": "/dev/xvdb", "ebs": {"volume_size": 200, "volume_type": "gp3", "encrypted": "false"}},
    ],
    metadata_options={"http_endpoint": "enabled", "http_tokens": "optional"},
    tags=TAGS,
)

aws.autoscaling.Group(
    "match",
    min_size=1,
    max_size=4,
    vpc_zone_identifiers=["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"],
    launch_template={"id": template.id, "version": "$Latest"},
    tags=[{"key": key, "value": value, "propagate_at_launch": False} for key, value in TAGS.items()],
)
