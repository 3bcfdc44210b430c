import json

import pytest

from components.naming import Scope
from components.operations.cost import BRAKED, Cost, CostArgs
from components.operations.spending import SERVICES_OF, Allowance, amount
from components.phases import PHASES, Budget, PhaseName
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
SCALEUP = Budget(compute=400, database=180, cache=60, network=40, observability=30)
MONITOR = "arn:aws:ce::777788889999:anomalymonitor/00000000-0000-0000-0000-000000000000"


def made(*, braked_roles: list[str] | None = None, monitor: str | None = None) -> Recorded:
    args = CostArgs(
        scope=SCOPE,
        allowance=Allowance(budget=SCALEUP, percent=100, krw_per_usd=1400),
        topic_arn="topic",
        email="team@example.com",
        braked_roles=braked_roles or [],
        anomaly_monitor_arn=monitor,
    )
    return record(lambda: Cost("cost", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return made(braked_roles=["deploy"])


def budget(run: Recorded, title: str):
    return run.named(f"cost-{title}", "aws:budgets/budget:Budget")


def test_the_total_is_that_of_the_phase_in_dollars(run: Recorded) -> None:
    total = budget(run, "total")
    assert total["limitAmount"] == "5071.43"  # 710 man-won are 7,100,000 won, at 1400 won a dollar
    assert (total["limitUnit"], total["timeUnit"], total["budgetType"]) == ("USD", "MONTHLY", "COST")
    assert total["costFilters"] == []


def test_whoever_is_on_duty_hears_at_80_90_and_100_percent_and_when_it_is_foreseen(run: Recorded) -> None:
    said = [
        (each["notificationType"], int(each["threshold"]), each["thresholdType"], each["subscriberSnsTopicArns"])
        for each in budget(run, "total")["notifications"]
    ]
    assert said == [
        ("ACTUAL", 80, "PERCENTAGE", ["topic"]),
        ("ACTUAL", 90, "PERCENTAGE", ["topic"]),
        ("ACTUAL", 100, "PERCENTAGE", ["topic"]),
        ("FORECASTED", 100, "PERCENTAGE", ["topic"]),
    ]


def test_neither_tax_nor_a_credit_changes_what_is_compared(run: Recorded) -> None:
    types = budget(run, "total")["costTypes"]
    assert (types["includeTax"], types["includeCredit"], types["includeRefund"]) == (False, False, False)


@pytest.mark.parametrize(
    ("line", "dollars"),
    [
        ("compute", "2857.14"),
        ("database", "1285.71"),
        ("cache", "428.57"),
        ("network", "285.71"),
        ("observability", "214.29"),
    ],
)
def test_each_line_is_reported_by_the_services_that_it_pays(run: Recorded, line: str, dollars: str) -> None:
    one = budget(run, line)
    assert one["limitAmount"] == dollars
    assert one["costFilters"] == [{"name": "Service", "values": list(SERVICES_OF[line])}]
    assert [int(each["threshold"]) for each in one["notifications"]] == [100]


def test_no_service_is_counted_in_two_lines() -> None:
    services = [service for line in SERVICES_OF.values() for service in line]
    assert len(services) == len(set(services))


@pytest.mark.parametrize("phase", PhaseName)
@pytest.mark.parametrize("percent", [1, 15, 100])
def test_the_lines_make_the_total(phase: PhaseName, percent: int) -> None:
    allowance = Allowance(budget=PHASES[phase].budget, percent=percent, krw_per_usd=1400)
    assert sum(allowance.lines.values()) == pytest.approx(allowance.total)
    assert set(allowance.lines) == set(Budget.model_fields)


def test_aws_takes_no_amount_below_a_cent() -> None:
    assert (amount(0.001), amount(1234.5)) == ("0.01", "1234.50")


def test_what_is_unusual_by_a_fifth_and_a_hundredth_of_the_month_is_told_at_once(run: Recorded) -> None:
    (one,) = run.of_type("aws:costexplorer/anomalySubscription:AnomalySubscription")
    assert (one["frequency"], one["subscribers"]) == ("IMMEDIATE", [{"type": "SNS", "address": "topic"}])
    both = [each["dimension"] for each in one["thresholdExpression"]["ands"]]
    assert [(each["key"], each["values"]) for each in both] == [
        ("ANOMALY_TOTAL_IMPACT_PERCENTAGE", ["20"]),
        ("ANOMALY_TOTAL_IMPACT_ABSOLUTE", ["50.71"]),
    ]
    assert {tuple(each["matchOptions"]) for each in both} == {("GREATER_THAN_OR_EQUAL",)}


def test_a_monitor_that_the_account_already_has_is_used() -> None:
    run = made(monitor=MONITOR)
    (one,) = run.of_type("aws:costexplorer/anomalySubscription:AnomalySubscription")
    assert one["monitorArnLists"] == [MONITOR]
    assert run.of_type("aws:costexplorer/anomalyMonitor:AnomalyMonitor") == []


def test_the_brake_waits_for_somebody_who_approves_it(run: Recorded) -> None:
    (action,) = run.of_type("aws:budgets/budgetAction:BudgetAction")
    assert (action["approvalModel"], action["actionType"]) == ("MANUAL", "APPLY_IAM_POLICY")
    assert (action["notificationType"], int(action["actionThreshold"]["actionThresholdValue"])) == ("ACTUAL", 100)
    assert action["definition"]["iamActionDefinition"]["roles"] == ["deploy"]


def test_the_brake_keeps_from_creating_and_never_from_deleting(run: Recorded) -> None:
    policy = json.loads(run.named("cost-spend-no-more", "aws:iam/policy:Policy")["policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", sorted(BRAKED))
    assert not [action for action in BRAKED if "Delete" in action or "Terminate" in action]


def test_who_pulls_the_brake_may_put_that_policy_on_those_roles_only(run: Recorded) -> None:
    (statement,) = json.loads(run.named("cost-brake-permissions", "aws:iam/rolePolicy:RolePolicy")["policy"])[
        "Statement"
    ]
    assert statement["Action"] == ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    assert statement["Resource"] == ["arn:aws:iam::777788889999:role/deploy"]
    assert statement["Condition"] == {
        "ArnEquals": {"iam:PolicyARN": "arn:aws:iam::777788889999:policy/startup-platform-prod-spend-no-more"}
    }
    (trust,) = json.loads(run.named("cost-brake", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:budgets::777788889999:budget/startup-platform-prod-total"
    }


def test_without_roles_to_stop_there_is_no_brake() -> None:
    run = made()
    assert run.of_type("aws:budgets/budgetAction:BudgetAction") == []
    assert run.of_type("aws:iam/role:Role") == []
