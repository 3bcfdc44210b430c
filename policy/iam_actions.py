"""How much an action pattern, a resource pattern or a managed policy covers."""

from __future__ import annotations

import re
from enum import Enum

from policy.iam_table import matches

_WILD = re.compile(r"[*?]")
_READ_VERBS = ("batchget", "describe", "get", "list", "lookup", "query", "search")

_PRINTABLE_ACTION = re.compile(r"[A-Za-z0-9*?:_-]{1,128}")


class Breadth(Enum):
    """How many actions a pattern covers."""

    ADMINISTRATOR = "every action of every service, or of IAM, which can grant itself the rest"
    SERVICE = "every action of a service"
    WRITES = "several actions, some of which change things"
    READS = "several actions that read"
    ONE = "one action"


def breadth(action: str) -> Breadth:
    """How many actions `service:Name` covers; AWS compares without case, `*` is any text, `?` any letter."""
    service, _, name = action.lower().partition(":")
    if is_all_wild(service) and (not name or is_all_wild(name)):
        return Breadth.ADMINISTRATOR
    if is_all_wild(name) or _WILD.search(service):
        return Breadth.ADMINISTRATOR if matches(service, "iam") and is_all_wild(name) else Breadth.SERVICE
    if not _WILD.search(name):
        return Breadth.ONE
    literal = _WILD.split(name, maxsplit=1)[0]
    return Breadth.READS if literal.startswith(_READ_VERBS) else Breadth.WRITES


def is_all_wild(pattern: str) -> bool:
    """Whether a pattern matches any text: `*`, `**`, `?*`."""
    return "*" in pattern and not pattern.strip("*?")


def covers_any_resource(resource: str) -> bool:
    """Whether a resource pattern names no resource: `*`, all buckets, or all of a type in any account."""
    parts = resource.split(":", 5)
    if len(parts) < 6:  # `*`, `arn:aws:*`, `arn:aws:sqs:*`
        return is_all_wild(parts[-1])
    account, name = parts[4], parts[5]
    if account and not _WILD.search(account):
        return False
    head, *rest = re.split("[/:]", name, maxsplit=1)
    return is_all_wild(head) or (bool(account) and any(is_all_wild(each) for each in rest))


def covers_a_whole_type(resource: str) -> bool:
    """Whether a resource pattern leaves the name open: `role/*` or `secret:*` of an account, or any resource at all."""
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[2] == "s3":  # below a bucket's name everything is that one bucket
        return covers_any_resource(resource)
    name = re.split("[/:]", parts[5], maxsplit=1)[-1]
    return "*" in name and not name.strip("*?/:")


def belongs_to(resource: str, service: str) -> bool:
    """Whether a resource pattern can be a resource of a service."""
    parts = resource.split(":", 5)
    return len(parts) < 3 or matches(parts[2], service)


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern stands for more than itself."""
    return _WILD.search(pattern) is not None


def printable(action: str) -> str:
    """An action pattern as it may be shown; what is no action may be anything."""
    return action if _PRINTABLE_ACTION.fullmatch(action) else "<not an action>"


_MANAGED = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(?:[^/]+/)*(?P<name>[^/]+)", re.IGNORECASE)
_FULL_ACCESS = re.compile(r".*FullAccess(_?v\d+)?", re.IGNORECASE)
# Each of them can make itself an administrator.
_ADMINISTRATORS = frozenset({"administratoraccess", "iamfullaccess", "poweruseraccess"})


def managed_policy(arn: str) -> str | None:
    """The name of an AWS-managed policy; None for a policy of one's own."""
    match = _MANAGED.fullmatch(arn)
    return match["name"] if match else None


def is_administrator(name: str) -> bool:
    """Whether an AWS-managed policy makes an administrator."""
    return name.lower() in _ADMINISTRATORS


def is_full_access(name: str) -> bool:
    """Whether an AWS-managed policy grants a whole service, by the name that AWS gives such policies."""
    return _FULL_ACCESS.fullmatch(name) is not None and not is_administrator(name)
