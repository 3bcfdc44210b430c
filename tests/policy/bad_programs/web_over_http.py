"""A full-stack engineer without a certificate yet: the load balancer serves HTTP, unlogged and without a firewall.

Stack: stg
Blocked by: LOG-005, NET-012, NET-015, TLS-002
"""

import pulumi
import pulumi_aws as aws

VPC = "vpc-0a1b2c3d4e5f60718"
TAGS = {
    "Environment": "stg",
    "Owner": "team-web",
    "CostCenter": "CC-2001",
    "Application": "feed-web",
    "DataClassification": "internal",
    "Compliance": "none",
}

group = aws.ec2.SecurityGroup("web", vpc_id=VPC, description="The web entrance", tags=TAGS)
for port, why in ((80, "browsers"), (3000, "the preview server of the front end")):
    aws.vpc.SecurityGroupIngressRule(
        f"web-{port}",
        security_group_id=group.id,
        description=why,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4="0.0.0.0/0",
        tags=TAGS,
    )

balancer = aws.lb.LoadBalancer(
    "web",
    load_balancer_type="application",
    security_groups=[group.id],
    subnets=["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"],
    drop_invalid_header_fields=True,
    tags=TAGS,
)
targets = aws.lb.TargetGroup("web", port=3000, protocol="HTTP", target_type="ip", vpc_id=VPC, tags=TAGS)
aws.lb.Listener(
    "http",
    load_balancer_arn=balancer.arn,
    port=80,
    protocol="HTTP",
    default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
    tags=TAGS,
)
pulumi.export("url", pulumi.Output.concat("http://", balancer.dns_name))
