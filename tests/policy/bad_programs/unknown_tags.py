"""An engineer who tags a queue with what it belongs to: one value is known only later, and CostCenter is forgotten.

Blocked by: ENC-005, TAG-001
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-feed",
    "CostCenter": "CC-1234",
    "Application": "feed-api",
    "DataClassification": "internal",
    "Compliance": "soc2",
}

key = aws.kms.Key("events", enable_key_rotation=True, deletion_window_in_days=30, tags=TAGS)
topic = aws.sns.Topic("events", kms_master_key_id=key.arn, tags=TAGS)
aws.sqs.Queue(
    "events",
    tags={
        **{name: value for name, value in TAGS.items() if name != "CostCenter"},
        "Topic": topic.arn,
        "Key": key.key_id.apply(lambda key_id: key_id[:8]),
    },
)
