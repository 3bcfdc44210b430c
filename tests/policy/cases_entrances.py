"""Entrances, sign-in, containers and what calls out: what each rule lets pass and what it stops."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import GOOD, ROLE, STAGE, api_firewall, firewall_logs
from tests.policy.server import UNKNOWN, Registered

ACCESS_POLICY = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy"
SECURITY_POLICY = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
CLUSTER_PARAMETERS = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
CONTAINER = {
    "name": "feed",
    "image": "feed:1",
    "readonlyRootFilesystem": True,
    "logConfiguration": {"logDriver": "awslogs"},
}
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ENDPOINT = "aws:dms/endpoint:Endpoint"
HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
MODEL = "aws:sagemaker/model:Model"
PERMISSION = "aws:lambda/permission:Permission"
POINT = "aws:efs/accessPoint:AccessPoint"
POOL = "aws:cognito/userPool:UserPool"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
USER = "aws:elasticache/user:User"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"

HSTS = {"strictTransportSecurity": {"accessControlMaxAgeSec": 63072000, "override": True}}
OUTSIDE = {
    "accessControlAllowCredentials": True,
    "accessControlAllowHeaders": {"items": ["content-type"]},
    "accessControlAllowMethods": {"items": ["GET"]},
    "accessControlAllowOrigins": {"items": ["https://feed.example"]},
    "originOverride": True,
}


def of_containers(**changes: object) -> Mapping[str, object]:
    return {"containerDefinitions": json.dumps([{**CONTAINER, **changes}])}


def network_policy(*, is_public: bool) -> str:
    rules = [{"ResourceType": "collection", "Resource": ["collection/feed"]}]
    return json.dumps([{"Rules": rules, "AllowFromPublic": is_public, "SourceVPCEs": ["vpce-1"]}])


def data_policy(index: str) -> str:
    rules = [{"ResourceType": "index", "Resource": [index], "Permission": ["aoss:*"]}]
    return json.dumps([{"Rules": rules, "Principal": [ROLE]}])


GOODS: Mapping[str, Mapping[str, object]] = {
    **GOOD,
    ACCESS_POLICY: {"name": "feed", "type": "data", "policy": data_policy("index/feed/*")},
    SECURITY_POLICY: {"name": "feed", "type": "network", "policy": network_policy(is_public=False)},
    CLIENT: {
        "userPoolId": UNKNOWN,
        "allowedOauthFlows": ["code"],
        "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "callbackUrls": ["https://feed.example/in", "http://localhost:3000/in"],
    },
    CLUSTER_PARAMETERS: {
        "family": "docdb5.0",
        "parameters": [{"name": "tls", "value": "enabled"}],
        "tags": TAGS,
    },
    ENDPOINT: {
        "endpointId": "feed",
        "endpointType": "source",
        "engineName": "mysql",
        "sslMode": "require",
        "secretsManagerArn": UNKNOWN,
        "secretsManagerAccessRoleArn": ROLE,
        "tags": TAGS,
    },
    HEADERS: {"securityHeadersConfig": HSTS, "corsConfig": OUTSIDE},
    MODEL: {"executionRoleArn": ROLE, "enableNetworkIsolation": True, "tags": TAGS},
    PERMISSION: {
        "function": "feed",
        "action": "lambda:InvokeFunction",
        "principal": "s3.amazonaws.com",
        "sourceAccount": "111122223333",
    },
    POINT: {
        "fileSystemId": UNKNOWN,
        "posixUser": {"uid": 1000, "gid": 1000},
        "rootDirectory": {"path": "/feed"},
        "tags": TAGS,
    },
    SUBSCRIPTION: {"topic": UNKNOWN, "protocol": "https", "endpoint": "https://feed.example/hook"},
    USER: {
        "userId": "feed",
        "userName": "feed",
        "engine": "redis",
        "accessString": "on ~feed:* +@read",
        "authenticationMode": {"type": "iam"},
        "tags": TAGS,
    },
    "aws:acm/certificate:Certificate": {"domainName": "feed.example", "keyAlgorithm": "EC_prime256v1", "tags": TAGS},
    "aws:appsync/graphQLApi:GraphQLApi": {
        "authenticationType": "AWS_IAM",
        "visibility": "PRIVATE",
        "logConfig": {"cloudwatchLogsRoleArn": ROLE, "fieldLogLevel": "ERROR"},
        "tags": TAGS,
    },
    "aws:cognito/identityPool:IdentityPool": {
        "identityPoolName": "feed",
        "allowUnauthenticatedIdentities": False,
        "tags": TAGS,
    },
    "aws:ec2/vpcEndpointService:VpcEndpointService": {
        "acceptanceRequired": True,
        "networkLoadBalancerArns": [UNKNOWN],
        "tags": TAGS,
    },
    "aws:elasticache/serverlessCache:ServerlessCache": {
        "engine": "valkey",
        "name": "feed",
        "kmsKeyId": KEY,
        "snapshotRetentionLimit": 7,
        "userGroupId": "feed",
        "tags": TAGS,
    },
    PREFIX_LIST: {
        "name": "offices",
        "addressFamily": "IPv4",
        "maxEntries": 2,
        "entries": [{"cidr": "203.0.113.0/24"}, {"cidr": "10.0.0.0/8"}],
        "tags": TAGS,
    },
    "aws:ec2/eip:Eip": {"domain": "vpc", "tags": TAGS},
    "aws:rds/proxy:Proxy": {
        "engineFamily": "MYSQL",
        "requireTls": True,
        "roleArn": ROLE,
        "vpcSubnetIds": ["subnet-1"],
        "auths": [{"secretArn": UNKNOWN, "iamAuth": "REQUIRED"}],
        "tags": TAGS,
    },
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
        "bucket": "feed",
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
    },
    "aws:sesv2/configurationSet:ConfigurationSet": {
        "configurationSetName": "feed",
        "deliveryOptions": {"tlsPolicy": "REQUIRE"},
        "tags": TAGS,
    },
    "aws:transfer/server:Server": {"protocols": ["SFTP"], "tags": TAGS},
}

LINES: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    ("everybody", PERMISSION, {"principal": "*", "sourceAccount": GONE}, ["PUB-005[principal]"]),
    ("a service, for anybody", PERMISSION, {"sourceAccount": GONE}, ["PUB-005[principal]"]),
    (
        "a bucket that is not signed for",
        DISTRIBUTION,
        {"origins.0.originAccessControlId": GONE},
        ["PUB-007[origins[0].originAccessControlId]"],
    ),
    (
        "an API key",
        "aws:appsync/graphQLApi:GraphQLApi",
        {"authenticationType": "API_KEY"},
        ["PUB-016[authenticationType]"],
    ),
    (
        "an API key beside",
        "aws:appsync/graphQLApi:GraphQLApi",
        {"additionalAuthenticationProviders": [{"authenticationType": "API_KEY"}]},
        ["PUB-016[additionalAuthenticationProviders[0].authenticationType]"],
    ),
    (
        "ACLs",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"rule.objectOwnership": "ObjectWriter"},
        ["PUB-017[rule.objectOwnership]"],
    ),
    (
        "any site, signed in",
        HEADERS,
        {"corsConfig.accessControlAllowOrigins.items": ["*"]},
        ["PUB-018[corsConfig.accessControlAllowOrigins.items[0]]"],
    ),
    (
        "guests",
        "aws:cognito/identityPool:IdentityPool",
        {"allowUnauthenticatedIdentities": True},
        ["PUB-019[allowUnauthenticatedIdentities]"],
    ),
    ("public", SECURITY_POLICY, {"policy": network_policy(is_public=True)}, ["PUB-020[policy[0].AllowFromPublic]"]),
    ("all data", ACCESS_POLICY, {"policy": data_policy("index/*/*")}, ["PUB-021[policy[0].Rules[0].Permission]"]),
    (
        "unasked",
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        {"acceptanceRequired": False},
        ["NET-010[acceptanceRequired]"],
    ),
    ("the host's network", TASK, {"networkMode": "host"}, ["NET-017[networkMode]"]),
    ("privileged", TASK, of_containers(privileged=True), ["NET-017[containerDefinitions[0].privileged]"]),
    ("latest", TASK, of_containers(image="feed:latest"), ["PAT-010[containerDefinitions[0].image]"]),
    (
        "no tag, behind a port",
        TASK,
        of_containers(image="images.feed.example:5000/feed"),
        ["PAT-010[containerDefinitions[0].image]"],
    ),
    ("root", TASK, of_containers(user="root"), ["PAT-010[containerDefinitions[0].user]"]),
    (
        "writable",
        TASK,
        of_containers(readonlyRootFilesystem=False),
        ["PAT-011[containerDefinitions[0].readonlyRootFilesystem]"],
    ),
    ("no log", TASK, of_containers(logConfiguration=None), ["LOG-013[containerDefinitions[0].logConfiguration]"]),
    ("an old platform", "aws:ecs/service:Service", {"platformVersion": "1.3.0"}, ["PAT-012[platformVersion]"]),
    (
        "malformed headers",
        "aws:lb/loadBalancer:LoadBalancer",
        {"dropInvalidHeaderFields": GONE},
        ["NET-019[dropInvalidHeaderFields]"],
    ),
    ("only counting", WEB_ACL, {"rules.0.action": {"count": {}}}, ["NET-016[rules]"]),
    (
        "no rate limit",
        WEB_ACL,
        {"rules.0.statement": {"managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet"}}},
        ["NET-020[rules]"],
    ),
    (
        "past the VPC",
        "aws:redshift/cluster:Cluster",
        {"enhancedVpcRouting": False},
        ["NET-021[enhancedVpcRouting]"],
    ),
    (
        "everybody",
        PREFIX_LIST,
        {"entries.0": UNKNOWN, "entries.1.cidr": "0.0.0.0/0"},
        ["NET-024", "NET-024[entries[1].cidr]"],
    ),
    (
        "an address of its own",
        "aws:ec2/eip:Eip",
        {"instance": UNKNOWN},
        ["NET-007[instance]"],
    ),
    (
        "a token in one of several containers",
        MODEL,
        {"containers": [{"image": "feed:1"}, {"image": "feed:1", "environment": {"HUB_TOKEN": "hunter2-and-more"}}]},
        ["SEC-001[containers[1].environment.HUB_TOKEN]"],
    ),
    ("not isolated", MODEL, {"enableNetworkIsolation": GONE}, ["NET-022[enableNetworkIsolation]"]),
    (
        "without a password",
        USER,
        {"authenticationMode": GONE, "noPasswordRequired": True},
        ["SEC-006[accessString]"],
    ),
    (
        "no user group",
        "aws:elasticache/serverlessCache:ServerlessCache",
        {"userGroupId": GONE},
        ["SEC-007[userGroupId]"],
    ),
    ("a password of the program's", ENDPOINT, {"password": UNKNOWN}, ["SEC-008[password]"]),
    ("a literal", USER, {"authenticationMode": GONE, "passwords": ["hunter2-and-more"]}, ["SEC-009[passwords[0]]"]),
    ("no second factor", POOL, {"mfaConfiguration": "OFF"}, ["SEC-010[mfaConfiguration]"]),
    (
        "ten small letters",
        POOL,
        {"passwordPolicy": {"minimumLength": 10, "requireLowercase": True}},
        ["SEC-010[passwordPolicy.minimumLength]"],
    ),
    ("an implicit flow", CLIENT, {"allowedOauthFlows": ["implicit"]}, ["SEC-011[allowedOauthFlows[0]]"]),
    ("in the clear", CLIENT, {"callbackUrls.0": "http://feed.example/in"}, ["TLS-015[callbackUrls[0]]"]),
    ("the whole file system", POINT, {"rootDirectory": GONE}, ["SEC-012[rootDirectory.path]"]),
    ("root", POINT, {"posixUser.uid": 0}, ["SEC-012[posixUser.uid]"]),
    ("root", "aws:sagemaker/notebookInstance:NotebookInstance", {"rootAccess": "Enabled"}, ["SEC-013[rootAccess]"]),
    ("plain text", "aws:rds/proxy:Proxy", {"requireTls": GONE}, ["TLS-014[requireTls]"]),
    ("plain text", ENDPOINT, {"sslMode": GONE}, ["TLS-014[sslMode]"]),
    ("plain text", CLUSTER_PARAMETERS, {"parameters.0.value": "disabled"}, ["TLS-014[parameters[0].value]"]),
    ("plain text", SUBSCRIPTION, {"protocol": "http"}, ["TLS-015[protocol]"]),
    (
        "whoever sits between decides",
        "aws:sesv2/configurationSet:ConfigurationSet",
        {"deliveryOptions.tlsPolicy": "OPTIONAL"},
        ["TLS-016[deliveryOptions.tlsPolicy]", "TLS-018[deliveryOptions.tlsPolicy]"],
    ),
    ("FTP", "aws:transfer/server:Server", {"protocols.0": "FTP"}, ["TLS-017[protocols[0]]"]),
    ("no HSTS", HEADERS, {"securityHeadersConfig": GONE}, ["TLS-018[securityHeadersConfig.strictTransportSecurity]"]),
    ("a short key", "aws:acm/certificate:Certificate", {"keyAlgorithm": "RSA_1024"}, ["TLS-019[keyAlgorithm]"]),
]
BESIDE: Mapping[str, Sequence[Registered]] = {WEB_ACL: [firewall_logs]}

CASES: list[Case] = [
    replace(case(about, token, GOODS[token], change, *finds), beside=BESIDE.get(token, ()))
    for about, token, change, finds in LINES
]

CASES.append(
    Case(
        about="a stage without a firewall",
        type="aws:wafv2/webAclAssociation:WebAclAssociation",
        good={**api_firewall.props, "resourceArn": "arn:aws:apigateway:a"},
        change={"resourceArn": "arn:aws:apigateway:b"},
        finds=frozenset({"NET-023[webAcl]"}),
        beside=[Registered(type=STAGE, props={**GOOD[STAGE], "arn": "arn:aws:apigateway:a"})],
    )
)
