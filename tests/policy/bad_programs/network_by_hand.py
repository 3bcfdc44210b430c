"""A backend engineer who makes the network: public subnets for all, no flow log, AWS's default group as it comes.

Stack: stg
Blocked by: NET-004, NET-007, NET-011
"""

import pulumi_aws as aws

TAGS = {
    "Environment": "stg",
    "Owner": "team-platform",
    "CostCenter": "CC-1001",
    "Application": "network",
    "DataClassification": "internal",
    "Compliance": "soc2",
}

vpc = aws.ec2.Vpc("main", cidr_block="10.20.0.0/16", enable_dns_hostnames=True, tags=TAGS)
gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id, tags=TAGS)
routes = aws.ec2.RouteTable(
    "public", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}], tags=TAGS
)
for number, zone in enumerate(("ap-northeast-2a", "ap-northeast-2c")):
    subnet = aws.ec2.Subnet(
        f"public-{zone}",
        vpc_id=vpc.id,
        cidr_block=f"10.20.{number}.0/24",
        availability_zone=zone,
        map_public_ip_on_launch=True,
        tags=TAGS,
    )
    aws.ec2.RouteTableAssociation(f"public-{zone}", subnet_id=subnet.id, route_table_id=routes.id)
aws.ec2.NetworkAcl(
    "public",
    vpc_id=vpc.id,
    ingress=[
        {"rule_no": 100, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_block": "0.0.0.0/0"}
    ],
    egress=[],
    tags=TAGS,
)
