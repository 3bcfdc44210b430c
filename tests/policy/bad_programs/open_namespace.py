"""A team that gets its own namespace in a minute: every pod of the cluster reaches it, and it takes any pod.

Stack: prod
Blocked by: K8S-018, K8S-019, K8S-025, K8S-026
"""

import pulumi
import pulumi_kubernetes as k8s

namespace = k8s.core.v1.Namespace("search", metadata={"name": "search", "labels": {"team": "search"}})
k8s.networking.v1.NetworkPolicy(
    "from-the-gateway",
    metadata={"name": "from-the-gateway", "namespace": namespace.metadata["name"]},
    spec={
        "pod_selector": {"match_labels": {"app": "search"}},
        "policy_types": ["Ingress"],
        "ingress": [{"from_": [{"namespace_selector": {"match_labels": {"name": "gateway"}}}]}],
    },
)
k8s.core.v1.Service(
    "search",
    metadata={"name": "search", "namespace": namespace.metadata["name"]},
    spec={"type": "LoadBalancer", "selector": {"app": "search"}, "ports": [{"port": 9200}]},
)
k8s.helm.v3.Release(
    "opensearch",
    name="opensearch",
    chart="opensearch",
    namespace=namespace.metadata["name"],
    repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo="https://charts.example.com"),
)
pulumi.export("namespace", namespace.metadata["name"])
