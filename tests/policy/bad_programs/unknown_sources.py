"""An engineer who lets in the NAT gateway's address, known only later, and "for the demo" everyone beside it.

Blocked by: NET-001
"""

import pulumi
import pulumi_aws as aws

seoul = aws.Provider(
    "seoul",
    region="ap-northeast-2",
    default_tags={
        "tags": {
            "Environment": "dev",
            "Owner": "team-data",
            "CostCenter": "CC-1400",
            "Application": "warehouse",
            "DataClassification": "confidential",
            "Compliance": "isms-p",
        }
    },
)
own = pulumi.ResourceOptions(provider=seoul)

office = aws.ec2.Eip("office", domain="vpc", opts=own)
office_network = office.public_ip.apply(lambda ip: f"{ip}/32")

aws.ec2.SecurityGroup(
    "warehouse",
    vpc_id="vpc-0a1b2c3d4e5f60718",
    description="The warehouse",
    ingress=[
        {
            "description": "the office and the demo",
            "protocol": "tcp",
            "from_port": 5439,
            "to_port": 5439,
            "cidr_blocks": [office_network, "0.0.0.0/0"],
        },
        {
            "description": "the dashboards of the office",
            "protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
            "cidr_blocks": [office_network],
        },
    ],
    opts=own,
)
