"""Traces tier: which traces an operator wants to see first (REQ-O2), each a group with metrics of its own in X-Ray.

What is kept is decided by the collector in the cluster, which sees whole traces; X-Ray's sampling rules decide before a
trace has begun, and nothing here asks for them.
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
    """Three groups: what failed by our fault, what was refused for want of capacity, and what took too long."""

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
        self.register_outputs({})


def filters(p95_ms: int) -> Mapping[str, str]:
    """Group -> which traces, as X-Ray is asked. A fault is an answer 5xx, a throttle 429; time is in seconds.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
    """
    return {
        "failed": "fault = true",
        "throttled": "throttle = true",
        "slow": f"responsetime > {p95_ms / 1000}",
    }
