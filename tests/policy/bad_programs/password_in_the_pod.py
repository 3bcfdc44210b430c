"""A developer who moves a Compose file into the cluster: the database's password stands in the pod's environment.

Blocked by: K8S-030
"""

import pulumi_kubernetes as k8s

labels = {"app": "orders"}
container: k8s.core.v1.ContainerArgsDict = {
    "name": "orders",
    "image": "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/orders:1.4.2",
    "env": [
        {"name": "DB_HOST", "value": "orders.cluster.internal"},
        {"name": "DB_PASSWORD", "value": "orders-dev-2026"},
    ],
    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    "security_context": {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}},
}

k8s.apps.v1.Deployment(
    "orders",
    metadata={"name": "orders", "namespace": "orders"},
    spec={
        "replicas": 2,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "automount_service_account_token": False,
                "security_context": {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}},
                "containers": [container],
            },
        },
    },
)
