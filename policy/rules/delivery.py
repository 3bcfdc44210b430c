"""What ArgoCD and Helm bring into the cluster (S11, Q2): from where, to where, and with which rights."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, Finding, Frame, Outcome, Severity, judge_each, rule
from policy.pods import tokens
from policy.rules.workloads import CHARTS, FLOATING_TAGS
from policy.view import Node, Resource

_CARD: Frame = {
    "isms_p": ["2.10.2", "2.5.5"],
    "soc2": ["CC6.3", "CC6.8"],
    "severity": Severity.HIGH,
    "level": ADVISORY_IN_DEV,
}

PROJECTS = tokens("AppProject", "argoproj.io/v1alpha1")
APPLICATIONS = tokens("Application", "argoproj.io/v1alpha1")

# What Pod Security Standards refuse, under the names that charts hand on to their pods.
_REFUSED = {
    "privileged": True,
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "allowPrivilegeEscalation": True,
    "runAsNonRoot": False,
    "runAsUser": 0,
}


@rule(
    "K8S-041",
    on=CHARTS,
    says="a chart's values ask for no rights over the node and no image that moves",
    fix="take it out of the values; a node agent is exempted by name",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def values_ask_for_no_rights(release: Resource) -> Iterator[Outcome]:
    """What Helm makes of a release the cluster sees, this pack does not: its values are all there is to judge."""
    yield from _in_values(release.at("values"))


def _in_values(values: Node) -> Iterator[Outcome]:
    value = values.value
    if isinstance(value, list):
        yield from judge_each(values.elements(""), _in_values)
    for name, each in value.items() if isinstance(value, dict) else ():
        below = Node(path=f"{values.path}.{name}", value=each)
        if name in _REFUSED and each == _REFUSED[name] and isinstance(each, type(_REFUSED[name])):
            yield Finding(path=below.path, got=each)
        elif name == "tag" and isinstance(each, str) and each.lower() in FLOATING_TAGS:
            yield Finding(path=below.path, seen="a tag that moves")
        else:
            yield from _in_values(below)


@rule(
    "K8S-049",
    on=[*PROJECTS, *APPLICATIONS],
    says="an ArgoCD project names its repositories, destinations and kinds, and every application has one",
    fix="list the repositories, the namespaces and the cluster-wide kinds in an AppProject, and name it",
    requirements=["REQ-S11", "REQ-Q2", "REQ-N3"],
    **_CARD,
)
def projects_hold_applications(resource: Resource) -> Iterator[Outcome]:
    """ArgoCD is an administrator of the cluster: whoever writes to a repository that it trusts is one too."""
    if resource.type in APPLICATIONS:
        if resource.known("spec.project") in (None, "", "default"):
            yield Finding(path="spec.project", seen="the one that allows everything")
        return
    yield from judge_each(resource.elements("spec.sourceRepos"), _is_named)
    destinations = resource.elements("spec.destinations")
    yield from judge_each(destinations, lambda each: _is_named(each.at("namespace")))
    yield from judge_each(resource.elements("spec.clusterResourceWhitelist"), _is_a_kind)


def _is_named(item: Node) -> Iterator[Outcome]:
    if item.known("") == "*":
        yield Finding(path=item.path, seen="anything")


def _is_a_kind(kind: Node) -> Iterator[Outcome]:
    if kind.known("group") == "*" and kind.known("kind") == "*":
        yield Finding(path=kind.path, seen="every kind of the cluster")
