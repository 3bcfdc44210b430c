"""A web team before its launch: HTTPS only, a redirect beside it, a firewall with rules, and everybody's visit logged.

Stack: prod
"""

import pulumi
import pulumi_aws as aws

VPC = "vpc-0a1b2c3d4e5f60718"
TAGS = {
    "Environment": "prod",
    "Owner": "team-web",
    "CostCenter": "CC-2001",
    "Application": "feed-web",
    "DataClassification": "internal",
    "Compliance": "soc2",
}
LOG_KEY = "arn:aws:kms:ap-northeast-2:333344445555:key/1234abcd-12ab-34cd-56ef-1234567890ab"

group = aws.ec2.SecurityGroup("web", vpc_id=VPC, description="The web entrance", tags=TAGS)
for port, why in ((80, "browsers, to be redirected"), (443, "browsers")):
    aws.vpc.SecurityGroupIngressRule(
        f"web-{port}",
        aws.vpc.SecurityGroupIngressRuleArgs(
            security_group_id=group.id,
            description=why,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4="0.0.0.0/0",
            tags=TAGS,
        ),
    )
aws.vpc.SecurityGroupEgressRule(
    "web-to-pods",
    security_group_id=group.id,
    description="pods",
    ip_protocol="tcp",
    from_port=8080,
    to_port=8080,
    cidr_ipv4="10.30.0.0/16",
    tags=TAGS,
)

balancer = aws.lb.LoadBalancer(
    "web",
    load_balancer_type="application",
    security_groups=[group.id],
    subnets=["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"],
    drop_invalid_header_fields=True,
    enable_deletion_protection=True,
    access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket="feedline-prod-access-logs", prefix="web", enabled=True),
    tags=TAGS,
)
certificate = aws.acm.Certificate("web", domain_name="www.feedline.example.com", validation_method="DNS", tags=TAGS)
targets = aws.lb.TargetGroup(
    "web",
    port=8080,
    protocol="HTTP",
    target_type="ip",
    vpc_id=VPC,
    health_check=aws.lb.TargetGroupHealthCheckArgs(path="/healthz"),
    tags=TAGS,
)
aws.lb.Listener(
    "https",
    load_balancer_arn=balancer.arn,
    port=443,
    protocol="HTTPS",
    ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificate_arn=certificate.arn,
    default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
    tags=TAGS,
)
aws.lb.Listener(
    "http",
    load_balancer_arn=balancer.arn,
    port=80,
    protocol="HTTP",
    default_actions=[
        aws.lb.ListenerDefaultActionArgs(
            type="redirect",
            redirect=aws.lb.ListenerDefaultActionRedirectArgs(protocol="HTTPS", port="443", status_code="HTTP_301"),
        )
    ],
    tags=TAGS,
)

firewall = aws.wafv2.WebAcl(
    "web",
    scope="REGIONAL",
    default_action={"allow": {}},
    visibility_config={
        "metric_name": "web",
        "cloudwatch_metrics_enabled": True,
        "sampled_requests_enabled": True,
    },
    rules=[
        {
            "name": "rate",
            "priority": 1,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP"}},
            "visibility_config": {
                "metric_name": "rate",
                "cloudwatch_metrics_enabled": True,
                "sampled_requests_enabled": True,
            },
        }
    ],
    tags=TAGS,
)
aws.wafv2.WebAclAssociation("web", resource_arn=balancer.arn, web_acl_arn=firewall.arn)
logs = aws.cloudwatch.LogGroup("waf", name="aws-waf-logs-web", retention_in_days=365, kms_key_id=LOG_KEY, tags=TAGS)
aws.wafv2.WebAclLoggingConfiguration("web", resource_arn=firewall.arn, log_destination_configs=[logs.arn])
pulumi.export("name", balancer.dns_name)
