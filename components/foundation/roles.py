"""A role, who assumes it, and what it may. A function that tiers share."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


def role_with_policy(
    name: str,
    *,
    description: str,
    trust: str,
    policy: pulumi.Input[str],
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    role_name: str | None = None,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Make the role with its one policy.

    Args:
        name: of both.
        description: what it is for.
        trust: who assumes it: a document such as `iam.service_trust` makes.
        policy: a policy document.
        tags: of the role.
        opts: of both.
        role_name: what AWS calls it, where somebody has to know that before it is there.

    Returns:
        The role; and what whoever uses it waits for, since it may do nothing before.
    """
    role = aws.iam.Role(
        name,
        name=role_name,
        description=description,
        assume_role_policy=trust,
        tags=tags,
        opts=opts,
    )
    return role, aws.iam.RolePolicy(name, role=role.id, policy=policy, opts=opts)
