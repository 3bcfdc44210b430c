"""Permissions that are no document (N3): who may use a layer, or send events to a bus. Functions are in `public.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, rule
from policy.view import Resource

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
