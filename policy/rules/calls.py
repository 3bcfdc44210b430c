"""Encryption in transit (N3) of what calls out or passes through: proxies, data sources, webhooks, mail, files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.catalog import ADVISORY_EVERYWHERE, ADVISORY_IN_DEV, Finding, Frame, Outcome, Severity, rule
from policy.demands import (
    Demand,
    Demands,
    equals,
    filled,
    has,
    in_each,
    lacks,
    meets,
    none_of,
    off,
    on,
    one_of,
    when,
)
from policy.rules.transit import TRANSIT
from policy.view import Node, Resource

CALLED: Frame = {**TRANSIT, "level": ADVISORY_IN_DEV}
SUGGESTED: Frame = {**TRANSIT, "severity": Severity.LOW, "level": ADVISORY_EVERYWHERE}

# Engines that DMS speaks to by a connection of their own; the others are AWS's APIs, which speak HTTPS.
_DMS_ENGINES = re.compile(
    r"mysql|mariadb|aurora(-postgresql)?(-serverless)?|postgres|oracle|sqlserver|azuredb|sybase|db2.*|mongodb|docdb"
)
_PLAIN_URL = re.compile(r"http://(?!localhost([:/]|$)|127\.0\.0\.1|\[::1\]).*", re.IGNORECASE)
CONNECTIONS: Demands = {
    "aws:rds/proxy:Proxy": [on("requireTls")],
    "aws:dms/endpoint:Endpoint": [
        when(
            lambda node: _DMS_ENGINES.fullmatch(str(node.known("engineName"))) is not None,
            none_of("sslMode", "none", unsaid="none"),
        )
    ],
    "aws:glue/connection:Connection": [
        when(has("connectionProperties.JDBC_CONNECTION_URL"), on("connectionProperties.JDBC_ENFORCE_SSL"))
    ],
    "aws:quicksight/dataSource:DataSource": [off("sslProperties.disableSsl")],
    "aws:codebuild/project:Project": [off("source.insecureSsl"), in_each("secondarySources", off("insecureSsl"))],
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": [
        in_each("parameters", when(equals("name", "tls"), none_of("value", "disabled")))
    ],
    "aws:neptune/clusterParameterGroup:ClusterParameterGroup": [
        in_each("parameters", when(equals("name", "neptune_enforce_ssl"), none_of("value", "0")))
    ],
}


def https(path: str) -> Demand:
    """A URL, or each of a list, is not one of plain HTTP; the developer's own machine is no network."""

    def is_https(node: Node) -> Iterator[Outcome]:
        for url in node.elements(path):
            if isinstance(url.value, str) and _PLAIN_URL.fullmatch(url.value):
                yield Finding(path=url.path, seen="a plain http:// address")

    return is_https


_OVER_THE_INTERNET = lacks("connectionId")  # with one, it goes by a VPC link
URLS: Demands = {
    "aws:apigateway/integration:Integration": [when(_OVER_THE_INTERNET, https("uri"))],
    "aws:apigatewayv2/integration:Integration": [when(_OVER_THE_INTERNET, https("integrationUri"))],
    "aws:cloudwatch/eventApiDestination:EventApiDestination": [https("invocationEndpoint")],
    "aws:cognito/userPoolClient:UserPoolClient": [https("callbackUrls"), https("logoutUrls")],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [https("httpEndpointConfiguration.url")],
    "aws:sns/topicSubscription:TopicSubscription": [none_of("protocol", "http")],
}
MAIL: Demands = {
    "aws:ses/configurationSet:ConfigurationSet": [none_of("deliveryOptions.tlsPolicy", "Optional")],
    "aws:sesv2/configurationSet:ConfigurationSet": [none_of("deliveryOptions.tlsPolicy", "OPTIONAL")],
}
FILES: Demands = {
    "aws:transfer/server:Server": [
        in_each("protocols", none_of("", "FTP")),
        none_of("securityPolicyName", "TransferSecurityPolicy-2018-11", "TransferSecurityPolicy-2020-06"),
    ]
}
CERTIFICATES: Demands = {
    "aws:acm/certificate:Certificate": [
        none_of("keyAlgorithm", "RSA_1024"),
        none_of("options.certificateTransparencyLoggingPreference", "DISABLED"),
    ],
    "aws:acmpca/certificateAuthority:CertificateAuthority": [
        none_of("certificateAuthorityConfiguration.signingAlgorithm", "SHA1WITHRSA")
    ],
}
SUGGESTIONS: Demands = {
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": [
        filled("securityHeadersConfig.strictTransportSecurity")
    ],
    "aws:ses/configurationSet:ConfigurationSet": [one_of("deliveryOptions.tlsPolicy", "Require")],
    "aws:sesv2/configurationSet:ConfigurationSet": [one_of("deliveryOptions.tlsPolicy", "REQUIRE")],
}


@rule(
    "TLS-014",
    on=CONNECTIONS,
    says="a connection to a database, a source or a repository is by TLS",
    fix='set require_tls=True (ssl_mode="require" or more, JDBC_ENFORCE_SSL="true"); leave tls and disable_ssl alone',
    requirements=["REQ-N3", "REQ-S5"],
    **TRANSIT,
)
def connections_speak_tls(resource: Resource) -> Iterator[Outcome]:
    """A proxy that takes plain text undoes the database's own refusal."""
    yield from meets(resource, CONNECTIONS)


@rule(
    "TLS-015",
    on=URLS,
    says="what calls out calls by HTTPS",
    fix="use an https:// address (http://localhost is let pass)",
    requirements=["REQ-N3", "REQ-S12"],
    **TRANSIT,
)
def calls_go_by_https(caller: Resource) -> Iterator[Outcome]:
    """The way goes over the internet, unless a VPC link leads it. A sign-in's code in the clear is the sign-in."""
    yield from meets(caller, URLS)


@rule(
    "TLS-016",
    on=MAIL,
    says="mail is not handed over in the clear",
    fix='set delivery_options with tls_policy="REQUIRE"',
    requirements=["REQ-N3"],
    **TRANSIT,
)
def mail_goes_by_tls(configuration: Resource) -> Iterator[Outcome]:
    """Optional means that whoever sits between decides."""
    yield from meets(configuration, MAIL)


@rule(
    "TLS-017",
    on=FILES,
    says="files are transferred by SFTP, FTPS or AS2",
    fix='remove "FTP" from protocols, and use a security policy of 2024 or later',
    requirements=["REQ-N3"],
    **TRANSIT,
)
def files_are_not_sent_in_the_clear(server: Resource) -> Iterator[Outcome]:
    """FTP shows the password too."""
    yield from meets(server, FILES)


@rule(
    "TLS-018",
    on=SUGGESTIONS,
    says="browsers and mail servers are told to use TLS only",
    fix='add strict_transport_security to the policy (tls_policy="REQUIRE" for mail)',
    requirements=["REQ-N3", "REQ-D1"],
    **SUGGESTED,
)
def tls_is_asked_for(resource: Resource) -> Iterator[Outcome]:
    """Both fall back to plain text when nobody says."""
    yield from meets(resource, SUGGESTIONS)


@rule(
    "TLS-019",
    on=CERTIFICATES,
    says="a certificate has a strong key and stands in the public logs",
    fix='use key_algorithm="EC_prime256v1" or RSA_2048, and leave transparency logging on',
    requirements=["REQ-N3"],
    **CALLED,
)
def certificates_are_strong(certificate: Resource) -> Iterator[Outcome]:
    """Browsers refuse what is in no log, and a short key can be computed."""
    yield from meets(certificate, CERTIFICATES)
