"""A developer who makes a pod run at last: privileged, as root, without limits, whatever `latest` is today.

Stack: stg
Blocked by: K8S-001, K8S-012, K8S-013, K8S-014, K8S-015, K8S-016, K8S-017, K8S-022
"""

import pulumi_kubernetes as k8s

labels = {"app": "thumbnails"}

k8s.apps.v1.Deployment(
    "thumbnails",
    metadata={"name": "thumbnails", "namespace": "media"},
    spec={
        "replicas": 2,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "thumbnails",
                        "image": "222233334444.dkr.ecr.ap-northeast-2.amazonaws.com/thumbnails:latest",
                        "ports": [{"container_port": 8080}],
                        "security_context": {"privileged": True},
                    }
                ]
            },
        },
    },
)
