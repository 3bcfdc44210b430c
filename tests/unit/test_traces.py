"""The groups of traces."""

import pytest

from components.edge.entrance import HEALTH_PATH
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


def test_health_checks_are_never_traced_the_nightly_run_always_and_one_request_in_twenty(run: Recorded) -> None:
    rules = {
        one.name: (one["priority"], one["urlPath"], one["serviceType"], one["reservoirSize"], one["fixedRate"])
        for one in run.of_type("aws:xray/samplingRule:SamplingRule")
    }
    assert rules == {
        "traces-health": (100, HEALTH_PATH, "*", 0, 0),
        "traces-workflows": (200, "*", "AWS::StepFunctions::StateMachine", 1, 1),
        "traces-services": (9000, "*", "*", 1, 0.05),
    }
