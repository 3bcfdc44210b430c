"""Dashboards tier: what an operator looks at, a dashboard for each part of a region (REQ-O1, REQ-K4).

A dashboard is a page of widgets, as data: a test joins each metric of it to who emits it, as it does for alarms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pulumi
import pulumi_aws as aws

from components.naming import Scope
from components.operations.alarms import PERIOD_SECONDS, Metric

COLUMNS, WIDTH, HEIGHT = 2, 12, 6  # CloudWatch's grid is 24 wide


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Lines over time: each metric, or what expressions make of metrics that are then not drawn themselves."""

    title: str  # with the unit
    metrics: Mapping[str, Metric]  # by a label that, where there are expressions, is the id that they name it by
    expressions: Mapping[str, str] = field(default_factory=dict[str, str])  # by label
    limits: Mapping[str, float] = field(default_factory=dict[str, float])  # lines across, such as what was promised
    region: str = ""  # where the metrics are, if not in the dashboard's region


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words, such as where to ask what no metric answers."""

    markdown: str


Widget: TypeAlias = Graph | Text


@dataclass(frozen=True, kw_only=True)
class DashboardsArgs:
    """The pages, by title; an account's dashboards are seen from all its regions, so the name tells the region."""

    scope: Scope
    pages: Mapping[str, Sequence[Widget]]


class Dashboards(pulumi.ComponentResource):
    """A dashboard a page."""

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Dashboards", name, None, opts)
        for title, widgets in args.pages.items():
            aws.cloudwatch.Dashboard(
                f"{name}-{title}",
                dashboard_name=args.scope.name(title, args.scope.region),
                dashboard_body=pulumi.Output.json_dumps(body(widgets, args.scope.region)),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def body(widgets: Sequence[Widget], region: str) -> Mapping[str, Any]:
    """The page as CloudWatch reads it, from left to right and from the top.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    return {
        "widgets": [
            {
                "x": index % COLUMNS * WIDTH,
                "y": index // COLUMNS * HEIGHT,
                "width": WIDTH,
                "height": HEIGHT,
                **_widget(widget, region),
            }
            for index, widget in enumerate(widgets)
        ]
    }


def _widget(widget: Widget, region: str) -> Mapping[str, Any]:
    if isinstance(widget, Text):
        return {"type": "text", "properties": {"markdown": widget.markdown}}
    limits = [{"label": label, "value": value} for label, value in widget.limits.items()]
    return {
        "type": "metric",
        "properties": {
            "title": widget.title,
            "view": "timeSeries",
            "region": widget.region or region,
            "period": PERIOD_SECONDS,
            "metrics": [
                *[[{"label": label, "expression": each}] for label, each in widget.expressions.items()],
                *[_line(label, metric, bool(widget.expressions)) for label, metric in widget.metrics.items()],
            ],
            **({"annotations": {"horizontal": limits}} if limits else {}),
        },
    }


def _line(label: str, metric: Metric, feeds_expressions: bool) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    shown = {"id": label, "visible": False} if feeds_expressions else {"label": label}
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **shown}]
