"""EC2: VPCs and what is in them, launch templates, Auto Scaling groups."""

from collections.abc import Mapping

from sandbox.mirror.filler import Filler, Made, its, its_id

_EC2 = "moto.ec2.models."


def _vpc(made: Made) -> None:
    ec2 = made.client("ec2")
    ec2.create_vpc(CidrBlock=made["cidrBlock"], TagSpecifications=made.ec2_tags("vpc"))
    for name in ("enableDnsHostnames", "enableDnsSupport"):
        ec2.modify_vpc_attribute(VpcId=made.id, **{name[:1].upper() + name[1:]: {"Value": bool(made[name])}})


def _subnet(made: Made) -> None:
    ec2 = made.client("ec2")
    ec2.create_subnet(
        **made.only(VpcId="vpcId", CidrBlock="cidrBlock", AvailabilityZone="availabilityZone"),
        TagSpecifications=made.ec2_tags("subnet"),
    )
    ec2.modify_subnet_attribute(SubnetId=made.id, MapPublicIpOnLaunch={"Value": bool(made["mapPublicIpOnLaunch"])})


def _security_group(made: Made) -> None:
    ec2 = made.client("ec2")
    ec2.create_security_group(
        **made.only(GroupName="name", Description="description", VpcId="vpcId"),
        TagSpecifications=made.ec2_tags("security-group"),
    )
    # AWS lets everything out of a new group; Terraform takes that rule away.
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=made.id, IpPermissions=[everything])


def _rule(made: Made) -> dict[str, object]:
    permission: dict[str, object] = made.only(IpProtocol="ipProtocol", FromPort="fromPort", ToPort="toPort")
    described = made.only(Description="description")
    if made["cidrIpv4"]:
        permission["IpRanges"] = [{"CidrIp": made["cidrIpv4"], **described}]
    if made["cidrIpv6"]:
        permission["Ipv6Ranges"] = [{"CidrIpv6": made["cidrIpv6"], **described}]
    if made["prefixListId"]:
        permission["PrefixListIds"] = [{"PrefixListId": made["prefixListId"], **described}]
    if made["referencedSecurityGroupId"]:
        permission["UserIdGroupPairs"] = [{"GroupId": made["referencedSecurityGroupId"], **described}]
    return {"GroupId": made["securityGroupId"], "IpPermissions": [permission]}


def _ingress(made: Made) -> None:
    made.client("ec2").authorize_security_group_ingress(**_rule(made))


def _egress(made: Made) -> None:
    made.client("ec2").authorize_security_group_egress(**_rule(made))


def _internet_gateway(made: Made) -> None:
    ec2 = made.client("ec2")
    ec2.create_internet_gateway(TagSpecifications=made.ec2_tags("internet-gateway"))
    if made["vpcId"]:
        ec2.attach_internet_gateway(InternetGatewayId=made.id, VpcId=made["vpcId"])


def _address(made: Made) -> None:
    made.client("ec2").allocate_address(Domain="vpc", TagSpecifications=made.ec2_tags("elastic-ip"))


def _nat_gateway(made: Made) -> None:
    made.client("ec2").create_nat_gateway(
        **made.only(SubnetId="subnetId", AllocationId="allocationId"), TagSpecifications=made.ec2_tags("natgateway")
    )


def _route_table(made: Made) -> None:
    made.client("ec2").create_route_table(VpcId=made["vpcId"], TagSpecifications=made.ec2_tags("route-table"))


def _route(made: Made) -> None:
    made.client("ec2").create_route(
        **made.only(
            RouteTableId="routeTableId",
            DestinationCidrBlock="destinationCidrBlock",
            GatewayId="gatewayId",
            NatGatewayId="natGatewayId",
        )
    )


def _association(made: Made) -> None:
    made.client("ec2").associate_route_table(RouteTableId=made["routeTableId"], SubnetId=made["subnetId"])


def _launch_template(made: Made) -> None:
    data = made.only(
        ImageId="imageId", InstanceType="instanceType", UserData="userData", SecurityGroupIds="vpcSecurityGroupIds"
    )
    made.client("ec2").create_launch_template(
        LaunchTemplateName=made["name"], LaunchTemplateData=data, TagSpecifications=made.ec2_tags("launch-template")
    )


def _group(made: Made) -> None:
    template = made.inside("launchTemplate")
    tags = [
        {"Key": tag["key"], "Value": tag["value"], "PropagateAtLaunch": tag["propagateAtLaunch"]}
        for tag in made.items("tags")
    ]
    made.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=made["name"],
        MinSize=made["minSize"],
        MaxSize=made["maxSize"],
        DesiredCapacity=made["desiredCapacity"] or made["minSize"],
        VPCZoneIdentifier=",".join(made["vpcZoneIdentifiers"] or []),
        LaunchTemplate={"LaunchTemplateId": template["id"], "Version": template.get("version") or "$Default"},
        Tags=tags,
        **made.only(
            HealthCheckType="healthCheckType",
            HealthCheckGracePeriod="healthCheckGracePeriod",
            TargetGroupARNs="targetGroupArns",
        ),
    )


ROWS: Mapping[str, Filler] = {
    "aws:autoscaling/group:Group": Filler(fill=_group, lost="ids of its instances, which the state does not know"),
    "aws:ec2/eip:Eip": Filler(
        fill=_address,
        ids={
            f"{_EC2}elastic_ip_addresses.random_eip_allocation_id": its_id,
            f"{_EC2}elastic_ip_addresses.random_ip": its("publicIp"),
        },
    ),
    "aws:ec2/internetGateway:InternetGateway": Filler(
        fill=_internet_gateway, ids={f"{_EC2}internet_gateways.random_internet_gateway_id": its_id}
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": Filler(
        fill=_launch_template, ids={f"{_EC2}launch_templates.random_launch_template_id": its_id}
    ),
    "aws:ec2/natGateway:NatGateway": Filler(
        fill=_nat_gateway,
        ids={
            f"{_EC2}nat_gateways.random_nat_gateway_id": its_id,
            f"{_EC2}nat_gateways.random_private_ip": its("privateIp"),
        },
    ),
    "aws:ec2/route:Route": Filler(fill=_route),
    "aws:ec2/routeTable:RouteTable": Filler(
        fill=_route_table, ids={f"{_EC2}route_tables.random_route_table_id": its_id}
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Filler(
        fill=_association, ids={f"{_EC2}route_tables.random_subnet_association_id": its_id}
    ),
    "aws:ec2/securityGroup:SecurityGroup": Filler(
        fill=_security_group, ids={f"{_EC2}security_groups.random_security_group_id": its_id}
    ),
    "aws:ec2/subnet:Subnet": Filler(fill=_subnet, ids={f"{_EC2}subnets.random_subnet_id": its_id}),
    "aws:ec2/vpc:Vpc": Filler(
        fill=_vpc,
        ids={
            f"{_EC2}vpcs.random_vpc_id": its_id,
            f"{_EC2}route_tables.random_route_table_id": its("mainRouteTableId"),
            f"{_EC2}security_groups.random_security_group_id": its("defaultSecurityGroupId"),
            f"{_EC2}network_acls.random_network_acl_id": its("defaultNetworkAclId"),
        },
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Filler(
        fill=_egress, ids={f"{_EC2}security_groups.random_security_group_rule_id": its_id}
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Filler(
        fill=_ingress, ids={f"{_EC2}security_groups.random_security_group_rule_id": its_id}
    ),
}
