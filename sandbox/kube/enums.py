"""The values that the API server allows where the published schemas of Kubernetes say only "string".

From the API reference of the pinned minor. `make nightly` holds each row against the schema that the real API server
serves. The key is a definition's last words and a property; a list's values are its items'.
"""

from collections.abc import Mapping

_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOL = ("SCTP", "TCP", "UDP")
_EFFECT = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_TRAFFIC = ("Cluster", "Local")
_TERMINATION = ("FallbackToLogsOnError", "File")
_SPREAD = ("Honor", "Ignore")
_RETAIN = ("Delete", "Retain")

ENUMS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("api.apps.v1.DaemonSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("api.apps.v1.DeploymentStrategy", "type"): ("Recreate", "RollingUpdate"),
    ("api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted"): _RETAIN,
    ("api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled"): _RETAIN,
    ("api.apps.v1.StatefulSetSpec", "podManagementPolicy"): ("OrderedReady", "Parallel"),
    ("api.apps.v1.StatefulSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("api.autoscaling.v2.HPAScalingPolicy", "type"): ("Percent", "Pods"),
    ("api.autoscaling.v2.HPAScalingRules", "selectPolicy"): ("Disabled", "Max", "Min"),
    ("api.autoscaling.v2.MetricSpec", "type"): ("ContainerResource", "External", "Object", "Pods", "Resource"),
    ("api.autoscaling.v2.MetricTarget", "type"): ("AverageValue", "Utilization", "Value"),
    ("api.batch.v1.CronJobSpec", "concurrencyPolicy"): ("Allow", "Forbid", "Replace"),
    ("api.batch.v1.JobSpec", "completionMode"): ("Indexed", "NonIndexed"),
    ("api.batch.v1.JobSpec", "podReplacementPolicy"): ("Failed", "TerminatingOrFailed"),
    ("api.core.v1.Container", "imagePullPolicy"): _PULL,
    ("api.core.v1.Container", "terminationMessagePolicy"): _TERMINATION,
    ("api.core.v1.ContainerPort", "protocol"): _PROTOCOL,
    ("api.core.v1.EphemeralContainer", "imagePullPolicy"): _PULL,
    ("api.core.v1.EphemeralContainer", "terminationMessagePolicy"): _TERMINATION,
    ("api.core.v1.HTTPGetAction", "scheme"): ("HTTP", "HTTPS"),
    ("api.core.v1.NodeSelectorRequirement", "operator"): ("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"),
    ("api.core.v1.PersistentVolumeClaimSpec", "accessModes"): _ACCESS,
    ("api.core.v1.PersistentVolumeClaimSpec", "volumeMode"): ("Block", "Filesystem"),
    ("api.core.v1.PersistentVolumeSpec", "accessModes"): _ACCESS,
    ("api.core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): ("Delete", "Recycle", "Retain"),
    ("api.core.v1.PersistentVolumeSpec", "volumeMode"): ("Block", "Filesystem"),
    ("api.core.v1.PodSpec", "dnsPolicy"): ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    ("api.core.v1.PodSpec", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    ("api.core.v1.PodSpec", "restartPolicy"): ("Always", "Never", "OnFailure"),
    ("api.core.v1.PodSecurityContext", "fsGroupChangePolicy"): ("Always", "OnRootMismatch"),
    ("api.core.v1.ScopedResourceSelectorRequirement", "operator"): ("DoesNotExist", "Exists", "In", "NotIn"),
    ("api.core.v1.SeccompProfile", "type"): ("Localhost", "RuntimeDefault", "Unconfined"),
    ("api.core.v1.AppArmorProfile", "type"): ("Localhost", "RuntimeDefault", "Unconfined"),
    ("api.core.v1.ServicePort", "protocol"): _PROTOCOL,
    ("api.core.v1.ServiceSpec", "externalTrafficPolicy"): _TRAFFIC,
    ("api.core.v1.ServiceSpec", "internalTrafficPolicy"): _TRAFFIC,
    ("api.core.v1.ServiceSpec", "ipFamilyPolicy"): ("PreferDualStack", "RequireDualStack", "SingleStack"),
    ("api.core.v1.ServiceSpec", "sessionAffinity"): ("ClientIP", "None"),
    ("api.core.v1.ServiceSpec", "type"): ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    ("api.core.v1.Taint", "effect"): _EFFECT,
    ("api.core.v1.Toleration", "effect"): _EFFECT,
    ("api.core.v1.TopologySpreadConstraint", "nodeAffinityPolicy"): _SPREAD,
    ("api.core.v1.TopologySpreadConstraint", "nodeTaintsPolicy"): _SPREAD,
    ("api.core.v1.TopologySpreadConstraint", "whenUnsatisfiable"): ("DoNotSchedule", "ScheduleAnyway"),
    ("api.core.v1.VolumeMount", "mountPropagation"): ("Bidirectional", "HostToContainer", "None"),
    ("api.networking.v1.HTTPIngressPath", "pathType"): ("Exact", "ImplementationSpecific", "Prefix"),
    ("api.networking.v1.NetworkPolicyPort", "protocol"): _PROTOCOL,
    ("api.networking.v1.NetworkPolicySpec", "policyTypes"): ("Egress", "Ingress"),
    ("api.policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): ("AlwaysAllow", "IfHealthyBudget"),
    ("api.scheduling.v1.PriorityClass", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    ("api.storage.v1.StorageClass", "reclaimPolicy"): ("Delete", "Recycle", "Retain"),
    ("api.storage.v1.StorageClass", "volumeBindingMode"): ("Immediate", "WaitForFirstConsumer"),
}
