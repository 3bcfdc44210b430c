"""What is open to the internet (Y1): security groups and network ACLs, by port."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policy.catalog import ADVISORY_EVERYWHERE, MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule
from policy.openings import (
    ACL_RULES,
    ACLS,
    DEFAULT_GROUPS,
    INGRESS,
    PREFIX_LIST_ENTRIES,
    PREFIX_LISTS,
    Ports,
    is_anywhere,
    lines_in,
    ports,
    sources,
)
from policy.view import Node, Resource, any_of

SSH, RDP, HTTP, HTTPS = 22, 3389, 80, 443
_FIRST_EPHEMERAL_PORT = 1024

# Administration, file shares, databases, caches, queues, clusters, and what services speak among themselves.
NEVER_PUBLIC = (
    *(20, 21, SSH, 23, 111, 135, 137, 138, 139, 389, 445, 873, 2049, 2375, 2376, 2379, 2380, RDP, 5900, 5985, 5986),
    *(1433, 1434, 1521, 3306, 4333, 5432, 5439, 6379, 6380, 7000, 7001, 8086, 8182, 9042, 27017, 27018, 27019, 50000),
    *(2181, 4505, 4506, 5500, 5601, 5672, 8020, 8500, 8888, 9092, 9094, 9096, 9098, 9200, 9300, 10250, 10255, 11211),
    *(8080, 50051),  # REQ-A1: pods and gRPC
)


@rule(
    "NET-001",
    on=INGRESS,
    says="no administration, database or internal port is open to the internet",
    fix="let in a security group instead; for a shell use SSM Session Manager",
    isms_p=["2.6.1", "2.10.2"],
    soc2=["CC6.6"],
    requirements=["REQ-Y1", "REQ-A1", "REQ-S16"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def dangerous_ports_are_closed(resource: Resource) -> Iterator[Outcome]:
    """Inline lines and lines of their own, IPv4 and IPv6, ranges, all protocols, and the internet cut in halves."""
    yield from _open(resource, _is_dangerous)


@rule(
    "NET-012",
    on=INGRESS,
    says="of a service only HTTPS is open to the internet, and HTTP to be redirected",
    fix="open 443 on the load balancer's group, and the service's port to that group",
    isms_p=["2.6.1", "2.10.2"],
    soc2=["CC6.6"],
    requirements=["REQ-Y1", "REQ-A1"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def other_ports_are_closed(resource: Resource) -> Iterator[Outcome]:
    """What NET-001 names is NET-001's."""
    yield from _open(resource, lambda found: not _is_dangerous(found) and not _is_web(found))


@rule(
    "NET-002",
    on=DEFAULT_GROUPS,
    says="the VPC's default security group lets nothing through",
    fix="set ingress=[] and egress=[]",
    isms_p=["2.6.1"],
    soc2=["CC6.6"],
    requirements=["REQ-Y1"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def default_groups_are_empty(group: Resource) -> Iterator[Outcome]:
    """Whatever is made without a group gets this one."""
    for direction in ("ingress", "egress"):
        if group.elements(direction):
            yield Finding(path=direction, got=group.get(direction))


@rule(
    "NET-011",
    on=[*ACLS, *ACL_RULES],
    says="a network ACL neither lets everyone through nor lets everyone in by SSH or RDP",
    fix="name the ports and networks that the subnets need",
    isms_p=["2.6.1"],
    soc2=["CC6.6"],
    requirements=["REQ-Y1"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def acls_deny_by_default(acl: Resource) -> Iterator[Outcome]:
    """ACLs keep no state: answers come in on 1024 to 65535, so a range that begins there is no opening for RDP."""

    def is_closed(line: Node) -> Iterator[Outcome]:
        action = line.known("action") if line.has("action") else line.known("ruleAction")
        if str(action).lower() == "allow":
            yield from _if_anywhere(line, _is_opening)

    yield from judge_each(lines_in(acl), is_closed)


@rule(
    "NET-008",
    on=INGRESS,
    says="a line that lets somebody in says why",
    fix="set description",
    isms_p=["2.6.1"],
    soc2=["CC6.6"],
    requirements=["REQ-Y1"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def lines_are_described(resource: Resource) -> Iterator[Outcome]:
    """Nobody dares to remove what nobody can explain."""

    def is_described(line: Node) -> Iterator[Outcome]:
        if not line.at("description").is_given:
            yield Finding(path=line.at("description").path, got=line.get("description"))

    yield from judge_each(lines_in(resource), is_described)


@rule(
    "NET-024",
    on=[*PREFIX_LISTS, *PREFIX_LIST_ENTRIES],
    says="a list of networks is not the internet",
    fix="list the networks; where everybody is meant, say so in the security group",
    isms_p=["2.6.1"],
    soc2=["CC6.6"],
    requirements=["REQ-Y1"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def lists_are_not_the_internet(listed: Resource) -> Iterator[Outcome]:
    """A group that lets a list in does not show who is on it."""

    def is_named(entry: Node) -> Iterator[Outcome]:
        if is_anywhere(entry.at("cidr")):
            yield Finding(path=entry.at("cidr").path, seen="anywhere")

    entries = listed.elements("entries") if listed.type in PREFIX_LISTS else [listed]
    yield from judge_each(entries, is_named)


def _open(resource: Resource, is_refused: Callable[[Ports], bool]) -> Iterator[Outcome]:
    yield from judge_each(lines_in(resource), lambda line: _if_anywhere(line, is_refused))


def _if_anywhere(line: Node, is_refused: Callable[[Ports], bool]) -> Iterator[Outcome]:
    """A finding when a line is about the internet and its ports are refused; unknown ports matter only then."""
    if any_of(sources(line), is_anywhere):
        found = ports(line)
        if found is not None and is_refused(found):
            shown = "every port" if found.every else f"{found.first}-{found.last}"
            yield Finding(path=line.path or "fromPort", seen=f"{shown} from anywhere")


def _is_dangerous(found: Ports) -> bool:
    return any(found.covers(port) for port in NEVER_PUBLIC)


def _is_web(found: Ports) -> bool:
    return found.first == found.last and found.first in (HTTP, HTTPS)


def _is_opening(found: Ports) -> bool:
    return found.covers(SSH) or (found.covers(RDP) and found.first > _FIRST_EPHEMERAL_PORT)
