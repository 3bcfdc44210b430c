"""What is written into manifests and should not be (S14, A2): credentials, lasting tokens, objects nobody can judge."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from policy.literals import has_shape, is_credential, script_has_credential
from policy.pods import EVERY_POD, WORKLOADS, each_container, namespace_of, tokens
from policy.rules.nodes import NODE_CLASSES
from policy.rules.workloads import CHARTS, SERVICE_ACCOUNTS
from policy.view import Node, Resource

_WRITTEN_DOWN: Frame = {
    "isms_p": ["2.7.2"],
    "soc2": ["CC6.1"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}

CONFIG_MAPS = tokens("ConfigMap", "core/v1")
SECRETS = tokens("Secret", "core/v1")
STORAGE_CLASSES = tokens("StorageClass", "storage.k8s.io/v1", "storage.k8s.io/v1beta1")
LISTS = (
    *tokens("DeploymentList", "apps/v1"),
    *tokens("StatefulSetList", "apps/v1"),
    *tokens("DaemonSetList", "apps/v1"),
    *tokens("ReplicaSetList", "apps/v1"),
    *tokens("JobList", "batch/v1"),
    *tokens("CronJobList", "batch/v1"),
    *(f"kubernetes:core/v1:{kind}List" for kind in ("Pod", "Service", "Secret", "ConfigMap", "Namespace")),
    *(
        f"kubernetes:rbac.authorization.k8s.io/v1:{kind}List"
        for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    ),
    *tokens("NetworkPolicyList", "networking.k8s.io/v1"),
    *tokens("IngressList", "networking.k8s.io/v1"),
)

# Names under which charts and manifests ask for a Secret, or for a key in one: `existingSecret`, `passwordKey`.
_REFERS = re.compile(
    r"(?<!client)(?<!app)(?<!shared)(secrets?|(secret|password|token|credential)_?keys?)$", re.IGNORECASE
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_OBJECT_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
_LASTING_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type


@rule(
    "K8S-030",
    on=[*EVERY_POD, *CONFIG_MAPS, *CHARTS, *NODE_CLASSES],
    says="no credential stands in plain text in a manifest",
    fix="keep it in Secrets Manager, bring it in by an ExternalSecret, and point to that by secretKeyRef",
    requirements=["REQ-S14", "REQ-Y2"],
    **_WRITTEN_DOWN,
)
def manifests_hold_no_credential(resource: Resource) -> Iterator[Outcome]:
    """Whoever may read pods or ConfigMaps reads it. What comes from another resource is unknown, and no literal."""
    if resource.type in CONFIG_MAPS:
        yield from _in_map(resource.at("data"))
    elif resource.type in CHARTS:
        yield from _in_values(resource.at("values"))
    elif resource.type in NODE_CLASSES:
        if script_has_credential(resource.at("spec.userData").text()):
            yield Finding(path="spec.userData", seen="a script with a credential")
    else:
        yield from each_container(resource, _in_container)


@rule(
    "K8S-032",
    on=SECRETS,
    says="a secret comes from Secrets Manager, not out of a program",
    fix="add an ExternalSecret, or mount it with the Secrets Store CSI driver",
    isms_p=["2.7.2"],
    soc2=["CC6.1"],
    requirements=["REQ-S14", "REQ-Y2"],
    severity=Severity.MEDIUM,
    level=ADVISORY_EVERYWHERE,
)
def secrets_come_from_a_store(secret: Resource) -> Iterator[Outcome]:
    """In the program or not, it stays in the state and nobody rotates it; here both arrive alike."""
    for place in ("data", "stringData"):
        value = secret.get(place)
        if isinstance(value, dict) and any(isinstance(each, str) and each for each in value.values()):
            yield Finding(path=place, key=place, got=value)


@rule(
    "K8S-033",
    on=[*SECRETS, *SERVICE_ACCOUNTS],
    says="no token of a service account lasts, and who names no account gets none",
    fix="take the token's Secret out, a pod gets a short one; set automountServiceAccountToken to false on default",
    isms_p=["2.5.4", "2.5.5"],
    soc2=["CC6.1"],
    requirements=["REQ-S10", "REQ-N3"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def tokens_do_not_last(resource: Resource) -> Iterator[Outcome]:
    """A Secret of this type never expires. CIS EKS Benchmark 4.1.5: `default` is used by nobody."""
    if resource.type in SECRETS:
        if resource.known("type") == _LASTING_TOKEN:
            yield Finding(path="type", seen=_LASTING_TOKEN)
    elif resource.get("metadata.name") == "default" and resource.known("automountServiceAccountToken") is not False:
        yield Finding(path="automountServiceAccountToken", got=resource.get("automountServiceAccountToken"))


@rule(
    "K8S-042",
    on=LISTS,
    says="each object is a resource of its own",
    fix="make a resource of every item, or hand the manifest to a ConfigGroup, which does",
    isms_p=["2.10.2"],
    soc2=["CC6.8", "CC8.1"],
    requirements=["REQ-S10", "REQ-C6"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def objects_stand_alone(listed: Resource) -> Iterator[Outcome]:
    """What stands in a list no other rule sees."""
    yield Finding(path="items", key="items", got=listed.get("items"))


@rule(
    "K8S-043",
    on=STORAGE_CLASSES,
    says="the disks of a storage class are encrypted",
    fix='set parameters to {"encrypted": "true", "kmsKeyId": ...}',
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-Y2"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def claimed_disks_are_encrypted(storage: Resource) -> Iterator[Outcome]:
    """The driver's default is no encryption; EFS and FSx are encrypted where they are made."""
    if storage.known("provisioner") in ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"):
        value = storage.known("parameters.encrypted")
        if str(value).lower() != "true":
            yield Finding(path="parameters.encrypted", got=value)


@rule(
    "K8S-050",
    on=WORKLOADS,
    says="no workload is put into the default namespace",
    fix="give it a namespace of its own, with its own policies and quota",
    isms_p=["2.10.2", "2.6.1"],
    soc2=["CC6.6"],
    requirements=["REQ-S10"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def workloads_have_a_namespace(workload: Resource) -> Iterator[Outcome]:
    """Whoever forgets to say where ends there too. One that says nothing may get its namespace from the provider."""
    if workload.has("metadata.namespace") and namespace_of(workload) == "default":
        yield Finding(path="metadata.namespace", seen="default")


def _in_container(container: Node) -> Iterator[Outcome]:
    yield from judge_each(container.elements("env"), _in_pair)
    for place in ("command", "args"):
        texts = [each.value for each in container.elements(place) if isinstance(each.value, str)]
        if script_has_credential(" ".join(texts)):
            yield Finding(path=container.at(place).path, seen="a command with a credential")


def _in_pair(pair: Node) -> Iterator[Outcome]:
    name, value = pair.get("name"), pair.get("value")
    if isinstance(name, str) and isinstance(value, str) and is_credential(name, value):
        yield _found(pair.path, name if _VARIABLE.fullmatch(name) else "")


def _in_map(data: Node) -> Iterator[Outcome]:
    value = data.known("")
    for name, text in value.items() if isinstance(value, dict) else ():
        if isinstance(text, str) and _holds_one(name, text):
            yield _found(data.path, name)


def _holds_one(name: str, text: str) -> bool:
    return is_credential(name, text) or script_has_credential(text)


def _in_values(values: Node) -> Iterator[Outcome]:
    """Every text in a chart's values, whose names are free; `existingSecret: db` is the name of one."""
    if isinstance(values.value, dict):
        for name in values.value:
            # A name may hold a dot, so no path: the value is taken as it stands.
            yield from _in_value(name, Node(path=f"{values.path}.{name}", value=values.value[name]))
    elif isinstance(values.value, list):
        pairs = values.elements("")
        yield from judge_each(pairs, _in_values)
        yield from judge_each(pairs, lambda each: _in_pair(each) if each.has("value") else iter(()))


def _in_value(name: str, value: Node) -> Iterator[Outcome]:
    text = value.value
    if not isinstance(text, str):
        yield from _in_values(value)
    elif has_shape(text) or (is_credential(name, text) and not _is_reference(name, text)):
        yield _found(value.path.rpartition(".")[0], name)


def _is_reference(name: str, text: str) -> bool:
    return _REFERS.search(name) is not None and _OBJECT_NAME.fullmatch(text) is not None


def _found(path: str, name: str) -> Finding:
    shown = name if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) else "<a name>"
    return Finding(path=path, key=f"{path}.{shown}", seen=f"a credential in {shown}")
