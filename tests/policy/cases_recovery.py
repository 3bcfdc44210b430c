"""Copies, routing, alarms and sizes: what each rule lets pass and what it stops."""

import json
from collections.abc import Mapping
from dataclasses import replace

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import GOOD, ROLE
from tests.policy.server import UNKNOWN, Registered

REVIEW = "review-17"  # a stack that is judged as prod and may be tagged as any stage

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DOCUMENT = "aws:ssm/document:Document"
FUNCTION = "aws:lambda/function:Function"
KMS_KEY = "aws:kms/key:Key"
NAT = "aws:ec2/natGateway:NatGateway"
METHODS = "aws:apigateway/methodSettings:MethodSettings"
RECORD = "aws:route53/record:Record"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
SEARCH_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
ZONE = "aws:route53/zone:Zone"


def session(**inputs: object) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


GOODS: Mapping[str, Mapping[str, object]] = {
    **GOOD,
    ALARM: {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "tags": TAGS,
        "alarmActions": ["arn:aws:sns:ap-northeast-2:111122223333:oncall"],
    },
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
    # Session Manager logs nothing of a forwarded port, so nothing is asked of its document.
    Case(
        about="a shell where a port was forwarded",
        type=DOCUMENT,
        good={**GOODS[DOCUMENT], "content": json.dumps({"schemaVersion": "1.0", "sessionType": "Port"})},
        change={"content": session()},
        finds=frozenset({"LOG-016[content.inputs.cloudWatchLogGroupName]"}),
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
]
