"""The way from the runner into a second region: made where both are, agreed to, and narrow at its end."""

import pytest

from components.phases import PhaseName
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, Registration

CONNECTION = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ACCEPTER = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
ROUTE = "aws:ec2/route:Route"
INTO = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RUNNERS = {"a": "10.30.0.0/18", "b": "10.30.64.0/18", "c": "10.30.128.0/18"}  # of prod's first VPC


@pytest.fixture(scope="module")
def both() -> Recorded:
    """Prod, with two regions and a private API."""
    return platform_of("prod", phase=PhaseName.GLOBAL)


def where(one: Registration) -> str:
    return one.provider.split("::")[3]


def before(one: Registration) -> set[str]:
    return {urn.rpartition("::")[2] for urn in one.dependencies}


def test_one_side_asks_and_the_other_agrees(both: Recorded) -> None:
    (asked,), (agreed,) = both.of_type(CONNECTION), both.of_type(ACCEPTER)
    assert (asked["vpcId"], asked["peerVpcId"]) == ("network-vpc-id", "dr-network-vpc-id")
    assert (asked["peerRegion"], asked["autoAccept"], where(asked)) == ("ap-southeast-1", False, "aws-ap-northeast-2")
    assert (agreed["vpcPeeringConnectionId"], agreed["autoAccept"]) == ("peering-connection-id", True)
    assert where(agreed) == "aws-ap-southeast-1"


def test_private_subnets_of_both_know_the_way_and_no_others(both: Recorded) -> None:
    routes = {one.name: one for one in both.of_type(ROUTE) if one.get("vpcPeeringConnectionId")}
    assert {name: (one["routeTableId"], one["destinationCidrBlock"], where(one)) for name, one in routes.items()} == {
        **{
            f"peering-route-{zone}": (f"network-private-{zone}-routes-id", "10.31.0.0/16", "aws-ap-northeast-2")
            for zone in "abc"
        },
        **{
            f"dr-peering-route-{zone}": (f"dr-network-private-{zone}-routes-id", "10.30.0.0/16", "aws-ap-southeast-1")
            for zone in "abc"
        },
    }
    assert all("dr-peering-accepter" in before(one) for one in routes.values())


def test_only_the_runners_subnets_come_in_and_only_to_the_api_by_https(both: Recorded) -> None:
    lines = {one.name: one for one in both.of_type(INTO) if one.name.startswith("dr-cluster-api")}
    assert {name: (one["cidrIpv4"], int(one["fromPort"]), int(one["toPort"])) for name, one in lines.items()} == {
        f"dr-cluster-api-from-runner-{zone}": (network, 443, 443) for zone, network in RUNNERS.items()
    }
    acl = both.named("dr-network-private-acl", "aws:ec2/networkAcl:NetworkAcl")
    visited = [line for line in acl["ingress"] if line["cidrBlock"] in RUNNERS.values()]
    assert [(int(line["fromPort"]), int(line["toPort"])) for line in visited] == [(443, 443)] * 3
    # Numbers of the lines that were there before stay as they were.
    assert [int(line["ruleNo"]) for line in acl["ingress"]] == [100, 110, 120, 130, 140]
    others = both.named("network-private-acl", "aws:ec2/networkAcl:NetworkAcl")
    assert len(others["ingress"]) == 2


def test_the_second_cluster_comes_after_the_way_to_it(both: Recorded) -> None:
    tier = both.named("dr-cluster", "startup-platform:compute:Cluster")
    control_plane = both.named("dr-cluster-control-plane", "eks:index:Cluster")
    assert {"dr-peering-accepter", "peering-route-a", "dr-peering-route-a"} <= before(tier) | before(control_plane)


def test_there_is_no_way_where_there_is_no_runner_or_no_second_region(prod: Recorded) -> None:
    assert prod.of_type(CONNECTION) == []
    dev = platform_of("dev", phase=PhaseName.GLOBAL)
    assert dev.of_type(CONNECTION) == dev.of_type(ACCEPTER) == []
    assert [one.name for one in dev.of_type(INTO) if "cluster-api" in one.name] == []
    acl = dev.named("dr-network-private-acl", "aws:ec2/networkAcl:NetworkAcl")
    assert len(acl["ingress"]) == 2
