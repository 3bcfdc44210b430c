"""VPCs and what is in them. All of EC2 counts in 17 hex digits behind a prefix."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn
from sandbox.provider.zones import zone_id
from sandbox.schema.values import Bag, Value, text

_IP = "198.18.{octet.third}.{octet.fourth}"  # RFC 2544: never routed
_PRIVATE_IP = "10.{octet.second}.{octet.third}.{octet.fourth}"


def ec2(prefix: str, kind: str | None = None, **outputs: Value) -> Identity:
    """Identify by `<prefix>-<17 hex digits>`; `kind` is what the ARN calls it, None for what has no ARN."""
    return Identity(
        id=f"{prefix}-{{hex17}}", arn=None if kind is None else arn("ec2", f"{kind}/{{id}}"), outputs=outputs
    )


def _subnet(inputs: Bag) -> Identity:
    zone = text(inputs, "availabilityZone")
    if zone is None:
        return ec2("subnet", "subnet", ownerId="{account}", availabilityZone="{region}a")
    return ec2("subnet", "subnet", ownerId="{account}", availabilityZoneId=zone_id(zone))


def _endpoint(inputs: Bag) -> Identity:
    """An interface endpoint has names and interfaces, a gateway endpoint has a prefix list."""
    common: dict[str, Value] = {"ownerId": "{account}", "requesterManaged": False, "state": "available"}
    if text(inputs, "vpcEndpointType") != "Interface":
        own: dict[str, Value] = {"prefixListId": "pl-{hex8@serviceName}", "dnsEntries": [], "networkInterfaceIds": []}
        return ec2("vpce", "vpc-endpoint", **common, **own)
    subnets = inputs.get("subnetIds")
    count = len(subnets) if isinstance(subnets, list) else 0
    interfaces: list[Value] = [f"eni-{{hex17.interface{number}}}" for number in range(count)]
    names: list[Value] = [{"dnsName": "{id}-{lower8}.{region}.vpce.amazonaws.com", "hostedZoneId": "Z{upper13.zone}"}]
    return ec2("vpce", "vpc-endpoint", **common, networkInterfaceIds=interfaces, dnsEntries=names, cidrBlocks=[])


ROWS: Mapping[str, Row] = {
    "aws:ec2/customerGateway:CustomerGateway": ec2("cgw", "customer-gateway"),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": Identity(
        id="{defaultNetworkAclId}",
        arn=arn("ec2", "network-acl/{id}"),
        outputs={"ownerId": "{account}", "vpcId": "vpc-{hex17@defaultNetworkAclId}"},
    ),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": Identity(
        id="{defaultRouteTableId}",
        arn=arn("ec2", "route-table/{id}"),
        outputs={"ownerId": "{account}", "vpcId": "vpc-{hex17@defaultRouteTableId}"},
    ),
    # The very id that its VPC reports as defaultSecurityGroupId.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Identity(
        id="sg-{hex17@vpcId.security}",
        arn=arn("ec2", "security-group/{id}"),
        outputs={"ownerId": "{account}", "name": "default", "description": "default VPC security group"},
    ),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": ec2("eigw"),
    "aws:ec2/eip:Eip": ec2(
        "eipalloc",
        "elastic-ip",
        allocationId="{id}",
        domain="vpc",
        networkBorderGroup="{region}",
        publicDns="ec2-{id}.{region}.compute.amazonaws.com",
        publicIp=_IP,
        publicIpv4Pool="amazon",
    ),
    "aws:ec2/eipAssociation:EipAssociation": ec2("eipassoc"),
    "aws:ec2/flowLog:FlowLog": ec2("fl", "vpc-flow-log"),
    "aws:ec2/instance:Instance": ec2(
        "i",
        "instance",
        availabilityZone="{region}a",
        instanceState="running",
        primaryNetworkInterfaceId="eni-{hex17.interface}",
        privateIp=_PRIVATE_IP,
        privateDns="ip-{id}.{region}.compute.internal",
        publicIp="",
        publicDns="",
    ),
    "aws:ec2/internetGateway:InternetGateway": ec2("igw", "internet-gateway", ownerId="{account}"),
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": Identity(id="{internetGatewayId}:{vpcId}"),
    "aws:ec2/keyPair:KeyPair": Identity(
        id="{keyName}", arn=arn("ec2", "key-pair/{id}"), outputs={"keyPairId": "key-{hex17}"}
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": ec2("lt", "launch-template", latestVersion=1, defaultVersion=1),
    "aws:ec2/managedPrefixList:ManagedPrefixList": ec2("pl", "prefix-list", ownerId="{account}", version=1),
    "aws:ec2/natGateway:NatGateway": ec2(
        "nat",
        associationId="eipassoc-{hex17.association}",
        networkInterfaceId="eni-{hex17.interface}",
        privateIp=_PRIVATE_IP,
        publicIp=_IP,
    ),
    "aws:ec2/networkAcl:NetworkAcl": ec2("acl", "network-acl", ownerId="{account}"),
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": ec2("aclassoc"),
    "aws:ec2/networkAclRule:NetworkAclRule": Identity(id="nacl-{digits10}"),
    "aws:ec2/networkInterface:NetworkInterface": ec2(
        "eni", "network-interface", ownerId="{account}", privateIp=_PRIVATE_IP, macAddress="02:00:00:00:00:01"
    ),
    "aws:ec2/placementGroup:PlacementGroup": Identity(
        id="{name}", arn=arn("ec2", "placement-group/{name}"), outputs={"placementGroupId": "pg-{hex17}"}
    ),
    "aws:ec2/route:Route": Identity(
        id="r-{routeTableId}{digits10}", outputs={"origin": "CreateRoute", "state": "active"}
    ),
    "aws:ec2/routeTable:RouteTable": ec2("rtb", "route-table", ownerId="{account}"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ec2("rtbassoc"),
    "aws:ec2/securityGroup:SecurityGroup": ec2("sg", "security-group", ownerId="{account}"),
    "aws:ec2/securityGroupAssociation:SecurityGroupAssociation": Identity(id="a-{vpcEndpointId}{digits10}"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Identity(id="sgrule-{digits10}"),
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:ec2/vpc:Vpc": ec2(
        "vpc",
        "vpc",
        ownerId="{account}",
        mainRouteTableId="rtb-{hex17@id.table}",
        defaultRouteTableId="rtb-{hex17@id.table}",
        defaultNetworkAclId="acl-{hex17@id.acl}",
        defaultSecurityGroupId="sg-{hex17@id.security}",
        dhcpOptionsId="dopt-{hex17@region.dhcp}",
        ipv6AssociationId="",
    ),
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": ec2("dopt", "dhcp-options", ownerId="{account}"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": Identity(id="{vpcEndpointId}"),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": Identity(
        id="a-{vpcEndpointId}{digits10}"
    ),
    "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": Identity(id="a-{vpcEndpointId}{digits10}"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ec2("pcx", acceptStatus="active"),
    # The other side of the same connection.
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": Identity(
        id="{vpcPeeringConnectionId}",
        outputs={
            "acceptStatus": "active",
            "peerOwnerId": "{account}",
            "peerRegion": "{region}",
            "peerVpcId": "vpc-{hex17@vpcPeeringConnectionId.there}",
            "vpcId": "vpc-{hex17@vpcPeeringConnectionId.here}",
        },
    ),
    "aws:ec2/vpnGateway:VpnGateway": ec2("vgw", "vpn-gateway"),
    "aws:ec2transitgateway/transitGateway:TransitGateway": ec2("tgw", "transit-gateway", ownerId="{account}"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2(
        "sgr", "security-group-rule", securityGroupRuleId="{id}"
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2(
        "sgr", "security-group-rule", securityGroupRuleId="{id}"
    ),
}
