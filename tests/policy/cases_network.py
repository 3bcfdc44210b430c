"""The network: what each rule lets pass and what it stops."""

from collections.abc import Mapping
from dataclasses import replace

from tests.policy.case import GONE, TAGS, Case, case
from tests.policy.cases_iam import endpoint
from tests.policy.good import GOOD, OF_THE_VPC, VPC, WEB_ACL, firewall_logs, vpc, vpc_guards
from tests.policy.server import UNKNOWN, Registered

ACL = "aws:ec2/networkAcl:NetworkAcl"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLUSTER = "aws:eks/cluster:Cluster"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
INSTANCE = "aws:ec2/instance:Instance"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

ANYONE = {"sourceSecurityGroupId": GONE, "cidrBlocks": ["0.0.0.0/0"]}
PUBLIC = "vpcConfig.endpointPublicAccess"

LINES: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    ("SSH", GROUP, {"ingress.1.cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}, ["NET-001[ingress[1]]"]),
    ("SSH by IPv6", GROUP, {"ingress.1.ipv6CidrBlocks": ["::/0"]}, ["NET-001[ingress[1]]"]),
    ("SSH from half the world", GROUP, {"ingress.1.cidrBlocks": ["0.0.0.0/1"]}, ["NET-001[ingress[1]]"]),
    ("a range", GROUP, {"ingress.0.fromPort": 1, "ingress.0.toPort": 65535}, ["NET-001[ingress[0]]"]),
    ("every protocol", GROUP, {"ingress.0.protocol": "-1"}, ["NET-001[ingress[0]]"]),
    ("a port of a service", GROUP, {"ingress.0.fromPort": 8443, "ingress.0.toPort": 8443}, ["NET-012[ingress[0]]"]),
    (
        "an opening beside an unknown line",
        GROUP,
        {"ingress.0": UNKNOWN, "ingress.1.cidrBlocks": ["0.0.0.0/0"]},
        ["NET-001", "NET-012", "NET-001[ingress[1]]"],
    ),
    (
        "everyone beside an unknown network",
        GROUP,
        {"ingress.1.cidrBlocks": [UNKNOWN], "ingress.1.ipv6CidrBlocks": ["::/0"]},
        ["NET-001[ingress[1]]"],
    ),
    ("no reason", GROUP, {"ingress.1.description": GONE}, ["NET-008[ingress[1].description]"]),
    ("a database", RULE, ANYONE, ["NET-001[fromPort]"]),
    ("a database by IPv6", RULE, {"ipv6CidrBlocks": ["2000::/3"]}, ["NET-001[fromPort]"]),
    ("a cache", INGRESS, {"fromPort": 6379, "toPort": 6379}, ["NET-001[fromPort]"]),
    ("everything", INGRESS, {"ipProtocol": "-1", "fromPort": GONE, "toPort": GONE}, ["NET-001[fromPort]"]),
    (
        "a shell for a cloud's whole network",
        INGRESS,
        {"cidrIpv4": "52.0.0.0/8", "fromPort": 22, "toPort": 22},
        ["NET-001[fromPort]"],
    ),
    ("a port that is not known yet", INGRESS, {"fromPort": UNKNOWN}, ["NET-001", "NET-012"]),
    (
        "a line of its own",
        DEFAULT_GROUP,
        {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True, "description": "members"}]},
        ["NET-002[ingress]"],
    ),
    ("public to all", CLUSTER, {PUBLIC: True}, ["NET-003[vpcConfig.publicAccessCidrs]"]),
    ("unsaid", CLUSTER, {PUBLIC: GONE}, ["NET-003[vpcConfig.publicAccessCidrs]"]),
    (
        "public to all in two halves",
        CLUSTER,
        {PUBLIC: True, "vpcConfig.publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
        ["NET-003[vpcConfig.publicAccessCidrs]"],
    ),
    ("no firewall", "aws:cloudfront/distribution:Distribution", {"webAclId": GONE}, ["NET-005[webAclId]"]),
    *(
        made
        for token in (INSTANCE, TEMPLATE, CONFIGURATION)
        for made in (
            ("IMDSv1", token, {"metadataOptions.httpTokens": "optional"}, ["NET-006[metadataOptions.httpTokens]"]),
            ("unsaid", token, {"metadataOptions": GONE}, ["NET-006[metadataOptions.httpTokens]"]),
            (
                "far hops",
                token,
                {"metadataOptions.httpPutResponseHopLimit": 3},
                ["NET-006[metadataOptions.httpPutResponseHopLimit]"],
            ),
            ("a key pair", token, {"keyName": "me"}, ["NET-009[keyName]"]),
        )
    ),
    ("public addresses", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}, ["NET-007[mapPublicIpOnLaunch]"]),
    ("a public address", INSTANCE, {"associatePublicIpAddress": True}, ["NET-007[associatePublicIpAddress]"]),
    (
        "a public address as a text",
        TEMPLATE,
        {"networkInterfaces.0.associatePublicIpAddress": "true"},
        ["NET-007[networkInterfaces[0].associatePublicIpAddress]"],
    ),
    (
        "a public address",
        "aws:ecs/service:Service",
        {"networkConfiguration.assignPublicIp": True},
        ["NET-007[networkConfiguration.assignPublicIp]"],
    ),
    (
        "a key pair",
        "aws:eks/nodeGroup:NodeGroup",
        {"remoteAccess.ec2SshKey": "me"},
        ["NET-009[remoteAccess.ec2SshKey]"],
    ),
    ("everything", ACL, {"ingress.2.action": "allow"}, ["NET-011[ingress[2]]"]),
    ("every port", ACL, {"ingress.0.fromPort": 0, "ingress.0.toPort": 65535}, ["NET-011[ingress[0]]"]),
    ("RDP", ACL_RULE, {"fromPort": 3389, "toPort": 3389}, ["NET-011[fromPort]"]),
    ("every protocol", ACL_RULE, {"protocol": "all"}, ["NET-011[fromPort]"]),
]

balancer = GOOD[BALANCER]

CASES: list[Case] = [
    *(case(about, token, GOOD[token], change, *finds) for about, token, change, finds in LINES),
    case(
        "SSH",
        "aws:ec2/serialConsoleAccess:SerialConsoleAccess",
        {"enabled": False},
        {"enabled": True},
        "NET-009[enabled]",
    ),
    case(
        "public",
        BALANCER,
        balancer,
        {"internal": GONE},
        "NET-015[webAcl]",
    ),
    Case(
        about="another balancer's firewall",
        type="aws:wafv2/webAclAssociation:WebAclAssociation",
        good={"resourceArn": "arn:aws:elasticloadbalancing:a", "webAclArn": UNKNOWN},
        change={"resourceArn": "arn:aws:elasticloadbalancing:b"},
        finds=frozenset({"NET-015[webAcl]"}),
        beside=[
            Registered(type=BALANCER, name="a", props={"arn": "arn:aws:elasticloadbalancing:a", "tags": TAGS}),
        ],
    ),
    replace(case("no rules", WEB_ACL, GOOD[WEB_ACL], {"rules": []}, "NET-016[rules]"), beside=[firewall_logs]),
    case("AWS's policy", ENDPOINT, {**endpoint, "vpcEndpointType": "Gateway"}, {"policy": GONE}, "NET-018[policy]"),
    Case(
        about="of what was accepted only",
        type=FLOW_LOG,
        good=vpc_guards[0].props,
        change={"trafficType": "ACCEPT"},
        finds=frozenset({"NET-004[flowLogs]"}),
        beside=[vpc],
        depends=OF_THE_VPC,
    ),
    Case(
        about="of another network",
        type=FLOW_LOG,
        good={**vpc_guards[0].props, "vpcId": "vpc-1"},
        change={"vpcId": "vpc-2"},
        finds=frozenset({"NET-004[flowLogs]"}),
        beside=[Registered(type=VPC, name="main", props={"cidrBlock": "10.10.0.0/16", "id": "vpc-1", "tags": TAGS})],
    ),
    case(
        "of a network that another stack has",
        FLOW_LOG,
        {**vpc_guards[0].props, "vpcId": "vpc-1"},
        {"trafficType": "ACCEPT"},
        "NET-004[trafficType]",
    ),
    Case(
        about="of another network",
        type=DEFAULT_GROUP,
        good={**GOOD[DEFAULT_GROUP], "vpcId": "vpc-1"},
        change={"vpcId": "vpc-2"},
        finds=frozenset({"NET-014[defaultSecurityGroupId]"}),
        beside=[Registered(type=VPC, name="main", props={"cidrBlock": "10.10.0.0/16", "id": "vpc-1", "tags": TAGS})],
    ),
]
