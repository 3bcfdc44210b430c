"""Where things are and how big (E1, F2): regions that we use, and sizes that a stage needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    MANDATORY_EVERYWHERE,
    Finding,
    Outcome,
    Severity,
    judge_each,
    rule,
    stack_rule,
)
from policy.demands import at_most, wrong
from policy.exemptions import STACK
from policy.iam_sources import values
from policy.tags import taggable_types
from policy.view import Node, Resource, Stack

_ZONES = "abcdef"
PROVIDER = "pulumi:providers:aws"
REGIONS = ("ap-northeast-2", "ap-southeast-1", "us-east-1")  # REQ-E1; CloudFront's certificates and WAF are in the last
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
KUBERNETES = "aws:eks/cluster:Cluster"
FIRST_PHASE = "mvp"

# Per type, the property that has a machine's size, or a list of them.
SIZES: Mapping[str, str] = MappingProxyType(
    {
        "aws:docdb/clusterInstance:ClusterInstance": "instanceClass",
        "aws:ec2/instance:Instance": "instanceType",
        "aws:ec2/launchTemplate:LaunchTemplate": "instanceType",
        "aws:eks/nodeGroup:NodeGroup": "instanceTypes",
        "aws:elasticache/cluster:Cluster": "nodeType",
        "aws:elasticache/replicationGroup:ReplicationGroup": "nodeType",
        "aws:memorydb/cluster:Cluster": "nodeType",
        "aws:mq/broker:Broker": "hostInstanceType",
        "aws:msk/cluster:Cluster": "brokerNodeGroupInfo.instanceType",
        "aws:neptune/clusterInstance:ClusterInstance": "instanceClass",
        "aws:opensearch/domain:Domain": "clusterConfig.instanceType",
        "aws:rds/clusterInstance:ClusterInstance": "instanceClass",
        "aws:rds/instance:Instance": "instanceClass",
        "aws:redshift/cluster:Cluster": "nodeType",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "productionVariants",
        "aws:sagemaker/notebookInstance:NotebookInstance": "instanceType",
    }
)
# The biggest size that a stage needs, in units of xlarge: 2xlarge in dev, 4xlarge in stg.
_MOST: Mapping[str, int] = MappingProxyType({"dev": 2, "stg": 4})
_SIZE = re.compile(r".*\.(?P<count>\d+)xlarge(\.search)?")
_METAL = re.compile(r".*\.metal.*")
# The same for what scales by itself: an Aurora capacity unit is 2 GiB, so 32 are an r7g.2xlarge.
SERVERLESS = "aws:rds/cluster:Cluster"
_MOST_UNITS: Mapping[str, int] = MappingProxyType({"dev": 16, "stg": 64})
# Where else a resource says in which region it, or a copy of it, is.
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aws:dynamodb/table:Table": ("replicas[].regionName",),
        "aws:secretsmanager/secret:Secret": ("replicas[].region",),
        "aws:rds/cluster:Cluster": ("availabilityZones[]",),
        "aws:ec2/subnet:Subnet": ("availabilityZone",),
        "aws:ec2/instance:Instance": ("availabilityZone",),
        "aws:ebs/volume:Volume": ("availabilityZone",),
        "aws:rds/instance:Instance": ("availabilityZone",),
    }
)


@rule(
    "DR-004",
    on=taggable_types() | {PROVIDER},
    says="everything is in a region of ours",
    fix="use ap-northeast-2, ap-southeast-1 to recover, us-east-1 for the edge",
    isms_p=["2.12.1", "3.3.4"],
    soc2=["A1.2"],
    requirements=["REQ-E1"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def regions_are_ours(resource: Resource) -> Iterator[Outcome]:
    """A region that nobody watches is where an intruder works. Absent, it is the provider's or the environment's."""
    if resource.has("region") and resource.known("region") not in REGIONS:
        yield wrong(resource, "region")
    for place in PLACES.get(resource.type, ()):
        yield from judge_each(values(resource, {resource.type: place}), _is_ours)


def _is_ours(place: Node) -> Iterator[Outcome]:
    """A zone is its region's name and a letter."""
    if place.text() and place.text().rstrip(_ZONES) not in REGIONS:
        yield Finding(path=place.path, got=place.value)


@rule(
    "SIZ-001",
    on=SIZES,
    says="dev and stg run on small machines",
    fix="use 2xlarge or smaller in dev, 4xlarge in stg",
    isms_p=["2.9.2"],
    soc2=["A1.1"],
    requirements=["REQ-F1", "REQ-F2"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def stages_are_small(resource: Resource) -> Iterator[Outcome]:
    """The MVP's whole compute is 100,000 won a month."""
    most = _MOST.get(resource.stack)
    if most is None:
        return

    def is_small(place: Node) -> Iterator[Outcome]:
        size = place.at("instanceType") if isinstance(place.value, dict) else place
        found = _SIZE.fullmatch(size.text())
        if _METAL.fullmatch(size.text()) or (found and int(found["count"]) > most):
            yield Finding(path=size.path, seen="a big machine")

    yield from judge_each(resource.elements(SIZES[resource.type]), is_small)


@rule(
    "SIZ-003",
    on=[SERVERLESS],
    says="dev and stg scale to what a small machine has",
    fix="set max_capacity to 16 or less in dev, 64 in stg",
    isms_p=["2.9.2"],
    soc2=["A1.1"],
    requirements=["REQ-F1", "REQ-S5"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def serverless_stages_are_small(cluster: Resource) -> Iterator[Outcome]:
    """A query without an index scales as far as it may, and every unit has its price."""
    most = _MOST_UNITS.get(cluster.stack)
    if most is not None:
        yield from at_most("serverlessv2ScalingConfiguration.maxCapacity", most)(cluster)
        yield from at_most("scalingConfiguration.maxCapacity", most)(cluster)


@stack_rule(
    "SIZ-002",
    on=[NAT_GATEWAY],
    says="dev has one NAT gateway",
    fix="share one among the zones",
    isms_p=["2.9.2"],
    soc2=["A1.1"],
    requirements=["REQ-F1", "REQ-E4"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def dev_shares_a_nat_gateway(gateway: Resource, stack: Stack) -> Iterator[Outcome]:
    """REQ-E4 asks for one a zone where people depend on it."""
    first = next(stack.of_type([NAT_GATEWAY]))
    if gateway.stack == "dev" and gateway.urn != first.urn:
        yield Finding(path="subnetId", seen="one more")


@stack_rule(
    "SIZ-004",
    on=[KUBERNETES],
    says="a stack in its first phase has no Kubernetes cluster",
    fix="run the service on instances, or move the stage to the phase scaleup",
    isms_p=["2.9.2"],
    soc2=["A1.1"],
    requirements=["REQ-F1", "REQ-P0", "REQ-X1"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def the_first_phase_has_no_cluster(_: Resource, stack: Stack) -> Iterator[Outcome]:
    """A control plane alone costs more than the MVP's whole compute; a stack tells its phase by its output `phase`."""
    for root in stack.of_type([STACK]):
        if root.known("phase") == FIRST_PHASE:
            yield Finding(path="phase", seen=FIRST_PHASE)
