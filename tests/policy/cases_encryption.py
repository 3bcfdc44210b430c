"""Encryption and keys: what each rule lets pass and what it stops."""

from collections.abc import Mapping
from dataclasses import replace

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import GOOD, beside_bucket
from tests.policy.server import UNKNOWN, Registered, urn

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
CONFIGURATION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
INSTANCE = "aws:ec2/instance:Instance"
KMS_KEY = "aws:kms/key:Key"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

cluster = GOOD["aws:rds/cluster:Cluster"]
database = GOOD["aws:rds/instance:Instance"]
volume: Mapping[str, object] = {
    "availabilityZone": "ap-northeast-2a",
    "size": 10,
    "encrypted": True,
    "kmsKeyId": KEY,
    "tags": TAGS,
}
instance = GOOD[INSTANCE]
template = GOOD[TEMPLATE]
queue = GOOD["aws:sqs/queue:Queue"]
notices: Mapping[str, object] = {
    "sqsManagedSseEnabled": True,
    "redrivePolicy": queue["redrivePolicy"],
    "tags": {**TAGS, "DataClassification": "internal"},
}
stream = GOOD["aws:kinesis/stream:Stream"]
log_group = GOOD["aws:cloudwatch/logGroup:LogGroup"]
key: Mapping[str, object] = {"enableKeyRotation": True, "tags": TAGS}
signer: Mapping[str, object] = {"customerMasterKeySpec": "RSA_4096", "keyUsage": "SIGN_VERIFY", "tags": TAGS}


def by_default(algorithm: str, key_id: str | None = KEY) -> Mapping[str, object]:
    default = {"sseAlgorithm": algorithm} | ({"kmsMasterKeyId": key_id} if key_id else {})
    return {"applyServerSideEncryptionByDefault": default}


inline: Mapping[str, object] = {
    "bucket": "assets",
    "serverSideEncryptionConfiguration": {"rule": by_default("aws:kms")},
    "tags": TAGS,
}
inline_v2: Mapping[str, object] = {
    "serverSideEncryptionConfigurations": [
        {"rules": [{"applyServerSideEncryptionByDefaults": [{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}]}]}
    ],
    "tags": TAGS,
}
configuration: Mapping[str, object] = {"bucket": UNKNOWN, "rules": [by_default("aws:kms")]}
plain_configured = Registered(type=BUCKET, name="reports", props=inline)
plain_bucket = Registered(type=BUCKET, name="assets", props={"bucket": "assets", "tags": TAGS})
log_bucket = Registered(type=BUCKET, name="logs", props={"bucket": "logs", "tags": TAGS})
balancer = Registered(
    type="aws:lb/loadBalancer:LoadBalancer",
    name="entrance",
    props={
        "internal": True,
        "accessLogs": {"bucket": UNKNOWN, "enabled": True},
        "dropInvalidHeaderFields": True,
        "tags": TAGS,
    },
    depends={"accessLogs": [log_bucket.urn]},
)


def bucket_case(about: str, token: str, good: Mapping[str, object], change: Mapping[str, object], *finds: str) -> Case:
    """A case on a bucket with all that stands beside one."""
    return replace(case(about, token, good, change, *finds), beside=beside_bucket(token))


CASES: list[Case] = [
    *(
        made
        for token, good in (("aws:rds/cluster:Cluster", cluster), ("aws:rds/instance:Instance", database))
        for made in (
            case("unsaid", token, good, {"storageEncrypted": GONE}, "ENC-001[storageEncrypted]"),
            case("off", token, good, {"storageEncrypted": False}, "ENC-001[storageEncrypted]"),
            case("AWS's key", token, good, {"kmsKeyId": GONE}, "KMS-003[kmsKeyId]"),
            case("AWS's key by name", token, good, {"kmsKeyId": "alias/aws/rds"}, "KMS-003[kmsKeyId]"),
            case("not known yet", token, good, {"storageEncrypted": UNKNOWN}, "ENC-001", "KMS-003"),
        )
    ),
    case(
        "a replica that declines its source's encryption",
        "aws:rds/instance:Instance",
        {
            **{name: value for name, value in database.items() if name not in ("storageEncrypted", "kmsKeyId")},
            "replicateSourceDb": UNKNOWN,
        },
        {"storageEncrypted": False},
        "ENC-001[storageEncrypted]",
    ),
    case(
        "an empty global cluster",
        "aws:rds/globalCluster:GlobalCluster",
        {
            "globalClusterIdentifier": "world",
            "sourceDbClusterIdentifier": UNKNOWN,
            "deletionProtection": True,
            "tags": TAGS,
        },
        {"sourceDbClusterIdentifier": GONE},
        "ENC-001[storageEncrypted]",
    ),
    case("unsaid", "aws:ebs/volume:Volume", volume, {"encrypted": GONE}, "ENC-003[encrypted]"),
    case("AWS's key", "aws:ebs/volume:Volume", volume, {"kmsKeyId": GONE}, "KMS-003[kmsKeyId]"),
    case(
        "a copy in the clear",
        "aws:ebs/snapshotCopy:SnapshotCopy",
        {
            "sourceRegion": "ap-northeast-2",
            "sourceSnapshotId": "snap-1",
            "encrypted": True,
            "kmsKeyId": KEY,
            "tags": TAGS,
        },
        {"encrypted": False},
        "ENC-003[encrypted]",
    ),
    case(
        "the account's default is turned off",
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        {},
        {"enabled": False},
        "ENC-003[enabled]",
    ),
    case("the image's root disk", INSTANCE, instance, {"rootBlockDevice": GONE}, "ENC-003[rootBlockDevice]"),
    case(
        "the root disk",
        INSTANCE,
        instance,
        {"rootBlockDevice.encrypted": False},
        "ENC-003[rootBlockDevice.encrypted]",
    ),
    case(
        "a second disk, beside one that is not known yet",
        INSTANCE,
        instance,
        {"ebsBlockDevices.0": UNKNOWN, "ebsBlockDevices.1.encrypted": GONE},
        "ENC-003",
        "ENC-003[ebsBlockDevices[1].encrypted]",
        "KMS-003",
    ),
    case(
        "the root disk, beside a list that is not known yet",
        INSTANCE,
        instance,
        {"ebsBlockDevices": UNKNOWN, "rootBlockDevice.encrypted": False},
        "ENC-003",
        "ENC-003[rootBlockDevice.encrypted]",
        "KMS-003",
    ),
    case(
        "a text that says false",
        TEMPLATE,
        template,
        {"blockDeviceMappings.0.ebs.encrypted": "false"},
        "ENC-003[blockDeviceMappings[0].ebs.encrypted]",
    ),
    case("the image's disks", TEMPLATE, template, {"blockDeviceMappings": GONE}, "ENC-003[blockDeviceMappings]"),
    case(
        "AWS's key",
        TEMPLATE,
        template,
        {"blockDeviceMappings.0.ebs.kmsKeyId": GONE},
        "KMS-003[blockDeviceMappings[0].ebs.kmsKeyId]",
    ),
    case("unsaid", "aws:sqs/queue:Queue", queue, {"kmsMasterKeyId": GONE}, "ENC-005[kmsMasterKeyId]"),
    case("AWS's key", "aws:sqs/queue:Queue", queue, {"kmsMasterKeyId": "alias/aws/sqs"}, "KMS-003[kmsMasterKeyId]"),
    case(
        "SQS's key on confidential data",
        "aws:sqs/queue:Queue",
        notices,
        {"tags.DataClassification": "confidential"},
        "ENC-005[kmsMasterKeyId]",
    ),
    case(
        "SQS's key on data of an unknown class",
        "aws:sqs/queue:Queue",
        notices,
        {"tags.DataClassification": UNKNOWN},
        "ENC-005",
        "TAG-002",
    ),
    case(
        "unsaid",
        "aws:sns/topic:Topic",
        {"kmsMasterKeyId": KEY, "tags": TAGS},
        {"kmsMasterKeyId": GONE},
        "ENC-006[kmsMasterKeyId]",
    ),
    case("unsaid", "aws:kinesis/stream:Stream", stream, {"encryptionType": GONE}, "ENC-007[encryptionType]"),
    case("no key", "aws:kinesis/stream:Stream", stream, {"kmsKeyId": GONE}, "ENC-007[kmsKeyId]"),
    case("AWS's key", "aws:kinesis/stream:Stream", stream, {"kmsKeyId": "alias/aws/kinesis"}, "KMS-003[kmsKeyId]"),
    case("unsaid", "aws:cloudwatch/logGroup:LogGroup", log_group, {"kmsKeyId": GONE}, "ENC-011[kmsKeyId]"),
    case("unsaid", KMS_KEY, key, {"enableKeyRotation": GONE}, "KMS-001[enableKeyRotation]"),
    case("off", KMS_KEY, key, {"enableKeyRotation": False}, "KMS-001[enableKeyRotation]"),
    case(
        "a symmetric key after all",
        KMS_KEY,
        signer,
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        "KMS-001[enableKeyRotation]",
    ),
    bucket_case(
        "unsaid",
        BUCKET,
        inline,
        {"serverSideEncryptionConfiguration": GONE},
        "ENC-014[serverSideEncryptionConfiguration]",
    ),
    bucket_case(
        "unsaid, so that S3 decides later",
        BUCKET,
        inline,
        {"serverSideEncryptionConfiguration": UNKNOWN},
        "ENC-014[serverSideEncryptionConfiguration]",
    ),
    bucket_case(
        "SSE-S3",
        BUCKET,
        inline,
        {"serverSideEncryptionConfiguration.rule": by_default("AES256", None)},
        "ENC-014[serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.sseAlgorithm]",
    ),
    bucket_case(
        "AWS's key",
        BUCKET,
        inline,
        {"serverSideEncryptionConfiguration.rule": by_default("aws:kms", None)},
        "KMS-008[serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault.kmsMasterKeyId]",
    ),
    bucket_case(
        "AWS's key",
        BUCKET_V2,
        inline_v2,
        {
            "serverSideEncryptionConfigurations.0.rules.0.applyServerSideEncryptionByDefaults.0.kmsMasterKeyId": GONE,
        },
        "KMS-008[serverSideEncryptionConfigurations[0].rules[0].applyServerSideEncryptionByDefaults[0].kmsMasterKeyId]",
    ),
    Case(
        about="what another resource decides",
        type=BUCKET,
        good=inline,
        change={"serverSideEncryptionConfiguration": UNKNOWN},
        finds=frozenset({"ENC-014", "KMS-008"}),
        beside=[plain_configured, *beside_bucket()],
        depends={"serverSideEncryptionConfiguration": [plain_configured.urn]},
    ),
    Case(
        about="SSE-S3 beside the bucket that it is for",
        type=CONFIGURATION,
        good=configuration,
        change={"rules": [by_default("AES256", None)]},
        finds=frozenset({"ENC-014[rules[0].applyServerSideEncryptionByDefault.sseAlgorithm]"}),
        beside=[plain_bucket],
        depends={"bucket": [plain_bucket.urn]},
    ),
    case(
        "SSE-S3 for a bucket of another stack",
        CONFIGURATION,
        {**configuration, "bucket": "elsewhere"},
        {"rules": [by_default("AES256", None)]},
        "ENC-014[rules[0].applyServerSideEncryptionByDefault.sseAlgorithm]",
    ),
    Case(
        about="another bucket's configuration",
        type=CONFIGURATION,
        good={**configuration, "bucket": "assets"},
        change={"bucket": "reports"},
        finds=frozenset({"ENC-014[serverSideEncryptionConfiguration]"}),
        beside=[plain_bucket],
    ),
    Case(
        about="access logs, but of no load balancer",
        type="aws:lb/loadBalancer:LoadBalancer",
        good={
            "loadBalancerType": "application",
            "internal": True,
            "accessLogs": {"bucket": "logs", "enabled": True},
            "dropInvalidHeaderFields": True,
            "tags": TAGS,
        },
        change={"loadBalancerType": "network"},
        finds=frozenset(
            {
                "ENC-014[rules[0].applyServerSideEncryptionByDefault.sseAlgorithm]",
                "BKP-003[versioning]",
                "LOG-010[logging]",
            }
        ),
        beside=[
            log_bucket,
            Registered(
                type=CONFIGURATION,
                name="logs",
                props={"bucket": UNKNOWN, "rules": [by_default("AES256", None)]},
                depends={"bucket": [urn(BUCKET, "logs")]},
            ),
        ],
    ),
]
