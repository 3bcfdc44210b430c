"""The firewall's rules, their order, their price, and what of a request its logs keep."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.edge.firewall import Firewall, FirewallArgs, rules
from components.edge.firewall_log import FirewallLog, FirewallLogArgs, kept_for
from components.naming import Scope
from components.phases import PHASES
from components.sizes import EdgeSize
from tests.unit.recording import Recorded, record

EDGE = Scope(stage="dev", account_id="111122223333", region="us-east-1")
WEB_ACL = "aws:wafv2/webAcl:WebAcl"

# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED_UNITS = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
}
INCLUDED_UNITS = 1500  # https://aws.amazon.com/waf/pricing/


def size(*, requests_per_ip: int = 2000, bot_control: bool = True) -> EdgeSize:
    return EdgeSize(
        access_log_retention_days=90, requests_per_ip=requests_per_ip, bot_control=bot_control, cluster_weight=0
    )


def made(edge: EdgeSize) -> dict[str, Any]:
    run = record(lambda: Firewall("firewall", FirewallArgs(scope=EDGE, size=edge)))
    acl = run.named("firewall-acl", WEB_ACL)
    assert (acl["region"], acl["scope"], acl["defaultAction"]) == ("us-east-1", "CLOUDFRONT", {"allow": {}})
    return {rule["name"]: rule for rule in sorted(acl["rules"], key=lambda rule: rule["priority"])}


def units(statement: Mapping[str, Any]) -> int:
    """What AWS counts for a statement.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-list.html
    """
    ((kind, body),) = statement.items()
    match kind:
        case "managedRuleGroupStatement":
            return MANAGED_UNITS[body["name"]] + (
                units(body["scopeDownStatement"]) if "scopeDownStatement" in body else 0
            )
        case "rateBasedStatement":
            return 2 + (units(body["scopeDownStatement"]) if "scopeDownStatement" in body else 0)
        case "byteMatchStatement":
            assert body["positionalConstraint"] in {"STARTS_WITH", "EXACTLY"}
            return 2 + 10 * sum(each["type"] != "NONE" for each in body["textTransformations"])
        case "labelMatchStatement":
            return 1
        case "notStatement":
            return units(body["statement"])
        case "andStatement":
            return 1 + sum(units(each) for each in body["statements"])
        case _:
            raise AssertionError(f"nobody has looked up what {kind} counts")


def test_the_whole_of_it_is_in_the_price() -> None:
    total = sum(units(rule["statement"]) for rule in made(size()).values())
    assert 1200 < total <= INCLUDED_UNITS


def test_it_asks_for_addresses_then_rates_then_attacks_then_bots() -> None:
    assert list(made(size())) == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "requests-per-address",
        "sign-in-per-address",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "large-body-elsewhere",
        "AWSManagedRulesBotControlRuleSet",
    ]


def test_priorities_are_distinct_and_every_rule_is_measured() -> None:
    found = made(size())
    assert len({rule["priority"] for rule in found.values()}) == len(found)
    for name, rule in found.items():
        shown = rule["visibilityConfig"]
        assert (shown["metricName"], shown["cloudwatchMetricsEnabled"]) == (name, True)


def test_no_metric_has_a_name_that_aws_keeps_for_itself(platform: Recorded) -> None:
    # https://docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html
    names = [one["visibilityConfig"]["metricName"] for one in platform.of_type("aws:wafv2/webAcl:WebAcl")]
    assert len(names) == 2
    assert {name.lower() for name in names}.isdisjoint({"all", "default_action"})


def test_only_a_phase_that_pays_for_it_has_bot_control() -> None:
    bots = "AWSManagedRulesBotControlRuleSet"
    assert bots not in made(size(bot_control=False))
    assert {phase: phase_has(phase, bots) for phase in PHASES} == {
        phase: shape.sizes.edge.bot_control for phase, shape in PHASES.items()
    }


def phase_has(phase: Any, name: str) -> bool:
    return name in {rule["name"] for rule in rules(PHASES[phase].sizes.edge)}


def test_bot_control_looks_at_self_declared_bots_and_not_at_static_files() -> None:
    statement = made(size())["AWSManagedRulesBotControlRuleSet"]["statement"]["managedRuleGroupStatement"]
    assert statement["managedRuleGroupConfigs"] == [{"awsManagedRulesBotControlRuleSet": {"inspectionLevel": "COMMON"}}]
    looked_past = statement["scopeDownStatement"]["notStatement"]["statement"]["byteMatchStatement"]
    assert (looked_past["searchString"], looked_past["positionalConstraint"]) == ("/_next/static/", "STARTS_WITH")


def test_what_would_stop_webhooks_mobile_apps_and_long_posts_is_only_counted() -> None:
    counted = {
        name: sorted(each["name"] for each in rule["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"])
        for name, rule in made(size()).items()
        if "managedRuleGroupStatement" in rule["statement"]
    }
    assert counted == {
        "AWSManagedRulesAmazonIpReputationList": [],
        "AWSManagedRulesAnonymousIpList": ["HostingProviderIPList"],
        "AWSManagedRulesCommonRuleSet": ["SizeRestrictions_BODY"],
        "AWSManagedRulesKnownBadInputsRuleSet": [],
        "AWSManagedRulesSQLiRuleSet": [],
        "AWSManagedRulesBotControlRuleSet": ["CategoryHttpLibrary", "SignalNonBrowserUserAgent"],
    }


def test_aws_rules_otherwise_do_what_they_say() -> None:
    for rule in made(size()).values():
        managed = "managedRuleGroupStatement" in rule["statement"]
        assert rule.get("overrideAction") == ({"none": {}} if managed else None)
        assert rule.get("action") == (None if managed else {"block": {}})


@pytest.mark.parametrize(("limit", "sign_in"), [(2000, 100), (100, 10)])
def test_one_address_sends_so_much_in_five_minutes_and_signs_in_less_often(limit: int, sign_in: int) -> None:
    found = made(size(requests_per_ip=limit))
    rates = {name: found[name]["statement"]["rateBasedStatement"] for name in found if name.endswith("per-address")}
    assert {name: int(rate["limit"]) for name, rate in rates.items()} == {
        "requests-per-address": limit,
        "sign-in-per-address": sign_in,
    }
    assert {(rate["aggregateKeyType"], int(rate["evaluationWindowSec"])) for rate in rates.values()} == {("IP", 300)}
    assert "scopeDownStatement" not in rates["requests-per-address"]
    where = rates["sign-in-per-address"]["scopeDownStatement"]["byteMatchStatement"]
    assert (where["searchString"], where["positionalConstraint"]) == ("/auth/", "STARTS_WITH")
    assert [each["type"] for each in where["textTransformations"]] == ["URL_DECODE"]


def test_a_large_body_passes_to_the_api_only() -> None:
    large, elsewhere = made(size())["large-body-elsewhere"]["statement"]["andStatement"]["statements"]
    assert large["labelMatchStatement"]["key"] == "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
    assert elsewhere["notStatement"]["statement"]["byteMatchStatement"]["searchString"] == "/api/"


def logged(*, retention_days: int = 90) -> Recorded:
    args = FirewallLogArgs(
        scope=EDGE,
        title="edge",
        web_acl_arn="arn:acl",
        logs_key_arn="arn:key",
        retention_days=retention_days,
        destroy_protection=True,
    )
    return record(lambda: FirewallLog("firewall-log", args))


def test_its_log_is_beside_it_encrypted_and_kept() -> None:
    run = logged(retention_days=31)
    (group,) = run.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert group["name"] == "aws-waf-logs-startup-platform-dev-edge"
    assert (group["region"], group["kmsKeyId"], int(group["retentionInDays"])) == ("us-east-1", "arn:key", 60)
    assert group.protect
    (logging,) = run.of_type("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    assert (logging["region"], logging["resourceArn"]) == ("us-east-1", "arn:acl")
    assert logging["logDestinationConfigs"] == ["arn:mock:firewall-log-group"]
    assert any(urn.endswith("::firewall-log-delivery") for urn in logging.dependencies)


def test_its_log_keeps_what_was_not_let_through_and_no_credential() -> None:
    (logging,) = logged().of_type("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    assert {field["singleHeader"]["name"] for field in logging["redactedFields"]} == {
        "authorization",
        "cookie",
        "x-origin-verify",
    }
    assert logging["loggingFilter"]["defaultBehavior"] == "DROP"
    (kept,) = logging["loggingFilter"]["filters"]
    assert (kept["behavior"], kept["requirement"]) == ("KEEP", "MEETS_ANY")
    actions = {each["actionCondition"]["action"] for each in kept["conditions"]}
    assert actions == {"BLOCK", "COUNT", "EXCLUDED_AS_COUNT", "CAPTCHA", "CHALLENGE"}


def test_only_log_delivery_for_this_account_writes_to_it() -> None:
    (policy,) = logged().of_type("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == [
        "arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-startup-platform-dev-edge:*"
    ]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_the_key_of_its_log_is_in_its_region(platform: Recorded) -> None:
    key = platform.named("edge-encryption-logs", "aws:kms/key:Key")
    assert key["region"] == "us-east-1"
    used = {each["Sid"]: each for each in json.loads(key["policy"])["Statement"]}["UsedByTheLogGroupsOfThisStage"]
    assert used["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    group = platform.named("firewall-log-group", "aws:cloudwatch/logGroup:LogGroup")
    assert group["kmsKeyId"] == "arn:mock:edge-encryption-logs"
    patterns = used["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    own = f"arn:aws:logs:us-east-1:{key['policy'].split(':root')[0][-12:]}:log-group:{group['name']}"
    assert any(own.startswith(pattern.removesuffix("*")) for pattern in patterns)
    origin = platform.named("lock-log-group", "aws:cloudwatch/logGroup:LogGroup")
    assert (origin["region"], origin["kmsKeyId"]) == ("ap-northeast-2", "arn:mock:encryption-logs")


@pytest.mark.parametrize(("days", "offered"), [(30, 30), (31, 60), (90, 90), (366, 400), (3650, 3653)])
def test_a_log_is_kept_at_least_as_long_as_asked(days: int, offered: int) -> None:
    assert kept_for(days) == offered


def test_no_sample_shows_who_somebody_is() -> None:
    run = record(lambda: Firewall("firewall", FirewallArgs(scope=EDGE, size=size())))
    (protected,) = run.named("firewall-acl", WEB_ACL)["dataProtectionConfig"]["dataProtections"]
    assert set(protected["field"]["fieldKeys"]) == {"authorization", "cookie", "x-origin-verify"}
