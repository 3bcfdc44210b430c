"""What of an object cannot be changed, so that pulumi-kubernetes replaces the object.

The table is pulumi-kubernetes 4.34's own (`forceNew` in its provider/pkg/provider/diff.go), for the versions that the
pinned Kubernetes still serves. A path in here stands for everything inside it.
"""

from collections.abc import Mapping

from sandbox.kube.objects import Kind

_NAME = ("metadata.name", "metadata.namespace")
_SELECTOR = ("spec.selector",)
_POD = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
    "containers",
    "initContainers",
]
_VOLUME = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
]
_CLAIM = ("accessModes", "selector", "storageClassName", "volumeName")
_JOB = ("completions", "parallelism", "selector", "template")
_STATEFUL_SET = ("podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates")

_TABLE: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): tuple(f"spec.{name}" for name in _STATEFUL_SET),
    ("batch", "Job"): tuple(f"spec.{name}" for name in _JOB),
    ("", "PersistentVolume"): tuple(f"spec.{name}" for name in _VOLUME),
    ("", "PersistentVolumeClaim"): tuple(f"spec.{name}" for name in _CLAIM),
    ("", "Pod"): tuple(f"spec.{name}" for name in _POD),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}
_CONTENTS: Mapping[str, tuple[str, ...]] = {
    "Secret": ("type", "stringData", "data"),
    "ConfigMap": ("binaryData", "data"),
}


def replace_on(kind: Kind, *, contents_can_change: bool) -> tuple[str, ...]:
    """The paths whose change replaces an object.

    `contents_can_change`: whether the provider was told that Secrets and ConfigMaps are changed in place, and this
    one is not marked immutable.
    """
    if not kind.group and kind.kind in _CONTENTS and not contents_can_change:
        return (*_NAME, *_CONTENTS[kind.kind])
    return (*_NAME, *_TABLE.get((kind.group, kind.kind), ()))
