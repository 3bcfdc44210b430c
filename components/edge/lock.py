"""Lock tier: a web ACL on the load balancer that blocks whatever does not carry our distribution's secret (REQ-S13).

The listener's rule asks the same, but a rule can be added beside it, by hand or by a controller in the cluster; this
lock is asked before any of them. It looks for nothing else: CloudFront's firewall has looked already, and an address
that this one sees is CloudFront's. It is also what auditors' automatic checks look for on a load balancer (REQ-Y6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import tagging
from components.edge import origin, protection
from components.naming import Scope

APPLICATION = "firewall"
METRIC = "with-our-secret"


@dataclass(frozen=True, kw_only=True)
class LockArgs:
    """Which load balancer, and what opens it."""

    scope: Scope
    load_balancer_arn: pulumi.Input[str]
    accepted_secrets: Sequence[pulumi.Input[str]]  # the one that CloudFront sends, then the one before it


class Lock(pulumi.ComponentResource):
    """A web ACL with one rule, and the load balancer that it guards."""

    web_acl_arn: pulumi.Output[str]
    secret: pulumi.Output[str]  # what CloudFront sends; known once the lock takes it

    def __init__(self, name: str, args: LockArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Lock", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        acl = aws.wafv2.WebAcl(
            f"{name}-acl",
            scope="REGIONAL",
            description="Only what our own distribution sends",
            default_action=aws.wafv2.WebAclDefaultActionArgs(block=aws.wafv2.WebAclDefaultActionBlockArgs()),
            rules=[_rule(args.accepted_secrets)],
            data_protection_config=protection.of_secret_headers(),
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                metric_name=APPLICATION, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
            ),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=child,
        )
        aws.wafv2.WebAclAssociation(
            f"{name}-on-the-load-balancer", resource_arn=args.load_balancer_arn, web_acl_arn=acl.arn, opts=child
        )
        self.web_acl_arn = acl.arn
        self.secret = origin.once(args.accepted_secrets[0], acl.arn)
        self.register_outputs({"webAclArn": self.web_acl_arn})


def _rule(secrets: Sequence[pulumi.Input[str]]) -> Any:
    """A mapping, as in the other firewall: the SDK has a class for each nesting of statements."""
    return {
        "name": METRIC,
        "priority": 10,
        "statement": _any_of([_shows(secret) for secret in secrets]),
        "action": {"allow": {}},
        "visibility_config": {
            "metric_name": METRIC,
            "cloudwatch_metrics_enabled": True,
            "sampled_requests_enabled": True,
        },
    }


def _shows(secret: pulumi.Input[str]) -> Mapping[str, Any]:
    return {
        "byte_match_statement": {
            "field_to_match": {"single_header": {"name": origin.SECRET_HEADER}},
            "positional_constraint": "EXACTLY",
            "search_string": secret,
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }


def _any_of(statements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """WAF refuses an `or` of one."""
    return statements[0] if len(statements) == 1 else {"or_statement": {"statements": list(statements)}}
