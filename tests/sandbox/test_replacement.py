"""Which changes replace a resource."""

import re

import pytest

from sandbox.coverage import places_of
from sandbox.provider import autoname
from sandbox.provider.defaults import NOTE
from sandbox.provider.diff import Change, Plan
from sandbox.provider.requests import planned
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.force_new import FORCE_NEW
from sandbox.schema.replacement import DELETE_FIRST
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import UNKNOWN, Bag, Secret
from tests.sandbox.values import at, of

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:rds/cluster:Cluster"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
PARAMETER = "aws:ssm/parameter:Parameter"
QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"
VPC = "aws:ec2/vpc:Vpc"


def plan(sdk: Sdk, cloudformation: CloudFormation, token: str, olds: Bag, news: Bag, *ignored: str) -> Plan:
    return planned(sdk.resource(token), cloudformation, olds=olds, news=news, ignored=ignored)


def sent_to(service: str, name: str = "a") -> Bag:
    return {"deliveryDestinationConfiguration": {"destinationResourceArn": f"arn:aws:{service}:::{name}"}}


REPLACED: list[tuple[str, Bag, Bag, str]] = [
    (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, "cidrBlock"),
    ("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1"}, {"vpcId": UNKNOWN}, "vpcId"),
    ("aws:s3/bucket:Bucket", {"bucket": "a"}, {"bucket": "b"}, "bucket"),
    ("aws:kms/key:Key", {}, {"multiRegion": True}, "multiRegion"),
    (TABLE, {"hashKey": "id"}, {"hashKey": "user"}, "hashKey"),
    ("aws:cognito/userPool:UserPool", {"usernameAttributes": ["email"]}, {}, "usernameAttributes"),
    ("aws:kinesis/stream:Stream", {"name": "a"}, {"name": "b"}, "name"),
    ("aws:ebs/volume:Volume", {"encrypted": False}, {"encrypted": True}, "encrypted"),
    ("aws:backup/vault:Vault", {"kmsKeyArn": "a"}, {"kmsKeyArn": "b"}, "kmsKeyArn"),
    (CLUSTER, {"storageEncrypted": False}, {"storageEncrypted": True}, "storageEncrypted"),
    (CLUSTER, {"engine": "mysql", "storageType": "io1"}, {"engine": "mysql", "storageType": "io2"}, "storageType"),
    (VPC, {"instanceTenancy": "default"}, {"instanceTenancy": "dedicated"}, "instanceTenancy"),
    (CACHE, {"engine": "valkey"}, {"engine": "redis"}, "engine"),
    (CACHE, {"engineVersion": "8.0"}, {"engineVersion": "7.2"}, "engineVersion"),
    (ENDPOINT, {}, {"privateDnsEnabled": True}, "privateDnsEnabled"),
    (PARAMETER, {"tier": "Advanced"}, {"tier": "Standard"}, "tier"),
    (DESTINATION, sent_to("s3"), sent_to("logs"), "deliveryDestinationConfiguration.destinationResourceArn"),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {"nodeRoleArn": "a"},
        {"nodeRoleArn": "b"},
        "nodeRoleArn",
    ),  # CloudFormation says so
    (QUEUE, {"region": "us-east-1"}, {"region": "us-west-2"}, "region"),  # wherever a resource has one
]


@pytest.mark.parametrize(("token", "olds", "news", "path"), REPLACED)
def test_what_terraform_replaces_is_planned_as_a_replacement(
    sdk: Sdk, cloudformation: CloudFormation, token: str, olds: Bag, news: Bag, path: str
) -> None:
    found = plan(sdk, cloudformation, token, olds, news).replaces
    assert {each.split("[")[0] for each in found} == {path}


UPDATED: list[tuple[str, Bag, Bag, str]] = [
    (VPC, {"enableDnsHostnames": False}, {"enableDnsHostnames": True}, "enableDnsHostnames"),
    (VPC, {"instanceTenancy": "dedicated"}, {"instanceTenancy": "default"}, "instanceTenancy"),
    (
        CLUSTER,
        {"engine": "aurora-mysql", "storageType": "a"},
        {"engine": "aurora-mysql", "storageType": "b"},
        "storageType",
    ),
    (CLUSTER, {"snapshotIdentifier": "s"}, {}, "snapshotIdentifier"),
    (CACHE, {"engine": "redis"}, {"engine": "valkey"}, "engine"),
    (CACHE, {"engineVersion": "7.2"}, {"engineVersion": "8.0"}, "engineVersion"),
    (
        ENDPOINT,
        {"vpcEndpointType": "Interface"},
        {"vpcEndpointType": "Interface", "privateDnsEnabled": True},
        "privateDnsEnabled",
    ),
    (PARAMETER, {"tier": "Standard"}, {"tier": "Advanced"}, "tier"),
    (DESTINATION, sent_to("s3"), sent_to("s3", "b"), "deliveryDestinationConfiguration.destinationResourceArn"),
    (TABLE, {"billingMode": "PROVISIONED"}, {"billingMode": "PAY_PER_REQUEST"}, "billingMode"),
    ("aws:rds/instance:Instance", {"identifier": "a"}, {"identifier": "b"}, "identifier"),
    ("aws:cognito/userPool:UserPool", {"mfaConfiguration": "OFF"}, {"mfaConfiguration": "ON"}, "mfaConfiguration"),
]


@pytest.mark.parametrize(("token", "olds", "news", "path"), UPDATED)
def test_what_terraform_changes_in_place_is_planned_as_an_update(
    sdk: Sdk, cloudformation: CloudFormation, token: str, olds: Bag, news: Bag, path: str
) -> None:
    found = plan(sdk, cloudformation, token, olds, news)
    assert found.replaces == frozenset()
    assert path in {each.path for each in found.differences}


EACH = [(token, path) for token, paths in sorted(FORCE_NEW.items()) for path in sorted(paths)]


@pytest.mark.parametrize(("token", "path"), EACH, ids=[f"{token.split(':')[2]}-{path}" for token, path in EACH])
def test_each_property_of_the_table_replaces_by_itself(
    sdk: Sdk, cloudformation: CloudFormation, token: str, path: str
) -> None:
    schema = sdk.resource(token)
    (place,) = [each for each in places_of(schema, None) if each.path == path]
    olds, news = (at(path, of(place.property.type, number, schema), schema) for number in (0, 1))
    found = plan(sdk, cloudformation, token, olds, news).replaces
    assert {re.sub(r"\[\d+\]", "", each) for each in found if re.sub(r"\[\d+\]", "", each).startswith(path)}
    assert plan(sdk, cloudformation, token, olds, olds).replaces == frozenset()


NAMED = [token for token in sorted(FORCE_NEW) if token not in DELETE_FIRST]


def test_a_resource_that_keeps_its_own_name_goes_before_its_successor_and_one_with_a_made_up_name_after(
    sdk: Sdk, cloudformation: CloudFormation
) -> None:
    seen: set[str] = set()
    for token in NAMED:
        schema = sdk.resource(token)
        rule = autoname.rule_for(schema)
        paths = [path for path in FORCE_NEW[token] if rule and path.split(".")[0] != rule.property]
        if rule is None or not paths:
            continue
        seen.add(token)
        (place,) = [each for each in places_of(schema, None) if each.path == min(paths)]
        olds, news = (
            {rule.property: "same", **at(place.path, of(place.property.type, number, schema), schema)}
            for number in (0, 1)
        )
        assert plan(sdk, cloudformation, token, olds, {**news, NOTE: []}).delete_first, token
        assert not plan(sdk, cloudformation, token, olds, {**news, NOTE: [rule.property]}).delete_first, token
    assert {TABLE, QUEUE, CACHE, "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository"} <= seen


@pytest.mark.parametrize("token", sorted(FORCE_NEW))
def test_every_property_in_the_table_exists(sdk: Sdk, token: str) -> None:
    assert FORCE_NEW[token] <= {place.path for place in places_of(sdk.resource(token), None)}


def test_nothing_changed_is_no_difference(sdk: Sdk, cloudformation: CloudFormation) -> None:
    inputs: Bag = {"tags": {"a": "b"}, "policy": Secret(value="{}"), "delaySeconds": 3}
    assert plan(sdk, cloudformation, QUEUE, inputs, dict(inputs)).differences == []


def test_a_document_that_is_only_written_otherwise_is_no_difference(sdk: Sdk, cloudformation: CloudFormation) -> None:
    olds: Bag = {"policy": '{"Version": "2012-10-17", "Statement": []}'}
    news: Bag = {"policy": '{"Statement":[],"Version":"2012-10-17"}'}
    assert plan(sdk, cloudformation, QUEUE, olds, news).differences == []
    assert plan(sdk, cloudformation, QUEUE, olds, {"policy": '{"Statement":[1]}'}).differences != []


def test_a_difference_is_named_as_deep_as_it_lies(sdk: Sdk, cloudformation: CloudFormation) -> None:
    olds: Bag = {"tags": {"Name": "a", "a.b/c": "x"}, "egress": [{"fromPort": 1}, {"fromPort": 2}]}
    news: Bag = {"tags": {"Name": "b"}, "egress": [{"fromPort": 1}], "vpcId": "vpc-1"}
    found = plan(sdk, cloudformation, "aws:ec2/securityGroup:SecurityGroup", olds, news).differences
    assert {(each.path, each.change) for each in found} == {
        ("egress[1]", Change.DELETE),
        ("tags.Name", Change.UPDATE),
        ('tags["a.b/c"]', Change.DELETE),
        ("vpcId", Change.ADD),
    }


def test_what_the_program_ignores_is_no_difference(sdk: Sdk, cloudformation: CloudFormation) -> None:
    olds: Bag = {"delaySeconds": 1, "tags": {"a": "b"}}
    news: Bag = {"delaySeconds": 2, "tags": {"a": "c"}}
    found = plan(sdk, cloudformation, QUEUE, olds, news, "tags").differences
    assert [each.path for each in found] == ["delaySeconds"]


def test_a_replacement_of_the_same_explicit_name_deletes_first(sdk: Sdk, cloudformation: CloudFormation) -> None:
    olds: Bag = {"name": "jobs", "fifoQueue": False}
    named: Bag = {"name": "jobs", "fifoQueue": True}
    made_up: Bag = {**named, "__defaults": ["name"]}
    assert plan(sdk, cloudformation, QUEUE, olds, named).delete_first
    assert not plan(sdk, cloudformation, QUEUE, olds, made_up).delete_first
    assert not plan(sdk, cloudformation, QUEUE, olds, {**named, "name": "other"}).delete_first


def test_an_attachment_deletes_first_since_it_cannot_exist_twice(sdk: Sdk, cloudformation: CloudFormation) -> None:
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    assert plan(
        sdk, cloudformation, token, {"role": "a", "policyArn": "p"}, {"role": "b", "policyArn": "p"}
    ).delete_first
