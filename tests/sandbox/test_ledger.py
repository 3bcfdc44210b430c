"""The ledger knows what exists, whoever forgot it."""

from pathlib import Path

import pytest

from sandbox.ledger import Ledger
from sandbox.provider.taken import clash

QUEUE = "urn:pulumi:dev::small::aws:sqs/queue:Queue::queue"
ROLE = "urn:pulumi:dev::small::test:index:Tier$aws:iam/role:Role::role"
OTHER_ROLE = "urn:pulumi:dev::small::aws:iam/role:Role::other"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}


def test_what_was_made_lives_until_it_is_deleted_and_only_then_is_gone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert not ledger.is_gone(QUEUE, "q-1")  # never seen: nobody may say
    ledger.created(QUEUE, "q-1", {"name": "q"}, {"arn": "a"})
    assert [each.id for each in ledger.living(QUEUE)] == ["q-1"]
    ledger.deleted(QUEUE, "q-1")
    assert ledger.living(QUEUE) == []
    assert ledger.is_gone(QUEUE, "q-1")
    assert ledger.ids(QUEUE) == {"q-1"}
    ledger.created(QUEUE, "q-1", {}, {})
    assert not ledger.is_gone(QUEUE, "q-1")


def test_a_later_process_finds_what_an_earlier_one_wrote_and_not_the_line_that_a_kill_cut(tmp_path: Path) -> None:
    Ledger(tmp_path).created(QUEUE, "q-1", {"name": "q"}, {"arn": "a"})
    file = tmp_path / "small.dev.jsonl"
    file.write_text(file.read_text() + '{"did": "create", "id": "q-2", "ur')
    (found,) = Ledger(tmp_path).living(QUEUE)
    assert (found.id, found.inputs, found.outputs, found.type) == (
        "q-1",
        {"name": "q"},
        {"arn": "a"},
        "aws:sqs/queue:Queue",
    )


def test_stacks_do_not_see_each_other(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.created(QUEUE, "q-1", {}, {})
    assert ledger.living(QUEUE.replace("dev", "stg")) == []


def test_an_update_keeps_what_was_before_and_follows_a_renamed_urn(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.created(ROLE, "worker", {"path": "/"}, {"arn": "a"})
    ledger.updated(OTHER_ROLE, "worker", {"path": "/x"}, {"arn": "b"})
    (found,) = ledger.living(ROLE)
    assert found.urn == OTHER_ROLE
    assert found.outputs == {"arn": "b"}
    assert found.earlier == ({"path": "/"}, {"arn": "a"})
    ledger.deleted(ROLE, "worker")
    assert ledger.living(ROLE) == []


def test_a_secret_that_aws_never_tells_is_never_written(tmp_path: Path) -> None:
    given = {"masterPassword": SECRET, "secretStringWo": SECRET, "passwords": [SECRET], "engine": "mysql"}
    Ledger(tmp_path).created(QUEUE, "q", given, {"deep": {"password": SECRET}})
    assert "hunter2" not in (tmp_path / "small.dev.jsonl").read_text()
    (found,) = Ledger(tmp_path).living(QUEUE)
    assert (found.inputs, found.outputs) == ({"engine": "mysql", "passwords": [None]}, {"deep": {}})


def test_a_secret_that_aws_shows_is_there_for_an_import_and_still_one(tmp_path: Path) -> None:
    Ledger(tmp_path).created(QUEUE, "q", {"value": SECRET, "headers": [{"value": SECRET}]}, {})
    (found,) = Ledger(tmp_path).living(QUEUE)
    assert found.inputs == {"value": SECRET, "headers": [{"value": SECRET}]}


def test_a_name_that_is_in_use_is_refused_in_its_own_account_and_region_only(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    outputs = {"name": "worker", "arn": "arn:aws:iam::111122223333:role/worker"}
    ledger.created(ROLE, "worker", {}, outputs)
    refusal = clash(OTHER_ROLE, outputs, ledger.living(ROLE))
    assert refusal is not None
    assert refusal.startswith("EntityAlreadyExists: worker exists already in the account, as worker")
    elsewhere = {**outputs, "arn": "arn:aws:iam::444455556666:role/worker"}
    assert clash(OTHER_ROLE, elsewhere, ledger.living(ROLE)) is None
    assert clash(OTHER_ROLE, {**outputs, "region": "us-east-1"}, ledger.living(ROLE)) is None
    ledger.deleted(ROLE, "worker")
    assert clash(OTHER_ROLE, outputs, ledger.living(ROLE)) is None


@pytest.mark.parametrize("kind", ["aws:sqs/queue:Queue", "aws:cloudwatch/eventRule:EventRule", "aws:kms/key:Key"])
def test_what_aws_lets_be_made_twice_is_not_refused(tmp_path: Path, kind: str) -> None:
    ledger = Ledger(tmp_path)
    urn = f"urn:pulumi:dev::small::{kind}::x"
    ledger.created(urn, "x", {}, {"name": "x"})
    assert clash(urn, {"name": "x"}, ledger.living(urn)) is None
