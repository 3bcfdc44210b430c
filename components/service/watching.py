"""Who hears of a service (REQ-O1, REQ-O4, REQ-N1, REQ-N2): alarms on what it promised, a dashboard, a budget.

Measured in its own pods, by the histogram that its kind emits (k8s/metrics.yaml). What users meet at the entrance, and
what a front end's files do, the platform's own alarms watch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.naming import PROJECT
from components.operations.alarms import Alarm, Metric, Statistic, raise_alarm
from components.operations.burn import PAIRS, Window
from components.operations.dashboards import Graph, Text, Widget, body
from components.operations.promises import ERROR_MINUTES, ERROR_PERCENT, JUDGED_REQUESTS, P95_MINUTES
from components.operations.spending import amount
from components.service.needs import queue
from components.service.place import Place
from components.service.spec import Kind

NAMESPACE = f"{PROJECT}/services"
# As OpenTelemetry's conventions name the durations, in seconds.
DURATION: Mapping[Kind, str] = {
    Kind.HTTP: "http.server.request.duration",
    Kind.WEBSOCKET: "http.server.request.duration",
    Kind.GRPC: "rpc.server.call.duration",
    Kind.WORKER: "messaging.process.duration",
}
TRACKS = ("stable", "canary")  # CloudWatch never sums over a dimension that is left out
BUDGET_PERCENT = (80, 90, 100)  # REQ-O4


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What callers are promised: the service's own words, else the stage's."""

    availability_percent: float  # of requests a month
    p95_ms: int


@dataclass(frozen=True, kw_only=True)
class WatchingArgs:
    """Whose watch it is."""

    place: Place
    promise: Promise
    budget_usd: float  # a month


class Watching(pulumi.ComponentResource):
    """Alarms as REQ-O4 words them, one when the month's error budget burns too fast, a dashboard and a budget."""

    dashboard_name: str | None = None  # a front end has none
    alarm_arns: Mapping[str, pulumi.Output[str]]  # those that REQ-O4 words; a front end has none

    def __init__(self, name: str, args: WatchingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Watching", name, None, opts)
        self._name, self._args, self._place = name, args, args.place
        self._child = pulumi.ResourceOptions(parent=self)
        self.alarm_arns = {}
        if args.place.spec.kind is not Kind.WEB:
            self.alarm_arns = self._alarms()
            self._error_budget()
            self.dashboard_name = args.place.name(args.place.scope.region)
            aws.cloudwatch.Dashboard(
                f"{name}-dashboard",
                dashboard_name=self.dashboard_name,
                dashboard_body=pulumi.Output.json_dumps(body(page(args.place, args.promise), args.place.scope.region)),
                opts=self._child,
            )
        self._budget()
        self.register_outputs({"dashboardName": self.dashboard_name})

    def _alarms(self) -> Mapping[str, pulumi.Output[str]]:
        return {
            title: raise_alarm(
                f"{self._name}-{title}",
                alarm,
                tell=self._place.platform.alarm_topic_arn,
                tags=self._place.tags,
                opts=self._child,
            ).arn
            for title, alarm in alarms(self._place, self._args.promise).items()
        }

    def _error_budget(self) -> None:
        """One alarm for all windows: whoever is woken is woken once."""
        percent = self._args.promise.availability_percent
        burning = [
            pulumi.Output.all(self._window(pair.long), self._window(pair.short)).apply(
                lambda both: f'(ALARM("{both[0]}") AND ALARM("{both[1]}"))'
            )
            for pair in PAIRS
        ]
        aws.cloudwatch.CompositeAlarm(
            f"{self._name}-error-budget",
            alarm_name=self._place.name("error-budget"),
            alarm_description=f"{self._place.spec.name}: the error budget of {percent} % a month burns too fast",
            alarm_rule=pulumi.Output.all(*burning).apply(" OR ".join),
            alarm_actions=[self._place.platform.alarm_topic_arn],
            ok_actions=[self._place.platform.alarm_topic_arn],
            tags=self._place.tags,
            opts=self._child,
        )

    def _window(self, window: Window) -> pulumi.Output[str]:
        percent = window.errors_percent(self._args.promise.availability_percent)
        alarm = Alarm(
            says=f"{self._place.spec.name}: {percent} % of requests failed over {window.minutes} minutes",
            metrics=answers(self._place),
            expression=failed_percent(at_least=JUDGED_REQUESTS * window.minutes),
            above=percent,
            minutes=window.minutes,
            period_seconds=window.minutes * 60,
        )
        return raise_alarm(
            f"{self._name}-{window.title}", alarm, tell=None, tags=self._place.tags, opts=self._child
        ).name

    def _budget(self) -> None:
        """Of what bears its tag on the bill; pods share nodes, whose cost their own tag tells (docs/adr/0028)."""
        args, place = self._args, self._place
        aws.budgets.Budget(
            f"{self._name}-budget",
            name=place.name("budget"),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=amount(args.budget_usd),
            limit_unit="USD",
            cost_types=aws.budgets.BudgetCostTypesArgs(include_tax=False, include_credit=False, include_refund=False),
            cost_filters=[
                aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[f"user:Application${place.spec.name}"])
            ],
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type="ACTUAL",
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_sns_topic_arns=[place.platform.alarm_topic_arn],
                )
                for percent in BUDGET_PERCENT
            ],
            tags=place.tags,
            opts=self._child,
        )


def alarms(place: Place, promise: Promise) -> Mapping[str, Alarm]:
    """As REQ-O4 words them; a worker's callers wait for nobody, so its queue's age says whether it is slow."""
    service = place.spec.name
    errors = Alarm(
        says=f"{service}: more than {ERROR_PERCENT} % of requests fail for {ERROR_MINUTES} minutes",
        metrics=answers(place),
        expression=failed_percent(at_least=1),
        above=ERROR_PERCENT,
        minutes=ERROR_MINUTES,
    )
    if place.spec.kind is Kind.WORKER:
        return {"errors": errors}
    p95 = Alarm(
        says=f"{service}: the p95 of answers is above the promised {promise.p95_ms} ms for {P95_MINUTES} minutes",
        metrics={"p95": _metric(place, "p95")},
        above=promise.p95_ms / 1000,
        minutes=P95_MINUTES,
    )
    return {"errors": errors, "p95": p95}


def answers(place: Place) -> Mapping[str, Metric]:
    """What `failed_percent` is made of, by the ids that it uses."""
    return {
        "requests": _metric(place, "SampleCount"),
        **{track: _metric(place, "SampleCount", track=track, outcome="server_error") for track in TRACKS},
    }


def failed_percent(*, at_least: int) -> str:
    """Percent of requests that failed, of at least so many; no minute without any is a bad one."""
    failed = " + ".join(f"FILL({track}, 0)" for track in TRACKS)
    return f"IF(FILL(requests, 0) >= {at_least}, 100 * ({failed}) / requests, 0)"


def page(place: Place, promise: Promise) -> Sequence[Widget]:
    """Requests, errors, durations (REQ-O1), and what the service's needs measure."""
    spec = place.spec
    durations = {statistic: _metric(place, statistic) for statistic in ("p50", "p95", "p99")}
    widgets: list[Widget] = [
        Text(
            markdown=f"# {spec.name}\n{spec.kind} of team {spec.team}. Logs: `{place.platform.service_log_group}`, "
            f"streams that begin with `{spec.name}-`. Promised: {promise.availability_percent} % of requests, "
            f"p95 {promise.p95_ms} ms."
        ),
        Graph(title="Requests a minute", metrics={"requests": _metric(place, "SampleCount")}),
        Graph(
            title="Failed (%)",
            metrics=answers(place),
            expressions={"failed": failed_percent(at_least=1)},
            limits={"alarm": ERROR_PERCENT},
        ),
        Graph(title="Duration (s)", metrics=durations, limits={"promised p95": promise.p95_ms / 1000}),
    ]
    if spec.needs.queue:
        widgets.append(
            Graph(
                title="Oldest message (s)",
                metrics={"age": queue.metric(place.name(queue.WORK), "ApproximateAgeOfOldestMessage")},
            )
        )
        widgets.append(
            Graph(
                title="Messages waiting",
                metrics={
                    title: queue.metric(place.name(title), "ApproximateNumberOfMessagesVisible")
                    for title in (queue.WORK, queue.FAILED)
                },
            )
        )
    return widgets


def _metric(place: Place, statistic: Statistic, **dimensions: str) -> Metric:
    return Metric(
        namespace=NAMESPACE,
        name=DURATION[place.spec.kind],
        dimensions={"service.name": place.spec.name, **dimensions},
        statistic=statistic,
    )
