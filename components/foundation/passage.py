"""A way from callers to what they call (REQ-Y1, REQ-A1): one port, both ends opened, callers named by their group."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.foundation.acls import ANYWHERE, HTTPS


def guarded_group(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    description: str,  # in letters that EC2 takes
    callers: Mapping[str, pulumi.Input[str]],  # who -> id of their security group
    port: int,  # TCP
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.SecurityGroup:
    """A store's security group, with a way in for these callers and nobody else."""
    group = aws.ec2.SecurityGroup(f"{name}-group", vpc_id=vpc_id, description=description, tags=tags, opts=opts)
    open_passage(name, callers=callers, store=group.id, port=port, tags=tags, opts=opts)
    return group


def function_group(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    description: str,  # in letters that EC2 takes
    https_to: str,  # what it calls of AWS's, in the same letters
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.ec2.SecurityGroup, aws.vpc.SecurityGroupEgressRule]:
    """The security group of what calls and is not called, as a function, and its way out by HTTPS."""
    group = aws.ec2.SecurityGroup(f"{name}-group", vpc_id=vpc_id, description=description, tags=tags, opts=opts)
    https = aws.vpc.SecurityGroupEgressRule(
        f"{name}-https",
        security_group_id=group.id,
        description=f"HTTPS to {https_to}",
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
        cidr_ipv4=ANYWHERE,
        tags=tags,
        opts=opts,
    )
    return group, https


def open_passage(
    name: str,
    *,
    callers: Mapping[str, pulumi.Input[str]],  # who -> id of their security group
    store: pulumi.Input[str],  # id of the store's security group
    port: int,  # TCP
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Let each caller out to the store and into it, by security group: addresses say nothing of who has them."""
    lines: list[pulumi.Resource] = []
    for who, caller in callers.items():
        out = aws.vpc.SecurityGroupEgressRule(
            f"{name}-for-{who}",
            security_group_id=caller,
            description=f"To {name}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=store,
            tags=tags,
            opts=opts,
        )
        into = aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-{who}",
            security_group_id=store,
            description=f"From {who}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=caller,
            tags=tags,
            opts=opts,
        )
        lines += [out, into]
    return lines
