"""The network (E3, Y1, Y3): flow logs, metadata, no public addresses, no SSH, a firewall in front of what is public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.buckets import APPLICATION_LOAD_BALANCERS
from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    Finding,
    Frame,
    Outcome,
    Severity,
    rule,
    stack_rule,
)
from policy.demands import (
    Demands,
    at_most,
    filled,
    given,
    in_each,
    meets,
    none_of,
    not_given,
    off,
    one_of,
    when,
    wrong,
)
from policy.openings import is_anywhere
from policy.view import UNKNOWN, Node, Resource, Stack, any_of

CLUSTER = "aws:eks/cluster:Cluster"
INSTANCE = "aws:ec2/instance:Instance"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
VPC = "aws:ec2/vpc:Vpc"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
APIS = ("aws:apigateway/stage:Stage", "aws:appsync/graphQLApi:GraphQLApi")
HOP_LIMIT = 2  # a container is one hop from its node

NETWORK: Frame = {
    "isms_p": ["2.6.1", "2.10.2"],
    "soc2": ["CC6.6"],
    "severity": Severity.HIGH,
    "level": MANDATORY_EVERYWHERE,
}
COMFORTABLE_IN_DEV: Frame = {**NETWORK, "severity": Severity.MEDIUM, "level": ADVISORY_IN_DEV}
WATCHED: Frame = {**COMFORTABLE_IN_DEV, "isms_p": ["2.6.1", "2.11.3"], "soc2": ["CC6.6", "CC7.2"]}
REMOTE: Frame = {**COMFORTABLE_IN_DEV, "isms_p": ["2.6.2", "2.6.6"]}
FIREWALLED: Frame = {**COMFORTABLE_IN_DEV, "isms_p": ["2.6.1", "2.10.3"]}
FIREWALL: Frame = {**COMFORTABLE_IN_DEV, "isms_p": ["2.10.1", "2.10.3"]}
SUGGESTED: Frame = {**NETWORK, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

_TOKENS = when(
    lambda node: node.known("metadataOptions.httpEndpoint") != "disabled",
    one_of("metadataOptions.httpTokens", "required", unsaid="optional"),
    at_most("metadataOptions.httpPutResponseHopLimit", HOP_LIMIT, unsaid=1),
)
METADATA: Demands = {
    INSTANCE: [when(lambda node: node.has("metadataOptions") or not node.has("launchTemplate"), _TOKENS)],
    SPOT: [when(lambda node: node.has("metadataOptions") or not node.has("launchTemplate"), _TOKENS)],
    TEMPLATE: [_TOKENS],
    CONFIGURATION: [_TOKENS],
    "aws:sagemaker/notebookInstance:NotebookInstance": [
        none_of("instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion", "1")
    ],
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": [one_of("httpTokens", "required")],
}
ADDRESSES: Demands = {
    "aws:ec2/subnet:Subnet": [off("mapPublicIpOnLaunch")],
    INSTANCE: [off("associatePublicIpAddress")],
    SPOT: [off("associatePublicIpAddress")],
    CONFIGURATION: [off("associatePublicIpAddress")],
    TEMPLATE: [in_each("networkInterfaces", off("associatePublicIpAddress"))],
    "aws:cloudwatch/eventTarget:EventTarget": [off("ecsTarget.networkConfiguration.assignPublicIp")],
    "aws:ec2/eip:Eip": [not_given("instance")],
    "aws:ec2/eipAssociation:EipAssociation": [not_given("instanceId")],
    "aws:ecs/service:Service": [off("networkConfiguration.assignPublicIp")],
    "aws:ecs/taskSet:TaskSet": [off("networkConfiguration.assignPublicIp")],
    "aws:scheduler/schedule:Schedule": [off("target.ecsParameters.networkConfiguration.assignPublicIp")],
}
SHELLS: Demands = {
    "aws:eks/nodeGroup:NodeGroup": [not_given("remoteAccess.ec2SshKey")],
    INSTANCE: [not_given("keyName")],
    SPOT: [not_given("keyName")],
    TEMPLATE: [not_given("keyName")],
    CONFIGURATION: [not_given("keyName")],
    "aws:emr/cluster:Cluster": [not_given("ec2Attributes.keyName")],
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": [off("enabled", unsaid=True)],
}
KEY_PAIR = "aws:ec2/keyPair:KeyPair"
DEFAULTS = ("aws:ec2/defaultVpc:DefaultVpc", "aws:ec2/defaultSubnet:DefaultSubnet")
DISTRIBUTIONS: Demands = {"aws:cloudfront/distribution:Distribution": [given("webAclId")]}

FLOW_LOGS: Mapping[str, str] = MappingProxyType({"aws:ec2/flowLog:FlowLog": "vpcId"})
DEFAULT_GROUPS: Mapping[str, str] = MappingProxyType({"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "vpcId"})
ENDPOINT_POLICIES: Mapping[str, str] = MappingProxyType(
    {"aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "vpcEndpointId"}
)
WEB_ACL_ASSOCIATIONS: Mapping[str, str] = MappingProxyType(
    {"aws:wafv2/webAclAssociation:WebAclAssociation": "resourceArn"}
)
WEB_ACL_RULES: Mapping[str, str] = MappingProxyType(
    {
        "aws:wafv2/webAclRule:WebAclRule": "webAclArn",
        "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation": "webAclArn",
    }
)


@rule(
    "NET-003",
    on=[CLUSTER],
    says="the Kubernetes API is private, or open to named networks only",
    fix="set endpoint_public_access=False, or public_access_cidrs to the office's networks",
    requirements=["REQ-Y1", "REQ-S10"],
    **NETWORK,
)
def cluster_endpoints_are_private(cluster: Resource) -> Iterator[Outcome]:
    """Absent means public, and public without networks means everyone."""
    vpc = cluster.at("vpcConfig")
    if vpc.has("endpointPublicAccess") and not vpc.is_on("endpointPublicAccess"):
        return
    networks = vpc.elements("publicAccessCidrs")
    if not networks or any_of(networks, is_anywhere):
        yield wrong(vpc, "publicAccessCidrs", "the API server is public")


@stack_rule(
    "NET-004",
    on=[VPC, *FLOW_LOGS],
    says="a VPC has a flow log of all traffic",
    fix='add a FlowLog with vpc_id and traffic_type="ALL"',
    requirements=["REQ-Y1", "REQ-Y4"],
    **WATCHED,
)
def vpcs_have_flow_logs(resource: Resource, stack: Stack) -> Iterator[Outcome]:
    """What was refused tells of the attempt, what was accepted of the success. A log may be of another stack's VPC."""
    if resource.type in FLOW_LOGS:
        of_ours = any(resource in stack.users(vpc, FLOW_LOGS) for vpc in stack.of_type([VPC]))
        if resource.has("vpcId") and not of_ours and not _is_of_all_traffic(resource):
            yield wrong(resource, "trafficType", "not of all traffic")
        return
    logs = stack.users(resource, FLOW_LOGS)
    if not any_of(logs, _is_of_all_traffic):
        detail = "no flow log" if not logs else "not of all traffic"
        yield Finding(path="flowLogs", detail=detail)


def _is_of_all_traffic(log: Resource) -> bool:
    return log.known("trafficType") in (None, "", "ALL")


@rule(
    "NET-005",
    on=DISTRIBUTIONS,
    says="a distribution stands behind a web ACL",
    fix="set web_acl_id to a WAFv2 web ACL of scope CLOUDFRONT",
    requirements=["REQ-S13", "REQ-Y5", "REQ-D1"],
    **FIREWALLED,
)
def distributions_have_a_firewall(distribution: Resource) -> Iterator[Outcome]:
    """REQ-D1: users come through CloudFront and its WAF."""
    yield from meets(distribution, DISTRIBUTIONS)


@rule(
    "NET-006",
    on=METADATA,
    says="instances hand out their credentials to IMDSv2 only",
    fix='set metadata_options with http_tokens="required" and http_put_response_hop_limit 1 or 2',
    requirements=["REQ-N3", "REQ-S16"],
    **NETWORK,
)
def metadata_needs_a_token(resource: Resource) -> Iterator[Outcome]:
    """Without a token a forged request from a web service is enough; an instance may leave it to its template."""
    yield from meets(resource, METADATA)


@rule(
    "NET-007",
    on=ADDRESSES,
    says="nothing that runs gets a public address",
    fix="leave it in a private subnet, behind a load balancer or NAT",
    requirements=["REQ-E3", "REQ-S16"],
    **NETWORK,
)
def nothing_has_a_public_address(resource: Resource) -> Iterator[Outcome]:
    """Public subnets hold load balancers and NAT gateways, which ask for their addresses themselves."""
    yield from meets(resource, ADDRESSES)


@rule(
    "NET-009",
    on=[*SHELLS, KEY_PAIR],
    says="a shell comes by SSM Session Manager, not by SSH or serial console",
    fix="remove the key pair; give the role AmazonSSMManagedInstanceCore",
    requirements=["REQ-S16", "REQ-Y3"],
    **REMOTE,
)
def shells_come_by_session_manager(resource: Resource) -> Iterator[Outcome]:
    """A key pair is a password that nobody rotates, and leaves no log."""
    if resource.type == KEY_PAIR:
        yield Finding(path="publicKey", seen="an SSH key")
    else:
        yield from meets(resource, SHELLS)


@rule(
    "NET-013",
    on=DEFAULTS,
    says="nothing is built in the account's default VPC",
    fix="make a VPC",
    requirements=["REQ-E3"],
    **COMFORTABLE_IN_DEV,
)
def default_vpcs_are_left_alone(_: Resource) -> Iterator[Outcome]:
    """All its subnets are public."""
    yield Finding(path="id", seen="a default network")


@stack_rule(
    "NET-014",
    on=[VPC],
    says="a VPC's default security group is taken over and emptied",
    fix="add a DefaultSecurityGroup with vpc_id, ingress=[] and egress=[]",
    requirements=["REQ-Y1"],
    **SUGGESTED,
)
def default_groups_are_taken_over(vpc: Resource, stack: Stack) -> Iterator[Outcome]:
    """AWS makes it with every VPC, and lets its members speak to each other and to everyone."""
    if not stack.users(vpc, DEFAULT_GROUPS):
        yield Finding(path="defaultSecurityGroupId", detail="left as AWS makes it")


@stack_rule(
    "NET-015",
    on=APPLICATION_LOAD_BALANCERS,
    says="a public load balancer stands behind a web ACL",
    fix="add a wafv2.WebAclAssociation with the load balancer's ARN",
    requirements=["REQ-S13", "REQ-Y5"],
    **FIREWALLED,
)
def public_balancers_have_a_firewall(balancer: Resource, stack: Stack) -> Iterator[Outcome]:
    """Network load balancers cannot have one."""
    is_application = balancer.stated("loadBalancerType") in (None, "", "application")
    is_public = balancer.stated("internal") in (None, False, "false")
    if is_application and is_public and not stack.users(balancer, WEB_ACL_ASSOCIATIONS):
        yield Finding(path="webAcl")


@stack_rule(
    "NET-016",
    on=[WEB_ACL],
    says="a web ACL has rules",
    fix="add AWS's managed rule groups and a rate limit",
    requirements=["REQ-Y5"],
    **FIREWALL,
)
def web_acls_have_rules(web_acl: Resource, stack: Stack) -> Iterator[Outcome]:
    """Empty or only counting, it lets everything through and looks like protection; rules may stand beside it."""
    if web_acl.has("ruleJson") or stack.users(web_acl, WEB_ACL_RULES):
        return
    yield from filled("rules")(web_acl)
    rules = web_acl.elements("rules")
    if rules and not any_of([web_acl.at("defaultAction"), *rules], _acts):
        yield wrong(web_acl, "rules", "all of them only count")


def _acts(part: Node) -> bool:
    """Whether a rule, or the ACL's default action, ever refuses anybody."""
    if part.value is UNKNOWN:
        return True
    is_group = part.has("overrideAction")
    counts = part.has("overrideAction.count") if is_group else part.has("action.count") or part.has("action.allow")
    return part.has("block") or (part.has("statement") and not counts)


@rule(
    "NET-020",
    on=[WEB_ACL],
    says="a web ACL limits how often one visitor asks",
    fix="add a rule with rate_based_statement and the action block",
    requirements=["REQ-Y5"],
    **SUGGESTED,
)
def web_acls_limit_rates(web_acl: Resource) -> Iterator[Outcome]:
    """REQ-Y5: managed rules see one request, a password list is many. What refuses all it does not know needs none."""
    if web_acl.has("defaultAction.block"):
        return
    rules = web_acl.elements("rules")
    if rules and not any_of(rules, lambda each: each.has("statement.rateBasedStatement")):
        yield wrong(web_acl, "rules", "without a rate limit")


@stack_rule(
    "NET-018",
    on=[ENDPOINT],
    says="a gateway endpoint has a policy",
    fix="set policy to what workloads call, held to this account",
    requirements=["REQ-E4", "REQ-N3"],
    **COMFORTABLE_IN_DEV,
)
def gateways_have_a_policy(endpoint: Resource, stack: Stack) -> Iterator[Outcome]:
    """Without one everyone may reach every bucket through it. Not all interface endpoints can have one."""
    kind = endpoint.known("vpcEndpointType")
    if kind in (None, "", "Gateway") and not (endpoint.stated("policy") or stack.users(endpoint, ENDPOINT_POLICIES)):
        yield Finding(path="policy")


@stack_rule(
    "NET-023",
    on=APIS,
    says="an API stands behind a web ACL",
    fix="add a wafv2.WebAclAssociation with the ARN of the stage or the API",
    requirements=["REQ-S13", "REQ-Y5"],
    **SUGGESTED,
)
def apis_have_a_firewall(api: Resource, stack: Stack) -> Iterator[Outcome]:
    """Users come through CloudFront (REQ-D1); whoever knows the API's own address does not."""
    if api.stated("visibility") != "PRIVATE" and not stack.users(api, WEB_ACL_ASSOCIATIONS):
        yield Finding(path="webAcl")
