"""Logs and alarms (Y4, O3, O4) of what is not in `logs.py`: names, alarms, shells, and what a log must not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import ADVISORY_EVERYWHERE, Finding, Frame, Outcome, Severity, rule, stack_rule
from policy.demands import Demands, document, filled, has, in_each, meets, off, on, when
from policy.rules.logs import LOGGED
from policy.view import Node, Resource, Stack, any_of

ZONE = "aws:route53/zone:Zone"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DOCUMENT = "aws:ssm/document:Document"

SUGGESTED: Frame = {**LOGGED, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

QUERY_LOGS: Mapping[str, str] = MappingProxyType({"aws:route53/queryLog:QueryLog": "zoneId"})
SIGNINGS: Mapping[str, str] = MappingProxyType({"aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": "hostedZoneId"})
BODIES: Demands = {"aws:apigateway/methodSettings:MethodSettings": [off("settings.dataTraceEnabled")]}
_ACTIONS = ("alarmActions", "okActions", "insufficientDataActions")
_S3_LOGS = [
    "extendedS3Configuration",
    "redshiftConfiguration",
    "opensearchConfiguration",
    "opensearchserverlessConfiguration",
    "httpEndpointConfiguration",
    "snowflakeConfiguration",
    "icebergConfiguration",
    "splunkConfiguration",
]


def _insights(cluster: Node) -> bool:
    return any_of(
        cluster.elements("settings"),
        lambda each: each.known("name") == "containerInsights" and each.known("value") in ("enabled", "enhanced"),
    )


TRACES: Demands = {
    "aws:cfg/recorder:Recorder": [
        in_each(
            "recordingGroup",
            when(lambda node: node.known("allSupported") is not False, on("includeGlobalResourceTypes")),
        )
    ],
    "aws:ecs/cluster:Cluster": [when(lambda node: not _insights(node), filled("containerInsights"))],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        when(has(place), on(f"{place}.cloudwatchLoggingOptions.enabled")) for place in _S3_LOGS
    ],
    "aws:sfn/stateMachine:StateMachine": [
        when(lambda node: node.known("type") in (None, "", "STANDARD"), filled("loggingConfiguration"))
    ],
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": [filled("redactedFields")],
    "aws:wafv2/webAcl:WebAcl": [on("visibilityConfig.cloudwatchMetricsEnabled")],
}


@stack_rule(
    "LOG-011",
    on=[ZONE],
    says="a public zone logs what is asked of it, and signs its answers",
    fix="add a QueryLog and a HostedZoneDnsSec with its id",
    requirements=["REQ-O3", "REQ-R4"],
    **SUGGESTED,
)
def zones_are_logged(zone: Resource, stack: Stack) -> Iterator[Outcome]:
    """A private zone is logged by its VPC's resolver."""
    if zone.stated("vpcs"):
        return
    if not stack.users(zone, QUERY_LOGS):
        yield Finding(path="queryLog")
    if not stack.users(zone, SIGNINGS):
        yield Finding(path="dnssec")


@stack_rule(
    "LOG-012",
    on=[ALARM, COMPOSITE],
    says="an alarm tells somebody",
    fix="set alarm_actions to a topic, and leave actions_enabled on",
    requirements=["REQ-O4", "REQ-N4"],
    **SUGGESTED,
)
def alarms_are_heard(alarm: Resource, stack: Stack) -> Iterator[Outcome]:
    """A part of a composite alarm is heard through it."""
    if alarm.has("actionsEnabled") and not alarm.is_on("actionsEnabled"):
        yield Finding(path="actionsEnabled", got=alarm.get("actionsEnabled"))
    elif not any(alarm.get(place) not in (None, []) for place in _ACTIONS):
        is_part = alarm.type == ALARM and any(stack.of_type([COMPOSITE]))
        if not is_part:
            yield Finding(path="alarmActions")


@rule(
    "LOG-014",
    on=BODIES,
    says="a log does not hold what users sent",
    fix="set data_trace_enabled=False",
    requirements=["REQ-O3", "REQ-N3"],
    **LOGGED,
)
def logs_hold_no_bodies(settings: Resource) -> Iterator[Outcome]:
    """Full tracing writes tokens and personal data into CloudWatch."""
    yield from meets(settings, BODIES)


@rule(
    "LOG-015",
    on=TRACES,
    says="what a service does, refuses or fails on can be seen, without the visitors' secrets",
    fix="turn on metrics, insights and error logs; redact the authorization and cookie headers of a firewall's log",
    requirements=["REQ-O3"],
    **SUGGESTED,
)
def services_leave_traces(service: Resource) -> Iterator[Outcome]:
    """A delivery that fails without a log is noticed by the absence of data."""
    yield from meets(service, TRACES)


@rule(
    "LOG-016",
    on=[DOCUMENT],
    says="a session of Session Manager is logged, and its log encrypted",
    fix="set cloudWatchLogGroupName with cloudWatchEncryptionEnabled, or s3BucketName with s3EncryptionEnabled",
    requirements=["REQ-S16", "REQ-Y3"],
    **LOGGED,
)
def sessions_are_logged(ssm_document: Resource) -> Iterator[Outcome]:
    """REQ-Y3: it is the only shell, so its log is the only one of who did what by hand.

    Of a forwarded port Session Manager logs nothing, whatever the document says: CloudTrail has who opened it.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging.html
    """
    if ssm_document.known("documentType") != "Session":
        return
    content = document(ssm_document, "content")
    if content.known("sessionType") == "Port":
        return
    inputs = content.at("inputs")
    if inputs.has("cloudWatchLogGroupName"):
        yield from on("cloudWatchEncryptionEnabled")(inputs)
    elif inputs.has("s3BucketName"):
        yield from on("s3EncryptionEnabled")(inputs)
    else:
        yield Finding(path=inputs.at("cloudWatchLogGroupName").path)
