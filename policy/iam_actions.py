"""How much an action pattern, a resource pattern or a managed policy covers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from types import MappingProxyType

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
        return Breadth.ADMINISTRATOR if fnmatchcase("iam", service) and is_all_wild(name) else Breadth.SERVICE
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


def printable(action: str) -> str:
    """An action pattern as it may be shown; what is no action may be anything."""
    return action if _PRINTABLE_ACTION.fullmatch(action) else "<not an action>"


@dataclass(frozen=True, kw_only=True)
class _ResourceLevel:
    some: tuple[str, ...] = ("*",)
    but: tuple[str, ...] = ()


# Services whose actions take resource ARNs, but for those named. A short list of what matters most; metadata that
# `list*` and `describe*` read is left out on purpose. Source: Service Authorization Reference (per service,
# "Actions defined by"), https://docs.aws.amazon.com/service-authorization/latest/reference/.
_RESOURCE_LEVEL: Mapping[str, _ResourceLevel] = MappingProxyType(
    {
        "dynamodb": _ResourceLevel(but=("getabacstatus", "injecterror", "purchase*", "updateabacstatus")),
        "ecr": _ResourceLevel(
            some=("batch*", "complete*", "delete*", "getdownload*", "initiate*", "putimage*", "upload*")
        ),
        "firehose": _ResourceLevel(),
        "iam": _ResourceLevel(
            some=("add*", "attach*", "create*", "delete*", "detach*", "passrole", "put*", "remove*", "update*"),
            but=("*account*", "*cloudfrontpublickey"),
        ),
        "kinesis": _ResourceLevel(some=("delete*", "get*", "merge*", "put*", "split*", "subscribe*")),
        "kms": _ResourceLevel(but=("*customkeystore", "createkey", "generaterandom")),
        "lambda": _ResourceLevel(some=("add*", "createfunction*", "delete*", "getfunction*", "invoke*", "update*")),
        "logs": _ResourceLevel(
            some=("createloggroup", "createlogstream", "deletelog*", "filterlogevents", "getlogevents", "putlogevents"),
            but=("deletelogdelivery",),
        ),
        "s3": _ResourceLevel(
            some=("abort*", "create*", "delete*", "get*", "put*", "replicate*", "restore*"),
            but=("*account*", "*accesspointpublicaccessblock", "*storagelens*", "createjob", "getaccesspoint"),
        ),
        "secretsmanager": _ResourceLevel(but=("batchgetsecretvalue", "getrandompassword")),
        "sns": _ResourceLevel(some=("createtopic", "deletetopic", "publish*", "settopic*", "subscribe")),
        "sqs": _ResourceLevel(),
        "ssm": _ResourceLevel(
            some=("deleteparameter*", "getparameter*", "putparameter", "sendcommand", "startsession")
        ),
        "states": _ResourceLevel(some=("deletestatemachine", "start*execution", "stopexecution", "updatestatemachine")),
        "sts": _ResourceLevel(some=("assumerole*",)),
    }
)


def takes_resources(action: str) -> bool:
    """Whether naming a resource would narrow an action, as far as the short list above knows."""
    service, _, name = action.lower().partition(":")
    level = _RESOURCE_LEVEL.get(service)
    if level is None or name.startswith(("list", "describe")):
        return False
    return any(fnmatchcase(name, some) for some in level.some) and not any(fnmatchcase(name, but) for but in level.but)


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
