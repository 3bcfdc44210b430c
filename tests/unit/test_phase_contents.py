"""What each phase must contain and what it must not, of the whole platform, so that no two are the same by accident."""

from collections import Counter

import pytest

from components import settings
from components.phases import PHASES, PhaseName
from components.platform import Platform
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, record

ADDON = "aws:eks/addon:Addon"
CLUSTER = "eks:index:Cluster"
GLOBAL_CLUSTER = "aws:rds/globalCluster:GlobalCluster"
GROUP = "aws:autoscaling/group:Group"
HEALTH = "aws:route53/healthCheck:HealthCheck"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
NAT = "aws:ec2/natGateway:NatGateway"
NODES = "aws:eks/nodeGroup:NodeGroup"
PROXY = "aws:rds/proxy:Proxy"


def in_phase(phase: PhaseName) -> Recorded:
    config = stage_config("prod") | {"startup-platform:phase": phase.value}
    loaded = settings.load(stage="prod", config=config)
    return record(lambda: Platform("startup-platform", loaded), stack="prod")


@pytest.fixture(scope="module")
def runs() -> dict[PhaseName, Recorded]:
    return {phase: in_phase(phase) for phase in PhaseName}


CONTENTS: dict[PhaseName, dict[str, int]] = {
    PhaseName.MVP: {
        NAT: 1,
        GROUP: 1,
        MEMBER: 2,
        PROXY: 0,
        GLOBAL_CLUSTER: 0,
        HEALTH: 0,
        CLUSTER: 0,
        NODES: 0,
        ADDON: 0,
    },
    PhaseName.GROWTH: {
        NAT: 3,
        GROUP: 1,
        MEMBER: 2,
        PROXY: 1,
        GLOBAL_CLUSTER: 0,
        HEALTH: 0,
        CLUSTER: 1,
        NODES: 1,
        ADDON: 5,
    },
    PhaseName.SCALEUP: {
        NAT: 3,
        GROUP: 0,
        MEMBER: 3,
        PROXY: 1,
        GLOBAL_CLUSTER: 0,
        HEALTH: 0,
        CLUSTER: 1,
        NODES: 1,
        ADDON: 5,
    },
    PhaseName.GLOBAL: {
        NAT: 6,
        GROUP: 0,
        MEMBER: 5,
        PROXY: 2,
        GLOBAL_CLUSTER: 1,
        HEALTH: 2,
        CLUSTER: 2,
        NODES: 2,
        ADDON: 10,
    },
    PhaseName.IPO: {
        NAT: 6,
        GROUP: 0,
        MEMBER: 5,
        PROXY: 2,
        GLOBAL_CLUSTER: 1,
        HEALTH: 2,
        CLUSTER: 2,
        NODES: 2,
        ADDON: 10,
    },
}


@pytest.mark.parametrize("phase", PhaseName)
def test_a_phase_has_these_and_no_more_of_them(phase: PhaseName, runs: dict[PhaseName, Recorded]) -> None:
    found = Counter(one.type for one in runs[phase].registrations)
    assert {token: found[token] for token in CONTENTS[phase]} == CONTENTS[phase]


@pytest.mark.parametrize("phase", PhaseName)
def test_the_database_and_the_cache_have_the_sizes_of_the_phase(
    phase: PhaseName, runs: dict[PhaseName, Recorded]
) -> None:
    sizes, run = PHASES[phase].sizes, runs[phase]
    assert {one["instanceClass"] for one in run.of_type(MEMBER)} == {sizes.database.instance_class}
    clusters = run.of_type("aws:rds/cluster:Cluster")
    assert {int(one["backupRetentionPeriod"]) for one in clusters} == {sizes.database.backup_retention_days}
    caches = run.of_type("aws:elasticache/replicationGroup:ReplicationGroup")
    assert {one["nodeType"] for one in caches} == {sizes.cache.node_type}
    assert len(clusters) == len(caches) == PHASES[phase].regions


@pytest.mark.parametrize("phase", PhaseName)
def test_a_phase_reaches_as_many_services_inside_its_vpc_as_it_pays_for(
    phase: PhaseName, runs: dict[PhaseName, Recorded]
) -> None:
    endpoints = runs[phase].of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    inside = [one for one in endpoints if one["vpcEndpointType"] == "Interface"]
    regions = PHASES[phase].regions
    assert len(inside) == regions * len(PHASES[phase].sizes.network.interface_endpoints)
    assert len(endpoints) - len(inside) == regions * 2  # S3 and DynamoDB cost nothing


@pytest.mark.parametrize("phase", PhaseName)
def test_requests_go_where_the_phase_has_somebody_to_answer(phase: PhaseName, runs: dict[PhaseName, Recorded]) -> None:
    who = "cluster" if PHASES[phase].sizes.instances is None else "instances"
    for prefix in ("", "dr-")[: PHASES[phase].regions]:
        rule = runs[phase].named(f"{prefix}entrance-from-our-distribution", "aws:lb/listenerRule:ListenerRule")
        (action,) = rule["actions"]
        weights = {one["arn"]: int(one["weight"]) for one in action["forward"]["targetGroups"]}
        answering = {arn for arn, weight in weights.items() if weight}
        assert answering == {f"arn:mock:{prefix}entrance-{who}"}


@pytest.mark.parametrize("phase", PhaseName)
def test_a_key_for_the_clusters_secrets_is_there_with_the_cluster_only(
    phase: PhaseName, runs: dict[PhaseName, Recorded]
) -> None:
    keys = {one.name for one in runs[phase].of_type("aws:kms/key:Key")}
    assert ("encryption-cluster" in keys) == (PHASES[phase].sizes.cluster is not None)


def test_in_growth_the_cluster_stands_beside_the_instances_and_gets_no_request(
    runs: dict[PhaseName, Recorded],
) -> None:
    run = runs[PhaseName.GROWTH]
    assert run.of_type(GROUP)
    assert run.of_type(CLUSTER)
    (rule,) = run.of_type("aws:lb/listenerRule:ListenerRule")
    weights = {one["arn"]: int(one["weight"]) for one in rule["actions"][0]["forward"]["targetGroups"]}
    assert weights["arn:mock:entrance-cluster"] == 0
