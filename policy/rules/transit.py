"""Encryption in transit (N3): TLS 1.2 or later wherever something of ours speaks or listens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from policy.buckets import BUCKETS
from policy.catalog import MANDATORY_EVERYWHERE, Finding, Frame, Outcome, Severity, judge_each, rule, stack_rule
from policy.demands import Demands, has, in_each, meets, none_of, on, one_of, when, wrong
from policy.iam_document import Statement, statements
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource, Stack, any_of

LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
REDSHIFT_PARAMETERS = "aws:redshift/parameterGroup:ParameterGroup"
TASK = "aws:ecs/taskDefinition:TaskDefinition"

TRANSIT: Frame = {
    "isms_p": ["2.7.1"],
    "soc2": ["CC6.7"],
    "severity": Severity.HIGH,
    "level": MANDATORY_EVERYWHERE,
}

# TLS 1.2 at least, as their names say; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_SSL_POLICY = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]-.*|TLS-1-2-.*|FS-1-2-.*)")
_OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.1")
_VIEWER = none_of("viewerProtocolPolicy", "allow-all", unsaid="allow-all")

VIEWERS: Demands = {
    DISTRIBUTION: [
        in_each("defaultCacheBehavior", _VIEWER),
        in_each("orderedCacheBehaviors", _VIEWER),
        when(
            lambda node: node.has("aliases") or node.has("viewerCertificate.acmCertificateArn"),
            one_of(
                "viewerCertificate.minimumProtocolVersion",
                "TLSv1.2_2018",
                "TLSv1.2_2019",
                "TLSv1.2_2021",
                "TLSv1.2_2025",
                "TLSv1.3_2025",
            ),
        ),
    ]
}
ORIGINS: Demands = {
    DISTRIBUTION: [
        in_each(
            "origins",
            in_each(
                "customOriginConfig",
                one_of("originProtocolPolicy", "https-only"),
                in_each("originSslProtocols", none_of("", *_OLD_TLS)),
            ),
        )
    ]
}
SEARCH: Demands = {
    token: [
        on("nodeToNodeEncryption.enabled"),
        on("domainEndpointOptions.enforceHttps"),
        one_of(
            "domainEndpointOptions.tlsSecurityPolicy",
            "Policy-Min-TLS-1-2-2019-07",
            "Policy-Min-TLS-1-2-PFS-2023-10",
            "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08",
        ),
    ]
    for token in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
}
BROKERS: Demands = {
    "aws:msk/cluster:Cluster": [
        one_of("encryptionInfo.encryptionInTransit.clientBroker", "TLS", unsaid="TLS"),
        on("encryptionInfo.encryptionInTransit.inCluster", unsaid=True),
    ],
    "aws:dax/cluster:Cluster": [one_of("clusterEndpointEncryptionType", "TLS", unsaid="NONE")],
    "aws:memorydb/cluster:Cluster": [on("tlsEnabled", unsaid=True)],
}
API_DOMAINS: Demands = {
    "aws:apigateway/domainName:DomainName": [none_of("securityPolicy", "TLS_1_0")],
    "aws:apigatewayv2/domainName:DomainName": [none_of("domainNameConfiguration.securityPolicy", "TLS_1_0")],
}
TARGETS: Demands = {
    TASK: [
        in_each(
            "volumes",
            when(
                has("efsVolumeConfiguration"),
                one_of("efsVolumeConfiguration.transitEncryption", "ENABLED", unsaid="DISABLED"),
            ),
        )
    ]
}

# What makes a server refuse a client without TLS, by engine.
_SSL_SWITCHES: Mapping[str, str] = MappingProxyType(
    {"mysql": "require_secure_transport", "postgres": "rds.force_ssl", "sqlserver": "rds.force_ssl"}
)
_ALREADY_ON = re.compile(r"(aurora-)?postgresql?(1[5-9]|[2-9]\d)")  # rds.force_ssl is 1 by default from 15 on
_SECURE = ("1", "on", "true", "yes")

POLICIES: Mapping[str, str] = MappingProxyType({"aws:s3/bucketPolicy:BucketPolicy": "bucket"})


@rule(
    "TLS-001",
    on=VIEWERS,
    says="a distribution speaks HTTPS to its viewers, TLS 1.2 or later",
    fix='set viewer_protocol_policy="redirect-to-https" on every behaviour, minimum_protocol_version="TLSv1.2_2021"',
    requirements=["REQ-N3", "REQ-D1"],
    **TRANSIT,
)
def viewers_speak_https(distribution: Resource) -> Iterator[Outcome]:
    """The version cannot be set with CloudFront's own certificate, whose name nobody uses."""
    yield from meets(distribution, VIEWERS)


@rule(
    "TLS-008",
    on=ORIGINS,
    says="a distribution speaks HTTPS to its origins, TLS 1.2 or later",
    fix='set origin_protocol_policy="https-only" and origin_ssl_protocols=["TLSv1.2"]',
    requirements=["REQ-N3", "REQ-D1"],
    **TRANSIT,
)
def origins_speak_https(distribution: Resource) -> Iterator[Outcome]:
    """The way from the edge to the origin is the internet."""
    yield from meets(distribution, ORIGINS)


@rule(
    "TLS-002",
    on=LISTENERS,
    says="a listener takes HTTPS with TLS 1.2 or later; HTTP is only redirected to it",
    fix='set ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06"; redirect HTTP to port 443',
    requirements=["REQ-N3", "REQ-A1"],
    **TRANSIT,
)
def listeners_speak_https(listener: Resource) -> Iterator[Outcome]:
    """A network load balancer's TCP passes TLS on to where it ends; absent means the policy of 2016."""
    protocol = listener.known("protocol")
    if protocol in ("HTTPS", "TLS"):
        if not _SSL_POLICY.fullmatch(str(listener.known("sslPolicy"))):
            yield wrong(listener, "sslPolicy")
    elif protocol == "HTTP" or (protocol is None and listener.known("port") == 80):
        yield from judge_each(listener.elements("defaultActions"), _redirects)


def _redirects(action: Node) -> Iterator[Outcome]:
    if action.known("type") == "fixed-response":
        return
    protocols = [redirect.known("protocol") for redirect in action.elements("redirect")]
    if action.known("type") != "redirect" or "HTTPS" not in protocols:
        yield Finding(path=action.at("type").path, got=action.get("type"), detail="HTTP is served")


@rule(
    "TLS-009",
    on=[CLASSIC],
    says="a classic load balancer takes HTTPS or TLS only",
    fix="use an application load balancer with HTTPS",
    requirements=["REQ-N3", "REQ-A1"],
    **TRANSIT,
)
def classic_listeners_speak_tls(balancer: Resource) -> Iterator[Outcome]:
    """It cannot redirect."""
    yield from judge_each(
        balancer.elements("listeners"),
        none_of("lbProtocol", "http", "HTTP", "tcp", "TCP"),
    )


@rule(
    "TLS-003",
    on=[CACHE, "aws:elasticache/cluster:Cluster"],
    says="a cache is spoken to by TLS",
    fix="set transit_encryption_enabled=True",
    requirements=["REQ-N3", "REQ-S6"],
    **TRANSIT,
)
def caches_speak_tls(cache: Resource) -> Iterator[Outcome]:
    """Preferred is not required. A member of a replication group follows the group, as one of a global group does."""
    if cache.has("replicationGroupId") and cache.type != CACHE:
        return
    follows = cache.has("globalReplicationGroupId") and cache.get("transitEncryptionEnabled") is None
    if not (follows or cache.is_on("transitEncryptionEnabled")):
        yield wrong(cache, "transitEncryptionEnabled")
    yield from none_of("transitEncryptionMode", "preferred")(cache)


@rule(
    "TLS-010",
    on=SEARCH,
    says="a search domain speaks TLS 1.2 or later, among its nodes too",
    fix='set node_to_node_encryption, enforce_https=True, tls_security_policy="Policy-Min-TLS-1-2-PFS-2023-10"',
    requirements=["REQ-N3"],
    **TRANSIT,
)
def search_speaks_tls(domain: Resource) -> Iterator[Outcome]:
    """Both are off unless somebody asks."""
    yield from meets(domain, SEARCH)


@rule(
    "TLS-011",
    on=BROKERS,
    says="brokers and in-memory stores speak TLS only",
    fix='set client_broker="TLS" and in_cluster=True; cluster_endpoint_encryption_type="TLS"; tls_enabled=True',
    requirements=["REQ-N3"],
    **TRANSIT,
)
def brokers_speak_tls(store: Resource) -> Iterator[Outcome]:
    """TLS_PLAINTEXT is plain text for whoever prefers it."""
    yield from meets(store, BROKERS)


@rule(
    "TLS-004",
    on=[CLUSTER_PARAMETERS, PARAMETERS],
    says="a database refuses clients without TLS",
    fix='add the parameter require_secure_transport="ON" (MySQL) or rds.force_ssl="1" (PostgreSQL)',
    requirements=["REQ-N3", "REQ-S5"],
    **TRANSIT,
)
def databases_refuse_plain_text(group: Resource) -> Iterator[Outcome]:
    """Aurora MySQL takes it for the cluster only; PostgreSQL 15 and later have it unless it is turned off."""
    family = str(group.known("family")).lower()
    engine = next((each for each in _SSL_SWITCHES if each in family), None)
    if engine is None or (group.type == PARAMETERS and family.startswith("aurora")):
        return
    switch = _SSL_SWITCHES[engine]
    if not _is_set(group, switch, unsaid=_ALREADY_ON.fullmatch(family) is not None):
        yield Finding(path="parameters", key=switch, detail=f"{switch} is off")


@rule(
    "TLS-012",
    on=[REDSHIFT_PARAMETERS],
    says="a warehouse refuses clients without TLS",
    fix='add the parameter require_ssl="true"',
    requirements=["REQ-N3"],
    **TRANSIT,
)
def warehouses_refuse_plain_text(group: Resource) -> Iterator[Outcome]:
    """The family redshift-2.0 has it unless it is turned off."""
    if not _is_set(group, "require_ssl", unsaid=group.known("family") == "redshift-2.0"):
        yield Finding(path="parameters", key="require_ssl", detail="require_ssl is off")


def _is_set(group: Resource, name: str, *, unsaid: bool) -> bool:
    parameters = group.elements("parameters")
    for parameter in parameters:
        if parameter.get("name") == name:
            return str(parameter.known("value")).lower() in _SECURE
    if unnamed := [each for each in parameters if each.get("name") is UNKNOWN]:
        raise CannotJudgeError(unnamed[0].at("name").path)
    return unsaid


@stack_rule(
    "TLS-005",
    on=[*BUCKETS, *POLICIES],
    says="a bucket refuses requests without TLS",
    fix='add a BucketPolicy that denies `s3:*` to everyone when aws:SecureTransport is "false"',
    requirements=["REQ-N3", "REQ-S7"],
    **TRANSIT,
)
def buckets_refuse_plain_text(bucket: Resource, stack: Stack) -> Iterator[Outcome]:
    """S3 answers HTTP unless it is forbidden; a condition on the TLS version forbids it too.

    A policy whose bucket is elsewhere is judged when it speaks of TLS: then it should also ask for it.
    """
    if bucket.type in POLICIES:
        is_ours = any(bucket in stack.users(each, POLICIES) for each in stack.of_type(BUCKETS))
        if not is_ours and any_of(statements(bucket.at("policy")), _speaks_of_tls):
            yield from _refuses_plain_text([bucket.at("policy")])
        return
    own = [bucket.at("policy")] if bucket.stated("policy") else []
    documents = [*own, *(each.at("policy") for each in stack.users(bucket, POLICIES))]
    yield from _refuses_plain_text(documents)


def _refuses_plain_text(documents: Sequence[Node]) -> Iterator[Outcome]:
    if not any_of(documents, _denies_plain_text):
        yield Finding(path="policy", detail="HTTP is answered")


def _speaks_of_tls(statement: Statement) -> bool:
    return any(each.key in ("aws:securetransport", "s3:tlsversion") for each in statement.conditions)


def _denies_plain_text(document: Node) -> bool:
    return any_of(
        statements(document), lambda each: not each.allows and _is_for_all(each) and _is_about_plain_text(each)
    )


def _is_for_all(statement: Statement) -> bool:
    """Whether a denial is for everybody and every action; one of a single action leaves the others in the clear."""
    actions = statement.node.at("Action")
    if actions.value is UNKNOWN:
        raise CannotJudgeError(actions.path)
    return any_of(actions.elements(""), lambda each: each.text().lower() in ("*", "s3:*")) and any_of(
        statement.principals, lambda each: each.name.text() == "*"
    )


def _is_about_plain_text(statement: Statement) -> bool:
    return any_of(
        statement.conditions,
        lambda each: (
            (each.key == "aws:securetransport" and any_of(each.wanted.elements(""), _is_false))
            or (each.key == "s3:tlsversion" and each.operator.startswith("numericlessthan"))
        ),
    )


def _is_false(value: Node) -> bool:
    return str(value.known("")).lower() == "false"


@rule(
    "TLS-006",
    on=API_DOMAINS,
    says="an API's domain speaks TLS 1.2 or later",
    fix='set security_policy="TLS_1_2"',
    requirements=["REQ-N3", "REQ-S12"],
    **TRANSIT,
)
def api_domains_speak_tls(domain: Resource) -> Iterator[Outcome]:
    """Absent is TLS 1.2 today."""
    yield from meets(domain, API_DOMAINS)


@rule(
    "TLS-013",
    on=TARGETS,
    says="a task mounts EFS by TLS",
    fix='set transit_encryption="ENABLED"',
    requirements=["REQ-N3"],
    **TRANSIT,
)
def mounts_speak_tls(task: Resource) -> Iterator[Outcome]:
    """NFS itself is plain text."""
    yield from meets(task, TARGETS)
