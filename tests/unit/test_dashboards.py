"""The dashboards' exact pages."""

import json
from typing import Any

import pulumi

from components.naming import Scope
from components.operations.alarms import Metric
from components.operations.dashboards import Dashboards, DashboardsArgs, Graph, Text
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
HITS = Metric(
    namespace="AWS/X", name="Hits", dimensions={"A": "1", "B": pulumi.Output.from_input("2")}, statistic="Sum"
)


def page(*widgets: Graph | Text) -> list[dict[str, Any]]:
    args = DashboardsArgs(scope=SCOPE, pages={"data": widgets})
    made = record(lambda: Dashboards("dashboards", args)).named("dashboards-data", DASHBOARD)
    assert (
        made["dashboardName"] == "startup-platform-dev-data-ap-northeast-2"
    )  # an account has one list for all regions
    return json.loads(made["dashboardBody"])["widgets"]


def test_a_metric_is_a_line_with_all_its_dimensions() -> None:
    (widget,) = page(Graph(title="Hits", metrics={"hits": HITS}))
    assert widget["properties"]["metrics"] == [["AWS/X", "Hits", "A", "1", "B", "2", {"stat": "Sum", "label": "hits"}]]
    assert (widget["type"], widget["properties"]["region"]) == ("metric", "ap-northeast-2")


def test_what_an_expression_is_made_of_is_not_drawn_itself() -> None:
    (widget,) = page(Graph(title="Double", metrics={"hits": HITS}, expressions={"double": "2 * hits"}))
    expression, line = widget["properties"]["metrics"]
    assert expression == [{"label": "double", "expression": "2 * hits"}]
    assert line[-1] == {"stat": "Sum", "id": "hits", "visible": False}


def test_metrics_of_another_region_are_asked_for_there_and_a_promise_is_a_line_across() -> None:
    (widget,) = page(Graph(title="Hits", metrics={"hits": HITS}, limits={"promised": 99.9}, region="us-east-1"))
    assert widget["properties"]["region"] == "us-east-1"
    assert widget["properties"]["annotations"] == {"horizontal": [{"label": "promised", "value": 99.9}]}


def test_no_two_widgets_lie_on_each_other_and_none_beyond_the_grid() -> None:
    widgets = page(*[Text(markdown=str(number)) for number in range(5)])
    assert len({(one["x"], one["y"]) for one in widgets}) == 5
    assert all(one["x"] + one["width"] <= 24 for one in widgets)
    assert [one["properties"]["markdown"] for one in widgets] == ["0", "1", "2", "3", "4"]


def test_the_technical_kpis_are_held_against_what_the_phase_promises(prod: Recorded) -> None:
    widgets = json.loads(prod.named("dashboards-kpis", DASHBOARD)["dashboardBody"])["widgets"]
    graphs = {one["properties"]["title"]: one["properties"] for one in widgets if one["type"] == "metric"}
    assert set(graphs) == {"Availability (% of requests)", "p95 of answers (s)", "Errors (% of requests)"}
    (availability, *_) = graphs["Availability (% of requests)"]["metrics"]
    assert availability[0]["expression"].startswith("100 - IF(")
    assert graphs["p95 of answers (s)"]["annotations"]["horizontal"][0]["label"] == "promised"


def test_the_bill_is_held_against_the_stages_budget(prod: Recorded) -> None:
    widgets = json.loads(prod.named("dashboards-cost", DASHBOARD)["dashboardBody"])["widgets"]
    whole, services = (one["properties"] for one in widgets if one["type"] == "metric")
    assert whole["region"] == services["region"] == "us-east-1"  # where AWS writes it, wherever the stage is
    assert whole["metrics"] == [
        ["AWS/Billing", "EstimatedCharges", "Currency", "USD", {"stat": "Maximum", "label": "all"}]
    ]
    total = float(prod.named("cost-total", "aws:budgets/budget:Budget")["limitAmount"])
    lines = {one["label"]: one["value"] for one in whole["annotations"]["horizontal"]}
    assert {label: round(value, 1) for label, value in lines.items()} == {
        f"budget, {share} %": round(total * share / 100, 1) for share in (80, 90, 100)
    }
