"""What is the same wherever our services run (REQ-Y1, REQ-A1, REQ-O3): their security group, and where they log.

The log group is here and not with instances or the cluster, so that no log is lost when one hands over to the other.

Instances and pods attach `security_group_id` beside any group of their own. It lets nobody in: a tier that sends
requests to workloads (a load balancer) adds its own ingress line to it. It lets out HTTPS, to AWS and to partners; a
tier that workloads call (the database, the cache) adds the egress line to itself together with the ingress line of its
own group, so a line is never open at one end only. DNS, NTP and instance metadata need no line: security groups do not
see them (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.foundation import acls
from components.naming import Scope

APPLICATION = "workloads"


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """Where the workloads are, and how long their logs are kept."""

    scope: Scope
    vpc_id: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    destroy_protection: bool


class Workloads(pulumi.ComponentResource):
    """A security group by which tiers name their callers, not their addresses, and a log group."""

    security_group_id: pulumi.Output[str]
    log_group_name: str
    log_group: aws.cloudwatch.LogGroup

    def __init__(self, name: str, args: WorkloadsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:foundation:Workloads", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL, name=args.scope.name("workloads"))
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=args.vpc_id,
            description="Whatever runs our services",
            tags=tags,
            opts=child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="HTTPS to AWS and to partners",
            ip_protocol="tcp",
            from_port=acls.HTTPS,
            to_port=acls.HTTPS,
            cidr_ipv4=acls.ANYWHERE,
            tags=tags,
            opts=child,
        )
        self.log_group_name = args.scope.path("services")
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=self.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        self.security_group_id = group.id
        self.register_outputs({"securityGroupId": self.security_group_id, "logGroupName": self.log_group_name})
