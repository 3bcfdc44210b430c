"""Logs (Y4, O3): who did what, kept long enough, and nobody turned it off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.buckets import (
    ACCESS_LOGGING,
    APPLICATION_LOAD_BALANCERS,
    BUCKETS,
    CLASSIC_LOAD_BALANCERS,
    takes_sse_s3_only,
)
from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    STRICTEST_STAGE,
    Finding,
    Frame,
    Outcome,
    Severity,
    rule,
    stack_rule,
)
from policy.demands import (
    Demands,
    at_least,
    filled,
    given,
    has,
    holds_all,
    in_each,
    meets,
    none_of,
    not_given,
    number,
    on,
    one_of,
    when,
    wrong,
)
from policy.tags import CLOSED_CLASSES, data_class
from policy.view import Node, Resource, Stack, any_of

TRAIL = "aws:cloudtrail/trail:Trail"
EVENT_STORE = "aws:cloudtrail/eventDataStore:EventDataStore"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
DATABASES = ("aws:rds/cluster:Cluster", "aws:rds/instance:Instance")
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
EXPRESS = "EXPRESS"

RETENTION_DAYS: Mapping[str, int] = MappingProxyType({"dev": 30, "stg": 90, "prod": 365})  # REQ-Y4: 90; ISMS-P: a year
AUDIT_DAYS = 90  # REQ-Y4

LOGGED: Frame = {
    "isms_p": ["2.9.4", "2.11.3"],
    "soc2": ["CC7.2"],
    "severity": Severity.MEDIUM,
    "level": ADVISORY_IN_DEV,
}
AUDITED: Frame = {**LOGGED, "severity": Severity.HIGH, "level": MANDATORY_EVERYWHERE}
SUGGESTED: Frame = {**LOGGED, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}
ADVISED: Frame = {**LOGGED, "level": ADVISORY_EVERYWHERE}
WATCHING: Frame = {**AUDITED, "isms_p": ["2.10.1", "2.11.3"], "soc2": ["CC7.1", "CC7.2"]}

_PUBLISHED = [filled("logPublishingOptions"), in_each("logPublishingOptions", on("enabled", unsaid=True))]


def _selects_management(trail: Node) -> Iterator[Outcome]:
    selectors = trail.elements("eventSelectors")
    if not any_of(selectors, _takes_all_management):
        yield wrong(trail, "eventSelectors", "without all management events")


def _takes_all_management(selector: Node) -> bool:
    is_included = selector.is_on("includeManagementEvents") if selector.has("includeManagementEvents") else True
    return is_included and selector.known("readWriteType") in (None, "", "All")


TRAILS: Demands = {
    TRAIL: [
        on("enableLogging", unsaid=True),
        on("isMultiRegionTrail"),
        on("enableLogFileValidation"),
        on("includeGlobalServiceEvents", unsaid=True),
        when(has("eventSelectors"), _selects_management),
    ],
    EVENT_STORE: [
        on("multiRegionEnabled", unsaid=True),
        at_least("retentionPeriod", AUDIT_DAYS, unsaid=2555),
        on("terminationProtectionEnabled", unsaid=True),
    ],
}
WATCHERS: Demands = {
    "aws:cfg/recorder:Recorder": [
        in_each(
            "recordingGroup",
            on("allSupported", unsaid=True),
            none_of("includeGlobalResourceTypes", False),
            not_given("exclusionByResourceTypes"),
            in_each(
                "recordingStrategies", none_of("useOnly", "EXCLUSION_BY_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES")
            ),
        )
    ],
    "aws:cfg/recorderStatus:RecorderStatus": [on("isEnabled")],
    "aws:guardduty/detector:Detector": [
        on("enable", unsaid=True),
        none_of("datasources.s3Logs.enable", False),
        none_of("datasources.kubernetes.auditLogs.enable", False),
    ],
    "aws:guardduty/detectorFeature:DetectorFeature": [one_of("status", "ENABLED")],
    "aws:macie2/account:Account": [none_of("status", "PAUSED")],
    "aws:securityhub/account:Account": [none_of("autoEnableControls", False)],
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration": [
        none_of("autoEnableOrganizationMembers", "NONE")
    ],
}
KUBERNETES = "aws:eks/cluster:Cluster"
_BALANCER = [given("accessLogs.bucket"), on("accessLogs.enabled")]
ENTRANCES: Demands = {
    **{
        token: [when(lambda node: node.known("loadBalancerType") != "gateway", *_BALANCER)]
        for token in APPLICATION_LOAD_BALANCERS
    },
    **{token: [given("accessLogs.bucket"), on("accessLogs.enabled", unsaid=True)] for token in CLASSIC_LOAD_BALANCERS},
    "aws:apigateway/stage:Stage": [given("accessLogSettings.destinationArn")],
    "aws:apigatewayv2/stage:Stage": [given("accessLogSettings.destinationArn")],
    "aws:apigateway/methodSettings:MethodSettings": [none_of("settings.loggingLevel", "OFF")],
    "aws:ec2clientvpn/endpoint:Endpoint": [on("connectionLogOptions.enabled")],
    "aws:globalaccelerator/accelerator:Accelerator": [on("attributes.flowLogsEnabled")],
}
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
SERVICES: Demands = {
    "aws:opensearch/domain:Domain": _PUBLISHED,
    "aws:elasticsearch/domain:Domain": _PUBLISHED,
    "aws:docdb/cluster:Cluster": [filled("enabledCloudwatchLogsExports")],
    "aws:neptune/cluster:Cluster": [filled("enableCloudwatchLogsExports")],
    "aws:appsync/graphQLApi:GraphQLApi": [
        given("logConfig.cloudwatchLogsRoleArn"),
        none_of("logConfig.fieldLogLevel", "NONE"),
    ],
    "aws:ecs/cluster:Cluster": [none_of("configuration.executeCommandConfiguration.logging", "NONE")],
    "aws:mq/broker:Broker": [on("logs.general")],
    "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": [
        when(
            lambda node: not node.is_on("loggingConfig.embeddingDataDeliveryEnabled"),
            none_of("loggingConfig.textDataDeliveryEnabled", False),
        )
    ],
    "aws:codebuild/project:Project": [
        when(
            lambda node: node.known("logsConfig.s3Logs.status") != "ENABLED",
            none_of("logsConfig.cloudwatchLogs.status", "DISABLED"),
        )
    ],
}
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
KAFKA = "aws:msk/cluster:Cluster"
FIREWALL_LOGS: Mapping[str, str] = MappingProxyType(
    {"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "resourceArn"}
)
ACCESS_LOGS_OF: Mapping[str, str] = MappingProxyType(dict.fromkeys(ACCESS_LOGGING, "bucket"))
DELIVERIES: Mapping[str, str] = MappingProxyType({"aws:cloudwatch/logDeliverySource:LogDeliverySource": "resourceArn"})


@rule(
    "LOG-001",
    on=[LOG_GROUP],
    says="logs are kept 30 days in dev, 90 in stg, a year in prod, and for how long is stated",
    fix="set retention_in_days",
    requirements=["REQ-Y4", "REQ-O3"],
    **LOGGED,
)
def logs_are_kept(group: Resource) -> Iterator[Outcome]:
    """0 is for ever, which somebody meant; absent is for ever too, which nobody did."""
    if group.known("logGroupClass") == "DELIVERY":  # AWS keeps those for two days
        return
    least = RETENTION_DAYS.get(group.stack, RETENTION_DAYS[STRICTEST_STAGE])
    days = number(group, "retentionInDays")
    if days is None or 0 < days < least:
        yield wrong(group, "retentionInDays", f"at least {least}")


@rule(
    "LOG-002",
    on=TRAILS,
    says="the audit trail is on, covers every region and cannot be altered unseen",
    fix="set is_multi_region_trail and enable_log_file_validation",
    requirements=["REQ-S15", "REQ-Y4"],
    **AUDITED,
)
def trails_are_whole(trail: Resource) -> Iterator[Outcome]:
    """What happens in a region that nobody uses is what an intruder does."""
    yield from meets(trail, TRAILS)


@rule(
    "LOG-017",
    on=[TRAIL],
    says="the audit trail reaches CloudWatch, where an alarm can see it",
    fix="set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn",
    requirements=["REQ-S15", "REQ-O3"],
    **SUGGESTED,
)
def trails_reach_cloudwatch(trail: Resource) -> Iterator[Outcome]:
    """Advice: EventBridge and GuardDuty see the same events without it."""
    yield from given("cloudWatchLogsGroupArn")(trail)


@rule(
    "LOG-003",
    on=WATCHERS,
    says="Config records everything, and GuardDuty, Security Hub and Macie are on",
    fix="leave all_supported, is_enabled, enable and auto_enable_controls on",
    requirements=["REQ-S15", "REQ-Y6"],
    **WATCHING,
)
def watchers_are_on(watcher: Resource) -> Iterator[Outcome]:
    """A watcher that is turned off says that all is well."""
    yield from meets(watcher, WATCHERS)


@rule(
    "LOG-004",
    on=[KUBERNETES],
    says="the Kubernetes control plane writes down who asked what of it",
    fix="put api, audit and authenticator into enabled_cluster_log_types",
    requirements=["REQ-S10", "REQ-O3"],
    **LOGGED,
)
def clusters_are_logged(cluster: Resource) -> Iterator[Outcome]:
    """Only the audit log knows who read a secret."""
    yield from holds_all("enabledClusterLogTypes", "api", "audit", "authenticator")(cluster)


@rule(
    "LOG-018",
    on=[KUBERNETES],
    says="the Kubernetes control plane writes down what it decided",
    fix="put controllerManager and scheduler into enabled_cluster_log_types",
    requirements=["REQ-S10", "REQ-O3"],
    **SUGGESTED,
)
def clusters_explain_themselves(cluster: Resource) -> Iterator[Outcome]:
    """These two tell why a pod is not where it should be; they name no caller."""
    yield from holds_all("enabledClusterLogTypes", "controllerManager", "scheduler")(cluster)


@rule(
    "LOG-005",
    on=ENTRANCES,
    says="load balancers and APIs log who came",
    fix="set access_logs with enabled=True (access_log_settings for an API)",
    requirements=["REQ-O3", "REQ-Y4"],
    **LOGGED,
)
def entrances_are_logged(entrance: Resource) -> Iterator[Outcome]:
    """A gateway load balancer has no such log."""
    yield from meets(entrance, ENTRANCES)


@stack_rule(
    "LOG-006",
    on=[DISTRIBUTION],
    says="a distribution logs who came",
    fix="set logging_config, or deliver its logs by a LogDeliverySource",
    requirements=["REQ-O3", "REQ-D1"],
    **LOGGED,
)
def distributions_are_logged(distribution: Resource, stack: Stack) -> Iterator[Outcome]:
    """Standard logging has two generations: a property, and a delivery beside the distribution."""
    behaviours = [*distribution.elements("defaultCacheBehavior"), *distribution.elements("orderedCacheBehaviors")]
    if not (
        distribution.has("loggingConfig")
        or stack.users(distribution, DELIVERIES)
        or any_of(behaviours, lambda each: each.has("realtimeLogConfigArn"))
    ):
        yield wrong(distribution, "loggingConfig")


@stack_rule(
    "LOG-007",
    on=[WEB_ACL],
    says="a web ACL logs what it sees",
    fix="add a WebAclLoggingConfiguration with its ARN",
    requirements=["REQ-Y5", "REQ-O3"],
    **ADVISED,
)
def firewalls_are_logged(web_acl: Resource, stack: Stack) -> Iterator[Outcome]:
    """Without it nobody can tell a blocked attack from a blocked user."""
    if not (stack.users(web_acl, FIREWALL_LOGS) or stack.users(web_acl, DELIVERIES)):
        yield Finding(path="logging")


@rule(
    "LOG-008",
    on=DATABASES,
    says="a database's logs reach CloudWatch",
    fix='set enabled_cloudwatch_logs_exports, such as ["audit", "error", "slowquery"]',
    requirements=["REQ-S5", "REQ-O3"],
    **LOGGED,
)
def databases_are_logged(database: Resource) -> Iterator[Outcome]:
    """An instance of Aurora logs by its cluster."""
    yield from filled("enabledCloudwatchLogsExports")(database)


@rule(
    "LOG-009",
    on=[*SERVICES, STATE_MACHINE, KAFKA],
    says="search, brokers, workflows and builds log what they do",
    fix="set the service's log destination",
    requirements=["REQ-O3"],
    **ADVISED,
)
def services_are_logged(service: Resource) -> Iterator[Outcome]:
    """A standard workflow keeps its own history for 90 days; an express one keeps nothing."""
    if service.type == STATE_MACHINE:
        if service.known("type") == EXPRESS or service.has("loggingConfiguration"):
            yield from none_of("loggingConfiguration.level", "OFF", unsaid="OFF")(service)
    elif service.type == KAFKA:
        sinks = [service.at(f"loggingInfo.brokerLogs.{sink}") for sink in ("cloudwatchLogs", "firehose", "s3")]
        if not any_of(sinks, lambda sink: sink.is_on("enabled")):
            yield wrong(service, "loggingInfo.brokerLogs")
    else:
        yield from meets(service, SERVICES)


@stack_rule(
    "LOG-010",
    on=BUCKETS,
    says="a bucket with confidential data logs who read it",
    fix="add a BucketLogging with a log bucket as its target",
    requirements=["REQ-S7", "REQ-O3"],
    **LOGGED,
)
def buckets_are_logged(bucket: Resource, stack: Stack) -> Iterator[Outcome]:
    """A bucket that takes access logs does not log itself, or it would never stop."""
    if data_class(bucket) not in CLOSED_CLASSES:
        return
    is_target = takes_sse_s3_only(bucket, stack)
    if not (is_target or bucket.stated("logging") or bucket.stated("loggings") or stack.users(bucket, ACCESS_LOGS_OF)):
        yield Finding(path="logging")
