"""Queues, topics, events, logs, alarms; names and load balancers, through which requests come."""

from collections.abc import Mapping
from typing import Any

from sandbox.mirror.filler import PLACEHOLDER, Filler, Made, capitalised, end_of_id, its, its_id

_QUEUE_ATTRIBUTES = {
    "DelaySeconds": "delaySeconds",
    "KmsMasterKeyId": "kmsMasterKeyId",
    "MaximumMessageSize": "maxMessageSize",
    "MessageRetentionPeriod": "messageRetentionSeconds",
    "Policy": "policy",
    "ReceiveMessageWaitTimeSeconds": "receiveWaitTimeSeconds",
    "RedrivePolicy": "redrivePolicy",
    "VisibilityTimeout": "visibilityTimeoutSeconds",
}


def _queue(made: Made) -> None:
    attributes = {name: str(value) for name, value in made.only(**_QUEUE_ATTRIBUTES).items()}
    if made["fifoQueue"]:
        attributes["FifoQueue"] = "true"
    made.client("sqs").create_queue(QueueName=made["name"], Attributes=attributes, tags=made.tags)


def _queue_policy(made: Made) -> None:
    sqs = made.client("sqs")
    url = sqs.get_queue_url(QueueName=made["queueUrl"].rpartition("/")[2])["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": made["policy"]})


def _topic(made: Made) -> None:
    attributes = made.only(Policy="policy", KmsMasterKeyId="kmsMasterKeyId", DisplayName="displayName")
    if made["fifoTopic"]:
        attributes["FifoTopic"] = "true"
    made.client("sns").create_topic(Name=made["name"], Attributes=attributes, Tags=made.tag_list)


def _subscription(made: Made) -> None:
    made.client("sns").subscribe(TopicArn=made["topic"], Protocol=made["protocol"], Endpoint=made["endpoint"])


def _bus(made: Made) -> None:
    made.client("events").create_event_bus(Name=made["name"], Tags=made.tag_list)


def _event_rule(made: Made) -> None:
    made.client("events").put_rule(
        Name=made["name"],
        State=made["state"] or "ENABLED",
        Tags=made.tag_list,
        **made.only(
            EventBusName="eventBusName",
            EventPattern="eventPattern",
            ScheduleExpression="scheduleExpression",
            Description="description",
            RoleArn="roleArn",
        ),
    )


def _target(made: Made) -> None:
    target = {"Id": made["targetId"], "Arn": made["arn"], **made.only(RoleArn="roleArn", InputPath="inputPath")}
    if made["deadLetterConfig"]:
        target["DeadLetterConfig"] = capitalised(made["deadLetterConfig"])
    made.client("events").put_targets(Rule=made["rule"], Targets=[target], **made.only(EventBusName="eventBusName"))


def _log_group(made: Made) -> None:
    logs = made.client("logs")
    logs.create_log_group(logGroupName=made["name"], tags=made.tags, **made.only(kmsKeyId="kmsKeyId"))
    if made["retentionInDays"]:
        logs.put_retention_policy(logGroupName=made["name"], retentionInDays=made["retentionInDays"])


def _alarm(made: Made) -> None:
    measured = {
        "MetricName": made["metricName"],
        "Namespace": made["namespace"],
        "Period": made["period"],
        "Statistic": made["statistic"],
        "ExtendedStatistic": made["extendedStatistic"],
        "Dimensions": _dimensions(made.inside("dimensions")),
        "Metrics": [_metric(query) for query in made.items("metricQueries")],
    }
    made.client("cloudwatch").put_metric_alarm(
        AlarmName=made["name"],
        ComparisonOperator=made["comparisonOperator"],
        EvaluationPeriods=made["evaluationPeriods"],
        Threshold=float(made["threshold"] or 0),
        ActionsEnabled=made["actionsEnabled"] is not False,
        Tags=made.tag_list,
        **{name: value for name, value in measured.items() if value},
        **made.only(
            AlarmActions="alarmActions",
            OKActions="okActions",
            AlarmDescription="alarmDescription",
            DatapointsToAlarm="datapointsToAlarm",
            TreatMissingData="treatMissingData",
        ),
    )


def _dimensions(found: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in (found or {}).items()]


def _metric(query: Mapping[str, Any]) -> dict[str, object]:
    made: dict[str, object] = {"Id": query["id"], "ReturnData": bool(query.get("returnData"))}
    metric = query.get("metric")
    if metric:
        which = {
            "Namespace": metric["namespace"],
            "MetricName": metric["metricName"],
            "Dimensions": _dimensions(metric.get("dimensions")),
        }
        made["MetricStat"] = {"Metric": which, "Period": metric["period"], "Stat": metric["stat"]}
    else:
        made["Expression"] = query["expression"]
    return made


def _zone(made: Made) -> None:
    made.client("route53").create_hosted_zone(Name=made["name"], CallerReference=made.id)


def _record(made: Made) -> None:
    """The platform writes into a zone that is there already; here it is made when its first record comes."""
    route53 = made.client("route53")
    if not any(zone["Id"].endswith(made["zoneId"]) for zone in route53.list_hosted_zones()["HostedZones"]):
        route53.create_hosted_zone(Name=made.world.zones[made["zoneId"]], CallerReference=made["zoneId"])
    record = made.only(Name="name", Type="type", TTL="ttl", SetIdentifier="setIdentifier")
    if made["records"]:
        record["ResourceRecords"] = [{"Value": _quoted(made["type"], value)} for value in made["records"]]
    for alias in made.items("aliases"):
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": bool(alias.get("evaluateTargetHealth")),
        }
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    route53.change_resource_record_sets(HostedZoneId=made["zoneId"], ChangeBatch={"Changes": [change]})


def _quoted(kind: str, value: str) -> str:
    return f'"{value}"' if kind == "TXT" else value


def _certificate(made: Made) -> None:
    made.client("acm").request_certificate(
        DomainName=made["domainName"],
        Tags=made.tag_list,
        **made.only(SubjectAlternativeNames="subjectAlternativeNames"),
    )


def _load_balancer(made: Made) -> None:
    made.client("elbv2").create_load_balancer(
        Name=made["name"],
        Scheme="internal" if made["internal"] else "internet-facing",
        Type=made["loadBalancerType"] or "application",
        Tags=made.tag_list,
        **made.only(Subnets="subnets", SecurityGroups="securityGroups"),
    )


def _target_group(made: Made) -> None:
    made.client("elbv2").create_target_group(
        Name=made["name"],
        Tags=made.tag_list,
        HealthCheckPath=made.inside("healthCheck").get("path", "/"),
        **made.only(Protocol="protocol", Port="port", VpcId="vpcId", TargetType="targetType"),
    )


def _listener(made: Made) -> None:
    made.client("elbv2").create_listener(
        DefaultActions=[_action(action) for action in made.items("defaultActions")],
        Tags=made.tag_list,
        **made.only(LoadBalancerArn="loadBalancerArn", Protocol="protocol", Port="port", SslPolicy="sslPolicy"),
        **({"Certificates": [{"CertificateArn": made["certificateArn"]}]} if made["certificateArn"] else {}),
    )


def _action(action: Mapping[str, Any]) -> dict[str, object]:
    made: dict[str, object] = {"Type": action["type"]}
    if action.get("targetGroupArn"):
        made["TargetGroupArn"] = action["targetGroupArn"]
    if action.get("fixedResponse"):
        made["FixedResponseConfig"] = capitalised(action["fixedResponse"])
    return made


def _rule(made: Made) -> None:
    forwards = [each for action in made.items("actions") for each in [action.get("forward")] if each]
    groups = [
        {"TargetGroupArn": group["arn"], "Weight": int(group["weight"])}
        for forward in forwards
        for group in forward["targetGroups"]
    ]
    headers = [each for condition in made.items("conditions") for each in [condition.get("httpHeader")] if each]
    made.client("elbv2").create_rule(
        ListenerArn=made["listenerArn"],
        Priority=int(made["priority"]),
        Conditions=[
            {
                "Field": "http-header",
                "HttpHeaderConfig": {"HttpHeaderName": header["httpHeaderName"], "Values": [PLACEHOLDER]},
            }
            for header in headers
        ],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        Tags=made.tag_list,
    )


ROWS: Mapping[str, Filler] = {
    "aws:acm/certificate:Certificate": Filler(
        fill=_certificate, ids={"moto.acm.models.make_arn_for_certificate": its_id}, lost="the records that prove it"
    ),
    "aws:cloudwatch/eventBus:EventBus": Filler(fill=_bus),
    "aws:cloudwatch/eventRule:EventRule": Filler(fill=_event_rule),
    "aws:cloudwatch/eventTarget:EventTarget": Filler(fill=_target),
    "aws:cloudwatch/logGroup:LogGroup": Filler(fill=_log_group),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Filler(fill=_alarm),
    "aws:lb/listener:Listener": Filler(
        fill=_listener, ids={"moto.elbv2.models.mock_random.get_random_hex": end_of_id("/")}
    ),
    "aws:lb/listenerRule:ListenerRule": Filler(
        fill=_rule,
        ids={"moto.elbv2.models.mock_random.get_random_hex": end_of_id("/")},
        lost="what its header must say",
    ),
    "aws:lb/loadBalancer:LoadBalancer": Filler(
        fill=_load_balancer, ids={"moto.elbv2.models.make_arn_for_load_balancer": its_id}, lost="its DNS name"
    ),
    "aws:lb/targetGroup:TargetGroup": Filler(
        fill=_target_group, ids={"moto.elbv2.models.make_arn_for_target_group": its_id}
    ),
    "aws:route53/record:Record": Filler(
        fill=_record,
        ids={"moto.route53.models.create_route53_zone_id": its("zoneId")},
        lost="a zone that the stack only uses has the name that its records have in common",
    ),
    "aws:route53/zone:Zone": Filler(fill=_zone, ids={"moto.route53.models.create_route53_zone_id": its_id}),
    "aws:sns/topic:Topic": Filler(fill=_topic),
    "aws:sns/topicSubscription:TopicSubscription": Filler(fill=_subscription, lost="the end of its ARN"),
    "aws:sqs/queue:Queue": Filler(fill=_queue, lost="the host in its URL, which is this machine's"),
    "aws:sqs/queuePolicy:QueuePolicy": Filler(fill=_queue_policy),
}
