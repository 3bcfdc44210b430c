"""The network tier's exact inputs. That AWS routes as told is not proved here."""

import json
from typing import Any

from components.foundation.encryption import PURPOSES
from tests.unit.recording import Recorded

SUBNET = "aws:ec2/subnet:Subnet"
ACL = "aws:ec2/networkAcl:NetworkAcl"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def lines(rules: list[dict[str, Any]]) -> list[tuple[str, int, int, str]]:
    assert all(rule["action"] == "allow" for rule in rules)
    assert len({rule["ruleNo"] for rule in rules}) == len(rules)
    return [(rule["protocol"], int(rule["fromPort"]), int(rule["toPort"]), rule["cidrBlock"]) for rule in rules]


def test_three_zones_get_a_public_a_private_and_a_data_subnet_each(dev: Recorded) -> None:
    subnets = {one.name: (one["availabilityZone"], one["cidrBlock"]) for one in dev.of_type(SUBNET)}
    assert subnets == {
        "network-public-a": ("ap-northeast-2a", "10.10.192.0/20"),
        "network-public-b": ("ap-northeast-2b", "10.10.208.0/20"),
        "network-public-c": ("ap-northeast-2c", "10.10.224.0/20"),
        "network-private-a": ("ap-northeast-2a", "10.10.0.0/18"),
        "network-private-b": ("ap-northeast-2b", "10.10.64.0/18"),
        "network-private-c": ("ap-northeast-2c", "10.10.128.0/18"),
        "network-data-a": ("ap-northeast-2a", "10.10.240.0/22"),
        "network-data-b": ("ap-northeast-2b", "10.10.244.0/22"),
        "network-data-c": ("ap-northeast-2c", "10.10.248.0/22"),
    }
    assert not any(one["mapPublicIpOnLaunch"] for one in dev.of_type(SUBNET))


def test_load_balancers_find_their_subnets_by_tag(dev: Recorded) -> None:
    roles = {one.name: {key for key in one["tags"] if key.startswith("kubernetes.io/")} for one in dev.of_type(SUBNET)}
    assert roles["network-public-a"] == {"kubernetes.io/role/elb"}
    assert roles["network-private-a"] == {"kubernetes.io/role/internal-elb"}
    assert roles["network-data-a"] == set()


def test_a_stage_with_three_nat_gateways_keeps_each_zone_on_its_own(prod: Recorded) -> None:
    routes = {one.name: one.get("natGatewayId") for one in prod.of_type("aws:ec2/route:Route")}
    assert routes == {
        "network-public-internet": None,
        "network-private-a-nat": "network-nat-a-id",
        "network-private-b-nat": "network-nat-b-id",
        "network-private-c-nat": "network-nat-c-id",
    }


def test_a_stage_with_one_nat_gateway_sends_every_zone_through_it(dev: Recorded) -> None:
    assert [one.name for one in dev.of_type("aws:ec2/natGateway:NatGateway")] == ["network-nat-a"]
    routes = [one.get("natGatewayId") for one in dev.of_type("aws:ec2/route:Route") if "private" in one.name]
    assert routes == ["network-nat-a-id"] * 3


def test_nat_gateways_come_after_the_internet_gateway_and_go_before_it(prod: Recorded) -> None:
    for gateway in prod.of_type("aws:ec2/natGateway:NatGateway"):
        assert any(urn.endswith("::network-internet") for urn in gateway.dependencies)


def test_a_flow_log_comes_after_the_permission_of_its_role(dev: Recorded) -> None:
    log = dev.named("network-flow-logs", "aws:ec2/flowLog:FlowLog")
    assert any(urn.endswith("aws:iam/rolePolicy:RolePolicy::network-flow-logs") for urn in log.dependencies)


def test_data_subnets_have_no_way_out_of_the_vpc(prod: Recorded) -> None:
    table = "network-data-routes-id"
    associated = prod.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert sorted(one["subnetId"] for one in associated if one["routeTableId"] == table) == [
        "network-data-a-id",
        "network-data-b-id",
        "network-data-c-id",
    ]
    assert not any(one["routeTableId"] == table for one in prod.of_type("aws:ec2/route:Route"))
    assert not any(table in (one.get("routeTableIds") or []) for one in prod.of_type(ENDPOINT))


def test_what_aws_makes_with_a_vpc_is_emptied(platform: Recorded) -> None:
    group = platform.named("network-default-group", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    acl = platform.named("network-default-acl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    table = platform.named("network-default-routes", "aws:ec2/defaultRouteTable:DefaultRouteTable")
    assert (group["ingress"], group["egress"], acl["ingress"], acl["egress"], table["routes"]) == ([], [], [], [], [])


def test_every_subnet_has_a_network_acl_of_its_kind(platform: Recorded) -> None:
    covered = [subnet for acl in platform.of_type(ACL) for subnet in acl["subnetIds"]]
    assert sorted(covered) == sorted(f"{one.name}-id" for one in platform.of_type(SUBNET))


def test_the_public_acl_admits_https_and_answers_and_nothing_else_from_outside(dev: Recorded) -> None:
    acl = dev.named("network-public-acl", ACL)
    assert lines(acl["ingress"]) == [
        ("-1", 0, 0, "10.10.0.0/16"),
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 1024, 65535, "0.0.0.0/0"),
    ]


def test_the_private_acl_admits_only_answers_from_outside(dev: Recorded) -> None:
    acl = dev.named("network-private-acl", ACL)
    assert lines(acl["ingress"]) == [("-1", 0, 0, "10.10.0.0/16"), ("tcp", 1024, 65535, "0.0.0.0/0")]
    assert lines(acl["egress"]) == [
        ("-1", 0, 0, "10.10.0.0/16"),
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 1024, 65535, "0.0.0.0/0"),
    ]


def test_the_data_acl_admits_mysql_and_redis_from_private_subnets_and_stores_among_themselves(dev: Recorded) -> None:
    private = ["10.10.0.0/18", "10.10.64.0/18", "10.10.128.0/18"]
    stores = ["10.10.240.0/22", "10.10.244.0/22", "10.10.248.0/22"]
    among = [("tcp", 0, 65535, store) for store in stores]
    acl = dev.named("network-data-acl", ACL)
    assert lines(acl["ingress"]) == [("tcp", port, port, one) for port in (3306, 6379) for one in private] + among
    assert lines(acl["egress"]) == [("tcp", 1024, 65535, one) for one in private] + among


def test_s3_and_dynamodb_are_reached_without_nat_in_every_stage(platform: Recorded) -> None:
    gateways = [one for one in platform.of_type(ENDPOINT) if one["vpcEndpointType"] == "Gateway"]
    assert {one["serviceName"] for one in gateways} == {
        "com.amazonaws.ap-northeast-2.s3",
        "com.amazonaws.ap-northeast-2.dynamodb",
    }
    for one in gateways:
        assert sorted(one["routeTableIds"]) == [f"network-private-{zone}-routes-id" for zone in "abc"]


def test_a_stage_gets_the_interface_endpoints_it_names(dev: Recorded, prod: Recorded) -> None:
    def services(run: Recorded) -> set[str]:
        interfaces = [one for one in run.of_type(ENDPOINT) if one["vpcEndpointType"] == "Interface"]
        assert all(one["privateDnsEnabled"] for one in interfaces)
        return {one["serviceName"].removeprefix("com.amazonaws.ap-northeast-2.") for one in interfaces}

    assert services(dev) == {"ecr.api", "ecr.dkr", "logs", "sts", "ssm", "ssmmessages"}
    assert len(services(prod)) == 12


def test_every_endpoint_lets_only_callers_of_this_account_through(prod: Recorded) -> None:
    for endpoint in prod.of_type(ENDPOINT):
        for statement in json.loads(endpoint["policy"])["Statement"]:
            assert not any("*" in action for action in statement["Action"]), endpoint.name
            if statement["Sid"] == "CallersOfThisAccount":
                accounts = {"aws:PrincipalAccount": "777788889999"}
                if endpoint["vpcEndpointType"] == "Gateway":
                    accounts["aws:ResourceAccount"] = "777788889999"
                assert statement["Condition"] == {"StringEquals": accounts}
            else:  # AWS's own public buckets, and roles of ours for pods that have no account yet
                assert statement["Sid"] in (
                    "PackagesImagesAndAgentsThatAwsPublishes",
                    "RolesOfThisAccountForWebIdentities",
                )
                assert "*" not in statement["Resource"]


def test_interface_endpoints_answer_https_from_private_subnets_only(dev: Recorded) -> None:
    group = "network-endpoints-id"
    every = dev.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    rules = [one for one in every if one["securityGroupId"] == group]
    assert {(int(one["fromPort"]), int(one["toPort"]), one["ipProtocol"], one["cidrIpv4"]) for one in rules} == {
        (443, 443, "tcp", "10.10.0.0/18"),
        (443, 443, "tcp", "10.10.64.0/18"),
        (443, 443, "tcp", "10.10.128.0/18"),
    }
    out = dev.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert not any(one["securityGroupId"] == group for one in out)


def test_every_flow_is_logged_encrypted_and_kept_as_long_as_the_stage_says(dev: Recorded, prod: Recorded) -> None:
    for run, days in ((dev, 30), (prod, 365)):
        log = run.named("network-flow-logs", "aws:ec2/flowLog:FlowLog")
        group = run.named("network-flow-logs", "aws:cloudwatch/logGroup:LogGroup")
        assert (log["vpcId"], log["trafficType"]) == ("network-vpc-id", "ALL")
        assert log["logDestination"] == "arn:mock:network-flow-logs"
        assert (group["kmsKeyId"], int(group["retentionInDays"])) == ("arn:mock:encryption-logs", days)


def test_the_flow_log_role_may_write_to_its_log_group_only(dev: Recorded) -> None:
    group = "arn:aws:logs:ap-northeast-2:111122223333:log-group:/startup-platform/dev/network/flow-logs"
    policy = json.loads(dev.named("network-flow-logs", "aws:iam/rolePolicy:RolePolicy")["policy"])
    assert policy["Statement"] == [
        {
            "Sid": "WriteToTheFlowLogGroup",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": [group, f"{group}:log-stream:*"],
        },
        {"Sid": "FindLogGroups", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
    ]
    trust = json.loads(dev.named("network-flow-logs", "aws:iam/role:Role")["assumeRolePolicy"])
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_what_cannot_be_had_again_is_protected_where_the_stage_says_so(dev: Recorded, prod: Recorded) -> None:
    def protected(run: Recorded) -> set[str]:
        kept = (one.name for one in run.registrations if one.protect)
        return {name for name in kept if name.startswith(("network-", "encryption-"))}

    assert not any(one.protect for one in dev.registrations)
    assert protected(prod) == {
        "network-vpc",
        "network-nat-a-address",
        "network-nat-b-address",
        "network-nat-c-address",
        "network-flow-logs",
        *(f"encryption-{purpose}" for purpose in PURPOSES),
    }
