"""The match between Pulumi's names and CloudFormation's."""

import pytest

from sandbox.schema.cloudformation import CloudFormation, match_name
from sandbox.schema.cloudformation_names import NARROWER, PROPERTIES, TYPES
from sandbox.schema.sdk import Sdk


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aws:ec2/subnet:Subnet", "AWS::EC2::Subnet"),
        ("aws:lb/listener:Listener", "AWS::ElasticLoadBalancingV2::Listener"),
        ("aws:rds/cluster:Cluster", "AWS::RDS::DBCluster"),
        ("aws:iam/policy:Policy", "AWS::IAM::ManagedPolicy"),
        ("aws:cloudwatch/logGroup:LogGroup", "AWS::Logs::LogGroup"),
        ("aws:s3/bucketVersioning:BucketVersioning", None),
        ("aws:dynamodb/globalTable:GlobalTable", None),  # the old kind; CloudFormation's of that name is another thing
    ],
)
def test_a_type_finds_its_counterpart(cloudformation: CloudFormation, token: str, name: str | None) -> None:
    assert cloudformation.type_name(token) == name


@pytest.mark.parametrize(
    ("name", "owner", "expected"),
    [
        ("kmsMasterKeyId", "Queue", "KmsMasterKeyId"),
        ("statements", "Policy", "Statement"),
        ("policies", "Role", "Policy"),
        ("name", "Queue", "QueueName"),
        ("clusterIdentifier", "Cluster", "DBClusterIdentifier"),
        ("bucket", "Bucket", "BucketName"),
        ("colour", "Queue", None),
    ],
)
def test_a_property_finds_its_counterpart(name: str, owner: str, expected: str | None) -> None:
    wires: list[str] = ["KmsMasterKeyId", "Statement", "Policy", "QueueName", "DBClusterIdentifier", "BucketName"]
    candidates = dict.fromkeys(wires)
    assert match_name(name, candidates, owner=owner) == expected


def test_every_row_of_the_tables_is_a_type_of_the_sdk_with_a_counterpart(
    sdk: Sdk, cloudformation: CloudFormation
) -> None:
    assert [token for token in (*TYPES, *PROPERTIES, *NARROWER) if token not in sdk] == []
    assert [token for token in (*PROPERTIES, *NARROWER) if cloudformation.node(token) is None] == []
    assert [token for token, name in TYPES.items() if name and cloudformation.node(token) is None] == []


def test_create_only_properties_carry_pulumis_names(sdk: Sdk, cloudformation: CloudFormation) -> None:
    queue = sdk.resource("aws:sqs/queue:Queue")
    assert cloudformation.create_only(queue.token, list(queue.inputs)) == {"fifoQueue", "name"}
    nodes = sdk.resource("aws:eks/nodeGroup:NodeGroup")
    assert {"nodeRoleArn", "subnetIds", "clusterName"} <= cloudformation.create_only(nodes.token, list(nodes.inputs))
