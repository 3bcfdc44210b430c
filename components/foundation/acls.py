"""What each kind of subnet lets pass (REQ-Y1): lines of its network ACL. Deny by default: what no line names does not.

ACLs keep no state, so the answers to a connection need a line of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.foundation.addressing import ZoneAddresses

HTTPS = 443  # TCP; REQ-A1
MYSQL_PORT = 3306  # TCP; REQ-A1
REDIS_PORT = 6379  # TCP; REQ-A1
# NAT gateways and Lambda answer from here on: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
FIRST_EPHEMERAL_PORT = 1024
LAST_PORT = 65535
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, kw_only=True)
class Allow:
    """One line. The protocol `-1` is every one, and has no ports."""

    protocol: str = "-1"
    first_port: int = 0
    last_port: int = 0
    cidr: str


@dataclass(frozen=True, kw_only=True)
class Lines:
    """What may come in and what may go out, in order."""

    ingress: Sequence[Allow]
    egress: Sequence[Allow]


def of_kind(vpc: IPv4Network, zones: Sequence[ZoneAddresses], visitors: Sequence[str] = ()) -> dict[str, Lines]:
    """The lines of each kind of subnet: public, private and data; visitors come to private ones, by HTTPS."""
    within = Allow(cidr=str(vpc))
    answers = _tcp(FIRST_EPHEMERAL_PORT, LAST_PORT, ANYWHERE)  # to and from clients
    https = _tcp(HTTPS, HTTPS, ANYWHERE)
    return {
        "public": Lines(ingress=[within, https, answers], egress=[within, https, answers]),
        "private": Lines(
            ingress=[within, answers, *(_tcp(HTTPS, HTTPS, each) for each in visitors)],
            egress=[within, https, answers],
        ),
        "data": _data(zones),
    }


def _data(zones: Sequence[ZoneAddresses]) -> Lines:
    """Two ports from private subnets, and whatever replicas and shards say to each other."""
    callers = [str(zone.private) for zone in zones]
    among_stores = [_tcp(0, LAST_PORT, str(zone.data)) for zone in zones]
    return Lines(
        ingress=[*(_tcp(port, port, caller) for port in (MYSQL_PORT, REDIS_PORT) for caller in callers), *among_stores],
        egress=[*(_tcp(FIRST_EPHEMERAL_PORT, LAST_PORT, caller) for caller in callers), *among_stores],
    )


def _tcp(first_port: int, last_port: int, cidr: str) -> Allow:
    return Allow(protocol="tcp", first_port=first_port, last_port=last_port, cidr=cidr)
