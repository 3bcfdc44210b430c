"""Peering tier: a way between the private subnets of a stage's two regions, for its runner alone (REQ-R4, REQ-Y1).

One runner deploys the whole stage, and a private API endpoint answers in its own VPC and in what is peered with it; its
name leads to private addresses wherever it is asked for. Routes let packets find the way; security groups and network
ACLs, which name the runner's subnets and HTTPS, let in nothing else. Between regions AWS encrypts what passes.
https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope

APPLICATION = "network"


@dataclass(frozen=True, kw_only=True)
class End:
    """The network of one region."""

    name: str  # what is made there is called after it
    scope: Scope
    vpc_id: pulumi.Input[str]
    cidr: str  # of the VPC
    zones: Sequence[str]
    route_table_ids: Sequence[pulumi.Input[str]]  # of its private subnets, one a zone


@dataclass(frozen=True, kw_only=True)
class PeeringArgs:
    """From where to where."""

    here: End
    there: End
    over_there: pulumi.ResourceOptions  # with the other region's provider


class Peering(pulumi.ComponentResource):
    """A connection that both sides agreed to, and the routes of both."""

    def __init__(self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:Peering", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        over_there = pulumi.ResourceOptions.merge(args.over_there, child)
        tags = tagging.tier_tags(
            APPLICATION, tagging.Classification.INTERNAL, name=args.here.scope.name("network", "peering")
        )
        asked = aws.ec2.VpcPeeringConnection(
            f"{args.here.name}-connection",
            vpc_id=args.here.vpc_id,
            peer_vpc_id=args.there.vpc_id,
            peer_region=args.there.scope.region,
            auto_accept=False,  # of another region the other side has to
            tags=tags,
            opts=child,
        )
        agreed = aws.ec2.VpcPeeringConnectionAccepter(
            f"{args.there.name}-accepter",
            vpc_peering_connection_id=asked.id,
            auto_accept=True,
            tags=tags,
            opts=over_there,
        )
        for end, other, opts_of_end in ((args.here, args.there, child), (args.there, args.here, over_there)):
            for zone, table in zip(end.zones, end.route_table_ids, strict=True):
                aws.ec2.Route(
                    f"{end.name}-route-{zone}",
                    route_table_id=table,
                    destination_cidr_block=other.cidr,
                    vpc_peering_connection_id=asked.id,
                    # A route to what nobody has agreed to yet is refused.
                    opts=pulumi.ResourceOptions.merge(opts_of_end, pulumi.ResourceOptions(depends_on=[agreed])),
                )
        self.register_outputs({})
