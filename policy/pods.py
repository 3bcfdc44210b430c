"""Where Kubernetes types keep their pods: templates, containers, and what a container takes over from its pod."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from policy.catalog import Outcome, judge_each
from policy.view import UNKNOWN, Node, Plain, Resource


def tokens(kind: str, *versions: str) -> tuple[str, ...]:
    """The types of a kind, by API group and version; the SDK keeps those that Kubernetes has long dropped."""
    return tuple(f"kubernetes:{version}:{kind}" for version in versions)


PODS = tokens("Pod", "core/v1")
DEPLOYMENTS = (
    *tokens("Deployment", "apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"),
    *tokens("Rollout", "argoproj.io/v1alpha1"),  # Argo Rollouts' own kind, for canaries (Q2)
)
STATEFUL_SETS = tokens("StatefulSet", "apps/v1", "apps/v1beta1", "apps/v1beta2")
REPLICA_SETS = (
    *tokens("ReplicaSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    *tokens("ReplicationController", "core/v1"),
)
DAEMON_SETS = tokens("DaemonSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1")
JOBS = tokens("Job", "batch/v1")
CRON_JOBS = tokens("CronJob", "batch/v1", "batch/v1beta1", "batch/v2alpha1")
POD_TEMPLATES = tokens("PodTemplate", "core/v1")
SCALED_JOBS = tokens("ScaledJob", "keda.sh/v1alpha1")  # KEDA's own kind, a job for each message (X5)

# Per type, the pod template, which has `metadata` and `spec`; a pod is its own.
TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(PODS, ""),
        **dict.fromkeys(POD_TEMPLATES, "template"),
        **dict.fromkeys([*DEPLOYMENTS, *STATEFUL_SETS, *REPLICA_SETS, *DAEMON_SETS, *JOBS], "spec.template"),
        **dict.fromkeys(CRON_JOBS, "spec.jobTemplate.spec.template"),
        **dict.fromkeys(SCALED_JOBS, "spec.jobTargetRef.template"),
    }
)
WORKLOADS = TEMPLATES.keys()
# What is added to an object of somebody else's: it says what it changes and nothing besides.
_CUSTOM = ("kubernetes:argoproj.io/", "kubernetes:keda.sh/")  # the SDK has patches of Kubernetes' own kinds only
PATCHES = {f"{token}Patch": token for token in WORKLOADS if not token.startswith(_CUSTOM)}
EVERY_POD = (*WORKLOADS, *PATCHES)
SERVING = (*DEPLOYMENTS, *STATEFUL_SETS)  # what answers requests, in more than one pod

LASTING = ("containers", "initContainers")
CONTAINERS = (*LASTING, "ephemeralContainers")  # the last are debuggers: they have neither resources nor probes


def template(workload: Resource) -> Node:
    """The pod template of a workload."""
    return workload.at(TEMPLATES[PATCHES.get(workload.type, workload.type)])


def has_template(workload: Resource) -> bool:
    """Whether it says what its pods are; a Rollout may point to a Deployment that does."""
    return template(workload).value is not None


def pod(workload: Resource) -> Node:
    """The pod's specification."""
    return template(workload).at("spec")


def each_container(
    workload: Resource, check: Callable[[Node], Iterator[Outcome]], places: tuple[str, ...] = CONTAINERS
) -> Iterator[Outcome]:
    """Runs a check on every container of a workload; an unknown one hides no other."""
    spec = pod(workload)
    yield from judge_each(places, lambda place: judge_each(spec.elements(place), check))


def security_contexts(workload: Resource, check: Callable[[Node], Iterator[Outcome]]) -> Iterator[Outcome]:
    """Runs a check on the pod's own security context, and on that of every container."""
    yield from judge_each([pod(workload)], lambda spec: check(spec.at("securityContext")))
    yield from each_container(workload, lambda container: check(container.at("securityContext")))


def inherited(container: Node, workload: Resource, path: str) -> Plain:
    """A value of a container's security context, or else of its pod's.

    Raises:
        CannotJudgeError: it is unknown.
    """
    own = container.known(f"securityContext.{path}")
    return pod(workload).known(f"securityContext.{path}") if own is None else own


def runs_windows(workload: Resource) -> bool:
    """Whether the pod says that it needs Windows, which has none of Linux's security settings."""
    return pod(workload).known("os.name") == "windows"


def name_of(resource: Resource) -> Plain:
    """The name in the cluster; UNKNOWN before Pulumi has made one up."""
    return resource.get("metadata.name")


def namespace_of(resource: Resource) -> Plain:
    """The namespace, `default` when nobody says."""
    return resource.get("metadata.namespace") or "default"


def is_in(resource: Resource, namespace: Resource) -> bool:
    """Whether a resource is in a namespace: by where its metadata comes from, else by the namespace's name."""
    if namespace.urn in resource.depends.get("metadata", frozenset()):
        return True
    name = name_of(namespace)
    return name is not UNKNOWN and namespace_of(resource) == name


def are_together(one: Resource, other: Resource) -> bool:
    """Whether two resources are in one namespace, as far as anybody can tell."""
    names = (namespace_of(one), namespace_of(other))
    return UNKNOWN in names or names[0] == names[1]


def selects(selector: Node, workload: Resource) -> bool:
    """Whether a label selector may choose a workload's pods; an unknown label is no evidence against it."""
    labels = template(workload).at("metadata.labels")
    wanted = selector.get("matchLabels")
    if UNKNOWN in (labels.value, wanted) or not isinstance(wanted, dict):
        return True
    return all(UNKNOWN in (value, labels.get(name)) or _label(labels, name) == value for name, value in wanted.items())


def _label(labels: Node, name: str) -> Plain:
    return labels.value.get(name) if isinstance(labels.value, dict) else None
