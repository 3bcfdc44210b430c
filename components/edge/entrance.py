"""Entrance tier: the one load balancer of a region that the internet reaches (REQ-D1, REQ-A1), by CloudFront only.

The security group admits CloudFront's addresses only, and one listener rule forwards only what shows the secret of our
own distribution; the web ACL of `lock.py` asks for it before. Everything else gets a 403. There is no HTTP listener,
since CloudFront comes by HTTPS only.

Behind it stand two target groups: instances, and the cluster, to which the load balancer controller binds its ingress
(TargetGroupBinding, without `networking`: the one line between the two is here). Moving from one to the other is a
change of weights. No stickiness (docs/adr/0014): sessions live in the region's cache, and a sticky user would stay on
the wrong side of a roll-back.

Services must keep idle connections longer than `IDLE_SECONDS`, else they close one that is being used again: a 502.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from components import tagging
from components.edge import origin
from components.foundation import acls
from components.naming import Scope

APPLICATION = "entrance"
SERVICE_PORT = 8080  # TCP; REQ-A1
HEALTH_PATH = "/healthz"
# CloudFront ends a silent WebSocket after ten minutes; it should be the one that does.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html
IDLE_SECONDS = 610
DRAIN_SECONDS = 120  # what a request may still take when its target goes
WARM_UP_SECONDS = 60  # in which a new target's share grows from nothing to its own
# `com.amazonaws.global.cloudfront.origin-facing`: an id a region, the same for everyone. A look-up would need an
# account at preview. It counts as 55 of the 60 rules that a security group may have, so no second rule fits beside it.
# https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
CLOUDFRONT_ADDRESSES: Mapping[str, str] = MappingProxyType(
    {"ap-northeast-2": "pl-22a6434b", "ap-southeast-1": "pl-31a34658"}
)
# With a second region: so many answers that nobody behind the load balancer gave, each minute for three minutes, and
# the region steps aside (REQ-R4). Far above a deployment's hiccup; a region without traffic is a healthy one.
# Route 53 takes alarms on one metric only, so this is a number and no share.
UNANSWERED_PER_MINUTE = 100
UNANSWERED_MINUTES = 3


@dataclass(frozen=True, kw_only=True)
class EntranceArgs:
    """Where it stands, who may come in, and who answers."""

    scope: Scope
    domain: str  # the stage's; the load balancer is origin.<domain>
    zone_id: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # public, one a zone
    certificate_arn: pulumi.Input[str]  # for origin.<domain>, validated
    workloads_group_id: pulumi.Input[str]  # security group of whatever answers
    accepted_secrets: Sequence[pulumi.Input[str]]  # the one that CloudFront sends, then the one before it
    log_bucket: pulumi.Input[str]
    with_instances: bool  # whether anything but the cluster answers
    cluster_weight: int  # percent of requests that go to the cluster
    steps_aside: bool  # whether another region can take over when this one fails
    alarm_topic_arn: pulumi.Input[str]
    destroy_protection: bool


class Entrance(pulumi.ComponentResource):
    """A load balancer, its lock, and the target groups behind it."""

    instances_target_group_arn: pulumi.Output[str] | None
    cluster_target_group_arn: pulumi.Output[str]
    secret: pulumi.Output[str]  # what CloudFront sends; known once the load balancer takes it
    load_balancer_arn: pulumi.Output[str]
    load_balancer_arn_suffix: pulumi.Output[str]  # as CloudWatch names it

    def __init__(self, name: str, args: EntranceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Entrance", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        balancer = aws.lb.LoadBalancer(
            f"{name}-balancer",
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            subnets=list(args.subnet_ids),
            security_groups=[self._group().id],
            enable_deletion_protection=args.destroy_protection,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            xff_header_processing_mode="append",
            enable_http2=True,
            enable_zonal_shift=True,
            idle_timeout=IDLE_SECONDS,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=args.log_bucket, enabled=True),
            tags=self._tags("balancer"),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        listener = aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=acls.HTTPS,
            protocol="HTTPS",
            ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            certificate_arn=args.certificate_arn,
            routing_http_response_server_enabled=False,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        status_code="403", content_type="text/plain", message_body="Forbidden"
                    ),
                )
            ],
            tags=self._tags("https"),
            opts=self._child,
        )
        instances = self._targets("instances", "instance") if args.with_instances else None
        cluster = self._targets("cluster", "ip")
        rule = self._forward(listener, instances, cluster)
        self._record(balancer)

        self.instances_target_group_arn = instances.arn if instances else None
        self.cluster_target_group_arn = cluster.arn
        self.load_balancer_arn_suffix = balancer.arn_suffix
        self.load_balancer_arn = balancer.arn
        self.secret = origin.once(args.accepted_secrets[0], rule.arn)
        self.register_outputs(
            {
                "instancesTargetGroupArn": self.instances_target_group_arn,
                "clusterTargetGroupArn": self.cluster_target_group_arn,
                "loadBalancerArn": self.load_balancer_arn,
                "loadBalancerArnSuffix": self.load_balancer_arn_suffix,
            }
        )

    def _tags(self, *parts: str) -> dict[str, str]:
        return tagging.tier_tags(
            APPLICATION, tagging.Classification.INTERNAL, name=self._args.scope.name("entrance", *parts)
        )

    def _group(self) -> aws.ec2.SecurityGroup:
        """In from CloudFront, out to workloads; and the line by which workloads let it in."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-group",
            vpc_id=self._args.vpc_id,
            description="The load balancer: HTTPS from CloudFront, and out to the services",
            tags=self._tags("group"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-from-cloudfront",
            security_group_id=group.id,
            description="HTTPS from CloudFront",
            ip_protocol="tcp",
            from_port=acls.HTTPS,
            to_port=acls.HTTPS,
            prefix_list_id=CLOUDFRONT_ADDRESSES[self._args.scope.region],
            tags=self._tags("from-cloudfront"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-to-workloads",
            security_group_id=group.id,
            description="Requests and health checks",
            ip_protocol="tcp",
            from_port=SERVICE_PORT,
            to_port=SERVICE_PORT,
            referenced_security_group_id=self._args.workloads_group_id,
            tags=self._tags("to-workloads"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-into-workloads",
            security_group_id=self._args.workloads_group_id,
            description="Requests and health checks of the load balancer",
            ip_protocol="tcp",
            from_port=SERVICE_PORT,
            to_port=SERVICE_PORT,
            referenced_security_group_id=group.id,
            tags=self._tags("into-workloads"),
            opts=self._child,
        )
        return group

    def _targets(self, title: str, kind: str) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{self._name}-{title}",
            vpc_id=self._args.vpc_id,
            target_type=kind,
            port=SERVICE_PORT,
            protocol="HTTP",  # inside the VPC; WebSocket needs HTTP/1.1
            protocol_version="HTTP1",
            deregistration_delay=DRAIN_SECONDS,
            slow_start=WARM_UP_SECONDS,
            stickiness=aws.lb.TargetGroupStickinessArgs(type="lb_cookie", enabled=False),
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                path=HEALTH_PATH,
                protocol="HTTP",
                port="traffic-port",
                matcher="200",
                interval=10,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            tags=self._tags(title),
            opts=self._child,
        )

    def _forward(
        self, listener: aws.lb.Listener, instances: aws.lb.TargetGroup | None, cluster: aws.lb.TargetGroup
    ) -> aws.lb.ListenerRule:
        """The one way in: with a secret that is taken, to both groups by their weights."""
        weights = [(cluster, self._args.cluster_weight)]
        if instances:
            weights.insert(0, (instances, 100 - self._args.cluster_weight))
        return aws.lb.ListenerRule(
            f"{self._name}-from-our-distribution",
            listener_arn=listener.arn,
            priority=1,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    http_header=aws.lb.ListenerRuleConditionHttpHeaderArgs(
                        http_header_name=origin.SECRET_HEADER, values=list(self._args.accepted_secrets)
                    )
                )
            ],
            actions=[
                aws.lb.ListenerRuleActionArgs(
                    type="forward",
                    forward=aws.lb.ListenerRuleActionForwardArgs(
                        target_groups=[
                            aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=group.arn, weight=weight)
                            for group, weight in weights
                        ]
                    ),
                )
            ],
            tags=self._tags("from-our-distribution"),
            opts=self._child,
        )

    def _record(self, balancer: aws.lb.LoadBalancer) -> None:
        """By latency from the first day, so that a second region is one record more and no record is made anew."""
        aws.route53.Record(
            f"{self._name}-origin",
            zone_id=self._args.zone_id,
            name=origin.name(self._args.domain),
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                )
            ],
            set_identifier=self._args.scope.region,
            latency_routing_policies=[
                aws.route53.RecordLatencyRoutingPolicyArgs(region=self._args.scope.region),
            ],
            health_check_id=self._health(balancer).id if self._args.steps_aside else None,
            opts=self._child,
        )

    def _health(self, balancer: aws.lb.LoadBalancer) -> aws.route53.HealthCheck:
        """Whether users of this region get answers: the alias itself only knows whether any target is healthy."""
        alarm = aws.cloudwatch.MetricAlarm(
            f"{self._name}-unanswered",
            alarm_description="Nobody behind the load balancer answers; the region steps aside for the other one",
            namespace="AWS/ApplicationELB",
            metric_name="HTTPCode_ELB_5XX_Count",
            dimensions={"LoadBalancer": balancer.arn_suffix},
            statistic="Sum",
            period=60,
            evaluation_periods=UNANSWERED_MINUTES,
            threshold=UNANSWERED_PER_MINUTE,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._args.alarm_topic_arn],
            ok_actions=[self._args.alarm_topic_arn],
            tags=self._tags("unanswered"),
            opts=self._child,
        )
        return aws.route53.HealthCheck(
            f"{self._name}-health",
            type="CLOUDWATCH_METRIC",
            cloudwatch_alarm_name=alarm.name,
            cloudwatch_alarm_region=self._args.scope.region,
            insufficient_data_health_status="Healthy",
            tags=self._tags("health"),
            opts=self._child,
        )
