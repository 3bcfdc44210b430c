"""What the cluster opens to the outside (D1, Y5): ingresses and gateways speak TLS, behind a web ACL."""

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
    stack_rule,
)
from policy.pods import are_together, name_of, tokens
from policy.view import UNKNOWN, Node, Plain, Resource, Stack, normalise, parsed_json

_CARD: Frame = {
    "isms_p": ["2.7.1", "2.6.1"],
    "soc2": ["CC6.6", "CC6.7"],
    "severity": Severity.HIGH,
    "level": ADVISORY_IN_DEV,
}

INGRESSES = tokens("Ingress", "networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1")
GATEWAYS = tokens("Gateway", "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1")

ENVOY_PROXIES = tokens("EnvoyProxy", "gateway.envoyproxy.io/v1alpha1")

# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
_ALB = "alb.ingress.kubernetes.io/"
_CLASS = "kubernetes.io/ingress.class"
# TLS 1.2 or later, as the listeners of `transit.py`.
_TLS_POLICY = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]-(?!.*Ext0).*|FS-1-2-.*|TLS-1-2-.*)")
_CLEAR_PROTOCOLS = ("HTTP", "TCP")


@stack_rule(
    "K8S-038",
    on=[*INGRESSES, *GATEWAYS],
    says="an ingress speaks TLS 1.2 or later, and HTTP is only redirected to it",
    fix="give it spec.tls, or the ALB's certificate-arn, listen-ports with HTTPS and ssl-redirect",
    requirements=["REQ-N3", "REQ-D1"],
    **_CARD,
)
def ingresses_speak_tls(ingress: Resource, stack: Stack) -> Iterator[Outcome]:
    """Cookies and tokens cross it. Of several ingresses that share an ALB, one says it for all.

    A gateway that only the cluster's network reaches stands behind whoever ends TLS.
    """
    if ingress.type in GATEWAYS:
        if not _stays_inside(ingress, stack):
            yield from _gateway_speaks_tls(ingress)
    elif _is_of_an_alb(ingress):
        yield from _alb_speaks_tls(ingress)
    elif not ingress.has("spec.tls") or ingress.get("spec.tls") == []:
        yield Finding(path="spec.tls", got=ingress.get("spec.tls"))


def _alb_speaks_tls(ingress: Resource) -> Iterator[Outcome]:
    ports = _listen_ports(ingress)
    has_certificate = _says(ingress, "certificate-arn") is not None or ingress.has("spec.tls")
    is_shared = _says(ingress, "group.name") is not None
    speaks_https = "HTTPS" in ports or (not ports and has_certificate)
    if not speaks_https and (ports or not is_shared):
        yield Finding(path="metadata.annotations", key="listen-ports", seen="without a listener for HTTPS")
    elif "HTTP" in ports and _says(ingress, "ssl-redirect") is None and not is_shared:
        yield Finding(path="metadata.annotations", key="ssl-redirect", seen="with a listener for HTTP that stays there")
    policy = _says(ingress, "ssl-policy")
    if isinstance(policy, str) and not _TLS_POLICY.fullmatch(policy):
        yield Finding(path="metadata.annotations", key="ssl-policy", seen="an old TLS policy")


def _stays_inside(gateway: Resource, stack: Stack) -> bool:
    """Whether it names an EnvoyProxy beside it whose service is no load balancer's and no node's port.

    https://gateway.envoyproxy.io/docs/api/extension_types/#kubernetesservicespec: without a type it is a load balancer.
    """
    named = gateway.at("spec.infrastructure.parametersRef")
    return named.known("kind") == "EnvoyProxy" and any(
        name_of(proxy) == named.known("name")
        and are_together(proxy, gateway)
        and proxy.known("spec.provider.kubernetes.envoyService.type") == "ClusterIP"
        for proxy in stack.of_type(ENVOY_PROXIES)
    )


def _gateway_speaks_tls(gateway: Resource) -> Iterator[Outcome]:
    protocols = [each.get("protocol") for each in gateway.elements("spec.listeners")]
    if protocols and all(each in _CLEAR_PROTOCOLS for each in protocols):
        yield Finding(path="spec.listeners", key="protocol", seen="without a listener for HTTPS or TLS")


@rule(
    "K8S-039",
    on=INGRESSES,
    says="an ingress that the internet reaches stands behind a web ACL",
    fix="set the annotation alb.ingress.kubernetes.io/wafv2-acl-arn, or scheme internal behind CloudFront",
    isms_p=["2.6.1", "2.10.3"],
    soc2=["CC6.6"],
    requirements=["REQ-S13", "REQ-Y5"],
    severity=Severity.MEDIUM,
    level=ADVISORY_EVERYWHERE,
)
def ingresses_have_a_web_acl(ingress: Resource) -> Iterator[Outcome]:
    """Behind CloudFront the web ACL may be there; this shows who has to know."""
    is_public = _says(ingress, "scheme") == "internet-facing"
    if is_public and _says(ingress, "group.name") is None and _says(ingress, "wafv2-acl-arn") is None:
        yield Finding(path="metadata.annotations", key="wafv2-acl-arn", seen="without a web ACL")


@rule(
    "K8S-040",
    on=INGRESSES,
    says="an ingress writes nothing into its controller's configuration",
    fix="take the snippet out, and use the annotation that is there for it",
    isms_p=["2.10.2"],
    soc2=["CC6.8"],
    requirements=["REQ-S12", "REQ-N3"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def ingresses_bring_no_snippet(ingress: Resource) -> Iterator[Outcome]:
    """NGINX runs it with the controller's token, which reads every secret: CVE-2021-25742."""
    annotations = ingress.known("metadata.annotations")
    names = annotations if isinstance(annotations, dict) else {}
    snippets = [name for name in names if name.startswith("nginx.") and name.endswith("-snippet")]
    yield from judge_each(snippets, _is_a_snippet)


def _is_a_snippet(name: str) -> Iterator[Outcome]:
    yield Finding(path="metadata.annotations", key=name.rpartition("/")[2], seen="a snippet")


def _listen_ports(ingress: Resource) -> frozenset[str]:
    """The protocols that an ALB listens for; empty when nobody says. What is unknown has HTTPS."""
    value = _says(ingress, "listen-ports")
    if value is UNKNOWN:
        return frozenset({"HTTPS"})
    opened = normalise(parsed_json(value)) if isinstance(value, str) else None
    listed = Node(path="", value=opened).elements("")
    return frozenset(name for each in listed if isinstance(each.value, dict) for name in each.value)


def _is_of_an_alb(ingress: Resource) -> bool:
    annotations = _annotations(ingress)
    if "alb" in str(ingress.get("spec.ingressClassName")) or annotations.get(_CLASS) == "alb":
        return True
    return any(name.startswith(_ALB) for name in annotations)


def _says(ingress: Resource, name: str) -> Plain:
    return _annotations(ingress).get(_ALB + name)


def _annotations(ingress: Resource) -> dict[str, Plain]:
    value = ingress.known("metadata.annotations")
    return value if isinstance(value, dict) else {}
