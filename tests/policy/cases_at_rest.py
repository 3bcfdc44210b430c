"""Encryption at rest of caches, files, search, analytics and machine learning, and whose key it is."""

from collections.abc import Mapping

from tests.policy.case import GONE, TAGS, Case, case
from tests.policy.good import GOOD, rotation
from tests.policy.server import UNKNOWN

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE_NODE = "aws:elasticache/cluster:Cluster"
DOMAIN = "aws:opensearch/domain:Domain"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
REPOSITORY = "aws:ecr/repository:Repository"
SECRET = "aws:secretsmanager/secret:Secret"
TABLE = "aws:dynamodb/table:Table"
WORKGROUP = "aws:athena/workgroup:Workgroup"

GLUE = "encryptionConfiguration"
CATALOGUE = "dataCatalogEncryptionSettings"
RESULTS = "configuration.resultConfiguration.encryptionConfiguration"

# About what, on which type, the change, the findings.
LINES: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    ("unsaid", CACHE, {"atRestEncryptionEnabled": GONE}, ["ENC-002[atRestEncryptionEnabled]"]),
    ("off", CACHE, {"atRestEncryptionEnabled": False}, ["ENC-002[atRestEncryptionEnabled]"]),
    ("unknown", CACHE, {"atRestEncryptionEnabled": UNKNOWN}, ["ENC-002"]),
    ("ElastiCache's key", CACHE, {"kmsKeyId": GONE}, ["KMS-004[kmsKeyId]"]),
    (
        "ElastiCache's key, class unknown",
        CACHE,
        {"kmsKeyId": GONE, "tags.DataClassification": UNKNOWN},
        ["KMS-004", "TAG-002"],
    ),
    ("a lone Redis node", CACHE_NODE, {"engine": "redis"}, ["ENC-002[engine]"]),
    ("unsaid", "aws:efs/fileSystem:FileSystem", {"encrypted": GONE}, ["ENC-004[encrypted]"]),
    ("AWS's key", "aws:efs/fileSystem:FileSystem", {"kmsKeyId": GONE}, ["KMS-004[kmsKeyId]"]),
    ("unsaid", DOMAIN, {"encryptAtRest": GONE}, ["ENC-008[encryptAtRest.enabled]", "KMS-004[encryptAtRest.kmsKeyId]"]),
    ("off", DOMAIN, {"encryptAtRest.enabled": False}, ["ENC-008[encryptAtRest.enabled]"]),
    ("SSE-S3", WORKGROUP, {f"{RESULTS}.encryptionOption": "SSE_S3"}, [f"ENC-009[{RESULTS}.encryptionOption]"]),
    ("unsaid", WORKGROUP, {RESULTS: GONE}, [f"ENC-009[{RESULTS}.encryptionOption]"]),
    (
        "clients choose",
        WORKGROUP,
        {"configuration.enforceWorkgroupConfiguration": False},
        ["ENC-009[configuration.enforceWorkgroupConfiguration]"],
    ),
    (
        "MSK's key",
        "aws:msk/cluster:Cluster",
        {"encryptionInfo.encryptionAtRestKmsKeyArn": GONE},
        ["ENC-010[encryptionInfo.encryptionAtRestKmsKeyArn]"],
    ),
    ("unsaid", REPOSITORY, {"encryptionConfigurations": GONE}, ["ENC-012[encryptionConfigurations]"]),
    (
        "AES256",
        REPOSITORY,
        {"encryptionConfigurations.0.encryptionType": "AES256"},
        ["ENC-012[encryptionConfigurations[0].encryptionType]"],
    ),
    (
        "AWS's key",
        REPOSITORY,
        {"encryptionConfigurations.0.kmsKey": GONE},
        ["KMS-004[encryptionConfigurations[0].kmsKey]"],
    ),
    ("AWS's key", "aws:backup/vault:Vault", {"kmsKeyArn": GONE}, ["ENC-013[kmsKeyArn]"]),
    (
        "DynamoDB's key",
        TABLE,
        {"serverSideEncryption": GONE},
        ["ENC-015[serverSideEncryption.enabled]", "KMS-004[serverSideEncryption.kmsKeyArn]"],
    ),
    ("AWS's key", TABLE, {"serverSideEncryption.kmsKeyArn": GONE}, ["KMS-004[serverSideEncryption.kmsKeyArn]"]),
    ("unsaid", "aws:dax/cluster:Cluster", {"serverSideEncryption": GONE}, ["ENC-015[serverSideEncryption.enabled]"]),
    *(
        (
            "in the clear",
            "aws:glue/securityConfiguration:SecurityConfiguration",
            {f"{GLUE}.{path}": "DISABLED"},
            [f"ENC-016[{GLUE}.{path}]"],
        )
        for path in (
            "cloudwatchEncryption.cloudwatchEncryptionMode",
            "jobBookmarksEncryption.jobBookmarksEncryptionMode",
            "s3Encryption.s3EncryptionMode",
        )
    ),
    (
        "metadata in the clear",
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        {f"{CATALOGUE}.encryptionAtRest.catalogEncryptionMode": "DISABLED"},
        [f"ENC-016[{CATALOGUE}.encryptionAtRest.catalogEncryptionMode]"],
    ),
    (
        "passwords in the clear",
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        {f"{CATALOGUE}.connectionPasswordEncryption.returnConnectionPasswordEncrypted": False},
        [f"ENC-016[{CATALOGUE}.connectionPasswordEncryption.returnConnectionPasswordEncrypted]"],
    ),
    ("unsaid", "aws:glue/job:Job", {"securityConfiguration": GONE}, ["ENC-016[securityConfiguration]"]),
    ("unsaid", "aws:glue/crawler:Crawler", {"securityConfiguration": GONE}, ["ENC-016[securityConfiguration]"]),
    ("unsaid", ENDPOINT_CONFIGURATION, {"kmsKeyArn": GONE}, ["ENC-017[kmsKeyArn]"]),
    ("unsaid", "aws:sagemaker/notebookInstance:NotebookInstance", {"kmsKeyId": GONE}, ["ENC-017[kmsKeyId]"]),
    ("unsaid", "aws:sagemaker/domain:Domain", {"kmsKeyId": GONE}, ["ENC-017[kmsKeyId]"]),
    (
        "online features",
        "aws:sagemaker/featureGroup:FeatureGroup",
        {"onlineStoreConfig.securityConfig": GONE},
        ["ENC-017[onlineStoreConfig.securityConfig.kmsKeyId]"],
    ),
    (
        "offline features",
        "aws:sagemaker/featureGroup:FeatureGroup",
        {"offlineStoreConfig.s3StorageConfig.kmsKeyId": GONE},
        ["ENC-017[offlineStoreConfig.s3StorageConfig.kmsKeyId]"],
    ),
    ("unsaid", FIREHOSE, {"serverSideEncryption": GONE}, ["ENC-018[serverSideEncryption.enabled]"]),
    ("AWS's key", FIREHOSE, {"serverSideEncryption.keyArn": GONE}, ["KMS-004[serverSideEncryption.keyArn]"]),
    ("off", "aws:redshift/cluster:Cluster", {"encrypted": "false"}, ["ENC-019[encrypted]"]),
    ("unsaid", "aws:docdb/cluster:Cluster", {"storageEncrypted": GONE}, ["ENC-020[storageEncrypted]"]),
    ("off", "aws:neptune/cluster:Cluster", {"storageEncrypted": False}, ["ENC-020[storageEncrypted]"]),
    ("unsaid", "aws:eks/cluster:Cluster", {"encryptionConfig": GONE}, ["ENC-021[encryptionConfig]"]),
    (
        "no secrets",
        "aws:eks/cluster:Cluster",
        {"encryptionConfig.resources": []},
        ["ENC-021[encryptionConfig.resources]"],
    ),
    ("unsaid", "aws:cloudtrail/trail:Trail", {"kmsKeyId": GONE}, ["ENC-022[kmsKeyId]"]),
    ("unsaid", "aws:cloudtrail/eventDataStore:EventDataStore", {"kmsKeyId": GONE}, ["ENC-022[kmsKeyId]"]),
    (
        "artefacts in the clear",
        "aws:codebuild/project:Project",
        {"artifacts.encryptionDisabled": True},
        ["ENC-023[artifacts.encryptionDisabled]"],
    ),
    ("AWS's key", "aws:codebuild/project:Project", {"encryptionKey": GONE}, ["KMS-004[encryptionKey]"]),
    ("AWS's key", "aws:lambda/function:Function", {"kmsKeyArn": GONE}, ["KMS-004[kmsKeyArn]"]),
    ("AWS's key", "aws:ssm/parameter:Parameter", {"keyId": GONE}, ["SEC-003[keyId]"]),
]

CASES: list[Case] = [
    Case(
        about="AWS's key",
        type=SECRET,
        good=GOOD[SECRET],
        change={"kmsKeyId": GONE},
        finds=frozenset({"SEC-003[kmsKeyId]"}),
        beside=[rotation],
    ),
    *(case(about, token, GOOD[token], change, *finds) for about, token, change, finds in LINES),
    case(
        "a variant with a volume beside a serverless one",
        ENDPOINT_CONFIGURATION,
        {
            "productionVariants": [
                {"modelName": "a", "serverlessConfig": {"maxConcurrency": 5, "memorySizeInMb": 2048}},
                {"modelName": "b", "instanceType": "ml.g5.xlarge", "initialInstanceCount": 1},
            ],
            "tags": TAGS,
        },
        {"productionVariants.1.instanceType": "ml.m6g.large"},
        "ENC-017[kmsKeyArn]",
    ),
    case(
        "one that reads a stream",
        FIREHOSE,
        {
            **{k: v for k, v in GOOD[FIREHOSE].items() if k != "serverSideEncryption"},
            "kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN, "roleArn": UNKNOWN},
        },
        {"kinesisSourceConfiguration": GONE},
        "ENC-018[serverSideEncryption.enabled]",
    ),
    case(
        "Valkey's default is on, Redis's is not",
        CACHE,
        {k: v for k, v in GOOD[CACHE].items() if k != "atRestEncryptionEnabled"} | {"engine": "valkey"},
        {"engine": "redis"},
        "ENC-002[atRestEncryptionEnabled]",
    ),
]
