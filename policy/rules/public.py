"""What the public could reach (2.10.2): buckets, databases, functions, APIs, snapshots, images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.buckets import BUCKETS
from policy.catalog import ADVISORY_IN_DEV, MANDATORY_EVERYWHERE, Finding, Frame, Outcome, Severity, rule, stack_rule
from policy.demands import (
    Demands,
    filled,
    in_each,
    meets,
    none_of,
    not_given,
    off,
    on,
    one_of,
    when,
)
from policy.view import Resource, Stack

METHOD = "aws:apigateway/method:Method"
ROUTE = "aws:apigatewayv2/route:Route"
PUBLIC_REPOSITORY = "aws:ecrpublic/repository:Repository"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"

PUBLIC: Frame = {
    "isms_p": ["2.10.2", "2.6.2"],
    "soc2": ["CC6.6"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}
COMFORTABLE_IN_DEV: Frame = {**PUBLIC, "severity": Severity.HIGH, "level": ADVISORY_IN_DEV}
OF_DATABASES: Frame = {**PUBLIC, "isms_p": ["2.6.4", "2.10.2"]}

SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
BLOCKS: Demands = {
    BLOCK: [on(switch) for switch in SWITCHES],
    ACCOUNT_BLOCK: [on(switch) for switch in SWITCHES],
    "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint": [
        in_each("details.publicAccessBlock", *(on(switch, unsaid=True) for switch in SWITCHES))
    ],
    "aws:s3/accessPoint:AccessPoint": [
        in_each("publicAccessBlockConfiguration", *(on(switch, unsaid=True) for switch in SWITCHES))
    ],
}
BLOCKS_OF: Mapping[str, str] = MappingProxyType({BLOCK: "bucket"})

_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_EVERYONE = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_BUCKET_ACL = [none_of("acl", *_PUBLIC_ACLS), in_each("grants", none_of("uri", *_EVERYONE))]
_ACL = [
    none_of("acl", *_PUBLIC_ACLS),
    in_each("accessControlPolicy.grants", none_of("grantee.uri", *_EVERYONE)),
]
ACLS: Demands = {
    **dict.fromkeys(BUCKETS, _BUCKET_ACL),
    "aws:s3/bucketAcl:BucketAcl": _ACL,
    "aws:s3/bucketAclV2:BucketAclV2": _ACL,
    "aws:s3/bucketObject:BucketObject": [none_of("acl", *_PUBLIC_ACLS)],
    "aws:s3/bucketObjectv2:BucketObjectv2": [none_of("acl", *_PUBLIC_ACLS)],
}
_SITE = [
    when(lambda site: not site.has("redirectAllRequestsTo"), not_given("indexDocument"), not_given("errorDocument"))
]
WEBSITES: Demands = {
    **{bucket: [in_each("website", *_SITE), in_each("websites", *_SITE)] for bucket in BUCKETS},
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": _SITE,
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": _SITE,
}
STORES: Demands = {
    "aws:dms/replicationInstance:ReplicationInstance": [off("publiclyAccessible")],
    "aws:lightsail/database:Database": [off("publiclyAccessible")],
    "aws:mq/broker:Broker": [off("publiclyAccessible")],
    "aws:neptune/clusterInstance:ClusterInstance": [off("publiclyAccessible")],
    "aws:rds/cluster:Cluster": [off("publiclyAccessible")],
    "aws:rds/clusterInstance:ClusterInstance": [off("publiclyAccessible")],
    "aws:rds/instance:Instance": [off("publiclyAccessible")],
    "aws:redshift/cluster:Cluster": [off("publiclyAccessible")],
    "aws:redshiftserverless/workgroup:Workgroup": [off("publiclyAccessible")],
    "aws:timestreaminfluxdb/dbInstance:DbInstance": [off("publiclyAccessible")],
}
SHARES: Demands = {
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": [none_of("group", "all")],
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": [none_of("accountId", "all")],
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": [none_of("state", "unblocked")],
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": [none_of("state", "unblocked")],
    "aws:rds/snapshot:Snapshot": [in_each("sharedAccounts", none_of("", "all"))],
    "aws:rds/clusterSnapshot:ClusterSnapshot": [in_each("sharedAccounts", none_of("", "all"))],
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": [none_of("principalArn", "*")],
    "aws:ec2/vpcEndpointService:VpcEndpointService": [in_each("allowedPrincipals", none_of("", "*"))],
    "aws:ssm/document:Document": [none_of("permissions.account_ids", "all", "All")],
    "aws:rds/snapshotCopy:SnapshotCopy": [in_each("sharedAccounts", none_of("", "all"))],
}
IN_THE_VPC: Demands = {
    "aws:opensearch/domain:Domain": [filled("vpcOptions.subnetIds")],
    "aws:elasticsearch/domain:Domain": [filled("vpcOptions.subnetIds")],
    "aws:msk/cluster:Cluster": [
        none_of("brokerNodeGroupInfo.connectivityInfo.publicAccess.type", "SERVICE_PROVIDED_EIPS"),
        off("clientAuthentication.unauthenticated"),
    ],
    "aws:sagemaker/notebookInstance:NotebookInstance": [
        one_of("directInternetAccess", "Disabled", unsaid="Enabled"),
        filled("subnetId"),
    ],
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": [on("blockPublicSecurityGroupRules")],
    "aws:mwaa/environment:Environment": [none_of("webserverAccessMode", "PUBLIC_ONLY")],
    "aws:sagemaker/domain:Domain": [one_of("appNetworkAccessType", "VpcOnly", unsaid="PublicInternetOnly")],
}
BUILDS: Demands = {"aws:codebuild/project:Project": [none_of("projectVisibility", "PUBLIC_READ")]}
URLS: Demands = {"aws:lambda/functionUrl:FunctionUrl": [one_of("authorizationType", "AWS_IAM")]}


@rule(
    "PUB-001",
    on=BLOCKS,
    says="a public access block has all four switches on",
    fix="set block_public_acls, block_public_policy, ignore_public_acls and restrict_public_buckets to True",
    requirements=["REQ-N3", "REQ-S7"],
    **PUBLIC,
)
def blocks_are_whole(block: Resource) -> Iterator[Outcome]:
    """A switch that nobody sets is off."""
    yield from meets(block, BLOCKS)


@stack_rule(
    "PUB-015",
    on=BUCKETS,
    says="a bucket has a public access block of its own, or the account has one",
    fix="add a BucketPublicAccessBlock with the bucket and four switches",
    requirements=["REQ-N3", "REQ-S7"],
    **PUBLIC,
)
def buckets_are_blocked(bucket: Resource, stack: Stack) -> Iterator[Outcome]:
    """What AWS switches on for new buckets, anybody can switch off unseen."""
    if not stack.users(bucket, BLOCKS_OF) and not any(stack.of_type([ACCOUNT_BLOCK])):
        yield Finding(path="publicAccessBlock")


@rule(
    "PUB-002",
    on=ACLS,
    says="no ACL lets the public in",
    fix="remove the ACL; let CloudFront in by an origin access control",
    requirements=["REQ-N3", "REQ-S1"],
    **PUBLIC,
)
def acls_are_private(resource: Resource) -> Iterator[Outcome]:
    """`authenticated-read` is everyone with an AWS account, which is everyone."""
    yield from meets(resource, ACLS)


@rule(
    "PUB-004",
    on=STORES,
    says="no database or broker has a public address",
    fix="remove publicly_accessible=True",
    requirements=["REQ-N3", "REQ-E3"],
    **OF_DATABASES,
)
def stores_are_private(store: Resource) -> Iterator[Outcome]:
    """Security groups are the second lock, not the only one."""
    yield from meets(store, STORES)


@rule(
    "PUB-009",
    on=URLS,
    says="a function's URL asks who is calling",
    fix='set authorization_type="AWS_IAM", or put the function behind CloudFront or an API',
    requirements=["REQ-N3", "REQ-S13"],
    **PUBLIC,
)
def function_urls_are_authorised(url: Resource) -> Iterator[Outcome]:
    """NONE is a public API without a firewall in front."""
    yield from meets(url, URLS)


@rule(
    "PUB-008",
    on=WEBSITES,
    says="no bucket is a website",
    fix="serve it by CloudFront with an origin access control",
    requirements=["REQ-S1", "REQ-D1"],
    **COMFORTABLE_IN_DEV,
)
def buckets_are_no_websites(resource: Resource) -> Iterator[Outcome]:
    """S3's website endpoint speaks HTTP only. One that only redirects shows nothing."""
    yield from meets(resource, WEBSITES)


@rule(
    "PUB-010",
    on=[METHOD, ROUTE],
    says="an API's method asks who is calling",
    fix="set an authorizer, AWS_IAM or Cognito",
    requirements=["REQ-S3", "REQ-S12"],
    **COMFORTABLE_IN_DEV,
)
def api_methods_are_authorised(method: Resource) -> Iterator[Outcome]:
    """Browsers ask OPTIONS without a token; of a WebSocket only $connect can ask for one."""
    if method.type == METHOD:
        if method.known("httpMethod") != "OPTIONS" and not method.is_on("apiKeyRequired"):
            yield from none_of("authorization", "NONE")(method)
        return
    key = str(method.known("routeKey"))
    if (" " in key and not key.startswith("OPTIONS ")) or key == "$connect":
        yield from none_of("authorizationType", "NONE", unsaid="NONE")(method)


@rule(
    "PUB-011",
    on=SHARES,
    says="no snapshot, image, document or endpoint is shared with everyone",
    fix="name the accounts",
    requirements=["REQ-N3"],
    **PUBLIC,
)
def snapshots_are_not_shared(share: Resource) -> Iterator[Outcome]:
    """A public snapshot is a public database."""
    yield from meets(share, SHARES)


@rule(
    "PUB-012",
    on=[PUBLIC_REPOSITORY],
    says="images are not published",
    fix="use aws.ecr.Repository",
    requirements=["REQ-S10"],
    **COMFORTABLE_IN_DEV,
)
def images_are_not_published(repository: Resource) -> Iterator[Outcome]:
    """Everything in a public repository is everybody's."""
    yield Finding(path="repositoryName", got=repository.get("repositoryName"), detail="a public repository")


@rule(
    "PUB-013",
    on=IN_THE_VPC,
    says="search, brokers and notebooks are reached from the VPC only",
    fix="give it subnets of the VPC and turn public access off",
    requirements=["REQ-E3", "REQ-S16"],
    **PUBLIC,
)
def services_are_in_the_vpc(service: Resource) -> Iterator[Outcome]:
    """A search domain cannot be moved into a VPC later."""
    yield from meets(service, IN_THE_VPC)


@rule(
    "PUB-014",
    on=BUILDS,
    says="builds are not public",
    fix="remove project_visibility",
    requirements=["REQ-Q1"],
    **PUBLIC,
)
def builds_are_private(project: Resource) -> Iterator[Outcome]:
    """A build's log names hosts, and sometimes more."""
    yield from meets(project, BUILDS)
