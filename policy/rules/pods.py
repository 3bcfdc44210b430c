"""Pod Security Standards, baseline (S10): no pod can take over the node that it runs on.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Frame, Outcome, Severity, judge_each, rule
from policy.demands import off
from policy.pods import EVERY_POD, each_container, pod, security_contexts, template, tokens
from policy.view import Node, Resource

_CARD: Frame = {
    "isms_p": ["2.10.2", "2.6.2"],
    "soc2": ["CC6.1", "CC6.8"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}

BASELINE_CAPABILITIES = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
SAFE_SYSCTLS = frozenset(
    {
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
        *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
        *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
        *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    }
)
CONTAINER_SELINUX_TYPES = (None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
APPARMOR_ON = re.compile(r"runtime/default|localhost/.+")
VOLUMES = tokens("PersistentVolume", "core/v1")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop")


@rule(
    "K8S-001",
    on=EVERY_POD,
    says="no container is privileged",
    fix="take privileged out of the container's security context; add the one capability that it needs",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def containers_are_not_privileged(workload: Resource) -> Iterator[Outcome]:
    """A privileged container is root on the node."""
    yield from each_container(workload, off("securityContext.privileged"))


@rule(
    "K8S-002",
    on=EVERY_POD,
    says="no pod shares the node's network, processes or memory",
    fix="take hostNetwork, hostPID and hostIPC out of the pod",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def pods_share_no_host_namespace(workload: Resource) -> Iterator[Outcome]:
    """On the node's network a pod reaches the node's role and escapes every NetworkPolicy."""
    yield from judge_each(("hostNetwork", "hostPID", "hostIPC"), lambda name: off(name)(pod(workload)))


@rule(
    "K8S-003",
    on=[*EVERY_POD, *VOLUMES],
    says="no pod mounts a directory of the node",
    fix="use an emptyDir, a ConfigMap or a PersistentVolumeClaim",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def pods_mount_nothing_of_the_node(workload: Resource) -> Iterator[Outcome]:
    """The container runtime's socket and every other pod's secrets are files of the node."""

    def is_inside(volume: Node) -> Iterator[Outcome]:
        if volume.known("hostPath") is not None:
            yield Finding(path=f"{volume.path}.hostPath", got=volume.get("hostPath"))

    volumes = [workload.at("spec")] if workload.type in VOLUMES else pod(workload).elements("volumes")
    yield from judge_each(volumes, is_inside)


@rule(
    "K8S-004",
    on=EVERY_POD,
    says="no container takes a port of the node, and no probe leaves its pod",
    fix="take hostPort out of the port, host out of the probe; a Service reaches a pod",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def containers_take_no_port_of_the_node(workload: Resource) -> Iterator[Outcome]:
    """A node's port is open to the node's network; a probe with a host sends the kubelet wherever it says."""

    def is_inside(port: Node) -> Iterator[Outcome]:
        if port.known("hostPort") not in (None, 0):
            yield Finding(path=f"{port.path}.hostPort", got=port.get("hostPort"))

    def stays(place: Node) -> Iterator[Outcome]:
        if place.known("host") not in (None, ""):
            yield Finding(path=f"{place.path}.host", got=place.get("host"))

    def both(container: Node) -> Iterator[Outcome]:
        yield from judge_each(container.elements("ports"), is_inside)
        probes = [container.at(f"{probe}.{way}") for probe in PROBES for way in ("httpGet", "tcpSocket")]
        yield from judge_each(probes, stays)

    yield from each_container(workload, both)


@rule(
    "K8S-005",
    on=EVERY_POD,
    says="no container adds a capability beyond those that a container has anyway",
    fix="take the capability out of capabilities.add",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def containers_add_no_capability(workload: Resource) -> Iterator[Outcome]:
    """SYS_ADMIN alone is nearly all of root; NET_RAW forges packets."""

    def is_harmless(capability: Node) -> Iterator[Outcome]:
        if (name := capability.text().removeprefix("CAP_")) not in BASELINE_CAPABILITIES:
            yield Finding(path=capability.path, key=f"Capability::{_printable(name)}", seen=_printable(name))

    yield from each_container(
        workload, lambda each: judge_each(each.elements("securityContext.capabilities.add"), is_harmless)
    )


@rule(
    "K8S-006",
    on=EVERY_POD,
    says="no Windows pod runs on its host",
    fix="take hostProcess out of windowsOptions",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def windows_pods_stay_inside(workload: Resource) -> Iterator[Outcome]:
    """A HostProcess container is the node itself."""
    yield from security_contexts(workload, off("windowsOptions.hostProcess"))


@rule(
    "K8S-007",
    on=EVERY_POD,
    says="AppArmor and SELinux are left on",
    fix="take Unconfined, and SELinux user, role and any type but the containers' own out of the security context",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def mandatory_access_control_is_on(workload: Resource) -> Iterator[Outcome]:
    """They hold what breaks out of a container; the annotation is how AppArmor was set before Kubernetes 1.30."""

    def is_confined(context: Node) -> Iterator[Outcome]:
        yield from judge_each(
            (
                ("appArmorProfile.type", (None, "", "RuntimeDefault", "Localhost")),
                ("seLinuxOptions.type", CONTAINER_SELINUX_TYPES),
                ("seLinuxOptions.user", (None, "")),
                ("seLinuxOptions.role", (None, "")),
            ),
            lambda asked: _among(context.at(asked[0]), asked[1]),
        )

    yield from security_contexts(workload, is_confined)
    yield from judge_each(_apparmor_annotations(workload), _turns_on)


def _apparmor_annotations(workload: Resource) -> list[Node]:
    annotations = template(workload).at("metadata.annotations")
    value = annotations.known("")
    listed = value.items() if isinstance(value, dict) else ()
    return [
        Node(path=f"{annotations.path}.{name}", value=each)
        for name, each in listed
        if name.startswith(APPARMOR_ANNOTATION)
    ]


def _turns_on(annotation: Node) -> Iterator[Outcome]:
    if not APPARMOR_ON.fullmatch(annotation.text()):
        yield Finding(path=annotation.path, got=annotation.value)


@rule(
    "K8S-008",
    on=EVERY_POD,
    says="a container sees /proc as containers do",
    fix="take procMount out of the security context",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def proc_is_masked(workload: Resource) -> Iterator[Outcome]:
    """Unmasked, it shows and sets what belongs to the node's kernel."""
    yield from each_container(
        workload, lambda each: _among(each.at("securityContext.procMount"), (None, "", "Default"))
    )


@rule(
    "K8S-009",
    on=EVERY_POD,
    says="seccomp is not turned off",
    fix="set seccompProfile.type to RuntimeDefault",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def seccomp_is_not_off(workload: Resource) -> Iterator[Outcome]:
    """Unconfined, a container may call what most kernel exploits begin with. Unsaid is K8S-022's."""
    yield from security_contexts(
        workload, lambda context: _among(context.at("seccompProfile.type"), (None, "", "RuntimeDefault", "Localhost"))
    )


@rule(
    "K8S-010",
    on=EVERY_POD,
    says="a pod sets only those kernel parameters that are its own",
    fix="take the sysctl out of the pod's security context; set it on the nodes if all need it",
    requirements=["REQ-S10", "REQ-N3"],
    **_CARD,
)
def sysctls_are_safe(workload: Resource) -> Iterator[Outcome]:
    """The others change the node for every pod on it."""

    def is_safe(sysctl: Node) -> Iterator[Outcome]:
        if sysctl.known("name") not in SAFE_SYSCTLS:
            yield Finding(path=f"{sysctl.path}.name", got=sysctl.get("name"))

    yield from judge_each(pod(workload).elements("securityContext.sysctls"), is_safe)


def _among(place: Node, allowed: tuple[str | None, ...]) -> Iterator[Outcome]:
    if place.known("") not in allowed:
        yield Finding(path=place.path, got=place.value)


def _printable(capability: str) -> str:
    """A capability's name; anything else might be a secret."""
    return capability if re.fullmatch(r"[A-Z_]{2,40}", capability) else "<not a capability>"
