"""What Check refuses, what it lets pass, and what it says."""

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.schema.check import Checker, Problem
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk
from sandbox.schema.types import AnyOf, ListOf, MapOf, ObjectRef, Property, ResourceSchema, Scalar, Type
from sandbox.schema.values import UNKNOWN, Bag, Secret, Value

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
QUEUE = "aws:sqs/queue:Queue"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
FIREWALL = "aws:wafv2/webAcl:WebAcl"
RULE: Bag = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}

Check = Callable[[str, Bag], dict[str, str]]


@pytest.fixture
def check(sdk: Sdk, cloudformation: CloudFormation) -> Check:
    def problems(token: str, inputs: Bag) -> dict[str, str]:
        found = Checker(schema=sdk.resource(token), constraints=cloudformation.node(token)).problems(inputs)
        return {each.path: each.reason for each in found}

    return problems


GOOD: list[tuple[str, Bag]] = [
    (VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "main"}}),
    (SUBNET, {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/20"}),
    (GROUP, {"ingress": [{**RULE, "cidrBlocks": ["10.0.0.0/8"]}]}),
    (GROUP, {"ingress": UNKNOWN}),
    (QUEUE, {"delaySeconds": "30", "fifoQueue": "true"}),  # the bridge turns text into numbers and booleans
    (QUEUE, {"tags": {"cost": 5}}),  # and numbers into text
    (QUEUE, {"kmsMasterKeyId": ""}),  # empty is "not set"
    (QUEUE, {"policy": json.dumps({"Version": "2012-10-17", "Statement": []})}),
    (QUEUE, {"policy": UNKNOWN}),
    ("aws:iam/rolePolicy:RolePolicy", {"role": "r", "policy": json.dumps({"Statement": ["x" * 500]})}),
    ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 0}),  # Terraform's "never", unknown to CloudFormation
    ("aws:ssm/parameter:Parameter", {"type": "SecureString", "value": Secret(value="hunter2")}),
    ("aws:ebs/volume:Volume", {"availabilityZone": "ap-northeast-2a", "type": "GP3"}),  # either case
]


@pytest.mark.parametrize(("token", "inputs"), GOOD)
def test_what_aws_accepts_is_accepted(check: Check, token: str, inputs: Bag) -> None:
    assert check(token, inputs) == {}


BAD: list[tuple[str, Bag, str, str]] = [
    (VPC, {"cidrBlok": "10.0.0.0/16"}, "cidrBlok", "did you mean 'cidrBlock'?"),
    (VPC, {"cidr_block": "10.0.0.0/16"}, "cidr_block", "did you mean 'cidrBlock'?"),
    (VPC, {"xyzzy": True}, "xyzzy", "there is assignGeneratedIpv6CidrBlock, cidrBlock,"),
    (VPC, {"cidrBlock": "10.0.0.0/33"}, "cidrBlock", '"10.0.0.0/33"; it must be a network such as 10.0.0.0/16'),
    (VPC, {"cidrBlock": 5}, "cidrBlock", "is 5; it must be a network"),
    (VPC, {"instanceTenancy": "shared"}, "instanceTenancy", "must be one of dedicated, default, host"),
    (VPC, {"enableDnsSupport": "yes"}, "enableDnsSupport", '"yes"; a boolean is expected'),
    (VPC, {"tags": ["a"]}, "tags", "a list of 1; a map is expected"),
    (VPC, {"cidrBlock": {"a": 1}}, "cidrBlock", "an object with a; a string is expected"),
    (SUBNET, {}, "vpcId", "missing required property 'vpcId'"),
    (QUEUE, {"delaySeconds": "soon"}, "delaySeconds", '"soon"; an integer is expected'),
    (QUEUE, {"delaySeconds": 1.5}, "delaySeconds", "an integer is expected"),
    (QUEUE, {"messageRetentionSeconds": 12}, "messageRetentionSeconds", "is 12; it must be at least 60"),
    (QUEUE, {"policy": "{nope"}, "policy", "a JSON document is expected"),
    (GROUP, {"ingress": [{"fromPort": 1, "toPort": 2}]}, "ingress[0].protocol", "missing required property"),
    (GROUP, {"ingress": [RULE, {**RULE, "cidrBlock": ["10.0.0.0/8"]}]}, "ingress[1].cidrBlock", "'cidrBlocks'?"),
    (GROUP, {"ingress": {}}, "ingress", "an empty object; a list is expected"),
    (FIREWALL, {"defaultAction": {"alow": {}}}, "defaultAction.alow", "did you mean 'allow'?"),
    ("aws:s3/bucket:Bucket", {"bucket": "Logs"}, "bucket", '"Logs"; it must match'),
    ("aws:kms/key:Key", {"keyUsage": "ENCRYPT"}, "keyUsage", "must be one of ENCRYPT_DECRYPT"),
    ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 8}, "retentionInDays", "must be one of 1, 3, 5, 7, 14"),
    ("aws:lambda/function:Function", {"code": "code.zip", "role": "r"}, "code", "an asset or archive is expected"),
]


@pytest.mark.parametrize(("token", "inputs", "path", "said"), BAD)
def test_a_mistake_is_named_with_its_path_its_value_and_what_is_allowed(
    check: Check, token: str, inputs: Bag, path: str, said: str
) -> None:
    assert said in check(token, inputs)[path]


def test_only_the_mistake_is_named(check: Check) -> None:
    assert list(check(GROUP, {"ingress": [RULE, {**RULE, "portocol": "tcp"}], "vpcId": UNKNOWN})) == [
        "ingress[1].portocol"
    ]


@pytest.mark.parametrize(
    "value", [Secret(value="hunter2"), Secret(value={"hunter2": "hunter2"}), {"hunter2": Secret(value="hunter2")}]
)
def test_a_secret_value_is_judged_but_never_shown(check: Check, value: Value) -> None:
    problems = check(QUEUE, {"delaySeconds": value})
    assert list(problems) == ["delaySeconds"]
    assert "hunter2" not in problems["delaySeconds"].replace("an object with hunter2", "")


def test_a_long_value_is_cut_short_in_the_message(check: Check) -> None:
    assert len(check(QUEUE, {"policy": "x" * 5000})["policy"]) < 250


def test_a_secret_under_a_name_that_does_not_exist_is_not_shown(check: Check) -> None:
    assert "hunter2" not in check(QUEUE, {"polcy": Secret(value="hunter2")})["polcy"]


SCALARS: dict[str, st.SearchStrategy[Value]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31),
    "number": st.floats(allow_nan=False, allow_infinity=False),
}
TEXT: st.SearchStrategy[Value] = st.text(max_size=20) | st.text(max_size=5).map(lambda text: Secret(value=text))
NOT_KNOWN: st.SearchStrategy[Value] = st.just(UNKNOWN)


def values_of(shape: Type, schema: ResourceSchema, depth: int = 3) -> st.SearchStrategy[Value]:
    """Any value of the right shape."""
    match shape:
        case Scalar():
            return SCALARS.get(shape.name, TEXT) | NOT_KNOWN
        case ListOf():
            return st.lists(values_of(shape.item, schema, depth), max_size=2)
        case MapOf():
            return st.dictionaries(st.text(max_size=5), values_of(shape.value, schema, depth), max_size=2)
        case AnyOf():
            return st.one_of([values_of(option, schema, depth) for option in shape.options])
        case ObjectRef():
            return objects_of(schema.objects[shape.name], schema, depth - 1) if depth else NOT_KNOWN


def objects_of(properties: Mapping[str, Property], schema: ResourceSchema, depth: int) -> st.SearchStrategy[Value]:
    values = {name: values_of(each.type, schema, depth) for name, each in properties.items()}
    required = {name: value for name, value in values.items() if properties[name].required}
    return st.fixed_dictionaries(required, optional={name: values[name] for name in values.keys() - required.keys()})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), token=st.sampled_from([GROUP, QUEUE, "aws:s3/bucket:Bucket", "aws:rds/cluster:Cluster"]))
def test_a_value_of_the_right_shape_never_crashes_the_check_and_is_only_refused_by_aws(
    sdk: Sdk, cloudformation: CloudFormation, data: st.DataObject, token: str
) -> None:
    schema = sdk.resource(token)
    names = data.draw(st.lists(st.sampled_from(sorted(schema.inputs)), max_size=4, unique=True))
    required = [name for name, each in schema.inputs.items() if each.required]
    inputs: Bag = {name: data.draw(values_of(schema.inputs[name].type, schema)) for name in {*names, *required}}
    found: list[Problem] = Checker(schema=schema, constraints=cloudformation.node(token)).problems(inputs)
    assert all(_is_from_aws(each.reason) for each in found), found


def _is_from_aws(reason: str) -> bool:
    return "CloudFormation" in reason or "JSON document" in reason or "does not fit its type or its rules" in reason


def test_what_is_wrong_inside_a_document_given_as_an_object_is_said_of_that_place(
    sdk: Sdk, cloudformation: CloudFormation
) -> None:
    token = "aws:sqs/queuePolicy:QueuePolicy"
    checker = Checker(schema=sdk.resource(token), constraints=cloudformation.node(token))
    found = checker.problems({"queueUrl": "u", "policy": {"Version": "2012-10-17", "Statment": []}})
    assert "policy.Statment" in {each.path for each in found}
