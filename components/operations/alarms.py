"""An alarm on one metric, or on arithmetic over several (REQ-O4): who looks at what, and when it tells whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi
import pulumi_aws as aws

Statistic: TypeAlias = Literal["Average", "Maximum", "Minimum", "SampleCount", "Sum", "p50", "p95", "p99"]

PERIOD_SECONDS = 60  # the shortest that AWS's own metrics have


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of AWS's own."""

    namespace: str  # such as AWS/RDS
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: Statistic


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """What is too much or too little, and for how long."""

    says: str  # what an operator reads first
    metrics: Mapping[str, Metric]  # by the id that an expression names it by
    expression: str = ""  # of those ids; with one metric and no expression the metric itself
    above: float | None = None  # exactly one of the two
    below: float | None = None
    minutes: int  # that it has to last
    period_seconds: int = PERIOD_SECONDS


def raise_alarm(
    name: str, alarm: Alarm, *, tell: pulumi.Input[str] | None, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """Make the alarm; it tells the topic `tell` when it begins and when it ends, or only an alarm that is made of it.

    No data is no alarm: a store that is paused, or a queue that nobody uses, has none.
    """
    threshold = alarm.above if alarm.above is not None else alarm.below
    periods = alarm.minutes * 60 // alarm.period_seconds
    told = [tell] if tell is not None else []
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=alarm.says,
        metric_queries=_queries(alarm),
        comparison_operator="GreaterThanThreshold" if alarm.above is not None else "LessThanThreshold",
        threshold=threshold,
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
        treat_missing_data="notBreaching",
        alarm_actions=told,
        ok_actions=told,
        tags=tags,
        opts=opts,
    )


def _queries(alarm: Alarm) -> Sequence[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    measured = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=key,
            return_data=not alarm.expression,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=metric.dimensions,
                period=alarm.period_seconds,
                stat=metric.statistic,
            ),
        )
        for key, metric in alarm.metrics.items()
    ]
    if not alarm.expression:
        return measured
    judged = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="judged", expression=alarm.expression, label=alarm.says, return_data=True
    )
    return [*measured, judged]
