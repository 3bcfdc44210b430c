"""Least privilege (N3): what policies may grant. On what is in `reach.py`, to whom in `trust.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule
from policy.iam_actions import Breadth, breadth, is_administrator, is_full_access, printable
from policy.iam_document import Principal, Statement, grammar_problems, is_document, statements
from policy.iam_grants import each_allowed
from policy.iam_scope import is_account
from policy.iam_sources import (
    ATTACHMENTS,
    ENDPOINT_POLICIES,
    IDENTITY_POLICIES,
    RESOURCE_POLICIES,
    TRUST_POLICIES,
    Places,
    documents,
    managed_policies,
    values,
)
from policy.view import Node, Resource, any_of

GRANTS = (IDENTITY_POLICIES, RESOURCE_POLICIES)
GRANTING = IDENTITY_POLICIES.keys() | RESOURCE_POLICIES.keys()


@rule(
    "IAM-001",
    on=GRANTING | ATTACHMENTS.keys(),
    says="nobody is made an administrator",
    fix="name the actions that the workload calls",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def nobody_is_administrator(resource: Resource) -> Iterator[Outcome]:
    """All actions, all of IAM (which can grant itself the rest), or an AWS-managed policy that amounts to it."""
    yield from _granted(resource, lambda action: breadth(action) is Breadth.ADMINISTRATOR)
    yield from _attached(resource, is_administrator)


@rule(
    "IAM-002",
    on=GRANTING | ATTACHMENTS.keys(),
    says="a grant names its actions; wildcards are for reading only",
    fix="name the actions that the workload calls",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def actions_are_named(resource: Resource) -> Iterator[Outcome]:
    """A resource policy may group the actions of its one resource (`kms:Create*`), not hand out all of them."""
    refused = {Breadth.SERVICE} if resource.type in RESOURCE_POLICIES else {Breadth.SERVICE, Breadth.WRITES}
    yield from _granted(resource, lambda action: breadth(action) in refused)
    yield from _attached(resource, is_full_access)
    yield from judge_each(documents(resource, RESOURCE_POLICIES), _administrators_of_one_account)


@rule(
    "IAM-004",
    on=GRANTING,
    says="a grant lists what it allows, not what it leaves out",
    fix="use Action and Resource; keep NotAction and NotResource for Deny",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def grants_list_what_they_allow(resource: Resource) -> Iterator[Outcome]:
    """What AWS adds next year is granted from the day it appears."""

    def lists(statement: Statement) -> Iterator[Outcome]:
        for element in ("NotAction", "NotResource"):
            if statement.node.has(element):
                yield Finding(path=f"{statement.node.path}.{element}", key=element, got=statement.node.get(element))

    yield from each_allowed(resource, GRANTS, lists)


@rule(
    "IAM-010",
    on=GRANTING | TRUST_POLICIES.keys() | ENDPOINT_POLICIES.keys(),
    says="a policy is a JSON document with statements, each with the elements that AWS reads in it",
    fix="build it with json.dumps over plain values, or aws.iam.get_policy_document",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def policy_is_a_document(resource: Resource) -> Iterator[Outcome]:
    """What nobody can read, nobody has checked."""

    def are_readable(kind: Places) -> Iterator[Outcome]:
        if kind in (IDENTITY_POLICIES, TRUST_POLICIES):  # elsewhere an empty text takes what AWS gives by default
            blank = [each for each in values(resource, kind) if isinstance(each.value, str) and not each.value.strip()]
            yield from (Finding(path=each.path, got=each.value) for each in blank)
        of_holder = kind is IDENTITY_POLICIES

        def is_readable(document: Node) -> Iterator[Outcome]:
            if not is_document(document):
                yield Finding(path=document.path, got=document.value)
            else:
                yield from grammar_problems(document, names_callers=not of_holder, names_resources=of_holder)

        yield from judge_each(documents(resource, kind), is_readable)

    yield from judge_each((*GRANTS, TRUST_POLICIES, ENDPOINT_POLICIES), are_readable)


def _granted(resource: Resource, is_refused: Callable[[str], bool]) -> Iterator[Outcome]:
    """A finding for each refused action that is granted to others than an account, whose own policies decide then."""

    def is_granted(statement: Statement, action: Node) -> Iterator[Outcome]:
        if is_refused(action.text()) and not _only_accounts(statement):
            name = printable(action.text())
            yield Finding(path=action.path, seen=name, key=f"Action::{name}")

    def grants(statement: Statement) -> Iterator[Outcome]:
        yield from judge_each(statement.node.elements("Action"), lambda action: is_granted(statement, action))

    yield from each_allowed(resource, GRANTS, grants)


def _administrators_of_one_account(document: Node) -> Iterator[Outcome]:
    """With a whole service an account says itself who has it; of two accounts that have one, one is not ours."""
    accounts: dict[str, Principal] = {}
    for statement in statements(document):
        if _hands_out_a_service(statement):
            for each in statement.principals:
                accounts.setdefault(each.name.text().removesuffix(":root")[-12:], each)
    for account, principal in list(accounts.items())[1:]:
        yield Finding(path=principal.name.path, seen="a second account with every action", key=f"Account::{account}")


def _hands_out_a_service(statement: Statement) -> bool:
    actions = statement.node.elements("Action")
    return (
        statement.allows
        and _only_accounts(statement)
        and any_of(actions, lambda each: breadth(each.text()) in (Breadth.SERVICE, Breadth.ADMINISTRATOR))
    )


def _only_accounts(statement: Statement) -> bool:
    principals = statement.principals
    return bool(principals) and not any_of(principals, lambda each: not is_account(each))


def _attached(resource: Resource, is_refused: Callable[[str], bool]) -> Iterator[Outcome]:
    for arn, name in managed_policies(resource):
        if is_refused(name):
            yield Finding(path=arn.path, seen=name, key=f"ManagedPolicy::{name}")
