"""The groups of traces."""

import pytest

from components.naming import Scope
from components.operations.traces import Traces, TracesArgs
from tests.unit.recording import Recorded, record

GROUP = "aws:xray/group:Group"


@pytest.fixture(scope="module")
def run() -> Recorded:
    scope = Scope(stage="prod", account_id="111122223333", region="ap-northeast-2")
    return record(lambda: Traces("traces", TracesArgs(scope=scope, p95_ms=250)))


def test_slow_is_what_takes_longer_than_was_promised_in_seconds(run: Recorded) -> None:
    assert run.named("traces-slow", GROUP)["filterExpression"] == "responsetime > 0.25"


def test_our_failures_and_what_was_throttled_have_groups_and_a_callers_mistake_has_none(run: Recorded) -> None:
    assert {one.name: one["filterExpression"] for one in run.of_type(GROUP) if one.name != "traces-slow"} == {
        "traces-failed": "fault = true",
        "traces-throttled": "throttle = true",
    }


def test_names_fit_into_what_xray_takes_and_tell_the_stage(run: Recorded) -> None:
    names = [one["groupName"] for one in run.of_type(GROUP)]
    assert all(name.startswith("startup-platform-prod-") and len(name) <= 32 for name in names)


def test_each_is_tagged_by_its_application(run: Recorded) -> None:
    assert {one["tags"]["Application"] for one in run.of_type(GROUP)} == {"traces"}
