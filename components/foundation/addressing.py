"""How a stage's /16 is cut (REQ-E3): arithmetic only.

    /16 = four /18: one a zone for private subnets, and a fourth, which is
    /18 = four /20: one a zone for public subnets, and a spare, which is
    /20 = four /22: one a zone for data subnets; the last /22 stays free.

A private /18 has room for the /28 prefixes that the VPC CNI hands to pods; a database needs few addresses but a
subnet of its own, so that its network ACL can be closed to everything else.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network

ZONES = 3  # REQ-E3
VPC_PREFIX = 16
PRIVATE_PREFIX = 18
PUBLIC_PREFIX = 20
DATA_PREFIX = 22


@dataclass(frozen=True, kw_only=True)
class ZoneAddresses:
    """The three subnets of one zone."""

    public: IPv4Network
    private: IPv4Network
    data: IPv4Network


def cut(vpc: IPv4Network) -> tuple[ZoneAddresses, ...]:
    """The subnets of each zone, in the order of the zones.

    Raises:
        ValueError: the network is no /16.
    """
    if vpc.prefixlen != VPC_PREFIX:
        raise ValueError(f"{vpc} is not a /{VPC_PREFIX}")
    *private, rest = vpc.subnets(new_prefix=PRIVATE_PREFIX)
    *public, spare = rest.subnets(new_prefix=PUBLIC_PREFIX)
    data = spare.subnets(new_prefix=DATA_PREFIX)
    return tuple(
        ZoneAddresses(public=public_net, private=private_net, data=data_net)
        for public_net, private_net, data_net in zip(public, private, data, strict=False)
    )
