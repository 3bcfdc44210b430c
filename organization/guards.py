"""Guards: the control policies, each over its units (REQ-S13, REQ-N3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from organization.guardrails import Guardrail

APPLICATION = "guardrails"


@dataclass(frozen=True, kw_only=True)
class GuardsArgs:
    """Which policies, and the units that they are over."""

    guardrails: Sequence[Guardrail]
    unit_ids: Mapping[str, pulumi.Input[str]]  # unit -> its id; "" -> that of the root


class Guards(pulumi.ComponentResource):
    """A policy and its attachments for each guard rail."""

    policy_ids: Mapping[str, pulumi.Output[str]]  # title -> id

    def __init__(self, name: str, args: GuardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Guards", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        made: dict[str, pulumi.Output[str]] = {}
        for each in args.guardrails:
            policy = aws.organizations.Policy(
                f"{name}-{each.title}",
                name=each.title,
                description=each.description,
                type=each.kind,
                content=each.content,
                tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
                opts=child,
            )
            made[each.title] = policy.id
            for unit in each.over:
                aws.organizations.PolicyAttachment(
                    f"{name}-{each.title}-{unit.lower() or 'root'}",
                    policy_id=policy.id,
                    target_id=args.unit_ids[unit],
                    opts=child,
                )
        self.policy_ids = made
        self.register_outputs({"policyIds": self.policy_ids})
