"""Firewall tier: what CloudFront lets through to us (REQ-S13, REQ-Y5), in us-east-1 as CloudFront wants it.

In order: addresses that AWS knows as bad, two rate limits, known attacks, and bots where the phase pays for them.
What AWS's rules would wrongly stop for us is counted instead, each for the reason beside it; a count is a label in the
logs and a metric. 1,500 capacity units are in the price (https://aws.amazon.com/waf/pricing/); a test adds up ours.

Bodies: CloudFront shows the firewall the first 16 KB, and AWS's own rule refuses what is above 8 KB. A post may be
longer, so that rule only labels, and ours refuses what is so labelled and does not go to the API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components import tagging
from components.edge import protection
from components.edge.caching import STATIC
from components.naming import Scope
from components.sizes import EdgeSize

APPLICATION = "firewall"
WINDOW_SECONDS = 300
# Of a person who signs in, a page asks a handful of times in five minutes; many may share a mobile carrier's address.
SIGN_IN_SHARE = 20
LEAST_RATE = 10  # https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html

# Statements nest, and the SDK has a class for each nesting of each kind: plain mappings say the same.
_Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """How strict."""

    scope: Scope  # of us-east-1
    size: EdgeSize


@dataclass(frozen=True, kw_only=True)
class ManagedRules:
    """One of AWS's rule groups. https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html."""

    name: str
    only_counted: Sequence[str] = field(default_factory=tuple[str, ...])  # rules that would stop what we want


REPUTATION = (
    ManagedRules(name="AWSManagedRulesAmazonIpReputationList"),
    # Payment providers call our webhooks from hosting companies' addresses.
    ManagedRules(name="AWSManagedRulesAnonymousIpList", only_counted=["HostingProviderIPList"]),
)
ATTACKS = (
    ManagedRules(name="AWSManagedRulesCommonRuleSet", only_counted=["SizeRestrictions_BODY"]),
    ManagedRules(name="AWSManagedRulesKnownBadInputsRuleSet"),
    ManagedRules(name="AWSManagedRulesSQLiRuleSet"),
)
# Our mobile apps and payment providers' webhooks are no browsers (REQ-D1, REQ-V1).
BOTS = ManagedRules(
    name="AWSManagedRulesBotControlRuleSet", only_counted=["CategoryHttpLibrary", "SignalNonBrowserUserAgent"]
)
LARGE_BODY = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"


class Firewall(pulumi.ComponentResource):
    """A web ACL for CloudFront."""

    web_acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Firewall", name, None, opts)
        acl = aws.wafv2.WebAcl(
            f"{name}-acl",
            region=args.scope.region,
            scope="CLOUDFRONT",
            description="What CloudFront lets through",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=_numbered(rules(args.size)),
            data_protection_config=protection.of_secret_headers(),
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                metric_name=APPLICATION, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
            ),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.web_acl_arn = acl.arn
        self.register_outputs({"webAclArn": self.web_acl_arn})


def rules(size: EdgeSize) -> list[_Node]:
    """The rules of the web ACL in the order in which they are asked, as yet without a priority."""
    asked = [
        *(_managed(group) for group in REPUTATION),
        _limited("requests-per-address", size.requests_per_ip),
        _limited(
            "sign-in-per-address",
            max(LEAST_RATE, size.requests_per_ip // SIGN_IN_SHARE),
            scope_down=_path_begins("/auth/", decoded=True),
        ),
        *(_managed(group) for group in ATTACKS),
        _large_bodies(),
    ]
    return [*asked, _managed(BOTS)] if size.bot_control else asked


def _numbered(asked: Sequence[_Node]) -> list[Any]:
    """Rules with priorities, and room between them for one in an emergency."""
    return [{**rule, "priority": 10 * (place + 1)} for place, rule in enumerate(asked)]


def _rule(name: str, statement: _Node, **action: _Node) -> _Node:
    return {
        "name": name,
        "statement": statement,
        "visibility_config": {
            "metric_name": name,
            "cloudwatch_metrics_enabled": True,
            "sampled_requests_enabled": True,
        },
        **action,
    }


def _managed(group: ManagedRules) -> _Node:
    statement: dict[str, Any] = {
        "vendor_name": "AWS",
        "name": group.name,
        "rule_action_overrides": [{"name": rule, "action_to_use": {"count": {}}} for rule in group.only_counted],
    }
    if group is BOTS:
        statement["managed_rule_group_configs"] = [
            {"aws_managed_rules_bot_control_rule_set": {"inspection_level": "COMMON"}}
        ]
        # The same file for everyone: a bot that reads it takes nothing, and each look is paid for.
        statement["scope_down_statement"] = _not(_path_begins(STATIC, decoded=False))
    return _rule(group.name, {"managed_rule_group_statement": statement}, override_action={"none": {}})


def _limited(name: str, limit: int, scope_down: _Node | None = None) -> _Node:
    """By the address that sends: a viewer can write any X-Forwarded-For, so that is not asked."""
    rate: dict[str, Any] = {"limit": limit, "aggregate_key_type": "IP", "evaluation_window_sec": WINDOW_SECONDS}
    if scope_down:
        rate["scope_down_statement"] = scope_down
    return _rule(name, {"rate_based_statement": rate}, action={"block": {}})


def _large_bodies() -> _Node:
    """Read as it was sent, since a path in disguise is no reason to let more through."""
    large = {"label_match_statement": {"scope": "LABEL", "key": LARGE_BODY}}
    both = {"and_statement": {"statements": [large, _not(_path_begins("/api/", decoded=False))]}}
    return _rule("large-body-elsewhere", both, action={"block": {}})


def _path_begins(text: str, *, decoded: bool) -> _Node:
    """`decoded` sees through %61 for an a, as whoever answers may."""
    return {
        "byte_match_statement": {
            "field_to_match": {"uri_path": {}},
            "positional_constraint": "STARTS_WITH",
            "search_string": text,
            "text_transformations": [{"priority": 0, "type": "URL_DECODE" if decoded else "NONE"}],
        }
    }


def _not(statement: _Node) -> _Node:
    return {"not_statement": {"statement": statement}}
