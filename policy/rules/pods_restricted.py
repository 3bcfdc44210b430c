"""Pod Security Standards, restricted (S10): a pod has no more than its program needs.

https://kubernetes.io/docs/concepts/security/pod-security-standards/. What is baseline already is in `pods.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, Finding, Frame, Outcome, Severity, judge_each, rule
from policy.pods import WORKLOADS, each_container, inherited, pod, runs_windows
from policy.rules.pods import BASELINE_CAPABILITIES
from policy.view import Node, Resource

_CARD: Frame = {
    "isms_p": ["2.10.2", "2.5.5"],
    "soc2": ["CC6.1", "CC6.8"],
    "severity": Severity.HIGH,
    "level": ADVISORY_IN_DEV,
}

VOLUME_KINDS = frozenset(
    {
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
        *("persistentVolumeClaim", "projected", "secret"),
    }
)


@rule(
    "K8S-011",
    on=WORKLOADS,
    says="a pod's volumes are of kinds that keep to the cluster",
    fix="claim the storage with a PersistentVolumeClaim",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def volumes_keep_to_the_cluster(workload: Resource) -> Iterator[Outcome]:
    """A claim is checked by the cluster, an NFS server in a pod by nobody. `hostPath` is K8S-003's."""

    def is_of_a_kind(volume: Node) -> Iterator[Outcome]:
        value = volume.known("")
        kinds = set(value) - {"name", "hostPath"} if isinstance(value, dict) else set[str]()
        for kind in sorted(kinds - VOLUME_KINDS):
            if volume.get(kind) is not None:
                yield Finding(path=f"{volume.path}.{kind}", got=volume.get(kind))

    yield from judge_each(pod(workload).elements("volumes"), is_of_a_kind)


@rule(
    "K8S-012",
    on=WORKLOADS,
    says="no process of a container can gain more rights than its parent",
    fix="set allowPrivilegeEscalation to false in each container's security context",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def privileges_do_not_escalate(workload: Resource) -> Iterator[Outcome]:
    """Unsaid is allowed."""

    def is_held(container: Node) -> Iterator[Outcome]:
        place = container.at("securityContext.allowPrivilegeEscalation")
        if place.known("") is not False:
            yield Finding(path=place.path, got=place.value)

    if not runs_windows(workload):
        yield from each_container(workload, is_held)


@rule(
    "K8S-013",
    on=WORKLOADS,
    says="no container runs as root",
    fix="set runAsNonRoot to true in the pod's security context, and no runAsUser of 0",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def containers_do_not_run_as_root(workload: Resource) -> Iterator[Outcome]:
    """A container's own setting counts before its pod's."""

    def is_somebody(container: Node) -> Iterator[Outcome]:
        non_root = inherited(container, workload, "runAsNonRoot")
        if non_root is not True:
            yield Finding(path=f"{container.path}.securityContext.runAsNonRoot", got=non_root)

    def is_no_root(container: Node) -> Iterator[Outcome]:
        user = inherited(container, workload, "runAsUser")
        if user == 0 and user is not False:
            yield Finding(path=f"{container.path}.securityContext.runAsUser", got=user)

    yield from each_container(workload, is_somebody)
    yield from each_container(workload, is_no_root)


@rule(
    "K8S-014",
    on=WORKLOADS,
    says="a container drops every capability, and adds at most NET_BIND_SERVICE",
    fix='set capabilities to {"drop": ["ALL"]}',
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def containers_drop_capabilities(workload: Resource) -> Iterator[Outcome]:
    """A program that listens above port 1023 needs none of the fourteen. What is beyond them is K8S-005's."""

    def drops_all(container: Node) -> Iterator[Outcome]:
        drop = container.at("securityContext.capabilities.drop")
        names = drop.elements("")
        if not any(isinstance(each.value, str) and each.value.upper() == "ALL" for each in names):
            for each in names:
                each.known("")
            yield Finding(path=drop.path, got=drop.value)

    def is_needed(capability: Node) -> Iterator[Outcome]:
        name = capability.text().removeprefix("CAP_")
        if name in BASELINE_CAPABILITIES and name != "NET_BIND_SERVICE":
            yield Finding(path=capability.path, key=f"Capability::{name}", seen=name)

    if runs_windows(workload):
        return
    yield from each_container(workload, drops_all)
    yield from each_container(
        workload, lambda each: judge_each(each.elements("securityContext.capabilities.add"), is_needed)
    )


@rule(
    "K8S-022",
    on=WORKLOADS,
    says="every container has a seccomp profile",
    fix='set seccompProfile to {"type": "RuntimeDefault"} in the pod\'s security context',
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def containers_have_seccomp(workload: Resource) -> Iterator[Outcome]:
    """Kubernetes sets none by itself, so none is Unconfined."""

    def has_a_profile(container: Node) -> Iterator[Outcome]:
        if inherited(container, workload, "seccompProfile.type") in (None, ""):
            yield Finding(path=f"{container.path}.securityContext.seccompProfile.type")

    if not runs_windows(workload):
        yield from each_container(workload, has_a_profile)
