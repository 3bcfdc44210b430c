"""How much an action pattern, a resource pattern or a managed policy covers."""

from __future__ import annotations

import re
from enum import Enum

from policy.iam_table import changes, matches

_WILD = re.compile(r"[*?]")
_READ_VERBS = ("batchget", "describe", "get", "list", "lookup", "query", "search")
_FAMILY = re.compile(r"(?P<action>[a-z0-9]{4,})\*+")  # an action and its variants, such as `GenerateDataKey*`
_NAMES_ACTIONS = re.compile(r"[a-z0-9*?]+")
_SPLIT_BY_AWS = frozenset({"kms:reencrypt"})  # one call that AWS checks as two actions, `ReEncryptFrom` and `...To`

_PRINTABLE_ACTION = re.compile(r"[A-Za-z0-9*?:_-]{1,128}")


class Breadth(Enum):
    """How many actions a pattern covers."""

    ADMINISTRATOR = "every action of every service, or of IAM, which can grant itself the rest"
    SERVICE = "every action of a service"
    WRITES = "several actions, some of which change things"
    READS = "several actions that read"
    ONE = "one action, or one and its variants"


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
    return Breadth.READS if literal.startswith(_READ_VERBS) else _breadth_of_changes(service, name)


def _breadth_of_changes(service: str, name: str) -> Breadth:
    """Of a wildcard that is not obviously for reading: by what AWS's reference says that it covers today."""
    covered = changes(f"{service}:{name}")
    if covered is None or not _WILD.split(name, maxsplit=1)[0]:
        return Breadth.WRITES
    if not covered and _NAMES_ACTIONS.fullmatch(name):
        return Breadth.READS
    family = _FAMILY.fullmatch(name)
    action = family["action"] if family else ""
    grants_rights = any(level.lower() == "p" for level in covered.values())
    is_family = action in covered or f"{service}:{action}" in _SPLIT_BY_AWS
    return Breadth.ONE if len(covered) == 1 or (is_family and not grants_rights) else Breadth.WRITES


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


def names_a_type(resource: str) -> bool:
    """Whether a resource pattern says at least which kind of resource: `arn:aws:ec2:*:*:volume/*`."""
    parts = resource.split(":", 5)
    head = re.split("[/:]", parts[-1], maxsplit=1)[0]
    return len(parts) == 6 and bool(head) and not _WILD.search(head) and head != parts[-1]


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
# Each of them can make itself an administrator.
_ADMINISTRATORS = frozenset(
    {
        *("administratoraccess", "administratoraccess-amplify", "administratoraccess-awselasticbeanstalk"),
        *("iamfullaccess", "poweruseraccess"),
    }
)
_FULL_ACCESS = re.compile(r".*(FullAccess|PowerUser|Administrator)(_?v\d+)?", re.IGNORECASE)
# Whole services, or changes to everything in one, under other names.
_AS_GOOD_AS_FULL = frozenset(
    {
        *("amazonec2rolefordatapipelinerole", "amazonec2roleforssm", "amazonelasticmapreduceforec2role"),
        *(
            "amazonelasticmapreducerole",
            "awslambdaexecute",
            "awslambdarole",
            "datascientist",
            "secretsmanagerreadwrite",
        ),
    }
)
# They hand out what is kept (objects, items, parameters), not only how things are set up, of a whole account.
_READS_ALL = frozenset(
    {
        *("amazondynamodbreadonlyaccess", "amazons3readonlyaccess"),
        *("amazonssmreadonlyaccess", "awscodecommitreadonly", "cloudwatchlogsreadonlyaccess", "readonlyaccess"),
    }
)


def managed_policy(arn: str) -> str | None:
    """The name of an AWS-managed policy; None for a policy of one's own."""
    match = _MANAGED.fullmatch(arn)
    return match["name"] if match else None


def is_administrator(name: str) -> bool:
    """Whether an AWS-managed policy makes an administrator."""
    return name.lower() in _ADMINISTRATORS


def is_full_access(name: str) -> bool:
    """Whether an AWS-managed policy grants a whole service, by the name that AWS gives such policies."""
    is_full = _FULL_ACCESS.fullmatch(name) is not None or name.lower() in _AS_GOOD_AS_FULL
    return is_full and not is_administrator(name)


def reads_everything(name: str) -> bool:
    """Whether an AWS-managed policy hands out all data of an account, and changes nothing."""
    return name.lower() in _READS_ALL
