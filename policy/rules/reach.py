"""How far a grant reaches (N3): the resources that are changed, the data that is read, the roles that are passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import ADVISORY_EVERYWHERE, MANDATORY_EVERYWHERE, Finding, Outcome, Severity, rule
from policy.iam_actions import (
    Breadth,
    belongs_to,
    breadth,
    covers_a_whole_type,
    covers_any_resource,
    has_wildcard,
    names_a_type,
    printable,
    reads_everything,
)
from policy.iam_document import Statement
from policy.iam_grants import TargetCheck, each_target
from policy.iam_scope import asks_for_any_tag, narrows_resources, services_passed_to
from policy.iam_sources import ATTACHMENTS, IDENTITY_POLICIES, managed_policies
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
# An attachment is held by its volume; a copy or a restored volume by what is made.
_INPUTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ec2:attachvolume": ("instance/",),
        "ec2:copysnapshot": ("snapshot/",),
        "ec2:copyvolumes": ("volume/vol-",),
        "ec2:createfleet": _LAUNCH_INPUTS,
        "ec2:createsnapshot": ("volume/",),
        "ec2:createsnapshots": ("volume/", "instance/"),
        "ec2:createvolume": ("snapshot/",),
        "ec2:detachvolume": ("instance/",),
        "ec2:runinstances": _LAUNCH_INPUTS,
    }
)
# What makes something whose id AWS makes up: nobody can name more than its kind.
_MAKING = ("allocate", "copy", "create", "import", "register")

# All secrets, or all databases, of one account are still all of them.
_SECRET_STORES = ("kms", "rds-db", "secretsmanager", "ssm")


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
        if not _is_named_enough(action.text(), target.text()) and covers_any_resource(target.text()):
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


@rule(
    "IAM-022",
    on=ATTACHMENTS.keys(),
    says="nobody reads all data of the account by a policy of AWS's",
    fix="attach SecurityAudit or ViewOnlyAccess to who audits; give a program a policy that names its data",
    isms_p=["2.5.5", "2.5.6"],
    soc2=["CC6.3"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.MEDIUM,
    level=ADVISORY_EVERYWHERE,
)
def managed_policies_do_not_read_everything(resource: Resource) -> Iterator[Outcome]:
    """ReadOnlyAccess reads objects, items and parameters as well as settings; some people's task is to."""
    for arn, name in managed_policies(resource):
        if reads_everything(name):
            yield Finding(path=arn.path, seen=name, key=f"ManagedPolicy::{name}")


def _is_narrower_than_a_service(action: str) -> bool:
    return breadth(action) not in (Breadth.ADMINISTRATOR, Breadth.SERVICE)


def _is_named_enough(action: str, resource: str) -> bool:
    """Whether a kind of resource is as much as can be asked: what a change uses, or what it makes."""
    service, _, verb = action.lower().partition(":")
    if not names_a_type(resource) or not belongs_to(resource, service):
        return False
    name = resource.split(":", 5)[-1]
    return verb.startswith(_MAKING) or name.startswith(_INPUTS.get(f"{service}:{verb}", ()))


def _unless_narrowed(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
    if not narrows_resources(statement) and not (names_a_type(target.text()) and asks_for_any_tag(statement)):
        name = printable(action.text())
        yield Finding(path=target.path, seen=f"a wildcard for {name}", key=f"Resource::{name}")


def _each_passed_role(resource: Resource, check: TargetCheck) -> Iterator[Outcome]:
    def is_looked_for(action: str) -> bool:
        return breadth(action) is not Breadth.ADMINISTRATOR and matches(action, PASSING)

    def of_iam(statement: Statement, action: Node, target: Node) -> Iterator[Outcome]:
        if belongs_to(target.text(), "iam"):
            yield from check(statement, action, target)

    yield from each_target(resource, [IDENTITY_POLICIES], is_looked_for, of_iam)
