"""Keys of our own where the data's class asks for one (Y2): the DataClassification tag decides how strict we are."""

from __future__ import annotations

from collections.abc import Iterator

from policy.buckets import (
    BUCKETS,
    CONFIGURATIONS,
    KMS_ALGORITHMS,
    decides_for,
    default_encryption,
    leaves_encryption_to_s3,
)
from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
    stack_rule,
)
from policy.demands import Demands, document, equals, has, in_each, meets, none_of, own_key, when
from policy.tags import CLOSED_CLASSES, data_class, holds_closed_data, taggable_types
from policy.view import Node, Resource, Stack

TAGGABLE = taggable_types()

KEYS_OF_OURS: Frame = {
    "isms_p": ["2.7.2"],
    "soc2": ["CC6.1", "C1.1"],
    "severity": Severity.MEDIUM,
    "level": ADVISORY_IN_DEV,
}
OF_BUCKETS: Frame = {**KEYS_OF_OURS, "level": MANDATORY_EVERYWHERE}
OF_TRACES: Frame = {**KEYS_OF_OURS, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

_FILES = [own_key("kmsKeyId")]
# Encrypted without it too, but with a key that AWS owns or manages.
BY_CLASS: Demands = {
    "aws:athena/workgroup:Workgroup": [
        in_each("configuration.resultConfiguration.encryptionConfiguration", own_key("kmsKeyArn"))
    ],
    "aws:bedrock/agentAgent:AgentAgent": [own_key("customerEncryptionKeyArn")],
    "aws:bedrock/customModel:CustomModel": [own_key("customModelKmsKeyId")],
    "aws:bedrock/guardrail:Guardrail": [own_key("kmsKeyArn")],
    "aws:cloudwatch/eventBus:EventBus": [own_key("kmsKeyIdentifier")],
    "aws:codebuild/project:Project": [own_key("encryptionKey")],
    "aws:codepipeline/pipeline:Pipeline": [in_each("artifactStores", own_key("encryptionKey.id"))],
    "aws:docdb/cluster:Cluster": [own_key("kmsKeyId")],
    "aws:dynamodb/table:Table": [own_key("serverSideEncryption.kmsKeyArn"), in_each("replicas", own_key("kmsKeyArn"))],
    "aws:dynamodb/tableReplica:TableReplica": [own_key("kmsKeyArn")],
    "aws:ecr/repository:Repository": [in_each("encryptionConfigurations", own_key("kmsKey"))],
    "aws:efs/fileSystem:FileSystem": [own_key("kmsKeyId")],
    "aws:elasticache/replicationGroup:ReplicationGroup": [own_key("kmsKeyId")],
    "aws:elasticache/serverlessCache:ServerlessCache": [own_key("kmsKeyId")],
    "aws:fsx/lustreFileSystem:LustreFileSystem": [
        when(lambda node: str(node.known("deploymentType")).startswith("PERSISTENT"), *_FILES)
    ],
    "aws:fsx/ontapFileSystem:OntapFileSystem": _FILES,
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _FILES,
    "aws:fsx/windowsFileSystem:WindowsFileSystem": _FILES,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        when(equals("serverSideEncryption.enabled", True), own_key("serverSideEncryption.keyArn"))
    ],
    "aws:kinesis/videoStream:VideoStream": [own_key("kmsKeyId")],
    "aws:lambda/function:Function": [when(has("environment.variables"), own_key("kmsKeyArn"))],
    "aws:memorydb/cluster:Cluster": [own_key("kmsKeyArn")],
    "aws:mq/broker:Broker": [own_key("encryptionOptions.kmsKeyId")],
    "aws:neptune/cluster:Cluster": [own_key("kmsKeyArn")],
    "aws:opensearch/domain:Domain": [own_key("encryptAtRest.kmsKeyId")],
    "aws:rds/snapshotCopy:SnapshotCopy": [own_key("kmsKeyId")],
    "aws:redshift/cluster:Cluster": [own_key("kmsKeyId")],
    "aws:redshiftserverless/namespace:Namespace": [own_key("kmsKeyId")],
    "aws:timestreamwrite/database:Database": [own_key("kmsKeyId")],
}
# Copies and traces of the data, beside the data itself.
TRACES: Demands = {
    "aws:cloudwatch/eventArchive:EventArchive": [own_key("kmsKeyIdentifier")],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        in_each(place, own_key(key))
        for place, key in (
            ("extendedS3Configuration", "kmsKeyArn"),
            ("extendedS3Configuration.s3BackupConfiguration", "kmsKeyArn"),
            ("redshiftConfiguration.s3Configuration", "kmsKeyArn"),
            ("redshiftConfiguration.s3BackupConfiguration", "kmsKeyArn"),
            ("opensearchConfiguration.s3Configuration", "kmsKeyArn"),
            ("opensearchserverlessConfiguration.s3Configuration", "kmsKeyArn"),
            ("httpEndpointConfiguration.s3Configuration", "kmsKeyArn"),
            ("splunkConfiguration.s3Configuration", "kmsKeyArn"),
            ("snowflakeConfiguration.s3Configuration", "kmsKeyArn"),
            ("icebergConfiguration.s3Configuration", "kmsKeyArn"),
        )
    ],
    "aws:apprunner/service:Service": [own_key("encryptionConfiguration.kmsKey")],
    "aws:bedrock/agentDataSource:AgentDataSource": [own_key("serverSideEncryptionConfiguration.kmsKeyArn")],
    **{
        token: [when(equals("performanceInsightsEnabled", True), own_key("performanceInsightsKmsKeyId"))]
        for token in (
            "aws:rds/cluster:Cluster",
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:rds/instance:Instance",
        )
    },
    "aws:scheduler/schedule:Schedule": [own_key("kmsKeyArn")],
    "aws:sfn/stateMachine:StateMachine": [own_key("encryptionConfiguration.kmsKeyId")],
}
SECRETS: Demands = {
    "aws:secretsmanager/secret:Secret": [own_key("kmsKeyId"), in_each("replicas", own_key("kmsKeyId"))],
    "aws:ssm/parameter:Parameter": [when(equals("type", "SecureString"), own_key("keyId"))],
}
OPEN_SEARCH_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"


@rule(
    "KMS-004",
    on=BY_CLASS,
    says="confidential and restricted data has a customer-managed key",
    fix="pass the ARN of a key of the platform's own",
    requirements=["REQ-Y2", "REQ-N3"],
    **KEYS_OF_OURS,
)
def confidential_data_has_our_key(resource: Resource) -> Iterator[Outcome]:
    """A resource without the tag is TAG-001's; a class that is unknown leaves only a missing key unjudged."""
    yield from _if_closed(resource, BY_CLASS)


@rule(
    "KMS-005",
    on=TRACES,
    says="what a service keeps of confidential data beside it has a customer-managed key too",
    fix="pass the ARN of a key of the platform's own",
    requirements=["REQ-Y2"],
    **OF_TRACES,
)
def traces_have_our_key(resource: Resource) -> Iterator[Outcome]:
    """A workflow's history, a query's text and a failed record quote what they are about. Some cannot say its class."""
    if resource.type in TAGGABLE:
        yield from _if_closed(resource, TRACES)
    else:
        yield from meets(resource, TRACES)


def _if_closed(resource: Resource, demands: Demands) -> Iterator[Outcome]:
    missing = list(meets(resource, demands))
    if missing and holds_closed_data(resource):
        yield from missing


@stack_rule(
    "KMS-008",
    on=[*BUCKETS, *CONFIGURATIONS],
    says="a bucket with confidential data has a customer-managed key",
    fix="set kms_master_key_id to a key of the platform's own",
    requirements=["REQ-Y2", "REQ-S7"],
    **OF_BUCKETS,
)
def buckets_have_our_key(resource: Resource, stack: Stack) -> Iterator[Outcome]:
    """A configuration has no class of its own; without its bucket in the stack the data is taken as confidential."""
    buckets = decides_for(resource, stack)
    if buckets is None or (resource.type in BUCKETS and leaves_encryption_to_s3(resource)):
        return
    if not buckets or any(data_class(each) in (None, *CLOSED_CLASSES) for each in buckets):
        yield from judge_each(default_encryption(resource), _bucket_key)


def _bucket_key(default: Node) -> Iterator[Outcome]:
    if default.get("sseAlgorithm") in KMS_ALGORITHMS:
        yield from own_key("kmsMasterKeyId")(default)


@rule(
    "KMS-009",
    on=[OPEN_SEARCH_POLICY],
    says="serverless search is encrypted with a customer-managed key",
    fix="set AWSOwnedKey to false and KmsARN",
    requirements=["REQ-Y2", "REQ-N3"],
    **KEYS_OF_OURS,
)
def serverless_search_has_our_key(policy: Resource) -> Iterator[Outcome]:
    """Which key a collection gets is decided by a policy that matches its name, and cannot be changed later."""
    if policy.known("type") == "encryption":
        yield from none_of("AWSOwnedKey", True)(document(policy, "policy"))


@rule(
    "SEC-003",
    on=SECRETS,
    says="a secret is encrypted with a customer-managed key",
    fix="set kms_key_id (key_id for a parameter) to the secrets key",
    requirements=["REQ-Y2", "REQ-S14"],
    **KEYS_OF_OURS,
)
def secrets_have_our_key(secret: Resource) -> Iterator[Outcome]:
    """With AWS's own key whoever may read the secret may decrypt it: one lock, not two."""
    yield from meets(secret, SECRETS)
