"""Traces tier: which traces an operator wants to see first (REQ-O2), each a group with metrics of its own in X-Ray.

In the cluster the collector decides what is kept, since it sees whole traces. X-Ray's sampling rules decide before a
trace has begun; whoever asks X-Ray itself gets them: the nightly snapshot's state machine, and a service on an instance
with X-Ray's sampler.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope

APPLICATION = "traces"


@dataclass(frozen=True, kw_only=True)
class TracesArgs:
    """Whose traces, and what is slow."""

    scope: Scope
    p95_ms: int  # what was promised of 95 of 100 requests


class Traces(pulumi.ComponentResource):
    """Three groups (what failed by our fault, was refused for want of capacity, took too long), and the sampling."""

    def __init__(self, name: str, args: TracesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Traces", name, None, opts)
        for title, expression in filters(args.p95_ms).items():
            aws.xray.Group(
                f"{name}-{title}",
                group_name=args.scope.name(title),  # 1 to 32 letters
                filter_expression=expression,
                tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
                opts=pulumi.ResourceOptions(parent=self),
            )
        for title, rule in SAMPLING.items():
            aws.xray.SamplingRule(
                f"{name}-{title}",
                rule_name=args.scope.name(title),  # 1 to 32 letters
                priority=rule.priority,
                reservoir_size=rule.a_second,
                fixed_rate=rule.share,
                url_path=rule.path,
                service_type=rule.service_type,
                service_name="*",
                host="*",
                http_method="*",
                resource_arn="*",
                version=1,
                tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How much of what is traced."""

    priority: int  # 1 to 9999; the lowest that fits decides
    a_second: int  # traces that are kept each second before the share counts
    share: float  # of the rest, 0 to 1
    path: str = "*"
    service_type: str = "*"


SAMPLING: Mapping[str, Sampling] = {
    # A balancer asks every few seconds; its traces would be most of them.
    "health": Sampling(priority=100, a_second=0, share=0, path="/healthz"),
    # A run each night: all of it, or there is nothing to see.
    "workflows": Sampling(priority=200, a_second=1, share=1, service_type="AWS::StepFunctions::StateMachine"),
    "services": Sampling(priority=9000, a_second=1, share=0.05),  # X-Ray's own default, written down
}


def filters(p95_ms: int) -> Mapping[str, str]:
    """Group -> which traces, as X-Ray is asked. A fault is an answer 5xx, a throttle 429; time is in seconds.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
    """
    return {
        "failed": "fault = true",
        "throttled": "throttle = true",
        "slow": f"responsetime > {p95_ms / 1000}",
    }
