"""Keys (Y2): customer-managed and rotated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule
from policy.demands import at_most
from policy.disks import LAUNCH_CONFIGURATIONS, PLACES, disks
from policy.tags import holds_open_data
from policy.view import Node, Resource

DISK_TYPES = PLACES.keys() - set(LAUNCH_CONFIGURATIONS)  # a launch configuration cannot name a key
YEAR_DAYS = 365

# A database falls back to `alias/aws/rds` when it is encrypted and no key is named.
DATABASES: Mapping[str, str] = MappingProxyType(
    {"aws:rds/cluster:Cluster": "kmsKeyId", "aws:rds/instance:Instance": "kmsKeyId"}
)
# These are encrypted with a key at all only when one is named, which is the ENC rules' business.
STORES: Mapping[str, str] = MappingProxyType(
    {
        "aws:cloudwatch/logGroup:LogGroup": "kmsKeyId",
        "aws:kinesis/stream:Stream": "kmsKeyId",
        "aws:sns/topic:Topic": "kmsMasterKeyId",
        "aws:sqs/queue:Queue": "kmsMasterKeyId",
    }
)


@rule(
    "KMS-001",
    on=["aws:kms/key:Key"],
    says="a symmetric key rotates every year",
    fix="set enable_key_rotation=True",
    isms_p=["2.7.2"],
    soc2=["CC6.1"],
    requirements=["REQ-Y2", "REQ-N3"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def symmetric_keys_rotate(key: Resource) -> Iterator[Outcome]:
    """KMS rotates neither asymmetric nor HMAC keys, nor those in a key store of one's own."""
    if key.has("customKeyStoreId"):
        return
    if key.is_on("enableKeyRotation"):
        yield from at_most("rotationPeriodInDays", YEAR_DAYS)(key)
    elif key.known("customerMasterKeySpec") in (None, "", "SYMMETRIC_DEFAULT"):
        yield Finding(path="enableKeyRotation", got=key.get("enableKeyRotation"))


@rule(
    "KMS-003",
    on=[*DATABASES, *STORES, *DISK_TYPES],
    says="the key is customer-managed; only public and internal data may do without one",
    fix="pass the ARN of a key of the platform's own; alias/aws/... keys have neither a policy nor a rotation of ours",
    isms_p=["2.7.2"],
    soc2=["CC6.1"],
    requirements=["REQ-Y2", "REQ-N3"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def keys_are_customer_managed(resource: Resource) -> Iterator[Outcome]:
    """A key of AWS's, named or taken because none is, cannot be closed by us; open data needs no closing.

    A key that is unknown yet is another resource's output, so it is one's own: AWS's keys are no resources.
    """
    if resource.type in STORES:
        yield from _own_key(resource.at(STORES[resource.type]), resource)
    elif resource.type in DATABASES:
        if resource.is_on("storageEncrypted"):
            yield from _named_own_key(resource.at(DATABASES[resource.type]), resource)
    else:
        yield from judge_each(
            PLACES[resource.type],
            lambda place: judge_each(disks(resource, place), lambda disk: _disk_key(disk, resource)),
        )


def _disk_key(disk: Node, resource: Resource) -> Iterator[Outcome]:
    if disk.is_on("encrypted"):
        yield from _named_own_key(disk.at("kmsKeyId"), resource)


def _named_own_key(key: Node, resource: Resource) -> Iterator[Outcome]:
    if not key.is_given and not holds_open_data(resource):
        yield Finding(path=key.path, got=key.value, detail="the service then takes its own AWS-managed key")
    yield from _own_key(key, resource)


def _own_key(key: Node, resource: Resource) -> Iterator[Outcome]:
    if isinstance(key.value, str) and "alias/aws/" in key.value and not holds_open_data(resource):
        yield Finding(path=key.path, seen="an AWS-managed key")
