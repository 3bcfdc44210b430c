"""Least privilege inside the cluster (N3, S13): what roles grant, and to whom."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, MANDATORY_EVERYWHERE, Finding, Frame, Outcome, Severity, judge_each, rule
from policy.pods import tokens
from policy.view import CannotJudgeError, Node, Resource

_CARD: Frame = {
    "isms_p": ["2.5.1", "2.5.5"],
    "soc2": ["CC6.3"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}

_VERSIONS = tuple(f"rbac.authorization.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
ROLES = (*tokens("Role", *_VERSIONS), *tokens("ClusterRole", *_VERSIONS))
BINDINGS = (*tokens("RoleBinding", *_VERSIONS), *tokens("ClusterRoleBinding", *_VERSIONS))

EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")
ESCALATING_VERBS = ("escalate", "bind", "impersonate")
# Resources on which a verb is as good as being somebody else.
ESCALATING_RESOURCES = {
    "pods/exec": ("create", "get"),
    "pods/attach": ("create", "get"),
    "serviceaccounts/token": ("create",),
    "nodes/proxy": ("create", "get"),
}


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

    def names(granted: Node) -> Iterator[Outcome]:
        yield from judge_each(
            ("verbs", "resources", "apiGroups"), lambda field: judge_each(granted.elements(field), is_named)
        )

    yield from judge_each(role.elements("rules"), names)


@rule(
    "K8S-027",
    on=BINDINGS,
    says="nobody is made an administrator of the cluster, and nothing is granted to everybody",
    fix="bind a role with what is needed to a group or a service account that is named",
    requirements=["REQ-N3", "REQ-S13"],
    **_CARD,
)
def bindings_name_their_subjects(binding: Resource) -> Iterator[Outcome]:
    """`system:masters` passes every check, and no binding can take that back."""

    def is_somebody(subject: Node) -> Iterator[Outcome]:
        name = subject.known("name")
        if name in (*EVERYBODY, "system:masters"):
            yield Finding(path=f"{subject.path}.name", seen=str(name))

    yield from judge_each(binding.elements("subjects"), is_somebody)
    if binding.known("roleRef.name") == "cluster-admin":
        yield Finding(path="roleRef.name", seen="cluster-admin")


@rule(
    "K8S-028",
    on=ROLES,
    says="a role cannot become another one",
    fix="take escalate, bind and impersonate, and exec, attach, tokens and node proxies, out of the role",
    requirements=["REQ-N3", "REQ-S13"],
    **_CARD,
)
def roles_do_not_escalate(role: Resource) -> Iterator[Outcome]:
    """With one of these, what else the role says does not matter. A * is K8S-020's."""

    def is_harmless(granted: Node) -> Iterator[Outcome]:
        verbs = _texts(granted, "verbs")
        for verb in ESCALATING_VERBS:
            if verb in verbs:
                yield Finding(path=f"{granted.path}.verbs", seen=verb, key=f"Verb::{verb}")
        resources = _texts(granted, "resources")
        for resource, means in ESCALATING_RESOURCES.items():
            if resource in resources and verbs.intersection(means):
                yield Finding(path=f"{granted.path}.resources", seen=resource, key=f"Resource::{resource}")
        yield from _unknown_texts(granted, "verbs", "resources")

    yield from judge_each(role.elements("rules"), is_harmless)


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
