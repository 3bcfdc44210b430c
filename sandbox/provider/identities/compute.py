"""Load balancers, Auto Scaling, Lambda, EKS, CodeBuild."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn
from sandbox.schema.values import Bag, text

_KIND = {"application": "app", "network": "net", "gateway": "gwy"}
_CERTIFICATE = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="  # "-----BEGIN CERTIFICATE-----" and nothing more


def _load_balancer(inputs: Bag) -> Identity:
    kind = _KIND.get(text(inputs, "loadBalancerType") or "application", "app")
    suffix = f"{kind}/{{name}}/{{hex16}}"
    internal = "internal-" if inputs.get("internal") is True else ""
    host = f"{internal}{{name}}-{{digits10}}.{{region}}" if kind == "app" else "{name}-{hex16}"
    domain = f"{host}.elb.amazonaws.com" if kind == "app" else f"{host}.elb.{{region}}.amazonaws.com"
    return Identity(
        id=arn("elasticloadbalancing", f"loadbalancer/{suffix}"),
        arn=arn("elasticloadbalancing", f"loadbalancer/{suffix}"),
        outputs={"arnSuffix": suffix, "dnsName": domain, "vpcId": "vpc-{hex17.vpc}", "zoneId": "Z{upper13@region}"},
    )


def _below(inputs: Bag, parent: str, old: str, new: str) -> Identity:
    """A listener's ARN continues its load balancer's, a rule's its listener's."""
    above = (text(inputs, parent) or "").replace(f":{old}/", f":{new}/", 1)
    return Identity(id=f"{above}/{{hex16}}", arn=f"{above}/{{hex16}}")


def _listener(inputs: Bag) -> Identity:
    return _below(inputs, "loadBalancerArn", "loadbalancer", "listener")


def _listener_rule(inputs: Bag) -> Identity:
    return _below(inputs, "listenerArn", "listener", "listener-rule")


_TARGETS = "targetgroup/{name}/{hex16}"
_TARGET_GROUP = Identity(
    id=arn("elasticloadbalancing", _TARGETS),
    arn=arn("elasticloadbalancing", _TARGETS),
    outputs={"arnSuffix": _TARGETS, "loadBalancerArns": []},
)
_ISSUER = "https://oidc.eks.{region}.amazonaws.com/id/{hexupper32}"

_BUILDER = arn("codebuild", "project/{name}")

ROWS: Mapping[str, Row] = {
    "aws:alb/listener:Listener": _listener,
    "aws:alb/listenerRule:ListenerRule": _listener_rule,
    "aws:alb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:alb/targetGroup:TargetGroup": _TARGET_GROUP,
    "aws:autoscaling/group:Group": Identity(
        id="{name}", arn=arn("autoscaling", "autoScalingGroup:{uuid}:autoScalingGroupName/{name}")
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Identity(id="{name}"),
    "aws:autoscaling/policy:Policy": Identity(
        id="{name}",
        arn=arn("autoscaling", "scalingPolicy:{uuid}:autoScalingGroupName/{autoscalingGroupName}:policyName/{name}"),
    ),
    "aws:codebuild/project:Project": Identity(
        id=_BUILDER, arn=_BUILDER, outputs={"badgeUrl": "", "publicProjectAlias": ""}
    ),
    # With a connection GitHub's App tells CodeBuild, so no address and no secret is anybody's to keep.
    "aws:codebuild/webhook:Webhook": Identity(
        id="{projectName}",
        outputs={"payloadUrl": "", "secret": "", "url": "https://api.github.com/repos/example/hooks/{digits9}"},
    ),
    "aws:eks/accessEntry:AccessEntry": Identity(
        id="{clusterName}:{principalArn}",
        outputs={"accessEntryArn": arn("eks", "access-entry/{clusterName}/role/{account}/{uuid}")},
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Identity(id="{clusterName}#{principalArn}#{policyArn}"),
    "aws:eks/addon:Addon": Identity(
        id="{clusterName}:{addonName}", arn=arn("eks", "addon/{clusterName}/{addonName}/{uuid}")
    ),
    "aws:eks/cluster:Cluster": Identity(
        id="{name}",
        arn=arn("eks", "cluster/{name}"),
        outputs={
            "certificateAuthority": {"data": _CERTIFICATE},
            "clusterId": "",
            "endpoint": "https://{hexupper32}.gr7.{region}.eks.amazonaws.com",
            "identities": [{"oidcs": [{"issuer": _ISSUER}]}],
            "platformVersion": "eks.1",
            "status": "ACTIVE",
            "vpcConfig": {"clusterSecurityGroupId": "sg-{hex17.cluster}", "vpcId": "vpc-{hex17.vpc}"},
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Identity(
        id="{clusterName}:{nodeGroupName}",
        arn=arn("eks", "nodegroup/{clusterName}/{nodeGroupName}/{uuid}"),
        outputs={"status": "ACTIVE"},
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Identity(
        id="a-{lower17}",
        outputs={"associationArn": arn("eks", "podidentityassociation/{clusterName}/{id}"), "associationId": "{id}"},
    ),
    "aws:lambda/function:Function": Identity(
        id="{name}",
        arn=arn("lambda", "function:{name}"),
        outputs={
            "invokeArn": "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
            "qualifiedArn": "{arn}:$LATEST",
            "version": "$LATEST",
        },
    ),
    # What a function answers is known to it alone; ours is never read.
    "aws:lambda/invocation:Invocation": Identity(id="{functionName}_$LATEST_{hex32}", outputs={"result": "null"}),
    "aws:lambda/permission:Permission": Identity(id="{statementId}"),
    "aws:lb/listener:Listener": _listener,
    "aws:lb/listenerRule:ListenerRule": _listener_rule,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _TARGET_GROUP,
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": Identity(
        id="arn:{partition}:cloudformation:{region}:{account}:stack/serverlessrepo-{name}/{uuid}"
    ),
}
