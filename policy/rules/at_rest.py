"""Encryption at rest (N3) of what is not in `encryption.py`: caches, files, search, analytics, machine learning.

Where AWS encrypts anyway with a key of its own, whose key it is, is `keys.py`'s and `own_keys.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Frame, Outcome, Severity, rule
from policy.demands import Demands, equals, filled, given, holds_all, in_each, meets, off, on, one_of, when, wrong
from policy.view import Node, Resource, any_of

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE_NODE = "aws:elasticache/cluster:Cluster"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
WORKGROUP = "aws:athena/workgroup:Workgroup"

AT_REST: Frame = {
    "isms_p": ["2.7.1"],
    "soc2": ["CC6.1"],
    "severity": Severity.HIGH,
    "level": MANDATORY_EVERYWHERE,
}

FILES: Demands = {"aws:efs/fileSystem:FileSystem": [on("encrypted")]}
SEARCH: Demands = {
    "aws:opensearch/domain:Domain": [on("encryptAtRest.enabled")],
    "aws:elasticsearch/domain:Domain": [on("encryptAtRest.enabled")],
}
BROKERS: Demands = {"aws:msk/cluster:Cluster": [given("encryptionInfo.encryptionAtRestKmsKeyArn")]}
IMAGES: Demands = {
    "aws:ecr/repository:Repository": [
        filled("encryptionConfigurations"),
        in_each("encryptionConfigurations", one_of("encryptionType", "KMS", "KMS_DSSE", unsaid="AES256")),
    ]
}
VAULTS: Demands = {"aws:backup/vault:Vault": [given("kmsKeyArn")]}
TABLES: Demands = {
    "aws:dynamodb/table:Table": [on("serverSideEncryption.enabled")],
    "aws:dax/cluster:Cluster": [on("serverSideEncryption.enabled")],
}
WAREHOUSES: Demands = {"aws:redshift/cluster:Cluster": [on("encrypted", unsaid=True)]}
DOCUMENTS_AND_GRAPHS: Demands = {
    "aws:docdb/cluster:Cluster": [on("storageEncrypted")],
    "aws:neptune/cluster:Cluster": [on("storageEncrypted")],
}
CLUSTERS: Demands = {
    "aws:eks/cluster:Cluster": [
        filled("encryptionConfig"),
        in_each("encryptionConfig", holds_all("resources", "secrets")),
    ]
}
AUDIT: Demands = {
    "aws:cloudtrail/trail:Trail": [given("kmsKeyId")],
    "aws:cloudtrail/eventDataStore:EventDataStore": [given("kmsKeyId")],
}
BUILDS: Demands = {
    "aws:codebuild/project:Project": [
        off("artifacts.encryptionDisabled"),
        in_each("secondaryArtifacts", off("encryptionDisabled")),
        off("logsConfig.s3Logs.encryptionDisabled"),
    ]
}
GLUE: Demands = {
    "aws:glue/securityConfiguration:SecurityConfiguration": [
        one_of("encryptionConfiguration.cloudwatchEncryption.cloudwatchEncryptionMode", "SSE-KMS", unsaid="DISABLED"),
        one_of(
            "encryptionConfiguration.jobBookmarksEncryption.jobBookmarksEncryptionMode", "CSE-KMS", unsaid="DISABLED"
        ),
        one_of("encryptionConfiguration.s3Encryption.s3EncryptionMode", "SSE-KMS", unsaid="DISABLED"),
    ],
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": [
        one_of(
            "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
            "SSE-KMS",
            "SSE-KMS-WITH-SERVICE-ROLE",
        ),
        on("dataCatalogEncryptionSettings.connectionPasswordEncryption.returnConnectionPasswordEncrypted"),
    ],
    "aws:glue/job:Job": [given("securityConfiguration")],
    "aws:glue/crawler:Crawler": [given("securityConfiguration")],
    "aws:glue/devEndpoint:DevEndpoint": [given("securityConfiguration")],
}
NOTEBOOKS: Demands = {
    "aws:sagemaker/notebookInstance:NotebookInstance": [given("kmsKeyId")],
    "aws:sagemaker/domain:Domain": [given("kmsKeyId")],
    "aws:sagemaker/featureGroup:FeatureGroup": [
        when(equals("onlineStoreConfig.enableOnlineStore", True), given("onlineStoreConfig.securityConfig.kmsKeyId")),
        in_each("offlineStoreConfig", given("s3StorageConfig.kmsKeyId")),
    ],
}

# SageMaker refuses a volume key for instances whose disk is the machine's own, which the hardware encrypts:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
_LOCAL_DISK = re.compile(r"ml\.([a-z]+\d+[a-z]*d[a-z]*|g4dn|g5|g6|g6e|p4de?|p5e?n?|trn\d+n?|inf2)\..+")


@rule(
    "ENC-002",
    on=[CACHE, CACHE_NODE],
    says="cache data is encrypted at rest",
    fix="use a ReplicationGroup with at_rest_encryption_enabled=True and kms_key_id",
    requirements=["REQ-N3", "REQ-C6", "REQ-S6"],
    **AT_REST,
)
def caches_are_encrypted(cache: Resource) -> Iterator[Outcome]:
    """Valkey's own default is on, Redis's is off; a lone Redis node cannot be encrypted, Memcached keeps nothing."""
    if cache.type == CACHE_NODE:
        if not cache.has("replicationGroupId") and cache.known("engine") in ("redis", "valkey"):
            yield Finding(path="engine", seen=str(cache.get("engine")), detail="a lone node cannot be encrypted")
        return
    follows = cache.has("globalReplicationGroupId") or cache.get("engine") == "valkey"
    if not (cache.is_on("atRestEncryptionEnabled") or (cache.get("atRestEncryptionEnabled") is None and follows)):
        yield wrong(cache, "atRestEncryptionEnabled")


@rule(
    "ENC-004",
    on=FILES,
    says="a file system is encrypted at rest",
    fix="set encrypted=True and kms_key_id",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def file_systems_are_encrypted(files: Resource) -> Iterator[Outcome]:
    """Cannot be changed later without a new file system."""
    yield from meets(files, FILES)


@rule(
    "ENC-008",
    on=SEARCH,
    says="a search domain is encrypted at rest",
    fix="set encrypt_at_rest with enabled=True and kms_key_id",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def search_is_encrypted(domain: Resource) -> Iterator[Outcome]:
    """An index is a copy of the data."""
    yield from meets(domain, SEARCH)


@rule(
    "ENC-009",
    on=[WORKGROUP],
    says="query results are encrypted with KMS, and a client cannot choose otherwise",
    fix='set encryption_option="SSE_KMS" and kms_key_arn in result_configuration, enforce_workgroup_configuration=True',
    requirements=["REQ-N3", "REQ-C6", "REQ-S7"],
    **AT_REST,
)
def query_results_are_encrypted(workgroup: Resource) -> Iterator[Outcome]:
    """Results that Athena itself keeps are always encrypted."""
    if workgroup.is_on("configuration.managedQueryResultsConfiguration.enabled"):
        return
    yield from one_of(
        "configuration.resultConfiguration.encryptionConfiguration.encryptionOption", "SSE_KMS", "CSE_KMS"
    )(workgroup)
    yield from on("configuration.enforceWorkgroupConfiguration", unsaid=True)(workgroup)


@rule(
    "ENC-010",
    on=BROKERS,
    says="a broker's disks have a key of ours",
    fix="set encryption_at_rest_kms_key_arn",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def brokers_are_encrypted(brokers: Resource) -> Iterator[Outcome]:
    """Without one, Kafka's disks have a key that nobody of ours can take away."""
    yield from meets(brokers, BROKERS)


@rule(
    "ENC-012",
    on=IMAGES,
    says="an image repository is encrypted with KMS",
    fix='set encryption_configurations with encryption_type="KMS" and kms_key',
    requirements=["REQ-N3", "REQ-C6", "REQ-S10"],
    **AT_REST,
)
def images_are_encrypted(repository: Resource) -> Iterator[Outcome]:
    """Cannot be changed later without a new repository."""
    yield from meets(repository, IMAGES)


@rule(
    "ENC-013",
    on=VAULTS,
    says="a backup vault has a key of ours",
    fix="set kms_key_arn",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def vaults_are_encrypted(vault: Resource) -> Iterator[Outcome]:
    """AWS's own vault key cannot be shared with the account that would restore."""
    yield from meets(vault, VAULTS)


@rule(
    "ENC-015",
    on=TABLES,
    says="a table is encrypted with KMS",
    fix="set server_side_encryption with enabled=True and kms_key_arn",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def tables_are_encrypted(table: Resource) -> Iterator[Outcome]:
    """Off means a key of DynamoDB's that no log shows the use of; for DAX it means plain text."""
    yield from meets(table, TABLES)


@rule(
    "ENC-016",
    on=GLUE,
    says="the data catalogue and Glue's jobs are encrypted with KMS",
    fix="use SSE-KMS (CSE-KMS for bookmarks) throughout; give jobs and crawlers a security_configuration",
    requirements=["REQ-N3", "REQ-C6", "REQ-S7"],
    **AT_REST,
)
def glue_is_encrypted(resource: Resource) -> Iterator[Outcome]:
    """A job without a security configuration logs and bookmarks in the clear."""
    yield from meets(resource, GLUE)


@rule(
    "ENC-017",
    on=[*NOTEBOOKS, ENDPOINT_CONFIGURATION],
    says="machine-learning volumes and stores are encrypted with a key of ours",
    fix="set kms_key_id (kms_key_arn for an endpoint)",
    requirements=["REQ-N3", "REQ-C6", "REQ-S8"],
    **AT_REST,
)
def machine_learning_is_encrypted(resource: Resource) -> Iterator[Outcome]:
    """Serverless variants have no volume, and some instances only a disk of the machine's own."""
    if resource.type != ENDPOINT_CONFIGURATION:
        yield from meets(resource, NOTEBOOKS)
    elif not resource.at("kmsKeyArn").is_given and any_of(resource.elements("productionVariants"), _has_volume):
        yield wrong(resource, "kmsKeyArn")


def _has_volume(variant: Node) -> bool:
    instance_type = variant.known("instanceType")
    return not variant.has("serverlessConfig") and not _LOCAL_DISK.fullmatch(str(instance_type))


@rule(
    "ENC-018",
    on=[FIREHOSE],
    says="a delivery stream that producers write to is encrypted",
    fix='set server_side_encryption with enabled=True, key_type="CUSTOMER_MANAGED_CMK" and key_arn',
    requirements=["REQ-N3", "REQ-C6", "REQ-S9"],
    **AT_REST,
)
def delivery_streams_are_encrypted(stream: Resource) -> Iterator[Outcome]:
    """One that reads a stream or a topic buffers nothing itself, and AWS refuses the setting."""
    reads = stream.has("kinesisSourceConfiguration") or stream.has("mskSourceConfiguration")
    if not (reads or stream.is_on("serverSideEncryption.enabled")):
        yield wrong(stream, "serverSideEncryption.enabled")


@rule(
    "ENC-019",
    on=WAREHOUSES,
    says="a warehouse is encrypted at rest",
    fix="set encrypted=True and kms_key_id",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def warehouses_are_encrypted(warehouse: Resource) -> Iterator[Outcome]:
    """The provider's own default is on."""
    yield from meets(warehouse, WAREHOUSES)


@rule(
    "ENC-020",
    on=DOCUMENTS_AND_GRAPHS,
    says="document and graph databases are encrypted at rest",
    fix="set storage_encrypted=True and the key",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def documents_and_graphs_are_encrypted(database: Resource) -> Iterator[Outcome]:
    """Cannot be changed later without a new cluster."""
    yield from meets(database, DOCUMENTS_AND_GRAPHS)


@rule(
    "ENC-021",
    on=CLUSTERS,
    says="Kubernetes secrets are encrypted with a key of ours",
    fix='set encryption_config with resources=["secrets"] and the key',
    requirements=["REQ-N3", "REQ-C6", "REQ-S10"],
    **AT_REST,
)
def cluster_secrets_are_encrypted(cluster: Resource) -> Iterator[Outcome]:
    """EKS's own envelope has a key that nobody of ours can take away."""
    yield from meets(cluster, CLUSTERS)


@rule(
    "ENC-022",
    on=AUDIT,
    says="the audit trail is encrypted with KMS",
    fix="set kms_key_id",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def audit_trails_are_encrypted(trail: Resource) -> Iterator[Outcome]:
    """Who may read the trail is then the key's policy, not only the bucket's."""
    yield from meets(trail, AUDIT)


@rule(
    "ENC-023",
    on=BUILDS,
    says="what a build leaves behind is encrypted",
    fix="remove encryption_disabled=True",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def builds_are_encrypted(project: Resource) -> Iterator[Outcome]:
    """Artefacts are encrypted unless somebody turns it off."""
    yield from meets(project, BUILDS)
