"""A data engineer's proof of concept that went live: clicks travel through Kinesis and Firehose in plain text.

Blocked by: ENC-007, ENC-018
"""

import json

import pulumi_aws as aws

TAGS = {
    "Environment": "dev",
    "Owner": "team-data",
    "CostCenter": "CC-1400",
    "Application": "clickstream",
    "DataClassification": "confidential",
    "Compliance": "isms-p",
}
LAKE = "arn:aws:s3:::feedline-dev-lake"

aws.kinesis.Stream(
    "clicks",
    retention_period=48,
    stream_mode_details={"stream_mode": "ON_DEMAND"},
    kms_key_id="arn:aws:kms:ap-northeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    tags=TAGS,
)

firehose = aws.iam.Role(
    "firehose",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "firehose.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
                }
            ],
        }
    ),
    tags=TAGS,
)
aws.kinesis.FirehoseDeliveryStream(
    "impressions",
    destination="extended_s3",
    extended_s3_configuration={
        "role_arn": firehose.arn,
        "bucket_arn": LAKE,
        "prefix": "impressions/",
        "buffering_interval": 60,
        "compression_format": "GZIP",
    },
    tags=TAGS,
)
