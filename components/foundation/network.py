"""Network tier: the VPC (REQ-E3), its ways out (REQ-E4, REQ-S16) and what may pass where (REQ-Y1).

Three kinds of subnet in each of three zones. Public ones hold load balancers and NAT gateways and nothing of ours;
private ones hold what runs; data ones hold what stores, and have no route out of the VPC at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TypeVar

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation import acls, addressing, endpoints
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.sizes import NetworkSize

APPLICATION = "network"
FLOW_LOG_INTERVAL_SECONDS = 60  # the shortest; the other is 600


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Where the network is, how large its phase wants it, and the key that its flow logs are encrypted with."""

    scope: Scope
    cidr: IPv4Network  # a /16
    zones: Sequence[str]  # three letters, such as a, b, c
    size: NetworkSize
    destroy_protection: bool
    logs_key_arn: pulumi.Input[str]
    visitors: Sequence[str] = ()  # networks of another VPC from which HTTPS comes to private subnets


class Network(pulumi.ComponentResource):
    """A VPC with its subnets, gateways, network ACLs, endpoints and flow logs."""

    vpc_id: pulumi.Output[str]
    public_subnet_ids: Sequence[pulumi.Output[str]]  # one a zone, in the order of the zones
    private_subnet_ids: Sequence[pulumi.Output[str]]
    data_subnet_ids: Sequence[pulumi.Output[str]]
    private_route_table_ids: Sequence[pulumi.Output[str]]
    nat_addresses: Sequence[pulumi.Output[str]]  # what partners put on their allow lists; they never change

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:Network", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._kept = pulumi.ResourceOptions(parent=self, protect=args.destroy_protection)
        self._cut = addressing.cut(args.cidr)

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,  # interface endpoints take over their service's public name only with it
            tags=self._tags("vpc"),
            opts=self._kept,
        )
        self._vpc = vpc
        self._close_defaults()
        public, private, data = (
            self._subnets("public", role="kubernetes.io/role/elb"),
            self._subnets("private", role="kubernetes.io/role/internal-elb"),
            self._subnets("data", role=None),
        )
        self._network_acls({"public": public, "private": private, "data": data})
        internet = self._route_public(public)
        addresses = self._nat_addresses()
        nat_gateways = self._nat_gateways(public, addresses, internet)
        self._route_table("data", data)
        tables = self._route_private(private, nat_gateways)
        self._gateway_endpoints(tables)
        self._interface_endpoints(private)
        self._flow_logs()

        self.vpc_id = vpc.id
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.data_subnet_ids = [subnet.id for subnet in data]
        self.private_route_table_ids = [table.id for table in tables]
        self.nat_addresses = [address.public_ip for address in addresses]
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "publicSubnetIds": self.public_subnet_ids,
                "privateSubnetIds": self.private_subnet_ids,
                "dataSubnetIds": self.data_subnet_ids,
                "natAddresses": self.nat_addresses,
            }
        )

    def _tags(self, *parts: str, role: str | None = None) -> dict[str, str]:
        own = tagging.tier_tags(
            APPLICATION, tagging.Classification.INTERNAL, name=self._args.scope.name("network", *parts)
        )
        return {**own, role: "1"} if role else own

    def _close_defaults(self) -> None:
        """What AWS makes with a VPC lets everything through and is easily used by mistake: empty it all."""
        vpc, tags = self._vpc, self._tags("default-unused")
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default-group", vpc_id=vpc.id, ingress=[], egress=[], tags=tags, opts=self._child
        )
        aws.ec2.DefaultNetworkAcl(
            f"{self._name}-default-acl",
            default_network_acl_id=vpc.default_network_acl_id,
            ingress=[],
            egress=[],
            tags=tags,
            opts=self._child,
        )
        aws.ec2.DefaultRouteTable(
            f"{self._name}-default-routes",
            default_route_table_id=vpc.default_route_table_id,
            routes=[],
            tags=tags,
            opts=self._child,
        )

    def _subnets(self, kind: str, *, role: str | None) -> list[aws.ec2.Subnet]:
        """One a zone; `role` is the tag by which the load balancer controller finds where to put what."""
        return [
            aws.ec2.Subnet(
                f"{self._name}-{kind}-{zone}",
                vpc_id=self._vpc.id,
                cidr_block=str(getattr(addresses, kind)),
                availability_zone=f"{self._args.scope.region}{zone}",
                map_public_ip_on_launch=False,  # only load balancers and NAT gateways have public addresses
                tags=self._tags(kind, zone, role=role),
                opts=self._child,
            )
            for zone, addresses in zip(self._args.zones, self._cut, strict=True)
        ]

    def _network_acls(self, subnets: Mapping[str, Sequence[aws.ec2.Subnet]]) -> None:
        for kind, lines in acls.of_kind(self._args.cidr, self._cut, self._args.visitors).items():
            aws.ec2.NetworkAcl(
                f"{self._name}-{kind}-acl",
                vpc_id=self._vpc.id,
                subnet_ids=[subnet.id for subnet in subnets[kind]],
                ingress=_numbered(aws.ec2.NetworkAclIngressArgs, lines.ingress),
                egress=_numbered(aws.ec2.NetworkAclEgressArgs, lines.egress),
                tags=self._tags(kind),
                opts=self._child,
            )

    def _route_public(self, public: Sequence[aws.ec2.Subnet]) -> aws.ec2.InternetGateway:
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-internet", vpc_id=self._vpc.id, tags=self._tags("internet"), opts=self._child
        )
        table = self._route_table("public", public)
        aws.ec2.Route(
            f"{self._name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=acls.ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child,
        )
        return gateway

    def _nat_addresses(self) -> list[aws.ec2.Eip]:
        """Elastic IPs of their own, so that a gateway can be made anew behind the same address."""
        return [
            aws.ec2.Eip(f"{self._name}-nat-{zone}-address", domain="vpc", tags=self._tags("nat", zone), opts=self._kept)
            for zone in self._args.zones[: self._args.size.nat_gateways]
        ]

    def _nat_gateways(
        self, public: Sequence[aws.ec2.Subnet], addresses: Sequence[aws.ec2.Eip], internet: aws.ec2.InternetGateway
    ) -> list[aws.ec2.NatGateway]:
        # EC2 refuses a NAT gateway in a VPC without an attached internet gateway, and will not detach one under it.
        after = pulumi.ResourceOptions(parent=self, depends_on=[internet])
        return [
            aws.ec2.NatGateway(
                f"{self._name}-nat-{zone}",
                subnet_id=subnet.id,
                allocation_id=address.allocation_id,
                connectivity_type="public",
                tags=self._tags("nat", zone),
                opts=after,
            )
            for zone, subnet, address in zip(self._args.zones, public, addresses, strict=False)
        ]

    def _route_private(
        self, private: Sequence[aws.ec2.Subnet], nat_gateways: Sequence[aws.ec2.NatGateway]
    ) -> list[aws.ec2.RouteTable]:
        """A table a zone, each to the NAT gateway of its zone, or to the last one where its zone has none."""
        tables: list[aws.ec2.RouteTable] = []
        for position, (zone, subnet) in enumerate(zip(self._args.zones, private, strict=True)):
            table = self._route_table(f"private-{zone}", [subnet])
            aws.ec2.Route(
                f"{self._name}-private-{zone}-nat",
                route_table_id=table.id,
                destination_cidr_block=acls.ANYWHERE,
                nat_gateway_id=nat_gateways[min(position, len(nat_gateways) - 1)].id,
                opts=self._child,
            )
            tables.append(table)
        return tables

    def _route_table(self, title: str, subnets: Sequence[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        """A table that knows the VPC only, for these subnets. Its routes are resources of their own."""
        table = aws.ec2.RouteTable(
            f"{self._name}-{title}-routes", vpc_id=self._vpc.id, tags=self._tags(title), opts=self._child
        )
        for position, subnet in enumerate(subnets):
            suffix = f"-{self._args.zones[position]}" if len(subnets) > 1 else ""
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{title}{suffix}-routes", subnet_id=subnet.id, route_table_id=table.id, opts=self._child
            )
        return table

    def _gateway_endpoints(self, tables: Sequence[aws.ec2.RouteTable]) -> None:
        """S3 and DynamoDB without NAT: they cost nothing, so every stage has them."""
        for service in endpoints.GATEWAY_ACTIONS:
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service}",
                vpc_id=self._vpc.id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{self._args.scope.region}.{service}",
                route_table_ids=[table.id for table in tables],
                policy=endpoints.gateway_policy(service, self._args.scope),
                tags=self._tags("endpoint", service),
                opts=self._child,
            )

    def _interface_endpoints(self, private: Sequence[aws.ec2.Subnet]) -> None:
        if not self._args.size.interface_endpoints:
            return
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoints",
            vpc_id=self._vpc.id,
            description="AWS services inside the VPC: HTTPS from private subnets",
            tags=self._tags("endpoints"),
            opts=self._child,
        )
        for zone, addresses in zip(self._args.zones, self._cut, strict=True):
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-endpoints-from-{zone}",
                security_group_id=group.id,
                description=f"HTTPS from whatever runs in zone {zone}",
                ip_protocol="tcp",
                from_port=acls.HTTPS,
                to_port=acls.HTTPS,
                cidr_ipv4=str(addresses.private),
                tags=self._tags("endpoints", zone),
                opts=self._child,
            )
        for service in sorted(self._args.size.interface_endpoints):
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service.replace('.', '-')}",
                vpc_id=self._vpc.id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self._args.scope.region}.{service}",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in private],
                security_group_ids=[group.id],
                policy=endpoints.interface_policy(service, self._args.scope),
                tags=self._tags("endpoint", service),
                opts=self._child,
            )

    def _flow_logs(self) -> None:
        """Every flow of the VPC, accepted or not, to an encrypted log group."""
        scope = self._args.scope
        group_name = scope.path("network", "flow-logs")
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)  # who speaks to whom
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-flow-logs",
            name=group_name,
            retention_in_days=self._args.size.flow_log_retention_days,
            kms_key_id=self._args.logs_key_arn,
            tags=tags,
            opts=self._kept,
        )
        role, permission = role_with_policy(
            f"{self._name}-flow-logs",
            description="Writes VPC flow logs to their log group",
            trust=iam.service_trust(
                "vpc-flow-logs.amazonaws.com",
                account_id=scope.account_id,
                source_arn=scope.arn("ec2", "vpc-flow-log/*"),
            ),
            policy=iam.document(
                iam.Statement(
                    sid="WriteToTheFlowLogGroup",
                    actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    resources=[
                        scope.arn("logs", f"log-group:{group_name}"),
                        scope.arn("logs", f"log-group:{group_name}:log-stream:*"),
                    ],
                ),
                iam.Statement(sid="FindLogGroups", actions=["logs:DescribeLogGroups"], resources=["*"]),
            ),
            tags=tags,
            opts=self._child,
        )
        aws.ec2.FlowLog(
            f"{self._name}-flow-logs",
            vpc_id=self._vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=FLOW_LOG_INTERVAL_SECONDS,
            tags=tags,
            # A flow log whose role cannot write yet is accepted, and then stays silent.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )


_Line = TypeVar("_Line", aws.ec2.NetworkAclIngressArgs, aws.ec2.NetworkAclEgressArgs)


def _numbered(kind: type[_Line], allowed: Sequence[acls.Allow]) -> list[_Line]:
    """Lines in order, with room between them for one in an emergency."""
    return [
        kind(
            rule_no=100 + 10 * place,
            action="allow",
            protocol=each.protocol,
            from_port=each.first_port,
            to_port=each.last_port,
            cidr_block=each.cidr,
        )
        for place, each in enumerate(allowed)
    ]
