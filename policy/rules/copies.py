"""Encryption at rest (N3) of copies: caches in front of APIs, objects, replicas, results, desktops."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, Frame, Outcome, rule
from policy.demands import Demands, equals, filled, given, has, in_each, meets, none_of, on, one_of, when
from policy.rules.at_rest import AT_REST
from policy.view import Resource

REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
COPIED: Frame = {**AT_REST, "level": ADVISORY_IN_DEV}

API_CACHES: Demands = {
    "aws:apigateway/methodSettings:MethodSettings": [
        when(equals("settings.cachingEnabled", True, "true"), on("settings.cacheDataEncrypted"))
    ],
    "aws:appsync/apiCache:ApiCache": [on("atRestEncryptionEnabled"), on("transitEncryptionEnabled")],
}
# An object that says nothing takes its bucket's default.
_BY_KMS = [none_of("serverSideEncryption", "AES256")]
OBJECTS: Demands = {
    "aws:s3/bucketObject:BucketObject": _BY_KMS,
    "aws:s3/bucketObjectv2:BucketObjectv2": _BY_KMS,
    "aws:s3/objectCopy:ObjectCopy": _BY_KMS,
}
REPLICAS: Demands = {
    REPLICATION: [
        in_each(
            "rules",
            when(
                lambda node: node.known("status") == "Enabled",
                one_of("sourceSelectionCriteria.sseKmsEncryptedObjects.status", "Enabled"),
                given("destination.encryptionConfiguration.replicaKmsKeyId"),
            ),
        )
    ]
}
RESULTS: Demands = {
    "aws:athena/database:Database": [one_of("encryptionConfiguration.encryptionOption", "SSE_KMS", "CSE_KMS")],
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": [
        filled("encryptionConfigurations"),
        in_each("encryptionConfigurations", one_of("encryptionType", "KMS", "KMS_DSSE", unsaid="AES256")),
    ],
    "aws:emr/cluster:Cluster": [given("securityConfiguration")],
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": [
        when(equals("dataCaptureConfig.enableCapture", True, "true"), given("dataCaptureConfig.kmsKeyId")),
        when(has("asyncInferenceConfig"), given("asyncInferenceConfig.outputConfig.kmsKeyId")),
    ],
    "aws:s3tables/tableBucket:TableBucket": [one_of("encryptionConfiguration.sseAlgorithm", "aws:kms")],
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": [
        given("jobResources.clusterConfig.volumeKmsKeyId"),
        given("dataQualityJobOutputConfig.kmsKeyId"),
    ],
    "aws:xray/encryptionConfig:EncryptionConfig": [one_of("type", "KMS")],
    "aws:workspaces/workspace:Workspace": [on("rootVolumeEncryptionEnabled"), on("userVolumeEncryptionEnabled")],
}


@rule(
    "ENC-024",
    on=API_CACHES,
    says="a cache in front of an API is encrypted",
    fix="set cache_data_encrypted=True (at_rest_encryption_enabled and transit_encryption_enabled for AppSync)",
    requirements=["REQ-N3", "REQ-C6", "REQ-S12"],
    **AT_REST,
)
def api_caches_are_encrypted(cache: Resource) -> Iterator[Outcome]:
    """It holds whole answers, of one user beside another's."""
    yield from meets(cache, API_CACHES)


@rule(
    "ENC-025",
    on=OBJECTS,
    says="an object takes its bucket's encryption, or KMS",
    fix='remove server_side_encryption="AES256"',
    requirements=["REQ-N3", "REQ-C6", "REQ-S7"],
    **AT_REST,
)
def objects_are_encrypted_with_kms(item: Resource) -> Iterator[Outcome]:
    """An object's own setting wins over the bucket's default."""
    yield from meets(item, OBJECTS)


@rule(
    "ENC-026",
    on=REPLICAS,
    says="a bucket's replication takes objects that KMS encrypts, and encrypts their replicas",
    fix='set source_selection_criteria with sse_kms_encrypted_objects "Enabled", and replica_kms_key_id',
    requirements=["REQ-N3", "REQ-S7", "REQ-R3"],
    **COPIED,
)
def replicas_are_encrypted(replication: Resource) -> Iterator[Outcome]:
    """Unless it is asked to, S3 leaves out what KMS encrypts, which here is everything."""
    yield from meets(replication, REPLICAS)


@rule(
    "ENC-027",
    on=RESULTS,
    says="what is computed from data is encrypted as the data is",
    fix="set the service's encryption configuration and key",
    requirements=["REQ-N3", "REQ-C6"],
    **AT_REST,
)
def results_are_encrypted(resource: Resource) -> Iterator[Outcome]:
    """Captured requests, shuffled rows and a desktop's downloads are the data once more."""
    yield from meets(resource, RESULTS)
