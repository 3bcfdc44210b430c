"""A way from callers to a store (REQ-Y1, REQ-A1): one port, both ends opened together, callers named by their group."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


def open_passage(
    name: str,
    *,
    callers: Mapping[str, pulumi.Input[str]],  # who -> id of their security group
    store: pulumi.Input[str],  # id of the store's security group
    port: int,  # TCP
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Let each caller out to the store and into it, by security group: addresses say nothing of who has them."""
    for who, caller in callers.items():
        aws.vpc.SecurityGroupEgressRule(
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
        aws.vpc.SecurityGroupIngressRule(
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
