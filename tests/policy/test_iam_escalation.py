"""Every way up: open with exactly what it takes, closed without any part of it."""

import json

import pytest

from policy.iam_document import statements
from policy.iam_escalation import PATHS, Held, Path
from policy.view import Node
from tests.policy.cases_iam import allow, deny, document
from tests.policy.cases_iam_reach import ANY_ROLE
from tools.iam_table import services

IDS = [path.name for path in PATHS]


def held(*grants: object) -> Held:
    return Held.of(statements(Node(path="policy", value=json.loads(document(*grants)))))


def to_service(service: str) -> dict[str, object]:
    return {"Condition": {"StringEquals": {"iam:PassedToService": service}}}


@pytest.mark.parametrize("path", PATHS, ids=IDS)
def test_a_way_takes_all_its_actions_and_no_other(path: Path) -> None:
    assert held(allow(list(path.actions), "*")).opens(path)
    for left_out in path.actions:
        assert not held(allow([each for each in path.actions if each != left_out], "*")).opens(path)


@pytest.mark.parametrize("path", [each for each in PATHS if each.passed_to], ids=lambda path: path.name)
def test_a_role_that_goes_to_another_service_opens_nothing(path: Path) -> None:
    rest = allow(list(path.anywhere), "arn:aws:s3:::one-of-ours")
    assert held(allow("iam:PassRole", ANY_ROLE, **to_service(path.passed_to or "")), rest).opens(path)
    assert not held(allow("iam:PassRole", ANY_ROLE, **to_service("backup.amazonaws.com")), rest).opens(path)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (deny(Action="iam:Put*"), False),
        (deny(), False),
        (deny(Action="iam:Put*", Resource=ANY_ROLE), True),
        (deny(Action="iam:PutUserPolicy"), True),
        (deny(Action="iam:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), True),
    ],
)
def test_only_a_refusal_of_everything_closes_a_way(refusal: object, *, expected: bool) -> None:
    (path,) = [each for each in PATHS if each.name == "PutRolePolicy"]
    assert held(allow("iam:PutRolePolicy", ANY_ROLE), refusal).opens(path) is expected


def test_no_way_contains_another_and_each_has_a_name_of_its_own() -> None:
    assert len(set(IDS)) == len(PATHS)
    assert not [(one.name, two.name) for one in PATHS for two in PATHS if one != two and _is_open_whenever(one, two)]


def _is_open_whenever(one: Path, two: Path) -> bool:
    """What must be granted on any resource opens less than what may be granted on any one."""
    return (
        set(one.on_any) <= set(two.on_any)
        and set(one.anywhere) <= {*two.on_any, *two.anywhere}
        and one.passed_to in (None, two.passed_to)
    )


def test_every_action_of_a_way_exists() -> None:
    known = services()
    assert not [
        action
        for path in PATHS
        for action in path.actions
        for service, _, name in [action.partition(":")]
        if name not in known[service]["privileges"]
    ]
