"""What a Kubernetes object is called: its kind, its place, the id that Pulumi gives it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.errors import SandboxError

Object = Mapping[str, Any]  # plain JSON


@dataclass(frozen=True, kw_only=True, order=True)
class Kind:
    """Group, version and kind; the core group is the empty text."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """As manifests write it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


def kind_of(api_version: str, kind: str) -> Kind:
    """The kind that a manifest names; `core/v1` is how Pulumi's tokens write `v1`."""
    group, _, version = api_version.rpartition("/")
    return Kind(group="" if group == "core" else group, version=version, kind=kind)


def kind_of_token(token: str) -> Kind:
    """The kind of a resource token such as `kubernetes:apps/v1:Deployment`.

    Raises:
        SandboxError: it has no such form.
    """
    found = re.fullmatch(r"kubernetes:([^:]+):([^:]+)", token)
    if not found:
        raise SandboxError(f"{token} is no resource type of Kubernetes: kubernetes:GROUP/VERSION:KIND is expected")
    return kind_of(found[1], found[2])


# Kinds of Kubernetes itself that lie in no namespace (kubectl api-resources --namespaced=false). Whether a custom
# kind does is its CRD's to say.
CLUSTER_WIDE = frozenset(
    [
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "ComponentStatus",
        "CustomResourceDefinition",
        "DeviceClass",
        "DeviceTaintRule",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "SubjectAccessReview",
        "TokenReview",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersion",
        "StorageVersionMigration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    ]
)


def identifier(namespace: str, name: str) -> str:
    """The id of a resource: `namespace/name`, or the name alone of what lies in no namespace."""
    return f"{namespace}/{name}" if namespace else name


def crds_in(*folders: Path) -> Iterator[Object]:
    """The CustomResourceDefinitions in folders, one a file, and of one name the first; a folder may be absent."""
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            crd: Object = yaml.load(path.read_bytes(), yaml.CSafeLoader)  # safe too, and ten times as fast
            name: str = crd["metadata"]["name"]
            if name not in seen:
                seen.add(name)
                yield crd
