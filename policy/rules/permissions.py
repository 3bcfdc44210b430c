"""Permissions that are no document (N3): who may call a function, use a layer, or send events to a bus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, rule
from policy.iam_actions import is_all_wild, printable
from policy.iam_scope import names_somebody
from policy.view import UNKNOWN, Resource

FUNCTION = "aws:lambda/permission:Permission"
SOURCES = ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken")

# Per type, the property that holds it to an organisation.
ORGANISATION: Mapping[str, str] = MappingProxyType(
    {
        "aws:cloudwatch/eventPermission:EventPermission": "condition",
        "aws:lambda/layerVersionPermission:LayerVersionPermission": "organizationId",
    }
)


@rule(
    "IAM-020",
    on=ORGANISATION.keys(),
    says="a layer or an event bus is shared with accounts that are named",
    fix="name the account as principal, or give the organisation's id",
    isms_p=["2.10.2", "2.6.2"],
    soc2=["CC6.6"],
    requirements=["REQ-C6", "REQ-N3"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def permissions_name_the_caller(permission: Resource) -> Iterator[Outcome]:
    """Everyone, on a bus, writes events that our own rules act on."""
    if permission.known("principal") == "*" and not permission.has(ORGANISATION[permission.type]):
        yield Finding(path="principal", seen="everyone", key="Principal::*")


@rule(
    "IAM-023",
    on=[FUNCTION],
    says="a function's permission is for one action, and its source is one that somebody owns",
    fix="set action to lambda:InvokeFunction, and source_arn to an ARN with our account in it",
    isms_p=["2.5.5", "2.10.2"],
    soc2=["CC6.3", "CC6.6"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def functions_are_called_for_somebody(permission: Resource) -> Iterator[Outcome]:
    """`arn:aws:execute-api:*:*:*` is every API in the world; with `lambda:*` its caller writes the code as well.

    One without any source is PUB-005's, unless it asks callers to sign, which every account of AWS's can.
    """
    if "*" in (action := permission.at("action").text()):
        yield Finding(path="action", seen=printable(action), key=f"Action::{printable(action)}")
    given = [permission.at(place) for place in SOURCES if permission.has(place)]
    if given and not any(
        each.value is UNKNOWN or names_somebody(each) for each in given
    ):  # unknown: another resource's
        yield Finding(path=given[0].path, seen="anybody's", key="Source::*")
    elif not given and is_all_wild(permission.at("principal").text()) and permission.has("functionUrlAuthType"):
        yield Finding(path="principal", seen="everyone in AWS", key="Principal::*")
