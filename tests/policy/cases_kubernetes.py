"""Pods: what each rule lets pass and what it stops, in every type that holds one."""

from collections.abc import Mapping

from tests.policy.case import GONE, Case, changed
from tests.policy.server import UNKNOWN, Registered

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NOTHING: Mapping[str, object] = {}
DIGEST = "sha256:" + "0123456789abcdef" * 4

container: Mapping[str, object] = {
    "name": "api",
    "image": "registry.example.com:5000/feed/api:1.4.2",
    "ports": [{"containerPort": 8080}],
    "env": [{"name": "STAGE", "value": "dev"}],
    "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
    "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}},
    "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    },
}
first: Mapping[str, object] = {
    name: value for name, value in container.items() if name not in ("livenessProbe", "readinessProbe", "ports")
}
spec: Mapping[str, object] = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [container],
    "initContainers": [first],
    "volumes": [{"name": "tmp", "emptyDir": NOTHING}],
}
labels: Mapping[str, object] = {"app": "api"}
template: Mapping[str, object] = {"metadata": {"labels": labels, "annotations": {"team": "feed"}}, "spec": spec}
metadata: Mapping[str, object] = {"name": "api", "namespace": "feed", "labels": labels}


def made(kind: str, version: str, **props: object) -> Mapping[str, object]:
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **props}


deployment = made(
    "Deployment", "apps/v1", spec={"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
)
budget = Registered(
    type="kubernetes:policy/v1:PodDisruptionBudget",
    name="budget",
    props=made("PodDisruptionBudget", "policy/v1", spec={"maxUnavailable": 1, "selector": {"matchLabels": labels}}),
)
POD = "spec.template.spec"
ONE = f"{POD}.containers.0"
SEEN = f"{POD}.containers[0]"

# Every type that holds a pod, a resource of it, and where its pod is.
HOLDERS: Mapping[str, tuple[Mapping[str, object], str]] = {
    "kubernetes:core/v1:Pod": (made("Pod", "v1", spec=spec), "spec"),
    "kubernetes:core/v1:PodTemplate": (made("PodTemplate", "v1", template=template), "template.spec"),
    "kubernetes:core/v1:ReplicationController": (
        made("ReplicationController", "v1", spec={"replicas": 2, "template": template}),
        POD,
    ),
    DEPLOYMENT: (deployment, POD),
    "kubernetes:apps/v1beta2:Deployment": (deployment, POD),
    "kubernetes:argoproj.io/v1alpha1:Rollout": (deployment, POD),
    "kubernetes:apps/v1:StatefulSet": (
        made(
            "StatefulSet",
            "apps/v1",
            spec={"serviceName": "api", "replicas": 2, "selector": {"matchLabels": labels}, "template": template},
        ),
        POD,
    ),
    "kubernetes:apps/v1:ReplicaSet": (
        made("ReplicaSet", "apps/v1", spec={"selector": {"matchLabels": labels}, "template": template}),
        POD,
    ),
    "kubernetes:apps/v1:DaemonSet": (
        made("DaemonSet", "apps/v1", spec={"selector": {"matchLabels": labels}, "template": template}),
        POD,
    ),
    "kubernetes:keda.sh/v1alpha1:ScaledJob": (
        made("ScaledJob", "keda.sh/v1alpha1", spec={"jobTargetRef": {"template": template}}),
        "spec.jobTargetRef.template.spec",
    ),
    "kubernetes:batch/v1:Job": (made("Job", "batch/v1", spec={"template": template}), POD),
    "kubernetes:batch/v1:CronJob": (
        made("CronJob", "batch/v1", spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}),
        "spec.jobTemplate.spec.template.spec",
    ),
}

POD_LINES: list[tuple[str, Mapping[str, object], list[str]]] = [
    ("privileged", {f"{ONE}.securityContext.privileged": True}, [f"K8S-001[{SEEN}.securityContext.privileged]"]),
    *((name, {f"{POD}.{name}": True}, [f"K8S-002[{POD}.{name}]"]) for name in ("hostNetwork", "hostPID", "hostIPC")),
    (
        "a directory of the node",
        {f"{POD}.volumes.1": {"name": "run", "hostPath": {"path": "/run"}}},
        [f"K8S-003[{POD}.volumes[1].hostPath]"],
    ),
    (
        "a directory of the node beside an unknown volume",
        {f"{POD}.volumes.0": UNKNOWN, f"{POD}.volumes.1": {"name": "run", "hostPath": {"path": "/run"}}},
        ["K8S-003", "K8S-011", f"K8S-003[{POD}.volumes[1].hostPath]"],
    ),
    ("a port of the node", {f"{ONE}.ports.0.hostPort": 80}, [f"K8S-004[{SEEN}.ports[0].hostPort]"]),
    (
        "a probe of another host",
        {f"{ONE}.livenessProbe.httpGet.host": "169.254.169.254"},
        [f"K8S-004[{SEEN}.livenessProbe.httpGet.host]"],
    ),
    (
        "a capability",
        {f"{ONE}.securityContext.capabilities.add": ["NET_BIND_SERVICE", "SYS_ADMIN"]},
        ["K8S-005[Capability::SYS_ADMIN]"],
    ),
    (
        "every capability",
        {f"{ONE}.securityContext.capabilities.add": ["ALL"]},
        ["K8S-005[Capability::ALL]"],
    ),
    (
        "a host process",
        {f"{POD}.securityContext.windowsOptions": {"hostProcess": True}},
        [f"K8S-006[{POD}.securityContext.windowsOptions.hostProcess]"],
    ),
    (
        "no AppArmor",
        {f"{ONE}.securityContext.appArmorProfile": {"type": "Unconfined"}},
        [f"K8S-007[{SEEN}.securityContext.appArmorProfile.type]"],
    ),
    (
        "no AppArmor, by annotation",
        {"spec.template.metadata.annotations": {"container.apparmor.security.beta.kubernetes.io/api": "unconfined"}},
        [
            "K8S-007[spec.template.metadata.annotations.container.apparmor.security.beta.kubernetes.io/api]",
        ],
    ),
    (
        "another SELinux type",
        {f"{POD}.securityContext.seLinuxOptions": {"type": "spc_t"}},
        [f"K8S-007[{POD}.securityContext.seLinuxOptions.type]"],
    ),
    (
        "a SELinux user",
        {f"{ONE}.securityContext.seLinuxOptions": {"user": "system_u"}},
        [f"K8S-007[{SEEN}.securityContext.seLinuxOptions.user]"],
    ),
    ("a bare /proc", {f"{ONE}.securityContext.procMount": "Unmasked"}, [f"K8S-008[{SEEN}.securityContext.procMount]"]),
    (
        "no seccomp",
        {f"{ONE}.securityContext.seccompProfile": {"type": "Unconfined"}},
        [f"K8S-009[{SEEN}.securityContext.seccompProfile.type]"],
    ),
    (
        "a sysctl of the node",
        {f"{POD}.securityContext.sysctls": [{"name": "kernel.msgmax", "value": "65536"}]},
        [f"K8S-010[{POD}.securityContext.sysctls[0].name]"],
    ),
    (
        "a server of files",
        {f"{POD}.volumes.1": {"name": "shared", "nfs": {"server": "10.0.0.9", "path": "/"}}},
        [f"K8S-011[{POD}.volumes[1].nfs]"],
    ),
    *(
        (
            f"privileges escalate, {said}",
            {f"{ONE}.securityContext.allowPrivilegeEscalation": value},
            [f"K8S-012[{SEEN}.securityContext.allowPrivilegeEscalation]"],
        )
        for said, value in (("said", True), ("unsaid", GONE))
    ),
    (
        "the pod does not say who it runs as",
        {f"{POD}.securityContext.runAsNonRoot": GONE},
        [f"K8S-013[{POD}.{kind}[0].securityContext.runAsNonRoot]" for kind in ("containers", "initContainers")],
    ),
    (
        "a container says otherwise than its pod",
        {f"{ONE}.securityContext.runAsNonRoot": False},
        [f"K8S-013[{SEEN}.securityContext.runAsNonRoot]"],
    ),
    ("root", {f"{ONE}.securityContext.runAsUser": 0}, [f"K8S-013[{SEEN}.securityContext.runAsUser]"]),
    (
        "keeps capabilities",
        {f"{ONE}.securityContext.capabilities.drop": ["NET_RAW"]},
        [f"K8S-014[{SEEN}.securityContext.capabilities.drop]"],
    ),
    (
        "adds one of the fourteen",
        {f"{ONE}.securityContext.capabilities.add": ["CHOWN"]},
        ["K8S-014[Capability::CHOWN]"],
    ),
    (
        "no limit of memory",
        {f"{ONE}.resources.limits": GONE},
        [f"K8S-015[{SEEN}.resources.limits.memory]"],
    ),
    (
        "no size",
        {f"{ONE}.resources": GONE},
        [f"K8S-015[{SEEN}.resources.{name}]" for name in ("requests.cpu", "requests.memory", "limits.memory")],
    ),
    *(
        (f"the image {image}", {f"{ONE}.image": image}, [f"K8S-016[{SEEN}.image]"])
        for image in (
            "registry.example.com:5000/feed/api",
            "nginx",
            "nginx:latest",
            f"nginx:{'x' * 129}",
            "nginx@sha256:short",
        )
    ),
    ("an unknown image", {f"{ONE}.image": UNKNOWN}, ["K8S-016"]),
    (
        "a token that nobody asked for",
        {f"{POD}.automountServiceAccountToken": GONE},
        [f"K8S-017[{POD}.automountServiceAccountToken]"],
    ),
    (
        "a token of the account that all share",
        {f"{POD}.automountServiceAccountToken": True},
        [f"K8S-017[{POD}.automountServiceAccountToken]"],
    ),
    ("one pod", {"spec.replicas": 1}, ["K8S-021[spec.replicas]"]),
    (
        "no seccomp profile",
        {f"{POD}.securityContext.seccompProfile": GONE},
        [f"K8S-022[{POD}.{kind}[0].securityContext.seccompProfile.type]" for kind in ("containers", "initContainers")],
    ),
    (
        "pods that no budget chooses",
        {"spec.template.metadata.labels": {"app": "other"}},
        ["K8S-023[PodDisruptionBudget]"],
    ),
    ("no probe", {f"{ONE}.livenessProbe": GONE}, [f"K8S-024[{SEEN}.livenessProbe]"]),
]


def on_its_own(about: str, token: str, good: Mapping[str, object], change: Mapping[str, object], *finds: str) -> Case:
    """A case beside whatever its kind needs to be good."""
    return Case(about=about, type=token, good=good, change=change, finds=frozenset(finds), beside=[budget])


def moved(change: Mapping[str, object], place: str) -> dict[str, object]:
    return {path.replace(POD, place, 1): value for path, value in change.items()}


CASES: list[Case] = [
    *(on_its_own(about, DEPLOYMENT, deployment, change, *finds) for about, change, finds in POD_LINES),
    *(
        on_its_own(
            f"privileged, {kind}",
            token,
            good,
            {f"{place}.{kind}": [changed(container, {"securityContext.privileged": True})]},
            f"K8S-001[{place}.{kind}[0].securityContext.privileged]",
        )
        for token, (good, place) in HOLDERS.items()
        for kind in ("containers", "initContainers", "ephemeralContainers")
    ),
    *(
        on_its_own(
            "root",
            token,
            good,
            moved({f"{POD}.securityContext.runAsUser": 0}, place),
            *(f"K8S-013[{place}.{kind}[0].securityContext.runAsUser]" for kind in ("containers", "initContainers")),
        )
        for token, (good, place) in HOLDERS.items()
    ),
]
