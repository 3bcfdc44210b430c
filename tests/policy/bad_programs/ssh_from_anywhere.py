"""A developer who needs a bastion at night: SSH for the world, an instance that hands its credentials to anyone inside.

Stack: stg
Blocked by: ENC-003, NET-001, NET-006, NET-007, NET-009
"""

import pulumi
import pulumi_aws as aws

TAGS = {
    "Environment": "stg",
    "Owner": "minji.park@example.com",
    "CostCenter": "CC-1001",
    "Application": "bastion",
    "DataClassification": "internal",
    "Compliance": "none",
}
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg minji@laptop"

key = aws.ec2.KeyPair("minji", public_key=PUBLIC_KEY, tags=TAGS)

group = aws.ec2.SecurityGroup(
    "bastion",
    vpc_id="vpc-0a1b2c3d4e5f60718",
    description="SSH to the bastion",
    ingress=[
        aws.ec2.SecurityGroupIngressArgs(
            description="SSH, the office moves to another provider next week",
            protocol=aws.ec2.ProtocolType.TCP,
            from_port=22,
            to_port=22,
            cidr_blocks=["0.0.0.0/0"],
        )
    ],
    egress=[aws.ec2.SecurityGroupEgressArgs(protocol="-1", from_port=0, to_port=0, cidr_blocks=["0.0.0.0/0"])],
    tags=TAGS,
)

bastion = aws.ec2.Instance(
    "bastion",
    ami="ami-0c9c942bd7bf113a2",
    instance_type=aws.ec2.InstanceType.T3_MICRO,
    subnet_id="subnet-0a1b2c3d4e5f60718",
    vpc_security_group_ids=[group.id],
    associate_public_ip_address=True,
    key_name=key.key_name,
    tags={**TAGS, "Name": "bastion"},
)

pulumi.export("ssh", bastion.public_ip.apply(lambda ip: f"ssh ec2-user@{ip}"))
