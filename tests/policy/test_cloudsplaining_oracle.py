"""What cloudsplaining finds in a document, ours find too, but for the differences that are agreed here.

The documents are generated with a fixed seed: statements of one to a dozen actions, wildcards, several resources,
conditions and refusals, so that what is compared does not change from day to day.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument

from policy.catalog import Finding
from policy.iam_escalation import PATHS, Path
from policy.iam_table import matches
from policy.rules import CATALOGUE
from policy.view import Node, Resource
from tests.policy.cases_iam import ROLE_POLICY, allow, document
from tools.iam_table import services

DOCUMENTS = 800
SEED = 20261124

# Changes on any resource that ours let pass, and why. Others: see `test_every_...`, which take no exception.
AGREED = {
    **dict.fromkeys(
        (
            "ec2:assignipv6addresses",
            "ec2:assignprivateipaddresses",
            "ec2:attachnetworkinterface",
            "ec2:createnetworkinterface",
            "ec2:deletenetworkinterface",
            "ec2:detachnetworkinterface",
            "ec2:unassignipv6addresses",
            "ec2:unassignprivateipaddresses",
        ),
        "an interface is named only once it exists; AWS's own policies for functions and pods grant it like this",
    ),
    **dict.fromkeys(
        ("logs:createloggroup", "logs:createlogstream", "logs:putlogevents"),
        "a line that is added to a log shows nobody anything; AWSLambdaBasicExecutionRole grants it like this",
    ),
    "ecs:registertaskdefinition": "a revision does not exist yet; what it may do is IAM-005's",
    **dict.fromkeys(
        (
            "ssm:putcomplianceitems",
            "ssm:updateassociationstatus",
            "ssm:updateinstanceassociationstatus",
            "ssm:updateinstanceinformation",
        ),
        "the SSM agent speaks for its own instance, whose id nobody knows beforehand",
    ),
}
# Not compared: an action in small letters (cloudsplaining then takes it for one that has no resources, whatever it is
# granted on), and its list of actions that return credentials (most of them take no resource, so nothing can be held).
RESOURCES: list[object] = [
    *("*", "*", "*", ["*"], ["arn:aws:s3:::assets/*", "*"]),
    *("arn:aws:iam::111122223333:role/feed", ["arn:aws:s3:::assets", "arn:aws:s3:::assets/*"]),
    "arn:aws:sqs:ap-northeast-2:111122223333:feed",
]
# None of them holds a statement to a resource: all of it is granted, to some callers or at some times.
CONDITIONS: list[object] = [
    {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["Application"]}},
    {"StringLike": {"aws:PrincipalTag/team": "*"}},
]
INTERESTING = sorted({action for path in PATHS for action in path.actions})


def generated() -> Iterator[dict[str, object]]:
    chance = random.Random(SEED)  # noqa: S311 - to choose examples
    actions = [f"{service}:{name}" for service, each in services().items() for name in sorted(each["privileges"])]
    for _ in range(DOCUMENTS):
        yield json.loads(document(*(_statement(chance, actions) for _ in range(chance.randint(1, 4)))))


def _statement(chance: random.Random, actions: list[str]) -> dict[str, object]:
    chosen = [*chance.sample(actions, chance.randint(1, 4)), *chance.sample(INTERESTING, chance.randint(0, 4))]
    if chance.random() < 0.2:
        service, _, name = chance.choice(actions).partition(":")
        chosen.append(f"{service}:{name[: chance.randint(0, 6)]}*")
    if chance.random() < 0.1:
        chosen = [_with_a_wildcard(chance, action) for action in chosen]
    one: dict[str, object] = {
        "Effect": "Deny" if chance.random() < 0.1 else "Allow",
        "Action": chosen if len(chosen) > 1 or chance.random() < 0.5 else chosen[0],
        "Resource": chance.choice(RESOURCES),
    }
    if chance.random() < 0.2:
        one["Condition"] = chance.choice(CONDITIONS)
    if chance.random() < 0.3:
        one["Sid"] = "Generated"
    return one


def _with_a_wildcard(chance: random.Random, action: str) -> str:
    """One letter of the name left open, or its end."""
    service, _, name = action.partition(":")
    place = chance.randrange(len(name))
    return f"{service}:{name[:place]}{chance.choice([f'?{name[place + 1 :]}', '*'])}"


def ours(policy: dict[str, object]) -> set[str]:
    """The keys of all findings on a role's policy, such as `IAM-003[Resource::s3:putobject]`, in small letters."""
    resource = Resource(
        path="",
        value={"role": "feed", "policy": json.dumps(policy)},
        type=ROLE_POLICY,
        urn="urn:pulumi:dev::startup-platform::aws:iam/rolePolicy:RolePolicy::subject",
        provider=Node(path="provider", value={}),
        depends={},
    )
    found = ((rule.id, each) for rule in CATALOGUE.resource_rules[ROLE_POLICY] for each in rule.check(resource))
    return {f"{name}[{each.key}]".lower() for name, each in found if isinstance(each, Finding)}


def covers(found: set[str], action: str) -> bool:
    """Whether a finding is about an action: by name or by a pattern that covers it."""
    if action.lower() == "iam:passrole" and "iam-005[passrole::resource]" in found:
        return True
    patterns = (one.partition("::")[2].removesuffix("]") for one in found if "action::" in one or "resource::" in one)
    return any(matches(pattern if ":" in pattern else "*", action) for pattern in patterns)


@pytest.fixture(scope="module")
def documents() -> list[tuple[dict[str, object], PolicyDocument, set[str]]]:
    return [(policy, PolicyDocument(policy), ours(policy)) for policy in generated()]


Documents = list[tuple[dict[str, object], PolicyDocument, set[str]]]


def unconstrained(theirs: PolicyDocument) -> list[str]:
    """The changes and data reads that it finds granted on any resource."""
    return [
        *theirs.infrastructure_modification,
        *theirs.write_actions_without_constraints,
        *theirs.permissions_management_without_constraints,
        *theirs.tagging_actions_without_constraints,
        *theirs.allows_data_exfiltration_actions,
    ]


def test_every_change_of_any_resource_that_it_finds(documents: Documents) -> None:
    missed = {
        action.lower()
        for _, theirs, found in documents
        for action in unconstrained(theirs)
        if not covers(found, action)
    }
    assert missed - AGREED.keys() == set()


def test_every_difference_that_is_agreed_is_one() -> None:
    spelled = {f"{service}:{name}".lower(): name for service, each in services().items() for name in each["privileges"]}
    for action in AGREED:
        granted = json.loads(document(allow(f"{action.partition(':')[0]}:{spelled[action]}", "*")))
        assert action in {each.lower() for each in unconstrained(PolicyDocument(granted))}
        assert ours(granted) == set()


def test_every_whole_service_that_it_finds(documents: Documents) -> None:
    assert not [
        (service, policy)
        for policy, theirs, found in documents
        for service in theirs.service_wildcard
        if not any(one.startswith(("iam-001", "iam-002")) for one in found)
    ]


def test_every_way_up_that_it_finds(documents: Documents) -> None:
    missed = {
        way["type"]
        for _, theirs, found in documents
        for way in theirs.allows_privilege_escalation
        if not any(one.startswith("iam-001") for one in found)
        and not any(
            is_part_of(path, way["actions"]) and f"iam-006[escalation::{path.name.lower()}]" in found for path in PATHS
        )
    }
    assert missed == set()


def is_part_of(path: Path, actions: list[str]) -> bool:
    return {each.lower() for each in path.actions} <= set(actions)


def test_enough_was_compared(documents: Documents) -> None:
    assert len(documents) >= 200
    assert sum(bool(theirs.infrastructure_modification) for _, theirs, _ in documents) > 100
    assert len({way["type"] for _, theirs, _ in documents for way in theirs.allows_privilege_escalation}) > 15
