"""Which policies of a stack a role, user or group holds, joined by where a property comes from, else by name or ARN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.view import Plain, Resource, Stack

ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
GROUP = "aws:iam/group:Group"
POLICY = "aws:iam/policy:Policy"
HOLDERS = (ROLE, USER, GROUP)

# Per kind of holder: the types of its own policies and of its attachments, and the property that names the holder.
_OWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ROLE: ("aws:iam/rolePolicy:RolePolicy", "role"),
        USER: ("aws:iam/userPolicy:UserPolicy", "user"),
        GROUP: ("aws:iam/groupPolicy:GroupPolicy", "group"),
    }
)
_ATTACHED: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        ROLE: (
            ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
            ("aws:iam/policyAttachment:PolicyAttachment", "roles"),
        ),
        USER: (
            ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "user"),
            ("aws:iam/policyAttachment:PolicyAttachment", "users"),
        ),
        GROUP: (
            ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group"),
            ("aws:iam/policyAttachment:PolicyAttachment", "groups"),
        ),
    }
)


def policies_of(holder: Resource, stack: Stack) -> list[Resource]:
    """The resources whose documents a holder has: itself (a role's inline policies), its own and those attached."""
    token, place = _OWN[holder.type]
    own = [each for each in stack.of_type([token]) if points_to(each, place, holder)]
    attached = [policy for policy in stack.of_type([POLICY]) if _is_attached(policy, holder, stack)]
    return [*([holder] if holder.type == ROLE else []), *own, *attached]


def points_to(resource: Resource, place: str, to: Resource) -> bool:
    """Whether a property comes from a resource, or holds its name, id or ARN."""
    if to.urn in resource.depends.get(place, frozenset()):
        return True
    names = {name for name in (to.get(each) for each in ("name", "id", "arn")) if isinstance(name, str) and name}
    return any(isinstance(each, str) and each in names for each in _listed(resource.get(place)))


def _listed(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [value]


def _is_attached(policy: Resource, holder: Resource, stack: Stack) -> bool:
    if holder.type == ROLE and points_to(holder, "managedPolicyArns", policy):
        return True
    return any(_names_policy(each, policy) for each in _attachments(holder, stack))


def _attachments(holder: Resource, stack: Stack) -> Iterator[Resource]:
    for token, place in _ATTACHED[holder.type]:
        yield from (each for each in stack.of_type([token]) if points_to(each, place, holder))


def _names_policy(attachment: Resource, policy: Resource) -> bool:
    """By origin or ARN; before it exists a policy has no ARN, but the end of it is its name."""
    name, arn = policy.get("name"), attachment.get("policyArn")
    ends_alike = (
        isinstance(name, str) and bool(name) and isinstance(arn, str) and arn.endswith((f":policy/{name}", f"/{name}"))
    )
    return points_to(attachment, "policyArn", policy) or ends_alike
