"""Ways up (N3): rights that are harmless one by one and make an administrator together."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Frame, Outcome, Severity, judge_each, rule, stack_rule
from policy.iam_document import Statement, statements
from policy.iam_escalation import PATHS, Held, Path
from policy.iam_holders import HOLDERS, policies_of
from policy.iam_sources import IDENTITY_POLICIES, documents
from policy.view import UNKNOWN, Resource, Stack, any_of

NO_WAY_UP: Frame = {
    "isms_p": ["2.5.1", "2.5.5"],
    "soc2": ["CC6.3"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}
FIX = "name the roles and resources; pass roles by ARN, to a named service"


@rule(
    "IAM-006",
    on=IDENTITY_POLICIES.keys(),
    says="no policy lets its holder become an administrator",
    fix=FIX,
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    **NO_WAY_UP,
)
def no_policy_leads_up(resource: Resource) -> Iterator[Outcome]:
    """Over all statements of all documents that the resource holds."""
    held = Held.of(each for document in documents(resource, IDENTITY_POLICIES) for each in statements(document))
    yield from judge_each(PATHS, lambda path: _is_closed(path, held))


@stack_rule(
    "IAM-013",
    on=HOLDERS,
    says="the policies of a role, user or group together do not let it become an administrator",
    fix=FIX,
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    **NO_WAY_UP,
)
def no_policies_together_lead_up(holder: Resource, stack: Stack) -> Iterator[Outcome]:
    """What one of them opens alone is IAM-006's; one that is unknown is listed there, and opens nothing here."""
    policies = [_known_statements(each) for each in policies_of(holder, stack)]
    alone = [Held.of(each) for each in policies]
    together = Held.of(statement for each in policies for statement in each)

    def is_closed(path: Path) -> Iterator[Outcome]:
        if not any_of(alone, lambda one: one.opens(path)):
            yield from _is_closed(path, together)

    yield from judge_each(PATHS, is_closed)


def _known_statements(policy: Resource) -> list[Statement]:
    if policy.get(IDENTITY_POLICIES[policy.type].partition("[]")[0]) is UNKNOWN:
        return []
    known = [each for each in documents(policy, IDENTITY_POLICIES) if each.value is not UNKNOWN]
    return [each for document in known for each in statements(document)]


def _is_closed(path: Path, held: Held) -> Iterator[Outcome]:
    if held.opens(path):
        key, detail = f"Escalation::{path.name}", " + ".join(path.actions)
        yield Finding(path="policy", seen="a way to more rights", key=key, detail=detail)
