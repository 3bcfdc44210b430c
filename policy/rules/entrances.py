"""Who may call (2.10.2): functions, GraphQL, origins, browsers' other sites, guests, endpoint services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
)
from policy.demands import Demands, document, equals, filled, in_each, meets, none_of, off, on, when
from policy.rules.public import COMFORTABLE_IN_DEV, PUBLIC
from policy.view import UNKNOWN, Node, Resource, any_of

PERMISSION = "aws:lambda/permission:Permission"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
SERVERLESS_NETWORK = "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy"
SERVERLESS_DATA = "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy"
ACCESS_CONTROL = "aws:cloudfront/originAccessControl:OriginAccessControl"
BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")

NETWORK: Frame = {
    "isms_p": ["2.6.1", "2.10.2"],
    "soc2": ["CC6.6"],
    "severity": Severity.MEDIUM,
    "level": ADVISORY_IN_DEV,
}
OF_TASTE: Frame = {**NETWORK, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

_ALL_DATA = ("index/*", "index/*/*", "collection/*")
_S3_HOST = re.compile(r".+\.s3[.-].*amazonaws\.com(\.cn)?|.+\.s3\.amazonaws\.com")
_SOURCES = ("sourceArn", "sourceAccount", "principalOrgId")
GRAPHQL: Demands = {
    "aws:appsync/graphQLApi:GraphQLApi": [
        none_of("authenticationType", "API_KEY"),
        in_each("additionalAuthenticationProviders", none_of("authenticationType", "API_KEY")),
    ]
}
OWNERSHIP: Demands = {
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [none_of("rule.objectOwnership", "ObjectWriter")]
}
_WRITES = ("PUT", "POST", "DELETE")


def _writes(node: Node) -> bool:
    return any_of(node.elements("allowedMethods"), lambda each: each.text().upper() in _WRITES)


_NAMED = none_of("", "*")
_SITES = [when(_writes, in_each("allowedOrigins", _NAMED))]
SITES: Demands = {
    "aws:apigatewayv2/api:Api": [
        when(
            equals("corsConfiguration.allowCredentials", True, "true"),
            in_each("corsConfiguration.allowOrigins", _NAMED),
        )
    ],
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": [
        when(
            equals("corsConfig.accessControlAllowCredentials", True, "true"),
            in_each("corsConfig.accessControlAllowOrigins.items", _NAMED),
        )
    ],
    "aws:lambda/functionUrl:FunctionUrl": [in_each("cors.allowOrigins", _NAMED)],
    **{
        token: [in_each("corsRules", *_SITES)]
        for token in (
            "aws:s3/bucket:Bucket",
            "aws:s3/bucketV2:BucketV2",
            "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
            "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2",
        )
    },
}
GUESTS: Demands = {"aws:cognito/identityPool:IdentityPool": [off("allowUnauthenticatedIdentities")]}
DOORS: Demands = {
    "aws:ec2/vpcEndpointService:VpcEndpointService": [on("acceptanceRequired")],
    "aws:ec2transitgateway/transitGateway:TransitGateway": [none_of("autoAcceptSharedAttachments", "enable")],
}
HEADERS: Demands = {
    **{
        token: [
            when(
                equals("loadBalancerType", None, "", "application"),
                on("dropInvalidHeaderFields"),
                none_of("desyncMitigationMode", "monitor"),
            )
        ]
        for token in BALANCERS
    },
    DISTRIBUTION: [
        when(lambda node: any_of(node.elements("origins"), _is_bucket), filled("defaultRootObject")),
    ],
}
ROUTED: Demands = {
    "aws:redshift/cluster:Cluster": [on("enhancedVpcRouting")],
    "aws:redshiftserverless/workgroup:Workgroup": [on("enhancedVpcRouting")],
}
ISOLATED: Demands = {
    "aws:sagemaker/model:Model": [when(lambda node: not node.has("vpcConfig"), on("enableNetworkIsolation"))]
}


@rule(
    "PUB-005",
    on=[PERMISSION],
    says="a function is invoked by those who are named; a service, for a source of ours",
    fix="set source_arn, source_account or principal_org_id",
    requirements=["REQ-N3", "REQ-S13"],
    **PUBLIC,
)
def functions_are_not_for_everyone(permission: Resource) -> Iterator[Outcome]:
    """A service passes on whoever asks it: without a source another account's bucket invokes the function."""
    principal = permission.known("principal")
    is_everyone = principal == "*" and permission.known("functionUrlAuthType") != "AWS_IAM"
    is_service = isinstance(principal, str) and principal.endswith(".amazonaws.com")
    if (is_everyone or is_service) and not any(_narrows(permission.at(name)) for name in _SOURCES):
        seen = "everyone" if is_everyone else "a service, for anybody"
        yield Finding(path="principal", seen=seen)


def _narrows(source: Node) -> bool:
    return source.is_given and source.value != "*"


@rule(
    "PUB-007",
    on=[DISTRIBUTION, ACCESS_CONTROL],
    says="CloudFront signs what it asks of a bucket",
    fix='give the origin an origin_access_control_id of a control with signing_behavior="always"',
    requirements=["REQ-D1", "REQ-S1"],
    **COMFORTABLE_IN_DEV,
)
def origins_are_signed_for(resource: Resource) -> Iterator[Outcome]:
    """Otherwise the bucket has to be public, and the firewall in front of it can be walked around."""
    if resource.type == ACCESS_CONTROL:
        yield from none_of("signingBehavior", "never")(resource)
        return

    def is_signed_for(origin: Node) -> Iterator[Outcome]:
        identity = origin.at("s3OriginConfig.originAccessIdentity")
        if _is_bucket(origin) and not (origin.has("originAccessControlId") or identity.has("")):
            yield Finding(path=f"{origin.path}.originAccessControlId", detail="anybody reads the bucket, or nobody")

    yield from judge_each(resource.elements("origins"), is_signed_for)


def _is_bucket(origin: Node) -> bool:
    """An origin without settings of its own server is a bucket; CloudFront refuses any other."""
    if origin.value is UNKNOWN:
        return False
    domain = origin.get("domainName")
    if isinstance(domain, str) and _S3_HOST.fullmatch(domain):
        return True
    return not (origin.has("customOriginConfig") or origin.has("vpcOriginConfig"))


@rule(
    "PUB-016",
    on=GRAPHQL,
    says="a GraphQL API asks who is calling",
    fix="use AMAZON_COGNITO_USER_POOLS, AWS_IAM, OPENID_CONNECT or AWS_LAMBDA",
    requirements=["REQ-S3", "REQ-S12"],
    **COMFORTABLE_IN_DEV,
)
def graphs_ask_who_calls(api: Resource) -> Iterator[Outcome]:
    """An API key stands in every browser that uses it."""
    yield from meets(api, GRAPHQL)


@rule(
    "PUB-017",
    on=OWNERSHIP,
    says="a bucket's owner owns what others put into it",
    fix='set object_ownership="BucketOwnerEnforced"',
    requirements=["REQ-N3", "REQ-S7"],
    **COMFORTABLE_IN_DEV,
)
def buckets_own_their_objects(controls: Resource) -> Iterator[Outcome]:
    """With ObjectWriter whoever writes an object also says who reads it, by an ACL."""
    yield from meets(controls, OWNERSHIP)


@rule(
    "PUB-018",
    on=SITES,
    says="a browser lets in sites that are named, where it writes or signs in",
    fix="list the sites' origins",
    requirements=["REQ-D1", "REQ-S12"],
    **COMFORTABLE_IN_DEV,
)
def sites_are_named(resource: Resource) -> Iterator[Outcome]:
    """Public files may be read from any page."""
    yield from meets(resource, SITES)


@rule(
    "PUB-019",
    on=GUESTS,
    says="an identity pool gives AWS credentials to those who signed in only",
    fix="set allow_unauthenticated_identities=False",
    requirements=["REQ-S3", "REQ-V2"],
    **PUBLIC,
)
def guests_get_no_credentials(pool: Resource) -> Iterator[Outcome]:
    """A guest is everyone."""
    yield from meets(pool, GUESTS)


@rule(
    "PUB-020",
    on=[SERVERLESS_NETWORK],
    says="serverless search is reached by VPC endpoints only",
    fix="set AllowFromPublic to false and SourceVPCEs",
    requirements=["REQ-E3", "REQ-S16"],
    **PUBLIC,
)
def serverless_search_is_private(policy: Resource) -> Iterator[Outcome]:
    """A policy is a list, and one entry opens what the others close."""
    if policy.known("type") == "network":
        yield from in_each("", off("AllowFromPublic"))(document(policy, "policy"))


@rule(
    "PUB-021",
    on=[SERVERLESS_DATA],
    says="serverless search lets nobody do everything everywhere",
    fix="name the collections, the indexes and the permissions",
    requirements=["REQ-C6", "REQ-N3"],
    **PUBLIC,
)
def serverless_data_is_held(policy: Resource) -> Iterator[Outcome]:
    """`aoss:*` on `index/*/*` is an administrator of all data; one on a named collection is its owner."""

    def is_held(line: Node) -> Iterator[Outcome]:
        is_all = any_of(line.elements("Permission"), lambda each: each.text() == "aoss:*")
        if is_all and any_of(line.elements("Resource"), lambda each: each.text() in _ALL_DATA):
            yield Finding(path=f"{line.path}.Permission", seen="everything on all data")

    yield from judge_each(document(policy, "policy").elements(""), in_each("Rules", is_held))


@rule(
    "NET-010",
    on=DOORS,
    says="who connects a network of theirs to ours is asked in first",
    fix='set acceptance_required=True (auto_accept_shared_attachments="disable")',
    requirements=["REQ-Y1"],
    **NETWORK,
)
def networks_are_asked_in(door: Resource) -> Iterator[Outcome]:
    """An attachment is a cable."""
    yield from meets(door, DOORS)


@rule(
    "NET-019",
    on=HEADERS,
    says="an entrance drops malformed headers, and does not list a bucket",
    fix="set drop_invalid_header_fields=True (default_root_object for a distribution with a bucket)",
    requirements=["REQ-D1", "REQ-A1"],
    **OF_TASTE,
)
def headers_are_guarded(entrance: Resource) -> Iterator[Outcome]:
    """Two servers that read one header differently are a way around the firewall."""
    yield from meets(entrance, HEADERS)


@rule(
    "NET-021",
    on=ROUTED,
    says="a warehouse loads and unloads through the VPC",
    fix="set enhanced_vpc_routing=True",
    requirements=["REQ-E4", "REQ-E3"],
    **OF_TASTE,
)
def warehouses_stay_in_the_vpc(warehouse: Resource) -> Iterator[Outcome]:
    """Otherwise COPY and UNLOAD go past endpoint policies, security groups and flow logs."""
    yield from meets(warehouse, ROUTED)


@rule(
    "NET-022",
    on=ISOLATED,
    says="a model's container reaches no network, or the VPC's only",
    fix="set enable_network_isolation=True or vpc_config",
    requirements=["REQ-S8", "REQ-E3"],
    **OF_TASTE,
)
def models_are_isolated(model: Resource) -> Iterator[Outcome]:
    """A model is somebody else's program, and it sees every request."""
    yield from meets(model, ISOLATED)
