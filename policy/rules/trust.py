"""Who may come in (N3): trust policies, resource policies, endpoint policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule
from policy.iam_actions import covers_any_resource
from policy.iam_document import Principal, Statement, statements
from policy.iam_refusals import is_refused_again
from policy.iam_scope import is_anybody, narrows_principals, narrows_resources
from policy.iam_sources import ENDPOINT_POLICIES, RESOURCE_POLICIES, TRUST_POLICIES, Places, documents
from policy.view import Node, Resource, any_of


@rule(
    "IAM-008",
    on=TRUST_POLICIES.keys(),
    says="a role says who may assume it",
    fix="name the account, role or service, or add a condition such as aws:PrincipalOrgID",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def roles_name_who_assumes_them(role: Resource) -> Iterator[Outcome]:
    """A trust policy for everyone is a role for every AWS account in the world."""
    yield from _open_statements(role, TRUST_POLICIES, lambda _: True)


@rule(
    "PUB-003",
    on=RESOURCE_POLICIES.keys(),
    says="a resource policy says whom it lets in",
    fix="name the principals, or add a condition such as aws:PrincipalOrgID, aws:SourceAccount or aws:SourceArn",
    isms_p=["2.10.2", "2.6.2"],
    soc2=["CC6.6"],
    requirements=["REQ-C6", "REQ-N3"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def resources_name_whom_they_let_in(resource: Resource) -> Iterator[Outcome]:
    """Everyone, with no condition, is the internet."""
    yield from _open_statements(resource, RESOURCE_POLICIES, lambda _: True)


@rule(
    "PUB-006",
    on=ENDPOINT_POLICIES.keys(),
    says="a VPC endpoint's policy names the resources, the callers or the owner of the resources",
    fix="name resources, or add a condition on aws:PrincipalAccount, aws:ResourceAccount or aws:PrincipalOrgID",
    isms_p=["2.10.2", "2.6.2"],
    soc2=["CC6.6"],
    requirements=["REQ-E4", "REQ-N3"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def endpoints_lead_somewhere(endpoint: Resource) -> Iterator[Outcome]:
    """Everyone to everything is AWS's default, and the way out for stolen data into a bucket of somebody else's."""

    def leads_anywhere(statement: Statement) -> bool:
        targets = statement.node.elements("Resource")
        return any_of(targets, lambda each: covers_any_resource(each.text())) and not narrows_resources(statement)

    yield from _open_statements(endpoint, ENDPOINT_POLICIES, leads_anywhere)


def _open_statements(resource: Resource, kind: Places, is_refused: Callable[[Statement], bool]) -> Iterator[Outcome]:
    """A finding for each statement that lets everyone in, or everyone but some, with no condition that narrows it."""

    def is_open(statement: Statement, principal: Principal) -> Iterator[Outcome]:
        if is_anybody(principal) and is_refused(statement) and not narrows_principals(statement):
            yield Finding(path=principal.name.path, seen="everyone", key="Principal::*")

    def closes(statement: Statement) -> Iterator[Outcome]:
        if not statement.allows:
            return
        if statement.node.has("NotPrincipal"):
            path = f"{statement.node.path}.NotPrincipal"
            yield Finding(path=path, key="NotPrincipal", got=statement.node.get("NotPrincipal"))
        yield from judge_each(statement.principals, lambda principal: is_open(statement, principal))

    def are_closed(document: Node) -> Iterator[Outcome]:
        listed = statements(document)
        open_ones = [each for each in listed if not is_refused_again(each, listed)]
        yield from judge_each(open_ones, closes)

    yield from judge_each(documents(resource, kind), are_closed)
