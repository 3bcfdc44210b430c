"""Exemptions are few, owned, and end (N3): an auditor reads them, so what is wrong with one blocks."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Frame, Severity
from policy.exemptions import Audit, Exemption, exemption_rule
from policy.view import Resource, home_of

_CARD: Frame = {
    "isms_p": ["1.2.4", "2.10.1"],
    "soc2": ["CC4.2", "CC5.3"],
    "severity": Severity.HIGH,
    "level": MANDATORY_EVERYWHERE,
}


@exemption_rule(
    "EXM-001",
    says="an exemption names a rule that admits one, a key, URNs, a reason, an owner, an approver and its last day",
    fix="correct the entry in exemptions.yaml",
    requirements=["REQ-N3", "REQ-Y6"],
    **_CARD,
)
def exemptions_are_well_formed(audit: Audit) -> Iterator[Finding]:
    """A malformed one suppresses nothing."""
    yield from audit.malformed


@exemption_rule(
    "EXM-002",
    says="an exemption has not expired",
    fix="repair what it exempts and delete it, or have it approved anew with a new date",
    requirements=["REQ-N3", "REQ-Y6"],
    **_CARD,
)
def exemptions_have_not_expired(audit: Audit) -> Iterator[Finding]:
    """An expired one suppresses nothing any more."""
    for exemption in audit.exemptions:
        if exemption.expires < audit.today:
            yield _about(exemption, "expires", f"{exemption.expires}", f"today is {audit.today}")


@exemption_rule(
    "EXM-003",
    says="an exemption is used",
    fix="delete it: what it exempts is repaired, or was never found",
    requirements=["REQ-N3", "REQ-Y6"],
    **_CARD,
)
def exemptions_are_used(audit: Audit) -> Iterator[Finding]:
    """Judged in the stacks that it names; an unused one would let the mistake back in unseen."""
    here = {home_of(resource.urn) for resource in _resources(audit)}
    for exemption in audit.exemptions:
        is_here = any(home_of(urn) in here for urn in exemption.expected)
        if is_here and exemption.node.path not in audit.met:
            unmet = f"{exemption.rule.id}[{exemption.key}] was found on none of its URNs"
            yield _about(exemption, "expected", "unused", unmet)


@exemption_rule(
    "EXM-004",
    says="an exemption's pattern matches the URNs that it expects, and no other resource that its rule judges",
    fix="narrow the urn pattern, or list the URN as expected and have that approved",
    requirements=["REQ-N3", "REQ-Y6"],
    **_CARD,
)
def exemptions_are_no_wider_than_expected(audit: Audit) -> Iterator[Finding]:
    """What is not expected is not suppressed; this says that the pattern claims more than was approved."""
    for exemption in audit.exemptions:
        for resource in audit.stack.of_type(exemption.rule.on):
            if fnmatchcase(resource.urn, exemption.urn) and resource.urn not in exemption.expected:
                yield _about(exemption, "urn", f"a match of {resource.urn}", "which is not expected")


@exemption_rule(
    "EXM-005",
    says="an exemption ends within 180 days, within 30 when it lets through what would block in prod",
    fix="set an earlier last day",
    requirements=["REQ-N3", "REQ-Y6"],
    **_CARD,
)
def exemptions_end_soon(audit: Audit) -> Iterator[Finding]:
    """One that lasts longer suppresses nothing."""
    for exemption in audit.exemptions:
        latest = audit.today + exemption.longest()
        if exemption.expires > latest:
            yield _about(exemption, "expires", f"{exemption.expires}", f"allowed: {latest} at the latest")


def _about(exemption: Exemption, field: str, seen: str, detail: str) -> Finding:
    return Finding(path=f"{exemption.node.path}.{field}", seen=seen, detail=detail)


def _resources(audit: Audit) -> Iterator[Resource]:
    return audit.stack.of_type(audit.stack.by_type)
