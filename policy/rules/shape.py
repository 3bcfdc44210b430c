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
from policy.demands import wrong
from policy.tags import taggable_types
from policy.view import Node, Resource, Stack

PROVIDER = "pulumi:providers:aws"
REGIONS = ("ap-northeast-2", "ap-southeast-1", "us-east-1")  # REQ-E1; CloudFront's certificates and WAF are in the last
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"

# Per type, the property that has a machine's size, or a list of them.
SIZES: Mapping[str, str] = MappingProxyType(
    {
        "aws:ec2/instance:Instance": "instanceType",
        "aws:ec2/launchTemplate:LaunchTemplate": "instanceType",
        "aws:eks/nodeGroup:NodeGroup": "instanceTypes",
        "aws:elasticache/replicationGroup:ReplicationGroup": "nodeType",
        "aws:opensearch/domain:Domain": "clusterConfig.instanceType",
        "aws:rds/clusterInstance:ClusterInstance": "instanceClass",
        "aws:rds/instance:Instance": "instanceClass",
        "aws:redshift/cluster:Cluster": "nodeType",
    }
)
_BIG = re.compile(r".*\.([4-9]|[1-9]\d)xlarge(\.search)?|.*\.metal.*")


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


@rule(
    "SIZ-001",
    on=SIZES,
    says="dev runs on small machines",
    fix="use 2xlarge or smaller",
    isms_p=["2.9.2"],
    soc2=["A1.1"],
    requirements=["REQ-F1", "REQ-F2"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def dev_is_small(resource: Resource) -> Iterator[Outcome]:
    """The MVP's whole compute is 100,000 won a month."""
    if resource.stack == "dev":
        yield from judge_each(resource.elements(SIZES[resource.type]), _is_small)


def _is_small(size: Node) -> Iterator[Outcome]:
    if _BIG.fullmatch(size.text()):
        yield Finding(path=size.path, seen="a big machine")


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
