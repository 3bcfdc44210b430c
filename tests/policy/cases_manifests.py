"""What is written into manifests, what Helm and ArgoCD bring, and what the outside reaches."""

from collections.abc import Mapping

from tests.policy.case import GONE, KEY, Case, case
from tests.policy.cases_cluster import NAMESPACE, RELEASE, denial, namespace, policy, release
from tests.policy.cases_kubernetes import DEPLOYMENT, NOTHING, ONE, SEEN, budget, deployment, labels, made
from tests.policy.server import UNKNOWN, Registered

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
NETWORK_POLICY = denial.type
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
PROJECT = "kubernetes:argoproj.io/v1alpha1:AppProject"
APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application"
ALB = "alb.ingress.kubernetes.io"
KEY_FILE = "-----BEGIN PRIVATE KEY-----"

config_map = made("ConfigMap", "v1", data={"LOG_LEVEL": "info", "MAX_TOKENS": "100000"})
secret = made("Secret", "v1", data=UNKNOWN, type="Opaque")
default_account: Mapping[str, object] = {
    "metadata": {"name": "default", "namespace": "feed"},
    "automountServiceAccountToken": False,
}
inside: Mapping[str, object] = {
    "metadata": {"name": "in", "namespace": "gateway"},
    "spec": {
        "listeners": [{"name": "in", "protocol": "HTTP", "port": 8080}],
        "infrastructure": {
            "parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "inside"},
        },
    },
}


def envoy(name: str, service: str) -> Registered:
    return Registered(
        type="kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy",
        name=name,
        props={
            "metadata": {"name": name, "namespace": "gateway"},
            "spec": {"provider": {"type": "Kubernetes", "kubernetes": {"envoyService": {"type": service}}}},
        },
    )


from_gateway: Mapping[str, object] = {"from": [{"podSelector": {"matchLabels": {"app": "gateway"}}}]}
opening = {**denial.props, "spec": {"podSelector": NOTHING, "policyTypes": ["Ingress"], "ingress": [from_gateway]}}
rules = [{"host": "api.example.com"}]
nginx = made(
    "Ingress",
    "networking.k8s.io/v1",
    spec={"ingressClassName": "nginx", "tls": [{"hosts": ["api.example.com"], "secretName": "api"}], "rules": rules},
)
annotations = {
    f"{ALB}/scheme": "internet-facing",
    f"{ALB}/certificate-arn": UNKNOWN,
    f"{ALB}/listen-ports": '[{"HTTP":80},{"HTTPS":443}]',
    f"{ALB}/ssl-redirect": "443",
    f"{ALB}/wafv2-acl-arn": UNKNOWN,
}
alb: Mapping[str, object] = {
    "metadata": {"name": "api", "namespace": "feed", "annotations": annotations},
    "spec": {"ingressClassName": "alb", "rules": rules},
}
project = {
    "metadata": {"name": "feed", "namespace": "argocd"},
    "spec": {
        "sourceRepos": ["https://github.com/team/feed-deploy"],
        "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "feed-*"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    },
}
installed = {**release, "values": {"replicas": 2, "auth": {"existingSecret": "feed-db", "passwordKey": "password"}}}


def annotated(**changes: object) -> dict[str, object]:
    """The annotations of a good ALB, with some changed; a name's `_` stands for a hyphen."""
    named = {f"{ALB}/{name.replace('_', '-')}": value for name, value in changes.items()}
    return {
        "metadata.annotations": {name: value for name, value in {**annotations, **named}.items() if value is not GONE}
    }


def pod(about: str, change: Mapping[str, object], *finds: str) -> Case:
    return Case(about=about, type=DEPLOYMENT, good=deployment, change=change, finds=frozenset(finds), beside=[budget])


def lets_in(about: str, rule: Mapping[str, object]) -> Case:
    return case(about, NETWORK_POLICY, opening, {"spec.ingress": [rule]}, "K8S-036[Ingress::everybody]")


CASES: list[Case] = [
    pod(
        "a password",
        {f"{ONE}.env.0": {"name": "DB_PASSWORD", "value": "correct-horse"}},
        f"K8S-030[{SEEN}.env[0].DB_PASSWORD]",
    ),
    pod(
        "a password in an address",
        {f"{ONE}.env.0": {"name": "DATABASE_URL", "value": "mysql://feed:correct-horse@db:3306/feed"}},
        f"K8S-030[{SEEN}.env[0].DATABASE_URL]",
    ),
    pod("a password in a command", {f"{ONE}.args": ["--password=correct-horse"]}, f"K8S-030[{SEEN}.args]"),
    case("a password", CONFIG_MAP, config_map, {"data": {"DB_PASSWORD": "correct-horse"}}, "K8S-030[data.DB_PASSWORD]"),
    case(
        "a password in a file",
        CONFIG_MAP,
        {**config_map, "data": {"app.properties": "db.password=${DB_PASSWORD}\n"}},
        {"data": {"app.properties": "db.password=correct-horse\n"}},
        "K8S-030[data.app.properties]",
    ),
    case("a private key", CONFIG_MAP, config_map, {"data": {"tls.key": KEY_FILE}}, "K8S-030[data.tls.key]"),
    case(
        "a password in the values",
        RELEASE,
        installed,
        {"values.auth": {"password": "correct-horse"}},
        "K8S-030[values.auth.password]",
    ),
    case(
        "a password in a list of the values",
        RELEASE,
        installed,
        {"values.env": [{"name": "DB_PASSWORD", "value": "correct-horse"}]},
        "K8S-030[values.env[0].DB_PASSWORD]",
    ),
    case("a secret of the program's", SECRET, secret, {"data": {"password": "Y29ycmVjdA=="}}, "K8S-032[data]"),
    case("a token that lasts", SECRET, secret, {"type": "kubernetes.io/service-account-token"}, "K8S-033[type]"),
    case(
        "a token for who names no account",
        ACCOUNT,
        default_account,
        {"automountServiceAccountToken": GONE},
        "K8S-033[automountServiceAccountToken]",
    ),
    Case(
        about="open to the outside",
        type=NAMESPACE,
        good=namespace,
        change={"metadata.name": "ads"},
        finds=frozenset({"K8S-035[Egress]"}),
        beside=[denial, policy({"podSelector": NOTHING, "policyTypes": ["Ingress"]}, name="in", namespace="ads")],
    ),
    lets_in("everybody", NOTHING),
    lets_in("the internet", {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}),
    lets_in("the internet, on a port of every pod", {"from": [{"ipBlock": {"cidr": "::/0"}}], "ports": [{"port": 80}]}),
    lets_in("every namespace", {"from": [{"namespaceSelector": NOTHING}]}),
    case("no TLS", INGRESS, nginx, {"spec.tls": GONE}, "K8S-038[spec.tls]"),
    case("an ALB without HTTPS", INGRESS, alb, annotated(listen_ports='[{"HTTP":80}]'), "K8S-038[listen-ports]"),
    case("HTTP that stays HTTP", INGRESS, alb, annotated(ssl_redirect=GONE), "K8S-038[ssl-redirect]"),
    case("an old policy", INGRESS, alb, annotated(ssl_policy="ELBSecurityPolicy-2016-08"), "K8S-038[ssl-policy]"),
    case("no web ACL", INGRESS, alb, annotated(wafv2_acl_arn=GONE), "K8S-039[wafv2-acl-arn]"),
    case(
        "a snippet",
        INGRESS,
        nginx,
        {"metadata.annotations": {"nginx.ingress.kubernetes.io/server-snippet": "return 200;"}},
        "K8S-040[server-snippet]",
    ),
    case(
        "a gateway without TLS",
        GATEWAY,
        {"spec": {"listeners": [{"name": "in", "protocol": "HTTPS", "port": 443}]}},
        {"spec.listeners.0.protocol": "HTTP"},
        "K8S-038[protocol]",
    ),
    Case(
        about="a gateway without TLS that the outside reaches",
        type=GATEWAY,
        good=inside,
        change={"spec.infrastructure.parametersRef.name": "outside"},
        finds=frozenset({"K8S-038[protocol]"}),
        beside=[envoy("inside", "ClusterIP"), envoy("outside", "LoadBalancer")],
    ),
    *(
        case(f"the values: {name}", RELEASE, installed, {f"values.{name}": value}, f"K8S-041[values.{name}]")
        for name, value in (("hostNetwork", True), ("privileged", True), ("runAsNonRoot", False), ("runAsUser", 0))
    ),
    case("an image that moves", RELEASE, installed, {"values.image": {"tag": "latest"}}, "K8S-041[values.image.tag]"),
    case(
        "charts without TLS",
        RELEASE,
        release,
        {"repositoryOpts.repo": "http://charts.example.com"},
        "K8S-026[Repository::http]",
    ),
    case(
        "disks in the clear",
        "kubernetes:storage.k8s.io/v1:StorageClass",
        {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3", "encrypted": "true", "kmsKeyId": KEY}},
        {"parameters.encrypted": GONE},
        "K8S-043[parameters.encrypted]",
    ),
    case(
        "a directory of the node",
        "kubernetes:core/v1:PersistentVolume",
        {"spec": {"csi": {"driver": "efs.csi.aws.com", "volumeHandle": "fs-1"}}},
        {"spec": {"hostPath": {"path": "/data"}}},
        "K8S-003[spec.hostPath]",
    ),
    Case(
        about="the default namespace",
        type=DEPLOYMENT,
        good=deployment,
        change={"metadata.namespace": "default"},
        finds=frozenset({"K8S-050[metadata.namespace]"}),
        beside=[budget, Registered(type=budget.type, name="other", props={**budget.props, "metadata": {"name": "b"}})],
    ),
    case("any repository", PROJECT, project, {"spec.sourceRepos": ["*"]}, "K8S-049[spec.sourceRepos[0]]"),
    case(
        "any namespace",
        PROJECT,
        project,
        {"spec.destinations.0.namespace": "*"},
        "K8S-049[spec.destinations[0].namespace]",
    ),
    case(
        "any kind",
        PROJECT,
        project,
        {"spec.clusterResourceWhitelist": [{"group": "*", "kind": "*"}]},
        "K8S-049[spec.clusterResourceWhitelist[0]]",
    ),
    case(
        "no project", APPLICATION, {"spec": {"project": "feed"}}, {"spec.project": "default"}, "K8S-049[spec.project]"
    ),
    case(
        "a budget that says no", budget.type, budget.props, {"spec.maxUnavailable": 0}, "K8S-034[spec.maxUnavailable]"
    ),
    case(
        "a budget that keeps all",
        budget.type,
        budget.props,
        {"spec": {"minAvailable": "100%", "selector": {"matchLabels": labels}}},
        "K8S-034[spec.minAvailable]",
    ),
    pod(
        "a file system that anybody writes",
        {f"{ONE}.securityContext.readOnlyRootFilesystem": GONE},
        f"K8S-031[{SEEN}.securityContext.readOnlyRootFilesystem]",
    ),
    case(
        "a patch that makes it privileged",
        "kubernetes:apps/v1:DeploymentPatch",
        {"spec": {"template": {"spec": {"containers": [{"name": "api"}]}}}},
        {"spec.template.spec.containers.0.securityContext": {"privileged": True}},
        f"K8S-001[{SEEN}.securityContext.privileged]",
    ),
]
