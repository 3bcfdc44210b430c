"""The cluster around the pods: roles, namespaces, services and charts."""

from collections.abc import Mapping

from tests.policy.case import GONE, Case, case
from tests.policy.cases_kubernetes import NOTHING, labels, made
from tests.policy.server import UNKNOWN, Registered

RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
RELEASE = "kubernetes:helm.sh/v3:Release"

role = made(
    "ClusterRole", "rbac.authorization.k8s.io/v1", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
)
binding = made(
    "RoleBinding",
    "rbac.authorization.k8s.io/v1",
    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    subjects=[{"kind": "Group", "name": "feed-developers", "apiGroup": "rbac.authorization.k8s.io"}],
)
RULE = "rules.0"
a_secret = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"]}

BINDINGS = [f"{RBAC}:RoleBinding", f"{RBAC}:ClusterRoleBinding"]
ROLES = [f"{RBAC}:Role", f"{RBAC}:ClusterRole"]

namespace: Mapping[str, object] = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "feed", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
}


def policy(spec: Mapping[str, object], **metadata: object) -> Registered:
    props = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    return Registered(type="kubernetes:networking.k8s.io/v1:NetworkPolicy", name="deny", props=props)


denial = policy({"podSelector": NOTHING, "policyTypes": ["Ingress", "Egress"]}, name="deny", namespace="feed")
service = made("Service", "v1", spec={"type": "ClusterIP", "ports": [{"port": 80}]})
release: Mapping[str, object] = {
    "chart": "karpenter",
    "version": "1.8.2",
    "namespace": "karpenter",
    "repositoryOpts": {"repo": "https://charts.example.com"},
}

CASES: list[Case] = [
    *(
        made_here
        for token in ROLES
        for made_here in (
            case("every verb", token, role, {f"{RULE}.verbs": ["*"]}, "K8S-020[rules[0].verbs[0]]"),
            case("every resource", token, role, {f"{RULE}.resources": ["*"]}, "K8S-020[rules[0].resources[0]]"),
            case("every group", token, role, {f"{RULE}.apiGroups": ["*"]}, "K8S-020[rules[0].apiGroups[0]]"),
            case(
                "a wildcard after an unknown rule",
                token,
                role,
                {RULE: UNKNOWN, "rules.1": {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}},
                *("K8S-020", "K8S-028", "K8S-029", "K8S-037", "K8S-020[rules[1].verbs[0]]"),
            ),
            *(
                case(verb, token, role, {f"{RULE}.verbs": ["get", verb]}, f"K8S-028[Verb::{verb}]")
                for verb in ("escalate", "bind", "impersonate")
            ),
            case(
                "a shell in any pod",
                token,
                role,
                {f"{RULE}.resources": ["pods/exec"], f"{RULE}.verbs": ["create"]},
                "K8S-028[Resource::pods/exec]",
            ),
            case("secrets", token, role, {f"{RULE}.resources": ["secrets"]}, "K8S-029[Resource::secrets]"),
            case(
                "a list of secrets",
                token,
                {
                    **role,
                    "rules": [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"], "verbs": ["get"]}],
                },
                {f"{RULE}.verbs": ["get", "list"]},
                "K8S-029[Resource::secrets]",
            ),
        )
    ),
    *(
        made_here
        for token in BINDINGS
        for made_here in (
            case("an administrator", token, binding, {"roleRef.name": "cluster-admin"}, "K8S-027[roleRef.name]"),
            *(
                case(name, token, binding, {"subjects.0.name": name}, "K8S-027[subjects[0].name]")
                for name in ("system:masters", "system:unauthenticated", "system:authenticated")
            ),
        )
    ),
    Case(
        about="a policy for some pods only",
        type=NAMESPACE,
        good=namespace,
        change={"metadata.name": "ads"},
        finds=frozenset({"K8S-018[NetworkPolicy]"}),
        beside=[denial, policy({"podSelector": {"matchLabels": labels}}, name="some", namespace="ads")],
    ),
    Case(
        about="a policy that lets everybody in",
        type=NAMESPACE,
        good=namespace,
        change={"metadata.name": "ads"},
        finds=frozenset({"K8S-018[NetworkPolicy]"}),
        beside=[denial, policy({"podSelector": NOTHING, "ingress": [NOTHING]}, name="all", namespace="ads")],
    ),
    *(
        Case(
            about=f"pods are held to {value}",
            type=NAMESPACE,
            good=namespace,
            change={"metadata.labels": {"pod-security.kubernetes.io/enforce": value}},
            finds=frozenset({"K8S-019[enforce]"}),
            beside=[denial],
        )
        for value in ("privileged", "")
    ),
    Case(
        about="pods are held to nothing",
        type=NAMESPACE,
        good=namespace,
        change={"metadata.labels": GONE},
        finds=frozenset({"K8S-019[enforce]"}),
        beside=[denial],
    ),
    case("a node's port", SERVICE, service, {"spec.type": "NodePort"}, "K8S-025[spec.type]"),
    case("a public load balancer", SERVICE, service, {"spec.type": "LoadBalancer"}, "K8S-025[spec.type]"),
    case("an address", SERVICE, service, {"spec.externalIPs": ["203.0.113.7"]}, "K8S-025[spec.externalIPs]"),
    case("no version", RELEASE, release, {"version": GONE}, "K8S-026[version]"),
    *(
        case(f"version {version}", RELEASE, release, {"version": version}, "K8S-026[version]")
        for version in ("", "^1.8.0", "1.8", "1.x", ">=1.8.0", "1.8.2 - 2.0.0")
    ),
]
