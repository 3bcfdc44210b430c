"""What survives a failure (R4, N1): zones, health checks, copies, and messages that are set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import ADVISORY_EVERYWHERE, MANDATORY_IN_PROD, Finding, Frame, Outcome, Severity, rule, stack_rule
from policy.demands import (
    Demands,
    at_least,
    given,
    has,
    in_each,
    lacks,
    meets,
    more_than_one,
    none_of,
    not_given,
    on,
    one_of,
    when,
)
from policy.view import Resource, Stack

RECORD = "aws:route53/record:Record"
GATEWAY = "aws:ec2/natGateway:NatGateway"
SUBNET = "aws:ec2/subnet:Subnet"
FUNCTION = "aws:lambda/function:Function"
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # of every alias to CloudFront, whose health Route 53 cannot ask for

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
INSTANCE = "aws:rds/instance:Instance"
QUEUE = "aws:sqs/queue:Queue"
STREAM = "aws:kinesis/stream:Stream"
DAY_HOURS = 24

SURVIVING: Frame = {
    "isms_p": ["2.9.3", "2.12.1"],
    "soc2": ["A1.2"],
    "severity": Severity.HIGH,
    "level": MANDATORY_IN_PROD,
}
OF_COMFORT: Frame = {**SURVIVING, "severity": Severity.MEDIUM, "level": ADVISORY_EVERYWHERE}
SUGGESTED: Frame = {**SURVIVING, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

FAILURES: Mapping[str, str] = MappingProxyType(
    {"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "functionName"}
)
REDRIVES: Mapping[str, str] = MappingProxyType({"aws:sqs/redrivePolicy:RedrivePolicy": "queueUrl"})
REDRIVES_ALLOWED: Mapping[str, str] = MappingProxyType({"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "queueUrl"})


SET_ASIDE: Demands = {
    "aws:cloudwatch/eventTarget:EventTarget": [given("deadLetterConfig.arn")],
    "aws:scheduler/schedule:Schedule": [given("target.deadLetterConfig.arn")],
}
SPREAD: Demands = {
    INSTANCE: [when(lacks("replicateSourceDb"), on("multiAz"))],
    CACHE: [
        when(lacks("globalReplicationGroupId"), on("automaticFailoverEnabled"), on("multiAzEnabled")),
    ],
    "aws:autoscaling/group:Group": [when(has("vpcZoneIdentifiers"), more_than_one("vpcZoneIdentifiers"))],
    "aws:dax/cluster:Cluster": [at_least("replicationFactor", 2)],
    "aws:efs/fileSystem:FileSystem": [not_given("availabilityZoneName")],
    "aws:opensearch/serverlessCollection:ServerlessCollection": [none_of("standbyReplicas", "DISABLED")],
}
# What a stack can run without for a while: an index is built again, a migration started again.
SPARE: Demands = {
    "aws:opensearch/domain:Domain": [on("clusterConfig.zoneAwarenessEnabled")],
    "aws:dms/replicationInstance:ReplicationInstance": [on("multiAz")],
    "aws:mq/broker:Broker": [one_of("deploymentMode", "ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ")],
}
STREAMS: Demands = {STREAM: [at_least("retentionPeriod", 2 * DAY_HOURS, unsaid=DAY_HOURS)]}

COPIES: Demands = {
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": [
        in_each(
            "productionVariants",
            when(lacks("serverlessConfig"), at_least("initialInstanceCount", 2, unsaid=1)),
        )
    ],
    "aws:opensearch/domain:Domain": [at_least("clusterConfig.instanceCount", 2, unsaid=1)],
}


@rule(
    "DR-001",
    on=SPREAD,
    says="a store survives a zone",
    fix="set multi_az (automatic_failover_enabled and multi_az_enabled for a cache)",
    requirements=["REQ-R2", "REQ-N1"],
    **SURVIVING,
)
def stores_survive_a_zone(store: Resource) -> Iterator[Outcome]:
    """Aurora's storage is in three zones anyway."""
    yield from meets(store, SPREAD)


@rule(
    "DR-009",
    on=SPARE,
    says="in prod search, brokers and migrations survive a zone",
    fix="set zone_awareness_enabled (multi_az for a migration, deployment_mode for a broker)",
    requirements=["REQ-R2", "REQ-N1"],
    **OF_COMFORT,
)
def spares_survive_a_zone(store: Resource) -> Iterator[Outcome]:
    """It costs a second machine, for what is not the only place of its data."""
    if store.stack not in ("dev", "stg"):
        yield from meets(store, SPARE)


@rule(
    "DR-002",
    on=[RECORD],
    says="a name that moves to another place asks whether the first one answers",
    fix="set health_check_id, or evaluate_target_health=True on the alias",
    requirements=["REQ-R4", "REQ-R1"],
    **SURVIVING,
)
def routes_ask_for_health(record: Resource) -> Iterator[Outcome]:
    """The last resort needs no check: there is nothing behind it. CloudFront's health cannot be asked for."""
    failover = record.elements("failoverRoutingPolicies")
    is_first = any(each.known("type") == "PRIMARY" for each in failover)
    if not (is_first or record.elements("latencyRoutingPolicies")) or record.has("healthCheckId"):
        return
    aliases = record.elements("aliases")
    for alias in aliases:
        if alias.get("zoneId") != CLOUDFRONT_ZONE:
            yield from on("evaluateTargetHealth")(alias)
    if not aliases and is_first:
        yield Finding(path="healthCheckId")


@stack_rule(
    "DR-003",
    on=[QUEUE],
    says="a queue sets aside what nobody can process",
    fix="set redrive_policy to a dead-letter queue",
    requirements=["REQ-S4"],
    **OF_COMFORT,
)
def queues_set_aside(queue: Resource, stack: Stack) -> Iterator[Outcome]:
    """One that takes such messages itself, by its redrive-allow policy or another queue's, needs none."""
    is_last = queue.stated("redriveAllowPolicy") or stack.users(queue, REDRIVES_ALLOWED)
    takes = stack.users(queue, {QUEUE: "redrivePolicy", "aws:sqs/redrivePolicy:RedrivePolicy": "redrivePolicy"})
    if not (queue.stated("redrivePolicy") or stack.users(queue, REDRIVES) or is_last or takes):
        yield Finding(path="redrivePolicy")


@rule(
    "DR-005",
    on=STREAMS,
    says="a stream keeps its records longer than a day's outage",
    fix="set retention_period to 48 hours or more",
    requirements=["REQ-S9"],
    **OF_COMFORT,
)
def streams_keep_records(stream: Resource) -> Iterator[Outcome]:
    """AWS's default is a day."""
    yield from meets(stream, STREAMS)


@stack_rule(
    "DR-006",
    on=[GATEWAY],
    says="in prod each zone has a NAT gateway of its own",
    fix="add a NAT gateway a zone, or a regional one",
    requirements=["REQ-E4", "REQ-N1"],
    **SUGGESTED,
)
def zones_have_their_gateway(gateway: Resource, stack: Stack) -> Iterator[Outcome]:
    """One alone takes the other zones down with its own. Where zones cannot be told, one alone is told."""
    if gateway.stack in ("dev", "stg") or gateway.stated("availabilityMode") == "regional":
        return
    gateways = [each for each in stack.of_type([GATEWAY]) if each.stated("connectivityType") != "private"]
    if len(gateways) > 1:
        return
    subnets = list(stack.of_type([SUBNET]))
    zones = {zone for each in subnets if isinstance(zone := each.get("availabilityZone"), str)}
    if len(zones) != 1:
        yield Finding(path="subnetId", seen="the only one")


@stack_rule(
    "DR-007",
    on=[FUNCTION, *SET_ASIDE],
    says="an event that cannot be handled is set aside",
    fix="set dead_letter_config, or a FunctionEventInvokeConfig with on_failure",
    requirements=["REQ-S4"],
    **SUGGESTED,
)
def events_are_set_aside(resource: Resource, stack: Stack) -> Iterator[Outcome]:
    """After two more tries Lambda drops it, EventBridge after a day. Of a function it is asked in prod."""
    if resource.type != FUNCTION:
        yield from meets(resource, SET_ASIDE)
    elif resource.stack not in ("dev", "stg") and not (
        resource.stated("deadLetterConfig") or stack.users(resource, FAILURES)
    ):
        yield Finding(path="deadLetterConfig")


@rule(
    "DR-008",
    on=COPIES,
    says="in prod what answers runs more than once",
    fix="set two or more instances",
    requirements=["REQ-N1"],
    **SUGGESTED,
)
def what_answers_runs_twice(service: Resource) -> Iterator[Outcome]:
    """Fewer than two are none while one is replaced."""
    if service.stack not in ("dev", "stg"):
        yield from meets(service, COPIES)
