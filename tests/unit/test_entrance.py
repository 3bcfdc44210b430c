"""The load balancer's exact inputs, its two locks, and the order in which a secret rotates."""

import json
from typing import Any

import pytest

from components import settings
from components.edge import origin
from components.edge.entrance import Entrance, EntranceArgs
from components.edge.lock import Lock, LockArgs
from components.naming import Scope
from components.platform import Platform
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, record, revealed

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
RULE = "aws:lb/listenerRule:ListenerRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


def made(
    *,
    region: str = "ap-northeast-2",
    with_instances: bool = True,
    cluster_weight: int = 0,
    steps_aside: bool = False,
    destroy_protection: bool = False,
) -> Recorded:
    args = EntranceArgs(
        scope=Scope(stage="dev", account_id="111122223333", region=region),
        domain="dev.example.com",
        zone_id="Z1",
        vpc_id="vpc-1",
        subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
        certificate_arn="arn:certificate",
        workloads_group_id="sg-workloads",
        accepted_secrets=["new", "old"],
        log_bucket="logs",
        with_instances=with_instances,
        cluster_weight=cluster_weight,
        steps_aside=steps_aside,
        alarm_topic_arn="arn:alarms",
        destroy_protection=destroy_protection,
    )
    return record(lambda: Entrance("entrance", args))


def at_epoch(epoch: int) -> Recorded:
    config = {**stage_config("dev"), "startup-platform:edge": json.dumps({"origin_secret_epoch": epoch})}
    loaded = settings.load(stage="dev", config=config)
    return record(lambda: Platform("startup-platform", loaded))


@pytest.mark.parametrize(
    ("region", "addresses"), [("ap-northeast-2", "pl-22a6434b"), ("ap-southeast-1", "pl-31a34658")]
)
def test_only_cloudfronts_addresses_come_in_and_only_by_https(region: str, addresses: str) -> None:
    run = made(region=region)
    (line,) = [one for one in run.of_type(INGRESS) if one["securityGroupId"] == "entrance-group-id"]
    assert (line["prefixListId"], line["ipProtocol"]) == (addresses, "tcp")
    assert (int(line["fromPort"]), int(line["toPort"])) == (443, 443)
    assert not line.get("cidrIpv4")
    assert not line.get("cidrIpv6")


def test_it_speaks_to_workloads_on_8080_and_to_nobody_else_and_they_let_it_in() -> None:
    run = made()
    (out,) = run.of_type(EGRESS)
    (into,) = [one for one in run.of_type(INGRESS) if one["securityGroupId"] == "sg-workloads"]
    assert (out["securityGroupId"], out["referencedSecurityGroupId"]) == ("entrance-group-id", "sg-workloads")
    assert into["referencedSecurityGroupId"] == "entrance-group-id"
    for line in (out, into):
        assert (line["ipProtocol"], int(line["fromPort"]), int(line["toPort"])) == ("tcp", 8080, 8080)


def test_it_faces_the_internet_logs_who_came_and_drops_what_is_malformed() -> None:
    balancer = made(destroy_protection=True).named("entrance-balancer", BALANCER)
    assert balancer["internal"] is False
    assert balancer["subnets"] == ["subnet-a", "subnet-b", "subnet-c"]
    assert balancer["securityGroups"] == ["entrance-group-id"]
    assert balancer["accessLogs"] == {"bucket": "logs", "enabled": True}
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["desyncMitigationMode"] == "defensive"
    assert balancer["enableDeletionProtection"] is True
    assert balancer.protect
    assert int(balancer["idleTimeout"]) > 600  # CloudFront ends a silent WebSocket after ten minutes, and should first


def test_without_destroy_protection_it_can_be_taken_down() -> None:
    balancer = made().named("entrance-balancer", BALANCER)
    assert balancer["enableDeletionProtection"] is False
    assert not balancer.protect


def test_there_is_one_listener_and_it_refuses_whoever_has_no_secret() -> None:
    (listener,) = made().of_type("aws:lb/listener:Listener")
    assert (listener["protocol"], int(listener["port"])) == ("HTTPS", 443)
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert listener["certificateArn"] == "arn:certificate"
    (action,) = listener["defaultActions"]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "403")


def test_one_rule_forwards_what_shows_the_secret_that_is_sent_or_the_one_before() -> None:
    (rule,) = made().of_type(RULE)
    (condition,) = rule["conditions"]
    assert condition == {"httpHeader": {"httpHeaderName": "x-origin-verify", "values": ["new", "old"]}}


@pytest.mark.parametrize(
    ("with_instances", "cluster_weight", "weights"),
    [
        (True, 0, {"entrance-instances": 100, "entrance-cluster": 0}),
        (True, 25, {"entrance-instances": 75, "entrance-cluster": 25}),
        (False, 100, {"entrance-cluster": 100}),
    ],
)
def test_requests_go_to_instances_and_cluster_by_weight(
    with_instances: bool,
    cluster_weight: int,
    weights: dict[str, int],
) -> None:
    run = made(with_instances=with_instances, cluster_weight=cluster_weight)
    (rule,) = run.of_type(RULE)
    (action,) = rule["actions"]
    forward = {one["arn"].removeprefix("arn:mock:"): int(one["weight"]) for one in action["forward"]["targetGroups"]}
    assert forward == weights
    assert not action["forward"].get("stickiness")


def test_targets_are_asked_for_their_health_on_the_port_that_serves() -> None:
    groups = {one.name: one for one in made().of_type("aws:lb/targetGroup:TargetGroup")}
    assert {name: one["targetType"] for name, one in groups.items()} == {
        "entrance-instances": "instance",
        "entrance-cluster": "ip",
    }
    for group in groups.values():
        assert (int(group["port"]), group["protocol"], group["protocolVersion"]) == (8080, "HTTP", "HTTP1")
        assert (group["healthCheck"]["path"], group["healthCheck"]["port"]) == ("/healthz", "traffic-port")
        assert group["stickiness"]["enabled"] is False
        assert not group.get("name")  # a target group that is replaced must stand beside its successor


def test_its_name_is_routed_by_latency_from_the_first_region_on() -> None:
    (record_,) = made().of_type("aws:route53/record:Record")
    assert (record_["name"], record_["type"], record_["zoneId"]) == ("origin.dev.example.com", "A", "Z1")
    assert record_["setIdentifier"] == "ap-northeast-2"
    assert record_["latencyRoutingPolicies"] == [{"region": "ap-northeast-2"}]
    (alias,) = record_["aliases"]
    assert alias["evaluateTargetHealth"] is True
    assert not record_.get("healthCheckId")


def test_a_region_steps_aside_by_an_alarm_where_another_can_take_over() -> None:
    run = made(steps_aside=True)
    (record_,) = run.of_type("aws:route53/record:Record")
    assert record_["healthCheckId"] == "entrance-health-id"
    health = run.named("entrance-health", "aws:route53/healthCheck:HealthCheck")
    assert (health["type"], health["cloudwatchAlarmRegion"]) == ("CLOUDWATCH_METRIC", "ap-northeast-2")
    assert health["insufficientDataHealthStatus"] == "Healthy"
    alarm = run.named("entrance-unanswered", "aws:cloudwatch/metricAlarm:MetricAlarm")
    assert alarm["metricName"] == "HTTPCode_ELB_5XX_Count"
    assert (int(alarm["threshold"]), int(alarm["period"]), int(alarm["evaluationPeriods"])) == (100, 60, 3)
    assert alarm["treatMissingData"] == "notBreaching"
    assert not alarm.get("metricQueries")  # Route 53 takes alarms on one metric only
    assert made().of_type("aws:route53/healthCheck:HealthCheck") == []


@pytest.mark.parametrize(("epoch", "accepted"), [(1, (1,)), (2, (2, 1)), (7, (7, 6))])
def test_the_secret_that_is_sent_and_the_one_before_it_are_accepted(epoch: int, accepted: tuple[int, ...]) -> None:
    assert origin.accepted_epochs(epoch) == accepted


def secrets_of(acl: Any) -> list[str]:
    (rule,) = revealed(acl["rules"])
    statement = rule["statement"]
    statements = statement["orStatement"]["statements"] if "orStatement" in statement else [statement]
    return [revealed(one["byteMatchStatement"]["searchString"]) for one in statements]


def locked(*secrets: str) -> Recorded:
    args = LockArgs(scope=SCOPE, load_balancer_arn="arn:balancer", accepted_secrets=secrets)
    return record(lambda: Lock("lock", args))


@pytest.mark.parametrize("secrets", [("new",), ("new", "old")])
def test_the_lock_on_the_load_balancer_lets_through_the_accepted_secrets_only(secrets: tuple[str, ...]) -> None:
    run = locked(*secrets)
    acl = run.named("lock-acl", WEB_ACL)
    assert acl["defaultAction"] == {"block": {}}
    assert acl["scope"] == "REGIONAL"
    assert secrets_of(acl) == list(secrets)
    (rule,) = revealed(acl["rules"])
    assert rule["action"] == {"allow": {}}
    (association,) = run.of_type("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert (association["resourceArn"], association["webAclArn"]) == ("arn:balancer", "arn:mock:lock-acl")


def test_no_sample_of_the_lock_shows_the_secret() -> None:
    (protected,) = locked("new").named("lock-acl", WEB_ACL)["dataProtectionConfig"]["dataProtections"]
    assert protected["action"] == "SUBSTITUTION"
    assert protected["field"]["fieldType"] == "SINGLE_HEADER"
    assert "x-origin-verify" in protected["field"]["fieldKeys"]


def test_each_secret_is_drawn_once_under_the_number_of_its_epoch() -> None:
    names = {one["name"] for one in at_epoch(7).of_type("aws:ssm/parameter:Parameter") if "origin" in one.name}
    assert names == {f"/startup-platform/dev/edge/origin-secret/{epoch}" for epoch in (7, 6)}


def test_cloudfront_sends_the_newest_secret_after_the_load_balancer_takes_it() -> None:
    run = at_epoch(7)
    newest = revealed(run.named("origin-secret-7-parameter", "aws:ssm/parameter:Parameter")["value"])
    distribution = run.named("delivery-distribution", DISTRIBUTION)
    (services,) = [one for one in revealed(distribution["origins"]) if one["originId"] == "services"]
    (header,) = services["customHeaders"]
    assert (header["name"], revealed(header["value"])) == ("x-origin-verify", newest)
    for taker in ("entrance-from-our-distribution", "lock-acl"):
        assert any(urn.endswith(f"::{taker}") for urn in distribution.dependencies), taker
    assert secrets_of(run.named("lock-acl", WEB_ACL))[0] == newest
    (condition,) = revealed(run.named("entrance-from-our-distribution", RULE)["conditions"])
    assert revealed(revealed(condition["httpHeader"])["values"])[0] == newest
