import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import Scope
from components.operations.burn import FAST, PAIRS, SLOW
from components.operations.promises import Promises, PromisesArgs
from components.phases import PHASES, PhaseName
from tests.unit.recording import Recorded, Registration, record

SCOPE = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
PROMISES = st.floats(min_value=99.0, max_value=99.99)


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = PromisesArgs(
        scope=SCOPE,
        availability_percent=99.95,
        p95_ms=150,
        load_balancer_arn_suffix="app/entrance/1",
        alarm_topic_arn="topic",
    )
    return record(lambda: Promises("promises", args))


def metrics(alarm: Registration) -> dict[str, tuple[str, str, int]]:
    return {
        each["id"]: (each["metric"]["metricName"], each["metric"]["stat"], int(each["metric"]["period"]))
        for each in alarm["metricQueries"]
        if each.get("metric")
    }


def judged(alarm: Registration, **measured: float | None) -> float:
    """What the alarm's expression says of one period's figures, by the rules of CloudWatch's metric math."""
    (expression,) = [each["expression"] for each in alarm["metricQueries"] if each.get("expression")]
    filled = re.sub(r"FILL\((\w+), 0\)", lambda found: str(measured.get(found[1]) or 0), expression)
    condition, then, otherwise = re.fullmatch(r"IF\((.+), (.+), (.+)\)", filled).groups()  # type: ignore[union-attr]
    known = {name: value for name, value in measured.items() if value is not None}
    return float(eval(then if eval(condition, known) else otherwise, known))  # noqa: S307


def test_it_looks_at_the_one_load_balancer(run: Recorded) -> None:
    for alarm in run.of_type(ALARM):
        for each in alarm["metricQueries"]:
            if each.get("metric"):
                assert each["metric"]["namespace"] == "AWS/ApplicationELB"
                assert each["metric"]["dimensions"] == {"LoadBalancer": "app/entrance/1"}


def test_p95_above_the_promise_for_five_minutes_is_told(run: Recorded) -> None:
    alarm = run.named("promises-p95", ALARM)
    assert metrics(alarm) == {"p95": ("TargetResponseTime", "p95", 60)}
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (0.15, "GreaterThanThreshold")
    assert (int(alarm["evaluationPeriods"]), int(alarm["datapointsToAlarm"])) == (5, 5)
    assert (alarm["alarmActions"], alarm["okActions"]) == (["topic"], ["topic"])


def test_more_than_one_percent_of_failures_for_three_minutes_is_told(run: Recorded) -> None:
    alarm = run.named("promises-errors", ALARM)
    assert (alarm["threshold"], int(alarm["evaluationPeriods"])) == (1.0, 3)
    assert metrics(alarm) == {
        "requests": ("RequestCount", "Sum", 60),
        "theirs": ("HTTPCode_Target_5XX_Count", "Sum", 60),
        "balancers": ("HTTPCode_ELB_5XX_Count", "Sum", 60),
    }
    assert judged(alarm, requests=200, theirs=2, balancers=None) == 1.0
    assert judged(alarm, requests=100, theirs=1, balancers=100) == pytest.approx(50.5)


def test_a_region_whose_targets_are_all_gone_fails_wholly(run: Recorded) -> None:
    for title in ("errors", "surge"):
        assert judged(run.named(f"promises-{title}", ALARM), requests=None, theirs=None, balancers=40) == 100.0


def test_a_surge_is_noticed_in_two_minutes_and_one_failure_of_a_quiet_night_is_none(run: Recorded) -> None:
    surge = run.named("promises-surge", ALARM)
    assert (surge["threshold"], int(surge["evaluationPeriods"])) == (5.0, 2)
    assert judged(surge, requests=20, theirs=2, balancers=None) == 10.0
    assert judged(surge, requests=19, theirs=19, balancers=None) == 0.0
    crawl = run.named("promises-crawl", ALARM)
    assert (crawl["threshold"], int(crawl["evaluationPeriods"])) == (0.3, 2)
    assert judged(crawl, requests=20, p95=0.7) == 0.7
    assert judged(crawl, requests=19, p95=0.7) == 0.0


def test_no_data_is_no_alarm(run: Recorded) -> None:
    assert {alarm["treatMissingData"] for alarm in run.of_type(ALARM)} == {"notBreaching"}


@pytest.mark.parametrize(
    ("title", "seconds", "percent"),
    [("hour", 3600, 0.72), ("five-minutes", 300, 0.72), ("six-hours", 21600, 0.3), ("half-hour", 1800, 0.3)],
)
def test_each_window_is_one_period_and_its_rate_of_the_budget(
    run: Recorded, title: str, seconds: int, percent: float
) -> None:
    alarm = run.named(f"promises-{title}", ALARM)
    assert {period for _, _, period in metrics(alarm).values()} == {seconds}
    assert (alarm["threshold"], int(alarm["evaluationPeriods"])) == (percent, 1)
    assert (alarm["alarmActions"], alarm["okActions"]) == ([], [])


def test_whoever_is_woken_for_the_budget_is_woken_once(run: Recorded) -> None:
    (one,) = run.of_type(COMPOSITE)
    assert one["alarmActions"] == ["topic"]
    names = [run.named(f"promises-{title}", ALARM) for title in ("hour", "five-minutes", "six-hours", "half-hour")]
    assert len(names) == 4
    assert re.fullmatch(r'\(ALARM\(".*"\) AND ALARM\(".*"\)\) OR \(ALARM\(".*"\) AND ALARM\(".*"\)\)', one["alarmRule"])


def test_the_rates_are_those_that_spend_two_and_five_percent_of_a_month() -> None:
    assert FAST.long.spent == pytest.approx(0.02)
    assert SLOW.long.spent == pytest.approx(0.05)


@pytest.mark.parametrize("phase", PhaseName)
def test_an_outage_is_noticed_within_three_minutes_in_every_phase(phase: PhaseName) -> None:
    promise = PHASES[phase].slo.availability_percent
    for window in (FAST.long, FAST.short):
        assert window.minutes_to_notice(promise, failing_percent=100) < 2  # and one that CloudWatch takes


@given(promise=PROMISES)
def test_a_stricter_promise_is_noticed_sooner_and_never_beyond_all_requests(promise: float) -> None:
    for pair in PAIRS:
        for window in (pair.long, pair.short):
            assert 0 < window.errors_percent(promise) <= 100
            assert window.errors_percent(promise) >= window.errors_percent(min(promise + 0.005, 99.995))
        assert pair.short.minutes < pair.long.minutes
