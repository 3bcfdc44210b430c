"""An engineer who lifts a server out of a rack: its start-up script, with the database's password, in plain text.

Blocked by: SEC-001
"""

import base64

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-legacy",
    "CostCenter": "CC-1900",
    "Application": "legacy-cms",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}
SCRIPT = """#!/bin/bash
set -eu
export DB_HOST=cms.internal
export DB_PASSWORD=Tr0ub4dor-and-3
systemctl start cms
"""

key = aws.kms.Key("disks", enable_key_rotation=True, deletion_window_in_days=30, tags=TAGS)

aws.ec2.LaunchTemplate(
    "cms",
    aws.ec2.LaunchTemplateArgs(
        image_id="ami-0c9c942bd7bf113a2",
        instance_type="t4g.small",
        user_data=base64.b64encode(SCRIPT.encode()).decode(),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda",
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_size=30, encrypted="true", kms_key_id=key.arn
                ),
            )
        ],
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=TAGS) for kind in ("instance", "volume")
        ],
        tags=TAGS,
    ),
)
