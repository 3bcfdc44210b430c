"""What the public could reach, and what speaks TLS: what each rule lets pass and what it stops."""

from collections.abc import Mapping
from dataclasses import replace

from tests.policy.case import GONE, TAGS, Case, case
from tests.policy.good import BLOCK, BUCKET, BUCKET_POLICY, GOOD, TLS_ONLY, beside_bucket
from tests.policy.server import UNKNOWN, Registered

ACL = "aws:s3/bucketAcl:BucketAcl"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DOMAIN = "aws:opensearch/domain:Domain"
KAFKA = "aws:msk/cluster:Cluster"
LISTENER = "aws:lb/listener:Listener"
METHOD = "aws:apigateway/method:Method"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
ROUTE = "aws:apigatewayv2/route:Route"
WEBSITE = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"

TLS = "viewerCertificate.minimumProtocolVersion"
SECURE_TRANSPORT = "require_secure_transport"

LINES: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    *(
        made
        for switch in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        for made in (
            ("off", BLOCK, {switch: False}, [f"PUB-001[{switch}]"]),
            ("unsaid", BLOCK, {switch: GONE}, [f"PUB-001[{switch}]"]),
        )
    ),
    ("everyone reads", ACL, {"acl": "public-read"}, ["PUB-002[acl]"]),
    ("any account reads", ACL, {"acl": "authenticated-read"}, ["PUB-002[acl]"]),
    ("everyone writes", ACL, {"acl": "public-read-write"}, ["PUB-002[acl]"]),
    *(
        ("public", token, {"publiclyAccessible": True}, ["PUB-004[publiclyAccessible]"])
        for token in (
            "aws:rds/instance:Instance",
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:redshift/cluster:Cluster",
        )
    ),
    (
        "anybody calls",
        "aws:lambda/functionUrl:FunctionUrl",
        {"authorizationType": "NONE"},
        ["PUB-009[authorizationType]"],
    ),
    (
        "a page",
        WEBSITE,
        {"redirectAllRequestsTo": GONE, "indexDocument": {"suffix": "index.html"}},
        ["PUB-008[indexDocument]"],
    ),
    ("anybody calls", METHOD, {"authorization": "NONE"}, ["PUB-010[authorization]"]),
    ("anybody calls", ROUTE, {"authorizationType": GONE}, ["PUB-010[authorizationType]"]),
    (
        "for everyone",
        "aws:ec2/amiLaunchPermission:AmiLaunchPermission",
        {"accountId": GONE, "group": "all"},
        ["PUB-011[group]"],
    ),
    (
        "for everyone",
        "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission",
        {"accountId": "all"},
        ["PUB-011[accountId]"],
    ),
    (
        "for everyone",
        "aws:rds/snapshot:Snapshot",
        {"sharedAccounts": ["111122223333", "all"]},
        ["PUB-011[sharedAccounts[1]]"],
    ),
    ("outside the VPC", DOMAIN, {"vpcOptions": GONE}, ["PUB-013[vpcOptions.subnetIds]"]),
    (
        "public brokers",
        KAFKA,
        {"brokerNodeGroupInfo.connectivityInfo.publicAccess.type": "SERVICE_PROVIDED_EIPS"},
        ["PUB-013[brokerNodeGroupInfo.connectivityInfo.publicAccess.type]"],
    ),
    ("a way out", NOTEBOOK, {"directInternetAccess": GONE}, ["PUB-013[directInternetAccess]"]),
    (
        "public builds",
        "aws:codebuild/project:Project",
        {"projectVisibility": "PUBLIC_READ"},
        ["PUB-014[projectVisibility]"],
    ),
    ("TLS 1.0", DISTRIBUTION, {TLS: "TLSv1"}, [f"TLS-001[{TLS}]"]),
    (
        "HTTP",
        DISTRIBUTION,
        {"defaultCacheBehavior.viewerProtocolPolicy": "allow-all"},
        ["TLS-001[defaultCacheBehavior.viewerProtocolPolicy]"],
    ),
    (
        "HTTP to the origin",
        DISTRIBUTION,
        {
            "origins.0.customOriginConfig": {
                "httpPort": 80,
                "httpsPort": 443,
                "originProtocolPolicy": "match-viewer",
                "originSslProtocols": ["TLSv1.2"],
            }
        },
        ["TLS-008[origins[0].customOriginConfig.originProtocolPolicy]"],
    ),
    (
        "TLS 1.0 to the origin",
        DISTRIBUTION,
        {
            "origins.0.customOriginConfig": {
                "httpPort": 80,
                "httpsPort": 443,
                "originProtocolPolicy": "https-only",
                "originSslProtocols": ["TLSv1.2", "TLSv1"],
            }
        },
        ["TLS-008[origins[0].customOriginConfig.originSslProtocols[1]]"],
    ),
    ("the policy of 2016", LISTENER, {"sslPolicy": GONE}, ["TLS-002[sslPolicy]"]),
    ("TLS 1.0", LISTENER, {"sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"}, ["TLS-002[sslPolicy]"]),
    (
        "HTTP is served",
        LISTENER,
        {"protocol": "HTTP", "port": 80, "sslPolicy": GONE, "certificateArn": GONE},
        ["TLS-002[defaultActions[0].type]"],
    ),
    ("HTTP is served", CLASSIC, {"listeners.0.lbProtocol": "http"}, ["TLS-009[listeners[0].lbProtocol]"]),
    ("plain text", CACHE, {"transitEncryptionEnabled": GONE}, ["TLS-003[transitEncryptionEnabled]"]),
    ("plain text too", CACHE, {"transitEncryptionMode": "preferred"}, ["TLS-003[transitEncryptionMode]"]),
    (
        "plain text",
        "aws:elasticache/cluster:Cluster",
        {"transitEncryptionEnabled": False},
        ["TLS-003[transitEncryptionEnabled]"],
    ),
    ("plain text among nodes", DOMAIN, {"nodeToNodeEncryption": GONE}, ["TLS-010[nodeToNodeEncryption.enabled]"]),
    (
        "HTTP",
        DOMAIN,
        {"domainEndpointOptions.enforceHttps": False},
        ["TLS-010[domainEndpointOptions.enforceHttps]"],
    ),
    (
        "TLS 1.0",
        DOMAIN,
        {"domainEndpointOptions.tlsSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
        ["TLS-010[domainEndpointOptions.tlsSecurityPolicy]"],
    ),
    (
        "plain text too",
        KAFKA,
        {"encryptionInfo.encryptionInTransit.clientBroker": "TLS_PLAINTEXT"},
        ["TLS-011[encryptionInfo.encryptionInTransit.clientBroker]"],
    ),
    (
        "plain text",
        "aws:dax/cluster:Cluster",
        {"clusterEndpointEncryptionType": GONE},
        ["TLS-011[clusterEndpointEncryptionType]"],
    ),
    (
        "unsaid",
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        {"parameters": []},
        [f"TLS-004[{SECURE_TRANSPORT}]"],
    ),
    (
        "off",
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        {"parameters.0.value": "OFF"},
        [f"TLS-004[{SECURE_TRANSPORT}]"],
    ),
    ("off", "aws:rds/parameterGroup:ParameterGroup", {"parameters.0.value": "0"}, ["TLS-004[rds.force_ssl]"]),
    (
        "an older family",
        "aws:rds/parameterGroup:ParameterGroup",
        {"parameters": []},
        ["TLS-004[rds.force_ssl]"],
    ),
    ("unsaid", "aws:redshift/parameterGroup:ParameterGroup", {"parameters": []}, ["TLS-012[require_ssl]"]),
    ("TLS 1.0", "aws:apigateway/domainName:DomainName", {"securityPolicy": "TLS_1_0"}, ["TLS-006[securityPolicy]"]),
    (
        "NFS in plain text",
        "aws:ecs/taskDefinition:TaskDefinition",
        {"volumes.0.efsVolumeConfiguration.transitEncryption": GONE},
        ["TLS-013[volumes[0].efsVolumeConfiguration.transitEncryption]"],
    ),
]


bucket = Registered(type=BUCKET, name="assets", props={"bucket": "assets", "tags": TAGS})
others = [each for each in beside_bucket(name="assets") if each.type not in (BLOCK, BUCKET_POLICY)]

CASES: list[Case] = [
    *(case(about, token, GOOD[token], change, *finds) for about, token, change, finds in LINES),
    replace(
        case("another bucket's block", BLOCK, GOOD[BLOCK], {"bucket": "reports"}, "PUB-015[publicAccessBlock]"),
        beside=[bucket, *others],
    ),
    replace(
        case(
            "HTTP is answered",
            BUCKET_POLICY,
            {"bucket": "assets", "policy": TLS_ONLY},
            {"policy": TLS_ONLY.replace("SecureTransport", "ViaAWSService")},
            "TLS-005[policy]",
        ),
        beside=[bucket, *others],
    ),
    case(
        "HTTP alone is answered, by a bucket that another stack has",
        BUCKET_POLICY,
        {"bucket": "assets", "policy": TLS_ONLY},
        {"policy": TLS_ONLY.replace('"false"', '"true"')},
        "TLS-005[policy]",
    ),
    replace(
        case(
            "HTTP is answered by a bucket with another's policy",
            BUCKET_POLICY,
            {"bucket": "assets", "policy": TLS_ONLY},
            {"bucket": "reports"},
            "TLS-005[policy]",
        ),
        beside=[bucket, *others],
    ),
    replace(
        case(
            "not known yet",
            BUCKET_POLICY,
            {"bucket": "assets", "policy": TLS_ONLY},
            {"policy": TLS_ONLY.replace('"false"', f'"{UNKNOWN}"')},
            "TLS-005",
        ),
        beside=[bucket, *others],
    ),
]
