"""A platform engineer whose operator got "forbidden": a role of stars, and cluster-admin for every service account.

Blocked by: K8S-020, K8S-027
"""

import pulumi_kubernetes as k8s

operator = k8s.rbac.v1.ClusterRole(
    "operator",
    metadata=k8s.meta.v1.ObjectMetaArgs(name="operator"),
    rules=[k8s.rbac.v1.PolicyRuleArgs(api_groups=["*"], resources=["*"], verbs=["*"])],
)
k8s.rbac.v1.ClusterRoleBinding(
    "operator",
    metadata=k8s.meta.v1.ObjectMetaArgs(name="operator"),
    role_ref=k8s.rbac.v1.RoleRefArgs(
        api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=operator.metadata.name
    ),
    subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name="operator", namespace="operators")],
)
k8s.rbac.v1.ClusterRoleBinding(
    "everyone",
    metadata=k8s.meta.v1.ObjectMetaArgs(name="everyone-for-now"),
    role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name="cluster-admin"),
    subjects=[k8s.rbac.v1.SubjectArgs(kind="Group", name="system:serviceaccounts")],
)
