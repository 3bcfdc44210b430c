"""Least privilege inside the cluster (N3, S13): what roles grant, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
)
from policy.pods import tokens
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource

_CARD: Frame = {
    "isms_p": ["2.5.1", "2.5.5"],
    "soc2": ["CC6.3"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}

_VERSIONS = tuple(f"rbac.authorization.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
ROLES = tuple(
    token for kind in ("Role", "ClusterRole") for end in ("", "Patch") for token in tokens(kind + end, *_VERSIONS)
)
CLUSTER_BINDINGS = (*tokens("ClusterRoleBinding", *_VERSIONS), *tokens("ClusterRoleBindingPatch", *_VERSIONS))
BINDINGS = (*tokens("RoleBinding", *_VERSIONS), *tokens("RoleBindingPatch", *_VERSIONS), *CLUSTER_BINDINGS)

MASTERS = "system:masters"
EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")
# What everybody of a namespace is who names no account; and roles that read every secret wherever they are bound.
DEFAULT_ACCOUNT = ("ServiceAccount", "default")
OVER_EVERYTHING = ("admin", "edit")
ESCALATING_VERBS = ("escalate", "bind", "impersonate")
# Resources on which a verb is as good as being somebody else.
ESCALATING_RESOURCES = {
    "pods/exec": ("create", "get"),
    "pods/attach": ("create", "get"),
    "pods/ephemeralcontainers": ("update", "patch"),
    "serviceaccounts/token": ("create",),
    "nodes/proxy": ("create", "get"),
}
_CHANGES = ("create", "update", "patch")
# What a cluster's own components may do: see every request, sign for any name, mount any disk.
# https://kubernetes.io/docs/concepts/security/rbac-good-practices/
OF_THE_CLUSTER = {
    "mutatingwebhookconfigurations": _CHANGES,
    "validatingwebhookconfigurations": _CHANGES,
    "certificatesigningrequests/approval": ("update", "patch"),
    "signers": ("approve", "sign"),
    "persistentvolumes": _CHANGES,
}
ANYWHERE = {"pods": ("create",)}
ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
CONFIG_MAPS = tokens("ConfigMap", "core/v1")


@rule(
    "K8S-020",
    on=ROLES,
    says="a role names its verbs, resources and API groups",
    fix="list what the program calls in place of *",
    requirements=["REQ-N3", "REQ-S13"],
    **_CARD,
)
def roles_have_no_wildcard(role: Resource) -> Iterator[Outcome]:
    """A * grows with every resource that anybody installs, secrets among them."""

    def is_named(item: Node) -> Iterator[Outcome]:
        if "*" in item.text():
            yield Finding(path=item.path, seen="*")

    def is_a_path(item: Node) -> Iterator[Outcome]:
        if item.text() in ("*", "/*"):
            yield Finding(path=item.path, seen="*")

    def names(granted: Node) -> Iterator[Outcome]:
        yield from judge_each(granted.elements("nonResourceURLs"), is_a_path)
        yield from judge_each(
            ("verbs", "resources", "apiGroups"), lambda field: judge_each(granted.elements(field), is_named)
        )

    yield from judge_each(role.elements("rules"), names)


@rule(
    "K8S-027",
    on=[*BINDINGS, *CONFIG_MAPS, ACCESS_ENTRY],
    says="nobody is made an administrator of the cluster, and nothing is granted to everybody",
    fix="bind a role with what is needed to a group or a service account that is named",
    requirements=["REQ-N3", "REQ-S13"],
    **_CARD,
)
def bindings_name_their_subjects(binding: Resource) -> Iterator[Outcome]:
    """`system:masters` passes every check, and no binding can take that back."""

    def is_somebody(subject: Node) -> Iterator[Outcome]:
        name = subject.known("name")
        if name in (*EVERYBODY, MASTERS):
            yield Finding(path=f"{subject.path}.name", seen=str(name))
        elif (subject.get("kind"), name) == DEFAULT_ACCOUNT:
            yield Finding(path=f"{subject.path}.name", seen="every pod that names no account")

    if binding.type == ACCESS_ENTRY or binding.type in CONFIG_MAPS:
        yield from _maps_nobody_to_masters(binding)
        return
    yield from judge_each(binding.elements("subjects"), is_somebody)
    role = binding.known("roleRef.name")
    if role == "cluster-admin" or (role in OVER_EVERYTHING and binding.type in CLUSTER_BINDINGS):
        yield Finding(path="roleRef.name", seen=str(role))


def _maps_nobody_to_masters(mapping: Resource) -> Iterator[Outcome]:
    """How EKS gives an IAM role its groups: an access entry, or the ConfigMap that was there before."""
    if mapping.type == ACCESS_ENTRY:
        groups = [each.value for each in mapping.elements("kubernetesGroups")]
        if MASTERS in groups:
            yield Finding(path="kubernetesGroups", seen=MASTERS)
    elif mapping.get("metadata.name") == "aws-auth":
        for place in ("mapRoles", "mapUsers"):
            if mapping.at("data").get(place) is not UNKNOWN and MASTERS in mapping.at(f"data.{place}").text():
                yield Finding(path=f"data.{place}", seen=MASTERS)


@rule(
    "K8S-051",
    on=[ACCESS_POLICY],
    says="access to the whole cluster is for those who run it",
    fix="give a team AmazonEKSViewPolicy or AmazonEKSEditPolicy, in its namespaces",
    isms_p=["2.5.5", "2.5.6"],
    soc2=["CC6.3"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.MEDIUM,
    level=ADVISORY_EVERYWHERE,
)
def access_is_given_by_namespace(association: Resource) -> Iterator[Outcome]:
    """Somebody has to be its administrator; each one more is somebody to ask about."""
    policy = association.known("policyArn")
    name = policy.rpartition("/")[2] if isinstance(policy, str) else ""
    is_everywhere = association.known("accessScope.type") == "cluster"
    if name == "AmazonEKSClusterAdminPolicy" or (
        is_everywhere and name in ("AmazonEKSAdminPolicy", "AmazonEKSEditPolicy")
    ):
        yield Finding(path="policyArn", seen=name)


@rule(
    "K8S-028",
    on=ROLES,
    says="a role cannot become another one",
    fix="take escalate, bind and impersonate, and exec, attach, tokens and node proxies, out of the role",
    requirements=["REQ-N3", "REQ-S13"],
    **_CARD,
)
def roles_do_not_escalate(role: Resource) -> Iterator[Outcome]:
    """With one of these, what else the role says does not matter. A * is K8S-020's; names that are given hold it.

    `escalate` writes any right into the role that it names, so no name holds it.
    """

    def is_harmless(granted: Node) -> Iterator[Outcome]:
        verbs = _texts(granted, "verbs")
        is_named = _names_harmless(granted)
        for verb in ESCALATING_VERBS:
            if verb in verbs and (verb == "escalate" or not is_named):
                yield Finding(path=f"{granted.path}.verbs", seen=verb, key=f"Verb::{verb}")
        if not is_named:
            yield from _reaches(granted, ESCALATING_RESOURCES)
        yield from _unknown_texts(granted, "verbs", "resources")

    yield from judge_each(role.elements("rules"), is_harmless)


@rule(
    "K8S-037",
    on=ROLES,
    says="a role writes no webhook, signs no certificate, makes no volume of the cluster and no pod in all of it",
    fix="give resourceNames, or a Role in one namespace; leave the rest to the cluster's own controllers",
    isms_p=["2.5.5", "2.5.6"],
    soc2=["CC6.3"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def roles_leave_the_cluster_alone(role: Resource) -> Iterator[Outcome]:
    """A webhook sees every secret that is written; a certificate is any user; a volume may be a node's directory.

    A pod takes whichever service account of its namespace it names, and with that its rights.
    """
    reaching = {**OF_THE_CLUSTER, **ANYWHERE} if ":ClusterRole" in role.type else OF_THE_CLUSTER

    def is_harmless(granted: Node) -> Iterator[Outcome]:
        if not granted.elements("resourceNames"):
            yield from _reaches(granted, reaching)

    yield from judge_each(role.elements("rules"), is_harmless)


def _reaches(granted: Node, refused: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    verbs, resources = _texts(granted, "verbs"), _texts(granted, "resources")
    for resource, means in refused.items():
        if resource in resources and verbs.intersection(means):
            yield Finding(path=f"{granted.path}.resources", seen=resource, key=f"Resource::{resource}")


def _names_harmless(granted: Node) -> bool:
    """Whether names are given, none of which is an administrator's."""
    names = [each.value for each in granted.elements("resourceNames")]
    return bool(names) and not {"cluster-admin", MASTERS, *OVER_EVERYTHING}.intersection(
        name for name in names if isinstance(name, str)
    )


@rule(
    "K8S-029",
    on=ROLES,
    says="a role reads the secrets that it names",
    fix="set resourceNames, and only the verb get",
    isms_p=["2.5.5", "2.7.2"],
    soc2=["CC6.1", "CC6.3"],
    requirements=["REQ-N3", "REQ-S14"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def roles_read_named_secrets(role: Resource) -> Iterator[Outcome]:
    """Whoever lists secrets reads them all, those of every service account too."""

    def is_named(granted: Node) -> Iterator[Outcome]:
        verbs = _texts(granted, "verbs")
        reads_all = verbs.intersection({"list", "watch"}) or ("get" in verbs and not granted.has("resourceNames"))
        if "secrets" in _texts(granted, "resources") and reads_all:
            yield Finding(path=f"{granted.path}.resources", seen="every secret", key="Resource::secrets")
        else:
            yield from _unknown_texts(granted, "verbs", "resources")

    yield from judge_each(role.elements("rules"), is_named)


def _texts(granted: Node, field: str) -> set[str]:
    """The texts of a list that are known."""
    return {each.value for each in granted.elements(field) if isinstance(each.value, str)}


def _unknown_texts(granted: Node, *fields: str) -> Iterator[CannotJudgeError]:
    """What else the lists hold, which nobody can judge yet."""
    for field in fields:
        for each in granted.elements(field):
            try:
                each.known("")
            except CannotJudgeError as unknown:
                yield unknown
