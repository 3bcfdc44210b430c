"""Least privilege (N3): what policies may grant. On what is in `reach.py`, to whom in `trust.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule
from policy.iam_actions import Breadth, breadth, is_administrator, is_full_access, managed_policy, printable
from policy.iam_document import Statement, is_document
from policy.iam_grants import each_allowed
from policy.iam_scope import is_account
from policy.iam_sources import (
    ATTACHMENTS,
    ENDPOINT_POLICIES,
    IDENTITY_POLICIES,
    RESOURCE_POLICIES,
    TRUST_POLICIES,
    documents,
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
    says="a policy is a JSON document with statements",
    fix="build it with json.dumps over plain values, or aws.iam.get_policy_document",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def policy_is_a_document(resource: Resource) -> Iterator[Outcome]:
    """What nobody can read, nobody has checked."""

    def is_readable(document: Node) -> Iterator[Outcome]:
        if not is_document(document):
            yield Finding(path=document.path, got=document.value)

    yield from judge_each(documents(resource, *GRANTS, TRUST_POLICIES, ENDPOINT_POLICIES), is_readable)


def _granted(resource: Resource, is_refused: Callable[[str], bool]) -> Iterator[Outcome]:
    """A finding for each refused action that is granted to others than an account, whose own policies decide then."""

    def is_granted(statement: Statement, action: Node) -> Iterator[Outcome]:
        if is_refused(action.text()) and not _only_accounts(statement):
            name = printable(action.text())
            yield Finding(path=action.path, seen=name, key=f"Action::{name}")

    def grants(statement: Statement) -> Iterator[Outcome]:
        yield from judge_each(statement.node.elements("Action"), lambda action: is_granted(statement, action))

    yield from each_allowed(resource, GRANTS, grants)


def _only_accounts(statement: Statement) -> bool:
    principals = statement.principals
    return bool(principals) and not any_of(principals, lambda each: not is_account(each))


def _attached(resource: Resource, is_refused: Callable[[str], bool]) -> Iterator[Outcome]:
    """A finding for each refused AWS-managed policy. An unknown ARN is a policy of one's own: AWS's are constants."""
    for arn in values(resource, ATTACHMENTS):
        name = managed_policy(arn.value) if isinstance(arn.value, str) else None
        if name and is_refused(name):
            yield Finding(path=arn.path, seen=name, key=f"ManagedPolicy::{name}")
