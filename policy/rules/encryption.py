"""Encryption at rest (N3): every store is encrypted, with KMS. Whose key it is, is in `keys.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.buckets import (
    BUCKETS,
    CONFIGURATIONS,
    KMS_ALGORITHMS,
    decides_for,
    default_encryption,
    is_written_by_sse_s3_only,
    leaves_encryption_to_s3,
    takes_sse_s3_only,
)
from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule, stack_rule
from policy.disks import PLACES, disks, leaves_root_to_the_image
from policy.tags import holds_open_data
from policy.view import Node, Resource, Stack

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/instance:Instance"
GLOBAL_CLUSTER = "aws:rds/globalCluster:GlobalCluster"
ENCRYPTION_BY_DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"

# With one of these a database takes over the encryption of its source, which is judged itself.
SOURCES: Mapping[str, str] = MappingProxyType(
    {INSTANCE: "replicateSourceDb", GLOBAL_CLUSTER: "sourceDbClusterIdentifier"}
)
ARN_REGION = 3  # its place among an ARN's parts


@rule(
    "ENC-001",
    on=[CLUSTER, INSTANCE, GLOBAL_CLUSTER],
    says="database storage is encrypted at rest",
    fix="set storage_encrypted=True and kms_key_id to the data key",
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def databases_are_encrypted(database: Resource) -> Iterator[Outcome]:
    """Cannot be changed later without a new database; Aurora Serverless v1 is always encrypted."""
    stated = database.get("storageEncrypted")
    source = SOURCES.get(database.type)
    inherits = (
        stated is None and source is not None and database.has(source) and not _is_in_another_region(database, source)
    )
    is_serverless_v1 = database.type == CLUSTER and database.get("engineMode") == "serverless"
    if not (inherits or is_serverless_v1 or database.is_on("storageEncrypted")):
        yield Finding(path="storageEncrypted", got=stated)


def _is_in_another_region(replica: Resource, place: str) -> bool:
    """Whether a replica copies over a region's border, where it needs a key of that side and inherits nothing."""
    source, own = replica.get(place), replica.get("region") or replica.provider.get("region")
    parts = source.split(":") if isinstance(source, str) else []
    return len(parts) > ARN_REGION and isinstance(own, str) and parts[ARN_REGION] not in ("", own)


@rule(
    "ENC-003",
    on=[*PLACES, ENCRYPTION_BY_DEFAULT],
    says="disks are encrypted at rest",
    fix="set encrypted=True and kms_key_id on each disk, the root disk too",
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def disks_are_encrypted(resource: Resource) -> Iterator[Outcome]:
    """The account's default does not excuse a disk: it is another resource, often another account's."""
    if resource.type == ENCRYPTION_BY_DEFAULT:
        if resource.has("enabled") and not resource.is_on("enabled"):  # absent means enabled
            yield Finding(path="enabled", got=resource.get("enabled"))
        return
    yield from judge_each(PLACES[resource.type], lambda place: _encrypted_at(resource, place))


def _encrypted_at(resource: Resource, place: str) -> Iterator[Outcome]:
    if leaves_root_to_the_image(resource, place):
        yield Finding(path=place, detail="the image decides about the root disk")
    yield from judge_each(disks(resource, place), _encrypted)


def _encrypted(disk: Node) -> Iterator[Outcome]:
    if not disk.is_on("encrypted"):
        encrypted = disk.at("encrypted")
        yield Finding(path=encrypted.path, got=encrypted.value)


@rule(
    "ENC-005",
    on=["aws:sqs/queue:Queue"],
    says="a queue is encrypted with KMS; with a key that SQS owns only when its data is public or internal",
    fix="set kms_master_key_id, or sqs_managed_sse_enabled=True on a queue with DataClassification public or internal",
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6", "REQ-S4"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def queues_are_encrypted(queue: Resource) -> Iterator[Outcome]:
    """Some writers, such as EC2 interruption notices, come without a key grant; what they carry is no secret."""
    if queue.at("kmsMasterKeyId").is_given:
        return
    is_sse_sqs = queue.is_on("sqsManagedSseEnabled")
    if not (is_sse_sqs and holds_open_data(queue)):
        detail = "SSE-SQS, on data that is neither public nor internal" if is_sse_sqs else None
        yield Finding(path="kmsMasterKeyId", got=queue.get("kmsMasterKeyId"), detail=detail)


@rule(
    "ENC-006",
    on=["aws:sns/topic:Topic"],
    says="a topic is encrypted with KMS",
    fix="set kms_master_key_id",
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def topics_are_encrypted(topic: Resource) -> Iterator[Outcome]:
    """SNS encrypts nothing unless it is told to."""
    yield from _key_is_given(topic.at("kmsMasterKeyId"))


@rule(
    "ENC-007",
    on=["aws:kinesis/stream:Stream"],
    says="a stream is encrypted with KMS",
    fix='set encryption_type="KMS" and kms_key_id',
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6", "REQ-S9"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def streams_are_encrypted(stream: Resource) -> Iterator[Outcome]:
    """A key without the type encrypts nothing."""
    yield from _key_is_given(stream.at("kmsKeyId"))
    if stream.known("encryptionType") != "KMS":
        yield Finding(path="encryptionType", got=stream.get("encryptionType"))


@rule(
    "ENC-011",
    on=["aws:cloudwatch/logGroup:LogGroup"],
    says="a log group is encrypted with KMS",
    fix="set kms_key_id",
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def log_groups_are_encrypted(group: Resource) -> Iterator[Outcome]:
    """Logs hold what people typed."""
    yield from _key_is_given(group.at("kmsKeyId"))


def _key_is_given(key: Node) -> Iterator[Outcome]:
    if not key.is_given:
        yield Finding(path=key.path, got=key.value)


@stack_rule(
    "ENC-014",
    on=[*BUCKETS, *CONFIGURATIONS],
    says="a bucket is encrypted with KMS; only one that takes access logs has SSE-S3, which is all their writers know",
    fix='set sse_algorithm="aws:kms" and kms_master_key_id in a BucketServerSideEncryptionConfiguration of the bucket',
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-C6", "REQ-S7"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
    is_exemptible=False,  # it knows the one class of buckets that cannot, so none is left to exempt
)
def buckets_are_encrypted(resource: Resource, stack: Stack) -> Iterator[Outcome]:
    """S3's own choice is SSE-S3, so a bucket that was given none has none of ours."""
    buckets = decides_for(resource, stack)
    if buckets is None:
        return
    is_left_to_s3 = resource.type in BUCKETS and leaves_encryption_to_s3(resource)
    rules = [] if is_left_to_s3 else default_encryption(resource)
    if not rules:
        yield Finding(path="serverSideEncryptionConfiguration")
    yield from judge_each(rules, lambda default: _algorithm(default, buckets, stack))


def _algorithm(default: Node, buckets: list[Resource], stack: Stack) -> Iterator[Outcome]:
    algorithm = default.known("sseAlgorithm")
    path = default.at("sseAlgorithm").path
    if algorithm in KMS_ALGORITHMS:
        if any(is_written_by_sse_s3_only(bucket, stack) for bucket in buckets):
            yield Finding(path=path, seen="KMS, on a bucket that takes access logs", detail="their writers fail on it")
        return
    takes_logs = bool(buckets) and all(takes_sse_s3_only(bucket, stack) for bucket in buckets)
    if not (algorithm == "AES256" and takes_logs):
        yield Finding(path=path, got=algorithm, seen="AES256 (SSE-S3)" if algorithm == "AES256" else None)
