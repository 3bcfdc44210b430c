"""The borders inside the cluster (S10, Y1): namespaces, who may talk to whom, and what is open to the outside."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, Finding, Frame, Outcome, Severity, rule, stack_rule
from policy.pods import is_in, name_of, tokens
from policy.view import UNKNOWN, CannotJudgeError, Resource, Stack

_CARD: Frame = {
    "isms_p": ["2.6.1", "2.10.2"],
    "soc2": ["CC6.6", "CC6.8"],
    "severity": Severity.HIGH,
    "level": ADVISORY_IN_DEV,
}

NAMESPACES = tokens("Namespace", "core/v1")
NETWORK_POLICIES = tokens("NetworkPolicy", "networking.k8s.io/v1", "extensions/v1beta1")
SERVICES = tokens("Service", "core/v1")
OF_KUBERNETES = ("kube-system", "kube-public", "kube-node-lease")  # what runs there is not ours to isolate
ENFORCE = "pod-security.kubernetes.io/enforce"

# https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
}


@stack_rule(
    "K8S-018",
    on=NAMESPACES,
    says="a namespace refuses what no NetworkPolicy lets in",
    fix="add a NetworkPolicy with an empty podSelector, policyTypes Ingress and no rule, then one for each caller",
    requirements=["REQ-S10", "REQ-Y1"],
    **_CARD,
)
def namespaces_deny_by_default(namespace: Resource, stack: Stack) -> Iterator[Outcome]:
    """Without one, every pod of the cluster reaches every pod of the namespace."""
    if name_of(namespace) in OF_KUBERNETES:
        return
    policies = [each for each in stack.of_type(NETWORK_POLICIES) if is_in(each, namespace)]
    if any(_denies_by_default(each) for each in policies):
        return
    if any(each.get("spec") is UNKNOWN for each in policies):
        raise CannotJudgeError("spec of its NetworkPolicy")
    yield Finding(path="metadata.name", key="NetworkPolicy", seen="without a NetworkPolicy that denies by default")


def _denies_by_default(policy: Resource) -> bool:
    """Whether it is for every pod and for ingress, and has no rule that lets everybody in."""
    selector = policy.get("spec.podSelector")
    types = policy.get("spec.policyTypes")
    is_for_all = isinstance(selector, dict) and not any(selector.values())
    is_for_ingress = types is None or (isinstance(types, list) and "Ingress" in types)
    rules = policy.get("spec.ingress")
    return is_for_all and is_for_ingress and not (isinstance(rules, list) and {} in rules)


@rule(
    "K8S-019",
    on=NAMESPACES,
    says="a namespace enforces a Pod Security Standard",
    fix=f"set the label {ENFORCE} to restricted, or to baseline",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def namespaces_enforce_pod_security(namespace: Resource) -> Iterator[Outcome]:
    """This pack sees what Pulumi makes; only the cluster sees what ArgoCD and people make."""
    if name_of(namespace) in OF_KUBERNETES:
        return
    labels = namespace.known("metadata.labels")
    value = labels.get(ENFORCE) if isinstance(labels, dict) else None
    if value is UNKNOWN:
        raise CannotJudgeError(f"metadata.labels.{ENFORCE}")
    if value not in ("restricted", "baseline"):
        yield Finding(path=f"metadata.labels.{ENFORCE}", key="enforce", got=value)


@rule(
    "K8S-025",
    on=SERVICES,
    says="a service is reached through the ingress, not by a node's port or a public load balancer of its own",
    fix="set type to ClusterIP and add an Ingress, or make the load balancer internal by its annotation",
    requirements=["REQ-S12", "REQ-D1", "REQ-Y5"],
    **_CARD,
)
def services_stay_inside(service: Resource) -> Iterator[Outcome]:
    """Both go around CloudFront, the WAF and its rate limit."""
    kind = service.known("spec.type")
    if kind == "NodePort" or (kind == "LoadBalancer" and not _is_internal(service)):
        yield Finding(path="spec.type", seen=f"{kind}")
    if service.known("spec.externalIPs") not in (None, []):
        yield Finding(path="spec.externalIPs", got=service.get("spec.externalIPs"))


def _is_internal(service: Resource) -> bool:
    annotations = service.known("metadata.annotations")
    return isinstance(annotations, dict) and any(
        str(annotations.get(name)).lower() == value for name, value in INTERNAL.items()
    )
