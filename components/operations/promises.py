"""Promises tier: whether users get what they were promised, and who hears of it when not (REQ-N1, REQ-N2, REQ-O4).

Measured at the load balancer, since that is the last place that sees every request of a region. An answer of 5xx is our
failure; one of 4xx is the caller's and counts as an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, Statistic, raise_alarm
from components.operations.burn import PAIRS, Pair, Window

APPLICATION = "promises"
P95_MINUTES = 5  # REQ-O4
ERROR_PERCENT, ERROR_MINUTES = 1.0, 3  # REQ-O4

# REQ-N4 wants to know within three minutes, and the alarm of REQ-O4 needs three of bad minutes alone: two minutes with
# one failure in twenty are noticed, with the minute that CloudWatch takes, in three.
SURGE_PERCENT, SURGE_MINUTES = 5.0, 2
SLOWNESS = 2  # times the promised p95, which for as long is a surge too
JUDGED_REQUESTS = 20  # a minute; of fewer, one failure would be a surge


@dataclass(frozen=True, kw_only=True)
class PromisesArgs:
    """What was promised, where it is measured, and whom to tell."""

    scope: Scope
    availability_percent: float  # of requests a month, such as 99.95
    p95_ms: int  # within which 95 of 100 requests are answered
    load_balancer_arn_suffix: pulumi.Input[str]  # as CloudWatch names it
    alarm_topic_arn: pulumi.Input[str]


class Promises(pulumi.ComponentResource):
    """Two alarms as REQ-O4 words them, two for a surge, and one when the month's error budget burns too fast."""

    alarm_arns: Mapping[str, pulumi.Output[str]]  # of the first four: title -> ARN

    def __init__(self, name: str, args: PromisesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Promises", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        balancer = args.load_balancer_arn_suffix
        self.alarm_arns = {
            title: raise_alarm(
                f"{name}-{title}", alarm, tell=args.alarm_topic_arn, tags=self._tags, opts=self._child
            ).arn
            for title, alarm in _alarms(balancer, args.p95_ms).items()
        }
        self._budget(balancer)
        self.register_outputs({"alarmArns": self.alarm_arns})

    def _budget(self, balancer: pulumi.Input[str]) -> None:
        """One alarm for both pairs of windows: whoever is woken is woken once."""
        burning = [self._pair(pair, balancer) for pair in PAIRS]
        aws.cloudwatch.CompositeAlarm(
            f"{self._name}-budget",
            alarm_name=self._args.scope.name("error-budget"),
            alarm_description=f"The error budget of {self._args.availability_percent} % a month burns too fast",
            alarm_rule=pulumi.Output.all(*burning).apply(" OR ".join),
            alarm_actions=[self._args.alarm_topic_arn],
            ok_actions=[self._args.alarm_topic_arn],
            tags=self._tags,
            opts=self._child,
        )

    def _pair(self, pair: Pair, balancer: pulumi.Input[str]) -> pulumi.Output[str]:
        names = [self._window(window, balancer).name for window in (pair.long, pair.short)]
        return pulumi.Output.all(*names).apply(lambda both: f'(ALARM("{both[0]}") AND ALARM("{both[1]}"))')

    def _window(self, window: Window, balancer: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarm:
        percent = window.errors_percent(self._args.availability_percent)
        alarm = Alarm(
            says=f"{percent} % of requests failed over {window.minutes} minutes",
            metrics=answers(balancer),
            expression=failed_percent(at_least=JUDGED_REQUESTS * window.minutes),
            above=percent,
            minutes=window.minutes,
            period_seconds=window.minutes * 60,
        )
        return raise_alarm(f"{self._name}-{window.title}", alarm, tell=None, tags=self._tags, opts=self._child)


def _alarms(balancer: pulumi.Input[str], p95_ms: int) -> Mapping[str, Alarm]:
    p95 = {"p95": _metric(balancer, "TargetResponseTime", "p95")}  # seconds
    return {
        "p95": Alarm(
            says=f"The p95 of answers is above the promised {p95_ms} ms for {P95_MINUTES} minutes",
            metrics=p95,
            above=p95_ms / 1000,
            minutes=P95_MINUTES,
        ),
        "errors": Alarm(
            says=f"More than {ERROR_PERCENT} % of requests fail for {ERROR_MINUTES} minutes",
            metrics=answers(balancer),
            expression=failed_percent(at_least=1),
            above=ERROR_PERCENT,
            minutes=ERROR_MINUTES,
        ),
        "surge": Alarm(
            says=f"More than {SURGE_PERCENT} % of requests fail",
            metrics=answers(balancer),
            expression=failed_percent(at_least=JUDGED_REQUESTS),
            above=SURGE_PERCENT,
            minutes=SURGE_MINUTES,
        ),
        "crawl": Alarm(
            says=f"Answers take {SLOWNESS} times as long as promised",
            metrics={**p95, "requests": _metric(balancer, "RequestCount", "Sum")},
            expression=f"IF(requests >= {JUDGED_REQUESTS}, p95, 0)",
            above=SLOWNESS * p95_ms / 1000,
            minutes=SURGE_MINUTES,
        ),
    }


def answers(balancer: pulumi.Input[str]) -> Mapping[str, Metric]:
    """What `failed_percent` is made of, by the ids that it uses."""
    return {
        "requests": _metric(balancer, "RequestCount", "Sum"),
        "theirs": _metric(balancer, "HTTPCode_Target_5XX_Count", "Sum"),
        "balancers": _metric(balancer, "HTTPCode_ELB_5XX_Count", "Sum"),
    }


def failed_percent(*, at_least: int) -> str:
    """Percent of requests that failed. Where no target could be chosen, a request is counted as an answer 5xx only.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    errors, total = "(FILL(theirs, 0) + FILL(balancers, 0))", "(FILL(requests, 0) + FILL(balancers, 0))"
    return f"IF({total} >= {at_least}, 100 * {errors} / {total}, 0)"


def _metric(balancer: pulumi.Input[str], name: str, statistic: Statistic) -> Metric:
    return Metric(namespace="AWS/ApplicationELB", name=name, dimensions={"LoadBalancer": balancer}, statistic=statistic)
