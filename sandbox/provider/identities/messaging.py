"""Queues, topics, events, logs and alarms."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn
from sandbox.schema.values import Bag, text


def _rule(inputs: Bag) -> Identity:
    bus = text(inputs, "eventBusName") or "default"
    own = bus == "default"
    return Identity(
        id="{name}" if own else f"{bus}/{{name}}",
        arn=arn("events", "rule/{name}" if own else f"rule/{bus}/{{name}}"),
        outputs={"eventBusName": "default"},
    )


_QUEUE = "https://sqs.{region}.amazonaws.com/{account}/{name}"
_TOPIC = arn("sns", "{name}")
_TRACES = arn("xray", "group/{groupName}/{upper52}")

ROWS: Mapping[str, Row] = {
    "aws:cloudtrail/trail:Trail": Identity(
        id=arn("cloudtrail", "trail/{name}"),
        arn=arn("cloudtrail", "trail/{name}"),
        outputs={"homeRegion": "{region}", "snsTopicArn": ""},
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Identity(
        id="{alarmName}", arn=arn("cloudwatch", "alarm:{alarmName}")
    ),
    "aws:cloudwatch/dashboard:Dashboard": Identity(
        id="{dashboardName}", outputs={"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{id}"}
    ),
    "aws:cloudwatch/eventArchive:EventArchive": Identity(id="{name}", arn=arn("events", "archive/{name}")),
    "aws:cloudwatch/eventBus:EventBus": Identity(id="{name}", arn=arn("events", "event-bus/{name}")),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": Identity(id="{eventBusName|default}"),
    "aws:cloudwatch/eventRule:EventRule": _rule,
    "aws:cloudwatch/eventTarget:EventTarget": Identity(id="{rule}-{targetId}"),
    "aws:cloudwatch/logDelivery:LogDelivery": Identity(id="{alnum16}", arn=arn("logs", "delivery:{id}")),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": Identity(
        id="{name}", arn=arn("logs", "delivery-destination:{name}"), outputs={"deliveryDestinationType": "S3"}
    ),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": Identity(
        id="{name}", arn=arn("logs", "delivery-source:{name}"), outputs={"service": "cloudfront"}
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Identity(id="{uuid}", outputs={"queryDefinitionId": "{uuid}"}),
    "aws:cloudwatch/logGroup:LogGroup": Identity(id="{name}", arn=arn("logs", "log-group:{name}")),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Identity(id="{name}"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Identity(id="{policyName}"),
    "aws:cloudwatch/logStream:LogStream": Identity(
        id="{name}", arn=arn("logs", "log-group:{logGroupName}:log-stream:{name}")
    ),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": Identity(id="cwlsf-{digits10}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Identity(id="{name}", arn=arn("cloudwatch", "alarm:{name}")),
    "aws:scheduler/schedule:Schedule": Identity(
        id="{groupName|default}/{name}", arn=arn("scheduler", "schedule/{groupName|default}/{name}")
    ),
    "aws:sfn/stateMachine:StateMachine": Identity(
        id=arn("states", "stateMachine:{name}"), arn=arn("states", "stateMachine:{name}")
    ),
    "aws:sns/topic:Topic": Identity(id=_TOPIC, arn=_TOPIC, outputs={"owner": "{account}"}),
    "aws:sns/topicPolicy:TopicPolicy": Identity(id="{arn}", outputs={"owner": "{account}"}),
    "aws:sns/topicSubscription:TopicSubscription": Identity(
        id="{topic}:{uuid}", arn="{topic}:{uuid}", outputs={"ownerId": "{account}", "pendingConfirmation": False}
    ),
    "aws:sqs/queue:Queue": Identity(id=_QUEUE, arn=arn("sqs", "{name}"), outputs={"url": _QUEUE}),
    "aws:sqs/queuePolicy:QueuePolicy": Identity(id="{queueUrl}"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": Identity(id="{queueUrl}"),
    "aws:sqs/redrivePolicy:RedrivePolicy": Identity(id="{queueUrl}"),
    "aws:xray/group:Group": Identity(id=_TRACES, arn=_TRACES),
    "aws:xray/samplingRule:SamplingRule": Identity(id="{ruleName}", arn=arn("xray", "sampling-rule/{ruleName}")),
}
