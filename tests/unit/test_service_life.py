"""What holds data of a service goes in two steps, and in one not at all."""

from typing import Any

import pytest

from components.service import life
from components.service.spec import FILE, SpecError, parse
from tests.unit.recording import Recorded
from tests.unit.services import LEAST, built, described, platform

NEEDS: dict[str, Any] = {
    "mysql": "write", "queue": True, "bucket": True, "table": {"sort_key": False}, "secret": {"stripe": {}, "toss": {}},
}  # fmt: skip
HOLDING = {
    "mysql": "aws:lambda/invocation:Invocation",
    "queue": "aws:sqs/queue:Queue",
    "bucket": "aws:s3/bucket:Bucket",
    "table": "aws:dynamodb/table:Table",
    "secret.stripe": "aws:secretsmanager/secret:Secret",
}


def protected(run: Recorded) -> set[str]:
    kept = [one for one in run.registrations if one.protect]
    assert all(one.retains for one in kept)
    return {f"{one.type} {one.name}" for one in kept}


@pytest.mark.parametrize("need", HOLDING)
def test_what_is_released_may_go_and_all_else_of_it_stays_protected(need: str) -> None:
    whole = protected(built(described(NEEDS), platform("prod")))
    run = built(described(NEEDS, released=[need]), platform("prod"))
    freed = whole - protected(run)
    assert freed
    assert all(each.startswith(f"{HOLDING[need]} feed-{need.replace('.', '-')}") for each in freed)
    assert len(run.registrations) == len(built(described(NEEDS), platform("prod")).registrations)


def test_a_released_table_no_longer_refuses_its_deletion() -> None:
    table = "feed-table-table", "aws:dynamodb/table:Table"
    assert built(described(NEEDS), platform("prod")).named(*table)["deletionProtectionEnabled"] is True
    released = built(described(NEEDS, released=["table"]), platform("prod"))
    assert released.named(*table)["deletionProtectionEnabled"] is False


def test_of_a_retired_service_everything_may_go_its_images_too() -> None:
    assert protected(built(described(NEEDS, name="ads"), platform("prod")))
    assert protected(built(described(NEEDS, name="ads", retired=True), platform("prod"))) == set()


def state(**keeps: list[str]) -> dict[str, dict[str, Any]]:
    return {f"urn:{title}": {"type": "t", "outputs": {"keeps": names}} for title, names in keeps.items()}


def test_the_state_says_what_was_kept_and_a_component_without_outputs_keeps_nothing() -> None:
    others = {"urn:x": {"type": "t", "outputs": None}, **state(other=["ads/bucket"])}
    found = life.named_in({**state(queue=["feed/queue"], secrets=["feed/secret.toss"]), **others}, "feed")
    assert found == {"queue", "secret.toss"}


def test_what_was_taken_out_in_one_step_is_refused_and_the_sentence_says_both_steps() -> None:
    with pytest.raises(SpecError) as refused:
        life.refuse(described({"queue": True}), ["queue", "bucket", "secret.toss"], stage="prod")
    assert str(refused.value) == (
        "services/feed/service.yaml is without needs.bucket, needs.secret.toss, whose data stage prod protects; "
        "nothing was changed. Data goes in two steps: put it back with released: [bucket, secret.toss] and bring "
        "that up; then take both out. Copy before that what is still wanted"
    )


@pytest.mark.parametrize("needs", [{}, {"mysql": "read"}])
def test_who_writes_into_the_database_does_not_stop_in_one_step(needs: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=r"^services/feed/service.yaml is without needs.mysql: write, whose data stage"):
        life.refuse(described(needs), ["mysql"], stage="prod")


def test_who_only_reads_the_database_keeps_nothing_there() -> None:
    run = built(described({"mysql": "read", "mysql_reads": ["api"]}), platform("prod"))
    assert protected(run) <= protected(built(described({}), platform("prod")))


def test_what_is_there_still_or_was_released_before_is_not_refused() -> None:
    life.refuse(described(NEEDS), ["mysql", "queue", "bucket", "secret.toss"], stage="prod")
    life.refuse(described({"queue": True}), ["queue"], stage="prod")  # a released bucket is kept no more


@pytest.mark.parametrize(
    ("needs", "released", "there"),
    [({"queue": True}, "bucket", "queue"), ({"redis": True}, "redis", "nothing"), (NEEDS, "secret", None)],
)
def test_only_what_it_has_and_what_holds_data_can_be_released(
    needs: dict[str, Any], released: str, there: str | None
) -> None:
    with pytest.raises(SpecError) as refused:
        parse({**LEAST, "needs": needs, "released": [released]}, FILE)
    listed = there or "mysql, queue, bucket, table, secret.stripe, secret.toss"
    assert str(refused.value) == (
        f'{FILE}: released has "{released}", which it does not need or which holds no data; there is: {listed}'
    )
