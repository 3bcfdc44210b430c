"""What a change must not take away unasked: data, what others have written down, and what answers.

Two tools ask. A difference preview (`ops/diff/`) says what would be lost, and wants somebody's word for it; a way of
growth (`ops/growth/`) never deletes or replaces data, nor an address, name or id by which others know something. Beside
these, whatever a program marks with `protect` or `retain_on_delete` counts as data: it says so itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Holds(StrEnum):
    """What would be gone with a resource."""

    DATA = "data"  # data, messages, users, images, log lines; keys, without which such data cannot be read
    ADDRESS = "address"  # an address, name or id that others have written down
    SERVICE = "service"  # no data, but whoever asks gets no answer; it may come and go while others answer


@dataclass(frozen=True, kw_only=True)
class Held:
    """A type that holds something.

    Attributes:
        holds: what is gone with it.
        flip: a property whose change makes AWS replace it (sandbox/schema/force_new.py has the sources), and another
            value for it, so that a test can see the guards go red; None where the platform has none of the type.
    """

    holds: Holds
    flip: tuple[str, Any] | None = None


def _data(key: str | None = None, value: Any = "another") -> Held:
    return Held(holds=Holds.DATA, flip=(key, value) if key else None)


def _address(key: str, value: Any = "another") -> Held:
    return Held(holds=Holds.ADDRESS, flip=(key, value))


HELD: Mapping[str, Held] = MappingProxyType(
    {
        "aws:backup/vault:Vault": _data("name"),
        "aws:cloudtrail/trail:Trail": _data("name"),
        "aws:cloudwatch/eventArchive:EventArchive": _data("name"),
        "aws:cloudwatch/eventBus:EventBus": _address("name"),
        "aws:cloudwatch/logGroup:LogGroup": _data("name"),
        "aws:cognito/userPool:UserPool": _data("usernameAttributes", ["phone_number"]),
        "aws:cognito/userPoolClient:UserPoolClient": _address("generateSecret", value=True),
        "aws:dynamodb/globalTable:GlobalTable": _data(),
        "aws:dynamodb/table:Table": _data("hashKey"),
        "aws:ebs/volume:Volume": _data(),
        "aws:ec2/eip:Eip": _address("domain", "standard"),
        "aws:ec2/subnet:Subnet": _address("cidrBlock", "10.99.0.0/24"),
        "aws:ec2/vpc:Vpc": _address("cidrBlock", "10.99.0.0/16"),
        "aws:ecr/repository:Repository": _data("name"),
        "aws:efs/fileSystem:FileSystem": _data(),
        "aws:eks/cluster:Cluster": _data("name"),  # what runs in it is in its etcd
        "aws:elasticache/replicationGroup:ReplicationGroup": _data("kmsKeyId"),
        "aws:glue/catalogDatabase:CatalogDatabase": _address("name"),
        "aws:kinesis/stream:Stream": _data("name"),
        "aws:kms/key:Key": _data("keyUsage", "SIGN_VERIFY"),
        "aws:kms/replicaKey:ReplicaKey": _data("primaryKeyArn"),
        "aws:lb/loadBalancer:LoadBalancer": _address("internal", value=True),
        "aws:opensearch/domain:Domain": _data(),
        "aws:organizations/account:Account": _data(),
        "aws:rds/cluster:Cluster": _data("kmsKeyId"),
        "aws:rds/clusterInstance:ClusterInstance": Held(holds=Holds.SERVICE),  # storage is the cluster's
        "aws:rds/globalCluster:GlobalCluster": _data("globalClusterIdentifier"),
        "aws:rds/instance:Instance": _data(),
        "aws:redshift/cluster:Cluster": _data(),
        "aws:route53/zone:Zone": _data(),  # a new one has other name servers
        "aws:s3/bucket:Bucket": _data("bucket"),
        "aws:s3/bucketV2:BucketV2": _data(),
        "aws:sagemaker/featureGroup:FeatureGroup": _data("featureGroupName"),
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup": _address("modelPackageGroupName"),
        "aws:secretsmanager/secret:Secret": _data("name"),
        "aws:sns/topic:Topic": _address("fifoTopic", value=True),
        "aws:sqs/queue:Queue": _data("fifoQueue", value=True),
        "kubernetes:core/v1:PersistentVolume": _data(),
        "kubernetes:core/v1:PersistentVolumeClaim": _data(),
    }
)
# What a difference preview wants somebody's word for: data, and what answers, since the last one's end is an outage.
LOST = frozenset(token for token, one in HELD.items() if one.holds is not Holds.ADDRESS)
# What growing never deletes or replaces: an instance of a database may come and go, a subnet may not.
GUARDED = frozenset(token for token, one in HELD.items() if one.holds is not Holds.SERVICE)
