"""What a security group or a network ACL lets in, wherever it is written: who, and on which ports."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from policy.demands import number
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource

GROUPS = ("aws:ec2/securityGroup:SecurityGroup",)
DEFAULT_GROUPS = ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",)
GROUP_RULES = ("aws:ec2/securityGroupRule:SecurityGroupRule",)
INGRESS_RULES = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",)
INGRESS = (*GROUPS, *DEFAULT_GROUPS, *GROUP_RULES, *INGRESS_RULES)

PREFIX_LISTS = ("aws:ec2/managedPrefixList:ManagedPrefixList",)
PREFIX_LIST_ENTRIES = ("aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",)

ACLS = ("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
ACL_RULES = ("aws:ec2/networkAclRule:NetworkAclRule",)

_ALL_PROTOCOLS = ("-1", "all")
_WITH_PORTS = ("tcp", "6", "udp", "17", *_ALL_PROTOCOLS)
_SOURCES = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "cidrBlock", "ipv6CidrBlock")
_NEXT_TO_ALL_V4 = 8  # a network this long or shorter holds at least 1/256 of the internet; /1 twice is all of it
_NEXT_TO_ALL_V6 = 15  # 2000::/3 is all that is in use


@dataclass(frozen=True, kw_only=True)
class Ports:
    """An inclusive range; `every` when the protocol is any."""

    first: int
    last: int
    every: bool

    def covers(self, port: int) -> bool:
        """Whether a port is among them."""
        return self.every or self.first <= port <= self.last


def lines_in(resource: Resource) -> list[Node]:
    """The lines by which a resource lets something in.

    Raises:
        CannotJudgeError: how many there are, or their direction, is unknown.
    """
    if resource.type in (*GROUPS, *DEFAULT_GROUPS, *ACLS):
        return resource.elements("ingress")
    if resource.type in GROUP_RULES:
        return [resource] if resource.known("type") == "ingress" else []
    if resource.type in ACL_RULES:
        return [] if resource.is_on("egress") else [resource]
    return [resource]


def ports(line: Node) -> Ports | None:
    """The TCP and UDP ports of a line; None when it is about neither, as ICMP is.

    Raises:
        CannotJudgeError: the protocol or a port is unknown.
    """
    protocol = str(line.known("protocol") if line.has("protocol") else line.known("ipProtocol")).lower()
    if protocol not in _WITH_PORTS:
        return None
    first, last = number(line, "fromPort"), number(line, "toPort")
    every = protocol in _ALL_PROTOCOLS or first == -1
    return Ports(first=int(first or 0), last=int(first or 0) if last is None else int(last), every=every)


def sources(line: Node) -> list[Node]:
    """The networks that a line is about, of both kinds; a list that is unknown is one unknown network."""
    places = [line.at(name) for name in _SOURCES]
    return [each for place in places for each in ([place] if place.value is UNKNOWN else place.elements(""))]


def is_anywhere(network: Node) -> bool:
    """Whether a network is the internet or a good part of it.

    Raises:
        CannotJudgeError: it is unknown.
    """
    if network.value is UNKNOWN:
        raise CannotJudgeError(network.path)
    try:
        parsed = ip_network(network.text(), strict=False)
    except ValueError:  # no network: AWS refuses it
        return False
    return not parsed.is_private and parsed.prefixlen <= (_NEXT_TO_ALL_V4 if parsed.version == 4 else _NEXT_TO_ALL_V6)
