"""Copies, keys that services write with, routing, alarms and sizes: what each rule lets pass and what it stops."""

import json
from collections.abc import Mapping
from dataclasses import replace

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import BUCKET, GOOD, ROLE, beside_bucket
from tests.policy.server import UNKNOWN, Registered, urn

REVIEW = "review-17"  # a stack that is judged as prod and may be tagged as any stage
OPEN = {**TAGS, "DataClassification": "internal"}

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CONFIGURATION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
DOCUMENT = "aws:ssm/document:Document"
FUNCTION = "aws:lambda/function:Function"
KMS_KEY = "aws:kms/key:Key"
KMS_ALIAS = "aws:kms/alias:Alias"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NAT = "aws:ec2/natGateway:NatGateway"
METHODS = "aws:apigateway/methodSettings:MethodSettings"
RECORD = "aws:route53/record:Record"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
SEARCH_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
TOPIC = "aws:sns/topic:Topic"
ZONE = "aws:route53/zone:Zone"


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


def session(**inputs: object) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


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

GOODS: Mapping[str, Mapping[str, object]] = {
    **GOOD,
    ALARM: {**alarm.props, "alarmActions": ["arn:aws:sns:ap-northeast-2:111122223333:oncall"]},
    DOCUMENT: {
        "name": "SSM-SessionManagerRunShell",
        "documentType": "Session",
        "content": session(cloudWatchLogGroupName="shells", cloudWatchEncryptionEnabled=True),
        "tags": TAGS,
    },
    METHODS: {
        "restApi": UNKNOWN,
        "stageName": "v1",
        "methodPath": "*/*",
        "settings": {"loggingLevel": "INFO", "cachingEnabled": True, "cacheDataEncrypted": True},
    },
    RECORD: {
        "zoneId": UNKNOWN,
        "name": "api",
        "type": "A",
        "failoverRoutingPolicies": [{"type": "PRIMARY"}],
        "aliases": [{"name": UNKNOWN, "zoneId": UNKNOWN, "evaluateTargetHealth": True}],
    },
    REPLICATION: {
        "bucket": "assets",
        "role": ROLE,
        "rules": [
            {
                "status": "Enabled",
                "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
                "destination": {
                    "bucket": "arn:aws:s3:::assets-copy",
                    "encryptionConfiguration": {"replicaKmsKeyId": KEY},
                },
            }
        ],
    },
    SEARCH_POLICY: {
        "name": "feed",
        "type": "encryption",
        "policy": json.dumps({"Rules": [], "AWSOwnedKey": False, "KmsARN": KEY}),
    },
    "aws:athena/database:Database": {"encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKey": KEY}},
    "aws:cloudwatch/eventArchive:EventArchive": {"eventSourceArn": UNKNOWN, "kmsKeyIdentifier": KEY},
    "aws:cloudwatch/eventTarget:EventTarget": {"rule": UNKNOWN, "arn": UNKNOWN, "deadLetterConfig": {"arn": UNKNOWN}},
    "aws:efs/backupPolicy:BackupPolicy": {"fileSystemId": UNKNOWN, "backupPolicy": {"status": "ENABLED"}},
    "aws:mq/broker:Broker": {
        "engineType": "ActiveMQ",
        "engineVersion": "5.18",
        "hostInstanceType": "mq.m5.large",
        "deploymentMode": "ACTIVE_STANDBY_MULTI_AZ",
        "encryptionOptions": {"kmsKeyId": KEY, "useAwsOwnedKey": False},
        "logs": {"general": True},
        "autoMinorVersionUpgrade": True,
        "users": [{"username": "feed", "password": UNKNOWN}],
        "tags": TAGS,
    },
    "aws:s3/bucketObjectv2:BucketObjectv2": {"bucket": "assets", "key": "app.js", "content": "feed()", "tags": TAGS},
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": {
        "details": {"name": "assets", "regions": [{"bucket": "assets"}]}
    },
}

# About what, on which type, the change, the findings; then as in prod, and as in stg.
LINES: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    ("in the clear", METHODS, {"settings.cacheDataEncrypted": GONE}, ["ENC-024[settings.cacheDataEncrypted]"]),
    (
        "SSE-S3",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"serverSideEncryption": "AES256"},
        ["ENC-025[serverSideEncryption]"],
    ),
    (
        "a private key",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"content": "-----BEGIN RSA PRIVATE KEY-----\nMIIE"},
        ["SEC-001[content]"],
    ),
    (
        "what KMS encrypts is left out",
        REPLICATION,
        {"rules.0.sourceSelectionCriteria": GONE},
        ["ENC-026[rules[0].sourceSelectionCriteria.sseKmsEncryptedObjects.status]"],
    ),
    (
        "unsaid",
        "aws:athena/database:Database",
        {"encryptionConfiguration": GONE},
        ["ENC-027[encryptionConfiguration.encryptionOption]"],
    ),
    (
        "AWS's key",
        "aws:cloudwatch/eventArchive:EventArchive",
        {"kmsKeyIdentifier": GONE},
        ["KMS-005[kmsKeyIdentifier]"],
    ),
    (
        "AWS's key",
        SEARCH_POLICY,
        {"policy": json.dumps({"Rules": [], "AWSOwnedKey": True})},
        ["KMS-009[policy.AWSOwnedKey]"],
    ),
    ("AWS's key", "aws:mq/broker:Broker", {"encryptionOptions": GONE}, ["KMS-004[encryptionOptions.kmsKeyId]"]),
    ("every seven years", KMS_KEY, {"rotationPeriodInDays": 2560}, ["KMS-001[rotationPeriodInDays]"]),
    (
        "an alias of AWS's",
        "aws:efs/fileSystem:FileSystem",
        {"kmsKeyId": "alias/aws/elasticfilesystem"},
        ["KMS-004[kmsKeyId]"],
    ),
    ("bodies", METHODS, {"settings.dataTraceEnabled": True}, ["LOG-014[settings.dataTraceEnabled]"]),
    ("off", METHODS, {"settings.loggingLevel": "OFF"}, ["LOG-005[settings.loggingLevel]"]),
    ("heard by nobody", ALARM, {"alarmActions": GONE}, ["LOG-012[alarmActions]"]),
    ("a shell without a log", DOCUMENT, {"content": session()}, ["LOG-016[content.inputs.cloudWatchLogGroupName]"]),
    (
        "no metrics",
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        {"extendedS3Configuration.cloudwatchLoggingOptions": GONE},
        ["LOG-015[extendedS3Configuration.cloudwatchLoggingOptions.enabled]"],
    ),
    (
        "dropped",
        "aws:cloudwatch/eventTarget:EventTarget",
        {"deadLetterConfig": GONE},
        ["DR-007[deadLetterConfig.arn]"],
    ),
    ("Glue 2", "aws:glue/job:Job", {"glueVersion": "2.0"}, ["PAT-009[glueVersion]"]),
    (
        "open",
        "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
        {"details.publicAccessBlock": {"blockPublicAcls": False}},
        ["PUB-001[details.publicAccessBlock.blockPublicAcls]"],
    ),
    ("copies no tags", "aws:rds/instance:Instance", {"copyTagsToSnapshot": GONE}, ["TAG-007[copyTagsToSnapshot]"]),
    ("tags no tasks", "aws:ecs/service:Service", {"propagateTags": GONE}, ["TAG-006[propagateTags]"]),
    (
        "far too many units",
        "aws:rds/cluster:Cluster",
        {"serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 128}},
        ["SIZ-003[serverlessv2ScalingConfiguration.maxCapacity]"],
    ),
    (
        "a copy far away",
        "aws:dynamodb/table:Table",
        {
            "replicas": [
                {"regionName": "eu-west-1", "kmsKeyArn": KEY, "pointInTimeRecovery": True, "propagateTags": True}
            ]
        },
        ["DR-004[replicas[0].regionName]"],
    ),
]
IN_PROD: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    ("not asked", RECORD, {"aliases.0.evaluateTargetHealth": False}, ["DR-002[aliases[0].evaluateTargetHealth]"]),
    (
        "one instance",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {"productionVariants": [{"instanceType": "ml.m7g.large", "initialInstanceCount": 1, "modelName": "feed"}]},
        ["DR-008[productionVariants[0].initialInstanceCount]"],
    ),
    ("one zone", "aws:mq/broker:Broker", {"deploymentMode": GONE}, ["DR-001[deploymentMode]"]),
    ("off", "aws:efs/backupPolicy:BackupPolicy", {"backupPolicy.status": "DISABLED"}, ["BKP-012[backupPolicy.status]"]),
    (
        "by a slip",
        "aws:lb/loadBalancer:LoadBalancer",
        {"enableDeletionProtection": GONE},
        ["BKP-011[enableDeletionProtection]"],
    ),
    ("dropped", FUNCTION, {"deadLetterConfig": GONE}, ["DR-007[deadLetterConfig]"]),
]
WITH: Mapping[str, Mapping[str, object]] = {
    FUNCTION: {"deadLetterConfig": {"targetArn": UNKNOWN}},
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
        "productionVariants": [{"instanceType": "ml.m7g.large", "initialInstanceCount": 2, "modelName": "feed"}],
    },
}


def in_prod(about: str, token: str, change: Mapping[str, object], finds: list[str]) -> Case:
    return replace(case(about, token, {**GOODS[token], **WITH.get(token, {})}, change, *finds), stack=REVIEW)


CASES: list[Case] = [
    *(case(about, token, GOODS[token], change, *finds) for about, token, change, finds in LINES),
    *(in_prod(*line) for line in IN_PROD),
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
    Case(
        about="the one NAT gateway of two zones",
        type=NAT,
        good={**GOOD[NAT], "availabilityMode": "regional"},
        change={"availabilityMode": GONE},
        finds=frozenset({"DR-006[subnetId]"}),
        beside=[
            Registered(
                type="aws:ec2/subnet:Subnet",
                name=zone,
                props={"vpcId": UNKNOWN, "availabilityZone": zone, "tags": TAGS},
                stack=REVIEW,
            )
            for zone in ("ap-northeast-2a", "ap-northeast-2b")
        ],
        stack=REVIEW,
    ),
    Case(
        about="a public zone",
        type=ZONE,
        good={"name": "feed.internal", "vpcs": [{"vpcId": UNKNOWN}], "tags": TAGS},
        change={"vpcs": GONE},
        finds=frozenset({"LOG-011[queryLog]", "LOG-011[dnssec]"}),
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
    case("AWS's key by name", "aws:ebs/volume:Volume", open_volume, {"kmsKeyId": "alias/aws/ebs"}, "KMS-003[kmsKeyId]"),
]
