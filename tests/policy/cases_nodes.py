"""The nodes that Karpenter makes, and the rights over the whole cluster."""

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.cases_cluster import BINDINGS, RBAC, RULE, binding, role
from tests.policy.server import UNKNOWN

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
CLUSTER_ROLE = f"{RBAC}:ClusterRole"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
DEVELOPERS = "arn:aws:iam::111122223333:role/feed-developers"
EKS_POLICY = "arn:aws:eks::aws:cluster-access-policy"

node_class = {
    "metadata": {"name": "default"},
    "spec": {
        "role": UNKNOWN,
        "amiSelectorTerms": [{"alias": "bottlerocket@v1.49.0"}],
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "main"}}],
        "securityGroupSelectorTerms": [{"id": UNKNOWN}],
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{"deviceName": "/dev/xvdb", "ebs": {"encrypted": True, "kmsKeyID": KEY}}],
        "tags": TAGS,
    },
}
node_pool = {
    "metadata": {"name": "default"},
    "spec": {"limits": {"cpu": "200", "memory": "800Gi"}, "template": {"spec": {"expireAfter": "720h"}}},
}
access = {
    "clusterName": "main",
    "principalArn": DEVELOPERS,
    "policyArn": f"{EKS_POLICY}/AmazonEKSViewPolicy",
    "accessScope": {"type": "cluster"},
}
entry = {"clusterName": "main", "principalArn": DEVELOPERS, "kubernetesGroups": ["feed-developers"], "tags": TAGS}
aws_auth = {
    "metadata": {"name": "aws-auth", "namespace": "kube-system"},
    "data": {"mapRoles": "- rolearn: x\n  groups: [feed-developers]\n"},
}


def node(about: str, change: dict[str, object], *finds: str) -> Case:
    return case(about, NODE_CLASS, node_class, {f"spec.{name}": value for name, value in change.items()}, *finds)


def may(about: str, resource: str, *verbs: str, finds: str) -> Case:
    return case(about, CLUSTER_ROLE, role, {f"{RULE}.resources": [resource], f"{RULE}.verbs": [*verbs]}, finds)


CASES: list[Case] = [
    node("IMDSv1", {"metadataOptions.httpTokens": "optional"}, "K8S-044[spec.metadataOptions.httpTokens]"),
    node(
        "credentials that travel",
        {"metadataOptions.httpPutResponseHopLimit": 5},
        "K8S-044[spec.metadataOptions.httpPutResponseHopLimit]",
    ),
    node("a public address", {"associatePublicIPAddress": True}, "K8S-044[spec.associatePublicIPAddress]"),
    *(
        node(
            f"a disk {said}",
            {"blockDeviceMappings.0.ebs.encrypted": value},
            "K8S-045[spec.blockDeviceMappings[0].ebs.encrypted]",
        )
        for said, value in (("in the clear", False), ("that says nothing", GONE))
    ),
    node(
        "the latest image",
        {"amiSelectorTerms.0": {"alias": "al2023@latest"}},
        "K8S-046[spec.amiSelectorTerms[0].alias]",
    ),
    node("any image", {"amiSelectorTerms.0": {"name": "*"}}, "K8S-046[spec.amiSelectorTerms[0].name]"),
    node(
        "anybody's image",
        {"amiSelectorTerms.0": {"name": "feed-*", "owner": "*"}},
        "K8S-046[spec.amiSelectorTerms[0].owner]",
    ),
    node("any subnet", {"subnetSelectorTerms.0.tags": {"Name": "*"}}, "K8S-046[spec.subnetSelectorTerms[0].tags]"),
    node("no owner", {"tags.Owner": GONE}, "K8S-047[Owner]"),
    case("no limit", NODE_POOL, node_pool, {"spec.limits": GONE}, "K8S-048[spec.limits]"),
    case(
        "nodes for ever",
        NODE_POOL,
        node_pool,
        {"spec.template.spec.expireAfter": "Never"},
        "K8S-048[spec.template.spec.expireAfter]",
    ),
    may(
        "webhooks", "mutatingwebhookconfigurations", "create", finds="K8S-037[Resource::mutatingwebhookconfigurations]"
    ),
    may(
        "certificates",
        "certificatesigningrequests/approval",
        "update",
        finds="K8S-037[Resource::certificatesigningrequests/approval]",
    ),
    may("pods anywhere", "pods", "create", finds="K8S-037[Resource::pods]"),
    may("volumes", "persistentvolumes", "create", finds="K8S-037[Resource::persistentvolumes]"),
    may(
        "a shell beside a container",
        "pods/ephemeralcontainers",
        "patch",
        finds="K8S-028[Resource::pods/ephemeralcontainers]",
    ),
    case(
        "a role that is named, and one that is all",
        CLUSTER_ROLE,
        {
            **role,
            "rules": [
                {"apiGroups": ["x"], "resources": ["clusterroles"], "verbs": ["bind"], "resourceNames": ["view"]}
            ],
        },
        {f"{RULE}.resourceNames": ["cluster-admin"]},
        "K8S-028[Verb::bind]",
    ),
    case(
        "every path",
        CLUSTER_ROLE,
        {**role, "rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]},
        {f"{RULE}.nonResourceURLs": ["*"]},
        "K8S-020[rules[0].nonResourceURLs[0]]",
    ),
    case(
        "every secret of the cluster",
        BINDINGS[1],
        {**binding, "roleRef": {"kind": "ClusterRole", "name": "view"}},
        {"roleRef.name": "edit"},
        "K8S-027[roleRef.name]",
    ),
    case(
        "every pod that names no account",
        BINDINGS[0],
        {**binding, "subjects": [{"kind": "ServiceAccount", "name": "api", "namespace": "feed"}]},
        {"subjects.0.name": "default"},
        "K8S-027[subjects[0].name]",
    ),
    case(
        "an administrator by ConfigMap",
        CONFIG_MAP,
        aws_auth,
        {"data.mapRoles": "- rolearn: x\n  groups: [system:masters]\n"},
        "K8S-027[data.mapRoles]",
    ),
    case(
        "an administrator by access entry",
        ACCESS_ENTRY,
        entry,
        {"kubernetesGroups": ["system:masters"]},
        "K8S-027[kubernetesGroups]",
    ),
    case(
        "an administrator by access policy",
        ACCESS_POLICY,
        access,
        {"policyArn": f"{EKS_POLICY}/AmazonEKSClusterAdminPolicy"},
        "K8S-051[policyArn]",
    ),
]
