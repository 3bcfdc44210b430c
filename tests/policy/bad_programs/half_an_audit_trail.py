"""An engineer who ticks the auditor's box: a trail of one region that anybody may alter, and Config that is off.

Blocked by: ENC-022, LOG-002, LOG-003
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-security",
    "CostCenter": "CC-1050",
    "Application": "audit",
    "DataClassification": "confidential",
    "Compliance": "isms-p+soc2",
}

aws.cloudtrail.Trail(
    "account",
    name="account",
    s3_bucket_name="feedline-audit",
    s3_key_prefix="dev",
    is_multi_region_trail=False,
    include_global_service_events=True,
    tags=TAGS,
)
recorder = aws.cfg.Recorder(
    "account",
    name="account",
    role_arn="arn:aws:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
    recording_group={"all_supported": False, "resource_types": ["AWS::S3::Bucket"]},
)
aws.cfg.RecorderStatus("account", name=recorder.name, is_enabled=False)
