"""In which order the cluster and what is in it comes and goes (REQ-C5, REQ-S10), read from what the engine recorded.

Twice: from the graph in the state, which says what the engine must keep to, and from the lines that it wrote, which say
what it did. Without the graph, an order could be luck; without the lines, the graph could be ours to misread.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

# Type and logical name of a resource.
Which = tuple[str, str]
Resource = Mapping[str, Any]

_RELEASE = "kubernetes:helm.sh/v3:Release"
_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_BINDING = ("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "add-ons-gateway-binding")
_ROOT = ("kubernetes:argoproj.io/v1alpha1:Application", "add-ons-argocd-root")
_POOLS = ((_POOL, "add-ons-karpenter-pool-general"), (_POOL, "add-ons-karpenter-pool-critical"))
_FIRST: tuple[tuple[Which, ...], ...] = (
    (("aws:ec2/vpc:Vpc", "network-vpc"),),
    (("aws:eks/cluster:Cluster", "cluster-control-plane-eksCluster"),),
    (("aws:eks/addon:Addon", "cluster-vpc-cni"), ("aws:eks/addon:Addon", "cluster-eks-pod-identity-agent")),
    (("aws:eks/nodeGroup:NodeGroup", "cluster-system-group"),),
    (("aws:eks/addon:Addon", "cluster-coredns"),),
)
_LAST: tuple[tuple[Which, ...], ...] = (
    ((_RELEASE, "add-ons-argocd-controller"),),
    (_ROOT,),
)
# Each line is a chain: a step comes after all of the one before, and goes before it.
CHAINS: tuple[tuple[tuple[Which, ...], ...], ...] = (
    (
        *_FIRST,
        ((_RELEASE, "add-ons-karpenter-definitions"),),
        ((_RELEASE, "add-ons-karpenter-controller"),),
        _POOLS,
        *_LAST,
    ),
    (
        *_FIRST,
        ((_RELEASE, "add-ons-load-balancer-controller"), (_RELEASE, "add-ons-gateway-controller")),
        (_BINDING,),
        *_LAST,
    ),
    *((*_FIRST, ((_RELEASE, f"add-ons-{each}"),), *_LAST) for each in (
        "scaling-metrics", "scaling-keda", "secrets-controller", "telemetry-agent", "telemetry-gateway",
        "rollouts-controller",
    )),
)  # fmt: skip
# What is let go of by a controller: the engine waits until it is gone, a drain long, and no less than this.
WAITED_FOR = (*_POOLS, _BINDING, _ROOT)
WAIT_SECONDS = 45 * 60


def pairs() -> Iterator[tuple[Which, Which]]:
    """Every two that have an order: what is first, what is second."""
    for chain in CHAINS:
        for before, after in pairwise(chain):
            yield from ((one, other) for one in before for other in after)


def out_of_order(resources: Sequence[Resource], went: Sequence[str], came: Sequence[str]) -> list[str]:
    """What is not as it should be, a sentence each: in the state, in the lines of `destroy`, in those of `up`."""
    known = {_which(each): each for each in resources}
    graph = Graph(resources)
    up, down = Lines(came, "creating", "created"), Lines(went, "deleting", "deleted")
    said: list[str] = []
    for first, second in dict.fromkeys(pairs()):
        missing = [each for each in (first, second) if each not in known]
        if missing:
            said += [f"{each[1]} is not in the state" for each in missing]
            continue
        if known[first]["urn"] not in graph.beneath(known[second]):
            said.append(f"nothing in the state makes {second[1]} come after {first[1]}")
        if not up.ended(first) < up.began(second):
            said.append(f"{second[1]} was begun before {first[1]} was there")
        if not down.ended(second) < down.began(first):
            said.append(f"{first[1]} was taken down before {second[1]} was gone")
    named = {each for chain in CHAINS for step in chain for each in step}
    charts = [each for each in known if each[0] == _RELEASE]
    said += [f"{each[1]} is a chart that no chain has" for each in charts if each not in named]
    said += [f"{each[1]} is not waited for" for each in WAITED_FOR if each in known and not _is_waited_for(known[each])]
    return said


class Lines:
    """What the engine wrote of each resource, and on which line."""

    def __init__(self, lines: Sequence[str], begin: str, end: str) -> None:
        self._at: dict[tuple[str, str, str], int] = {}
        self._begin, self._end = begin, end
        form = re.compile(rf"^ [+-]+ +(\S+) (\S+) ({begin}|{end}) ")
        for number, line in enumerate(lines):
            found = form.match(line)
            if found:
                self._at[found[1], found[2], found[3]] = number

    def began(self, which: Which) -> int:
        """The line on which it was begun."""
        return self._at[_short(which[0]), which[1], self._begin]

    def ended(self, which: Which) -> int:
        """The line on which it was done."""
        return self._at[_short(which[0]), which[1], self._end]


def _short(token: str) -> str:
    """A type as the engine prints it: `aws:ec2/vpc:Vpc` is `aws:ec2:Vpc`, where the file is the type's own name."""
    package, module, name = token.split(":")
    folder, _, file = module.rpartition("/")
    return f"{package}:{folder}:{name}" if file.lower() == name.lower() else token


def _which(resource: Resource) -> Which:
    return resource["type"], resource["urn"].rpartition("::")[2]


class Graph:
    """What the engine keeps until a resource is gone, as its own `DependencyGraph` reads a state.

    https://github.com/pulumi/pulumi/blob/master/pkg/resource/graph/dependency_graph.go
    """

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._at = {each["urn"]: number for number, each in enumerate(resources)}
        self._by_urn = {each["urn"]: each for each in resources}
        self._children: dict[str, list[str]] = {}
        for each in resources:
            self._children.setdefault(each.get("parent", ""), []).append(each["urn"])

    def beneath(self, resource: Resource) -> set[str]:
        """All that it depends on, through whatever stands between."""
        found: set[str] = set()
        waiting = [resource]
        while waiting:
            for urn in self._directly(waiting.pop()):
                if urn in self._by_urn and urn not in found:
                    found.add(urn)
                    waiting.append(self._by_urn[urn])
        return found

    def _directly(self, one: Resource) -> Iterator[str]:
        """Parent, provider, dependencies; of one that is a component, all in it that were registered before."""
        yield one.get("parent", "")
        yield str(one.get("provider", "")).rpartition("::")[0]  # the rest is its id
        for urn in one.get("dependencies", ()):
            yield urn
            if urn in self._by_urn and not self._by_urn[urn].get("custom"):
                yield from (each for each in self._inside(urn) if self._at[each] < self._at[one["urn"]])

    def _inside(self, urn: str) -> Iterator[str]:
        for child in self._children.get(urn, ()):
            yield child
            yield from self._inside(child)


def _is_waited_for(resource: Resource) -> bool:
    inputs = resource["inputs"]
    metadata = inputs.get("metadata", {})
    waits = resource.get("customTimeouts", {}).get("delete", 0) >= WAIT_SECONDS
    lets_go = resource.get("retainOnDelete") or resource.get("deletedWith")
    skips = "pulumi.com/skipAwait" in metadata.get("annotations", {})
    cascades = _which(resource) != _ROOT or metadata.get("finalizers") == ["resources-finalizer.argocd.argoproj.io"]
    return waits and not lets_go and not skips and cascades
