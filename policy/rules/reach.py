"""How far a grant reaches (N3): the resources that are changed, the data that is read, the roles that are passed."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_EVERYWHERE, MANDATORY_EVERYWHERE, Finding, Outcome, Severity, rule
from policy.iam_actions import (
    Breadth,
    belongs_to,
    breadth,
    covers_a_whole_type,
    covers_any_resource,
    has_wildcard,
    printable,
)
from policy.iam_document import Statement
from policy.iam_grants import TargetCheck, each_target
from policy.iam_scope import narrows_resources, services_passed_to
from policy.iam_sources import IDENTITY_POLICIES
from policy.iam_table import matches, reads_data, takes_resources
from policy.view import Node, Resource

PASSING = "iam:passrole"

# What a launch uses and does not make: any of it may be named, as long as what is launched is held by a condition.
_LAUNCH_INPUTS = tuple(
    f"{kind}/"
    for kind in (
        "capacity-reservation",
        "image",
        "key-pair",
        "launch-template",
        "placement-group",
        "security-group",
        "snapshot",
        "subnet",
    )
)
_LAUNCHES = ("ec2:runinstances", "ec2:createfleet")

_SECRET_STORES = ("kms", "secretsmanager", "ssm")  # all secrets of one account are still all secrets


@rule(
    "IAM-003",
    on=IDENTITY_POLICIES.keys(),
    says="an action that can be held to a resource is held to one",
    fix="give the resource's ARN, or a condition on its tags, account or alias",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def resources_are_named(resource: Resource) -> Iterator[Outcome]:
    """Whole services are IAM-001's and IAM-002's, data is IAM-007's; here are the changes to any resource there is."""

    def is_looked_for(action: str) -> bool:
        return _is_narrower_than_a_service(action) and action.lower() != PASSING and takes_resources(action)

    def names_one(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
        if not _is_launch_input(action.text(), target.text()) and covers_any_resource(target.text()):
            yield from _unless_narrowed(statement, action, target)

    yield from each_target(resource, [IDENTITY_POLICIES], is_looked_for, names_one)


@rule(
    "IAM-005",
    on=IDENTITY_POLICIES.keys(),
    says="iam:PassRole names the roles that are passed; where a wildcard ends their names, the service too",
    fix="give the role's ARN, and a condition StringEquals iam:PassedToService",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def passed_roles_are_named(resource: Resource) -> Iterator[Outcome]:
    """Who can pass any role to any service has that role's rights, whatever they are."""

    def is_pinned(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
        role = target.text()
        if covers_a_whole_type(role):
            yield Finding(path=target.path, seen="a wildcard for any role", key="PassRole::Resource")
        elif has_wildcard(role) and not services_passed_to(statement):
            yield Finding(path=action.path, seen="for any service", key="PassRole::iam:PassedToService")

    yield from _each_passed_role(resource, is_pinned)


@rule(
    "IAM-016",
    on=IDENTITY_POLICIES.keys(),
    says="iam:PassRole names the service that takes the role",
    fix="add a condition StringEquals iam:PassedToService",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def passed_roles_go_to_a_named_service(resource: Resource) -> Iterator[Outcome]:
    """For a role that is named in full, whose own trust policy already says which services take it."""

    def names_service(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
        if not has_wildcard(target.text()) and not services_passed_to(statement):
            yield Finding(path=action.path, seen="for any service", key="PassRole::iam:PassedToService")

    yield from _each_passed_role(resource, names_service)


@rule(
    "IAM-007",
    on=IDENTITY_POLICIES.keys(),
    says="data and secrets are read where they are named",
    fix="give the ARN of the bucket, table, secret, parameter or key, or a condition on its tags, account or alias",
    isms_p=["2.5.1", "2.5.5"],
    soc2=["CC6.3"],
    requirements=["REQ-C6", "REQ-N3", "REQ-S14"],
    severity=Severity.CRITICAL,
    level=MANDATORY_EVERYWHERE,
)
def data_is_read_where_it_is_named(resource: Resource) -> Iterator[Outcome]:
    """Reading everything is how data leaves; for secrets, parameters and keys one whole account is everything."""

    def is_looked_for(action: str) -> bool:
        return _is_narrower_than_a_service(action) and reads_data(action)

    def names_one(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
        reads_secrets = action.text().lower().startswith(_SECRET_STORES)
        covers = covers_a_whole_type if reads_secrets else covers_any_resource
        if covers(target.text()):
            yield from _unless_narrowed(statement, action, target)

    yield from each_target(resource, [IDENTITY_POLICIES], is_looked_for, names_one)


def _is_narrower_than_a_service(action: str) -> bool:
    return breadth(action) not in (Breadth.ADMINISTRATOR, Breadth.SERVICE)


def _is_launch_input(action: str, resource: str) -> bool:
    name = resource.split(":", 5)[-1]
    return action.lower() in _LAUNCHES and belongs_to(resource, "ec2") and name.startswith(_LAUNCH_INPUTS)


def _unless_narrowed(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
    if not narrows_resources(statement):
        name = printable(action.text())
        yield Finding(path=target.path, seen=f"a wildcard for {name}", key=f"Resource::{name}")


def _each_passed_role(resource: Resource, check: TargetCheck) -> Iterator[Outcome]:
    def is_looked_for(action: str) -> bool:
        return breadth(action) is not Breadth.ADMINISTRATOR and matches(action, PASSING)

    def of_iam(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
        if belongs_to(target.text(), "iam"):
            yield from check(statement, action, target)

    yield from each_target(resource, [IDENTITY_POLICIES], is_looked_for, of_iam)
