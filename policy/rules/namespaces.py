"""The borders inside the cluster (S10, Y1): namespaces, who may talk to whom, and what is open to the outside."""

from __future__ import annotations

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
from policy.pods import is_in, name_of, tokens
from policy.view import UNKNOWN, CannotJudgeError, Node, Plain, Resource, Stack

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
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
OF_CONTROLLER = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
INTERNAL = {
    SCHEME: "internal",
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
    types = policy.get("spec.policyTypes")
    is_for_ingress = types is None or (isinstance(types, list) and "Ingress" in types)
    return _is_for_all(policy) and is_for_ingress and not _lets_everybody(policy.get("spec.ingress"))


@stack_rule(
    "K8S-035",
    on=NAMESPACES,
    says="a namespace's pods go only where a NetworkPolicy lets them",
    fix="add Egress to the policy that denies by default, then one rule for the DNS and one for each service",
    isms_p=["2.6.1", "2.10.2"],
    soc2=["CC6.6", "CC6.8"],
    requirements=["REQ-S10", "REQ-Y1"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def namespaces_deny_the_way_out(namespace: Resource, stack: Stack) -> Iterator[Outcome]:
    """Stolen data leaves by any pod that may call the internet. One that lets everybody in is K8S-018's first."""
    if name_of(namespace) in OF_KUBERNETES:
        return
    policies = [each for each in stack.of_type(NETWORK_POLICIES) if is_in(each, namespace)]
    if any(map(_denies_by_default, policies)) and not any(map(_denies_the_way_out, policies)):
        yield Finding(path="metadata.name", key="Egress", seen="open to the outside")


def _denies_the_way_out(policy: Resource) -> bool:
    types, rules = policy.get("spec.policyTypes"), policy.get("spec.egress")
    if UNKNOWN in (policy.get("spec"), types):
        return True
    return _is_for_all(policy) and isinstance(types, list) and "Egress" in types and not _lets_everybody(rules)


def _is_for_all(policy: Resource) -> bool:
    selector = policy.get("spec.podSelector")
    return isinstance(selector, dict) and not any(selector.values())


def _lets_everybody(rules: Plain) -> bool:
    return isinstance(rules, list) and {} in rules


@rule(
    "K8S-036",
    on=NETWORK_POLICIES,
    says="a network policy says whom it lets in, or on which port",
    fix="give from with a podSelector, a namespaceSelector with labels or a network of ours, and ports",
    requirements=["REQ-S10", "REQ-Y1"],
    **_CARD,
)
def network_policies_name_callers(policy: Resource) -> Iterator[Outcome]:
    """Rules add up: one that lets everybody in undoes the policy beside it that denies by default."""

    def names_some(line: Node) -> Iterator[Outcome]:
        callers = [*line.elements("from")]
        has_ports = bool(line.elements("ports"))
        if not callers and not has_ports:
            yield Finding(path=f"{line.path}.from", seen="everybody on every port", key="Ingress::everybody")
        for caller in callers:
            if _is_everybody(caller) and (not has_ports or _is_for_all(policy)):
                yield Finding(path=caller.path, seen="everybody", key="Ingress::everybody")

    yield from judge_each(policy.elements("spec.ingress"), names_some)


def _is_everybody(caller: Node) -> bool:
    if caller.known("ipBlock.cidr") in ("0.0.0.0/0", "::/0"):
        return True
    selector = caller.known("namespaceSelector")
    return isinstance(selector, dict) and not any(selector.values()) and not caller.get("podSelector")


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
    """Of a load balancer that the AWS Load Balancer Controller makes, internal is the default."""
    value = service.known("metadata.annotations")
    annotations = value if isinstance(value, dict) else {}
    if service.get("spec.loadBalancerClass") in OF_CONTROLLER or annotations.get(TYPE) in ("external", "nlb-ip"):
        return annotations.get(SCHEME) in (None, "internal")
    return any(str(annotations.get(name)).lower() == value for name, value in INTERNAL.items())
