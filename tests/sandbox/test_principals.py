"""Which principals of a policy document must exist, and who lives."""

import json
from pathlib import Path

import pytest

from sandbox.provider.census import Census
from sandbox.provider.principals import refusal
from sandbox.provider.states import state_file
from sandbox.schema.values import UNKNOWN, Secret, Value

ACCOUNT = "111122223333"
KEY, ROLE, QUEUE = "aws:kms/key:Key", "aws:iam/role:Role", "aws:sqs/queue:Queue"
WORKER = f"arn:aws:iam::{ACCOUNT}:role/team/worker"


def document(principal: object, element: str = "Principal") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", element: principal}})


def refused(token: str, name: str, value: Value, *living: str) -> bool:
    return refusal(token, {name: value}, ACCOUNT, lambda: living) is not None


@pytest.mark.parametrize(
    "principal", [{"AWS": WORKER}, {"AWS": ["*", WORKER]}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody"}]
)
def test_an_own_role_or_user_must_exist(principal: object) -> None:
    assert refused(KEY, "policy", document(principal))
    assert refused(KEY, "policy", document(principal, "NotPrincipal"))
    assert refused(KEY, "policy", Secret(value=document(principal)))
    assert not refused(KEY, "policy", document(principal), WORKER, f"arn:aws:iam::{ACCOUNT}:user/somebody")


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": ACCOUNT},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": "arn:aws:iam::444455556666:role/theirs"},
        {"Service": "ec2.amazonaws.com"},
        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/a.b"},
    ],
)
def test_accounts_services_and_what_belongs_to_others_are_taken(principal: object) -> None:
    assert not refused(KEY, "policy", document(principal))


def test_what_is_not_looked_up_there_or_not_known_yet_is_taken() -> None:
    assert not refused("aws:iam/rolePolicy:RolePolicy", "policy", document({"AWS": WORKER}))
    assert not refused(KEY, "policy", UNKNOWN)
    assert not refused(KEY, "description", document({"AWS": WORKER}))
    assert refused(ROLE, "assumeRolePolicy", document({"AWS": WORKER}))


def test_a_refusal_says_the_property_the_arn_the_error_of_aws_and_a_way_out() -> None:
    said = refusal(QUEUE, {"policy": document({"AWS": WORKER})}, ACCOUNT, lambda: ())
    assert said is not None
    assert all(word in said for word in ("policy", WORKER, ACCOUNT, "InvalidAttributeValue", "depends_on"))


def write_state(backend: Path, stack: str, *roles: str) -> None:
    file = state_file(backend, "project", stack)
    file.parent.mkdir(parents=True, exist_ok=True)
    resources = [
        {"urn": f"urn:pulumi:{stack}::project::{ROLE}::{arn}", "type": ROLE, "id": arn, "outputs": {"arn": arn}}
        for arn in roles
    ]
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}))


def test_who_lives_is_of_every_stack_and_of_this_run(tmp_path: Path) -> None:
    write_state(tmp_path, "dev", "arn:dev")
    write_state(tmp_path, "stg", "arn:stg")
    census = Census(tmp_path)
    assert set(census.living()) == {"arn:dev", "arn:stg"}
    census.born(ROLE, {"arn": "arn:new"})
    census.born(QUEUE, {"arn": "arn:queue"})
    census.died(ROLE, {"arn": "arn:dev"})
    assert set(census.living()) == {"arn:stg", "arn:new"}
    census.born(ROLE, {"arn": "arn:dev"})
    assert "arn:dev" in census.living()


def test_without_a_backend_or_a_state_nobody_lives(tmp_path: Path) -> None:
    assert set(Census(None).living()) == set()
    assert set(Census(tmp_path).living()) == set()
    state_file(tmp_path, "project", "dev").parent.mkdir(parents=True)
    state_file(tmp_path, "project", "dev").write_text('{"checkpoint": {"latest": null}}')
    assert set(Census(tmp_path).living()) == set()
