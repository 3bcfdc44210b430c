"""A service team in the cluster: a namespace that is closed, and pods that have no more than their program needs.

Stack: prod
"""

import pulumi
import pulumi_kubernetes as k8s

LABELS = {"app": "orders"}
IMAGE = "333344445555.dkr.ecr.ap-northeast-2.amazonaws.com/orders@sha256:" + "5e" * 32

namespace = k8s.core.v1.Namespace(
    "orders",
    metadata={"name": "orders", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
)
name = namespace.metadata["name"]
k8s.networking.v1.NetworkPolicy(
    "deny",
    metadata={"name": "deny", "namespace": name},
    spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
)
k8s.networking.v1.NetworkPolicy(
    "from-the-gateway",
    metadata={"name": "from-the-gateway", "namespace": name},
    spec={
        "pod_selector": {"match_labels": LABELS},
        "policy_types": ["Ingress"],
        "ingress": [
            {
                "from_": [{"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "gateway"}}}],
                "ports": [{"port": 8080}],
            }
        ],
    },
)
account = k8s.core.v1.ServiceAccount(
    "orders", metadata={"name": "orders", "namespace": name}, automount_service_account_token=False
)
reader = k8s.rbac.v1.Role(
    "orders",
    metadata={"name": "orders", "namespace": name},
    rules=[{"api_groups": [""], "resources": ["configmaps"], "resource_names": ["orders"], "verbs": ["get"]}],
)
k8s.rbac.v1.RoleBinding(
    "orders",
    metadata={"name": "orders", "namespace": name},
    role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": reader.metadata["name"]},
    subjects=[{"kind": "ServiceAccount", "name": account.metadata["name"], "namespace": name}],
)
probe: k8s.core.v1.ProbeArgsDict = {"http_get": {"path": "/healthz", "port": 8080}}
k8s.apps.v1.Deployment(
    "orders",
    metadata={"name": "orders", "namespace": name},
    spec={
        "replicas": 3,
        "selector": {"match_labels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {
                "service_account_name": account.metadata["name"],
                "automount_service_account_token": False,
                "security_context": {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}},
                "containers": [
                    {
                        "name": "orders",
                        "image": IMAGE,
                        "ports": [{"container_port": 8080}],
                        "resources": {
                            "requests": {"cpu": "250m", "memory": "256Mi"},
                            "limits": {"memory": "512Mi"},
                        },
                        "readiness_probe": probe,
                        "liveness_probe": probe,
                        "security_context": {
                            "allow_privilege_escalation": False,
                            "read_only_root_filesystem": True,
                            "capabilities": {"drop": ["ALL"]},
                        },
                    }
                ],
            },
        },
    },
)
k8s.policy.v1.PodDisruptionBudget(
    "orders",
    metadata={"name": "orders", "namespace": name},
    spec={"min_available": 2, "selector": {"match_labels": LABELS}},
)
service = k8s.core.v1.Service(
    "orders",
    metadata={"name": "orders", "namespace": name},
    spec={"type": "ClusterIP", "selector": LABELS, "ports": [{"port": 80, "target_port": 8080}]},
)
pulumi.export("service", service.metadata["name"])
