"""An engineer who copies the development stack's folder to start production: its bill goes to development, to "TBD".

Stack: prod
Blocked by: TAG-003, TAG-004
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "tbd",
    "CostCenter": "CC-1234",
    "Application": "feed-api",
    "DataClassification": "internal",
    "Compliance": "soc2",
}

key = aws.kms.Key("events", enable_key_rotation=True, deletion_window_in_days=30, tags=TAGS)
aws.sns.Topic("events", kms_master_key_id=key.id, tags=TAGS)
