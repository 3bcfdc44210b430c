"""Keys that services write with, and buckets whose keys are judged: what each rule lets pass and what it stops."""

import json
from collections.abc import Mapping
from dataclasses import replace

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import BUCKET, GOOD, beside_bucket
from tests.policy.server import UNKNOWN, Registered, urn

OPEN = {**TAGS, "DataClassification": "internal"}

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CONFIGURATION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
KMS_ALIAS = "aws:kms/alias:Alias"
KMS_KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
TOPIC = "aws:sns/topic:Topic"


def key_policy(*services: str) -> str:
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
    wanted = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
    }
    lines = [root, wanted] if services else [root]
    return json.dumps({"Version": "2012-10-17", "Statement": [{**each, "Resource": "*"} for each in lines]})


key_of_logs: Mapping[str, object] = {**GOOD[KMS_KEY], "policy": key_policy("logs.ap-northeast-2.amazonaws.com")}
key_of_alarms: Mapping[str, object] = {**GOOD[KMS_KEY], "policy": key_policy("cloudwatch.amazonaws.com")}
group = Registered(
    type=LOG_GROUP,
    name="group",
    props={"kmsKeyId": UNKNOWN, "retentionInDays": 365, "tags": TAGS},
    depends={"kmsKeyId": [urn(KMS_ALIAS, "logs")]},
)
alias = Registered(
    type=KMS_ALIAS,
    name="logs",
    props={"name": "alias/logs", "targetKeyId": UNKNOWN},
    depends={"targetKeyId": [urn(KMS_KEY)]},
)
topic = Registered(
    type=TOPIC,
    name="topic",
    props={"kmsMasterKeyId": UNKNOWN, "tags": TAGS},
    depends={"kmsMasterKeyId": [urn(KMS_KEY)]},
)
alarm = Registered(
    type=ALARM,
    name="alarm",
    props={
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "alarmActions": [UNKNOWN],
        "tags": TAGS,
    },
    depends={"alarmActions": [topic.urn]},
)
key_of_config: Mapping[str, object] = {**GOOD[KMS_KEY], "policy": key_policy("config.amazonaws.com")}
channel = Registered(
    type="aws:cfg/deliveryChannel:DeliveryChannel",
    name="channel",
    props={"s3BucketName": "config", "s3KmsKeyArn": UNKNOWN},
    depends={"s3KmsKeyArn": [urn(KMS_KEY)]},
)
key_of_flow_logs: Mapping[str, object] = {**GOOD[KMS_KEY], "policy": key_policy("delivery.logs.amazonaws.com")}
lake = Registered(type=BUCKET, name="lake", props={"tags": TAGS})
lake_by_key = Registered(
    type=CONFIGURATION,
    name="lake",
    props={
        "bucket": UNKNOWN,
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}}],
    },
    depends={"bucket": [lake.urn], "rules": [urn(KMS_KEY)]},
)
flow_log = Registered(
    type="aws:ec2/flowLog:FlowLog",
    name="flows",
    props={"trafficType": "ALL", "logDestinationType": "s3", "logDestination": UNKNOWN, "tags": TAGS},
    depends={"logDestination": [lake.urn]},
)
assets = Registered(type=BUCKET, name="assets", props={"bucket": "assets", "tags": TAGS})
assets_by_kms = Registered(
    type=CONFIGURATION,
    name="assets",
    props={
        "bucket": "assets",
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}}],
    },
)
DEFAULT = "rules.0.applyServerSideEncryptionByDefault"
KEY_ID = "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId"
open_volume = {"availabilityZone": "ap-northeast-2a", "encrypted": True, "size": 8, "tags": OPEN}
entrance: Mapping[str, object] = {
    **GOOD["aws:lb/loadBalancer:LoadBalancer"],
    "accessLogs": {"bucket": "access-logs", "enabled": True},
}

CASES: list[Case] = [
    *(
        Case(
            about=about,
            type=KMS_KEY,
            good=good,
            change={"policy": policy},
            finds=frozenset({finding}),
            beside=writers,
        )
        for about, good, policy, writers, finding in (
            ("a log group's key, by its alias", key_of_logs, key_policy(), [alias, group], "KMS-006[policy::logs]"),
            ("a log group's key without a policy", key_of_logs, GONE, [alias, group], "KMS-007[policy::logs]"),
            (
                "the key of what Config delivers",
                key_of_config,
                key_policy(),
                [channel],
                "KMS-006[policy::config]",
            ),
            (
                "a bucket's key, with flow logs in it",
                key_of_flow_logs,
                key_policy(),
                [lake, lake_by_key, flow_log, *beside_bucket(name="lake")],
                "KMS-006[policy::delivery.logs]",
            ),
            (
                "a topic's key that knows another service",
                key_of_alarms,
                key_policy("events.amazonaws.com"),
                [topic, alarm],
                "KMS-006[policy::cloudwatch]",
            ),
        )
    ),
    replace(
        case(
            "logs into a bucket with KMS",
            "aws:lb/loadBalancer:LoadBalancer",
            entrance,
            {"accessLogs.bucket": "assets"},
            "ENC-014[rules[0].applyServerSideEncryptionByDefault.sseAlgorithm]",
        ),
        beside=[assets, assets_by_kms, *beside_bucket(name="assets")],
    ),
    replace(
        case(
            "AWS's key", CONFIGURATION, assets_by_kms.props, {f"{DEFAULT}.kmsMasterKeyId": GONE}, f"KMS-008[{KEY_ID}]"
        ),
        beside=[assets, *beside_bucket(name="assets")],
    ),
    # Data that is open may do with AWS's key.
    case(
        "AWS's key by name, and closed data",
        "aws:ebs/volume:Volume",
        {**open_volume, "kmsKeyId": "alias/aws/ebs"},
        {"tags.DataClassification": "Confidential"},
        "KMS-003[kmsKeyId]",
    ),
    Case(
        about="a role that AWS links, in the place of one of ours",
        type="aws:cfg/recorder:Recorder",
        good={**GOOD["aws:cfg/recorder:Recorder"], "roleArn": "arn:aws:iam::111122223333:role/config"},
        change={"roleArn": "arn:aws:iam::111122223333:role/aws-service-role/config.amazonaws.com/ForConfig"},
        finds=frozenset({"KMS-006[policy::config]"}),
        beside=[Registered(type=KMS_KEY, props={**GOOD[KMS_KEY], "policy": key_policy()}), channel],
    ),
]
