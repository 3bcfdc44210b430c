"""The strict schemas of every kind: Kubernetes' own from PyPI, custom kinds' from their CRDs.

PyPI's kubernetes-validate carries the API of each minor as JSON schemas in which an unknown field is an error. A CRD
is at hand when `make sandbox-kube` has put it into the user's cache, or when the program itself makes it.
"""

# What a JSON schema holds has no types a checker could follow.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import copy
import difflib
import importlib.resources
import json
import re
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from k8s.versions import KUBERNETES
from sandbox.errors import SandboxError
from sandbox.kube.enums import ENUMS
from sandbox.kube.objects import CLUSTER_WIDE, Kind, Object, crds_in

_DEFINITIONS = "urn:kubernetes"
_META = f"{_DEFINITIONS}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_KINDS = "x-kubernetes-group-version-kind"
# What every CRD's schema may leave out, because the API server adds it to all objects.
_ENVELOPE: Mapping[str, Any] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"$ref": _META},
}


class Schemas:
    """The kinds that can be checked. Safe to use from several threads."""

    def __init__(self, crds: Iterable[Object] = ()) -> None:
        self._lock = threading.RLock()
        self._unread = iter(crds)  # until the first question: most runs ask none, and 3 MB of CRDs take seconds
        self._learnt: dict[Kind, tuple[str, Validator]] = {}  # scope and validator

    @classmethod
    def with_crds_in(cls, *folders: Path) -> "Schemas":
        """Kubernetes' kinds, and those of the CRDs in folders; they may be absent."""
        return cls(crds_in(*folders))

    def learn(self, crd: Object) -> None:
        """Take over the kinds of a CustomResourceDefinition."""
        with self._lock:
            self._learn(self._custom, crd)

    @property
    def _custom(self) -> dict[Kind, tuple[str, Validator]]:
        for crd in self._unread:
            self._learn(self._learnt, crd)
        return self._learnt

    def _learn(self, into: dict[Kind, tuple[str, Validator]], crd: Object) -> None:
        spec = crd.get("spec") or {}
        for version in spec.get("versions") or []:
            schema = (version.get("schema") or {}).get("openAPIV3Schema")
            if not schema:
                continue
            kind = Kind(group=spec["group"], version=version["name"], kind=spec["names"]["kind"])
            strict = _strict(schema)
            strict["properties"] = {**strict.get("properties", {}), **_ENVELOPE}
            if "x-kubernetes-preserve-unknown-fields" not in schema:
                strict["additionalProperties"] = False
            into[kind] = (spec.get("scope", "Namespaced"), self._validating(strict))

    def validator(self, kind: Kind) -> Validator | None:
        """What checks an object of a kind; None where no schema is at hand."""
        with self._lock:
            if kind in self._custom:
                return self._custom[kind][1]
            if kind not in self._built_in:
                return None
            return self._validating({"$ref": f"{_DEFINITIONS}#/$defs/{self._built_in[kind]}"})

    def is_namespaced(self, kind: Kind) -> bool | None:
        """Whether objects of a kind lie in a namespace; None where nothing says so."""
        with self._lock:
            if kind in self._custom:
                return self._custom[kind][0] == "Namespaced"
        return kind.kind not in CLUSTER_WIDE if kind in self._built_in else None

    def refusal(self, kind: Kind) -> str | None:
        """Why there can be no such kind, if its whole group is known; None if the kind may well exist."""
        with self._lock:
            known = [*self._built_in, *self._custom]
        group = [each for each in known if each.group == kind.group]
        if not group or kind in group:
            return None
        versions = sorted({each.api_version for each in group if each.kind == kind.kind})
        if versions:
            return f"{kind.kind} is not in {kind.api_version}; Kubernetes {KUBERNETES} has it in {', '.join(versions)}"
        kinds = sorted({each.kind for each in group if not each.kind.endswith(("List", "Options", "Event"))})
        near = difflib.get_close_matches(kind.kind, kinds, n=1)
        is_complete = any(each.group == kind.group for each in self._built_in)
        if not near and not is_complete:  # argoproj.io is that of Argo CD and of Argo Rollouts, which come apart
            return None
        hint = f"did you mean {near[0]!r}?" if near else f"the group has {', '.join(kinds)}"
        return f"there is no kind {kind.kind!r} in {kind.group or 'the core group'}; {hint}"

    def built_in(self) -> Mapping[Kind, str]:
        """Kubernetes' own kinds, and the definition of each."""
        return self._built_in

    @cached_property
    def _document(self) -> Mapping[str, Any]:
        package = importlib.resources.files("kubernetes_validate")
        place = package / "kubernetes-json-schema" / f"v{KUBERNETES}.0-local-strict" / "_definitions.json"
        try:
            text = place.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise SandboxError(
                f"kubernetes-validate has no schemas of Kubernetes {KUBERNETES} (k8s/versions.py): take a newer one"
            ) from None
        document = json.loads(text)
        for (definition, name), values in ENUMS.items():
            found = document["$defs"][f"io.k8s.{definition}"]["properties"][name]
            found.get("items", found)["enum"] = [*values, None]
        return document

    @cached_property
    def _registry(self) -> Any:
        return Registry().with_resource(_DEFINITIONS, DRAFT7.create_resource({**self._document, "$id": _DEFINITIONS}))

    @cached_property
    def _built_in(self) -> Mapping[Kind, str]:
        return {
            Kind(group=each["group"], version=each["version"], kind=each["kind"]): name
            for name, definition in self._document["$defs"].items()
            for each in definition.get(_KINDS, ())
        }

    def _validating(self, schema: Mapping[str, Any]) -> Validator:
        return Draft7Validator(schema, registry=self._registry)


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A structural schema as JSON schema: what the API server would prune or refuse becomes an error."""
    made: dict[str, Any] = {key: copy.copy(value) for key, value in schema.items() if key not in ("default", "format")}
    if "properties" in made:
        made["properties"] = {name: _strict(each) for name, each in made["properties"].items()}
    if isinstance(made.get("items"), dict):
        made["items"] = _strict(made["items"])
    if isinstance(made.get("additionalProperties"), dict):
        made["additionalProperties"] = _strict(made["additionalProperties"])
    keeps_unknown = made.get("x-kubernetes-preserve-unknown-fields") or made.get("x-kubernetes-embedded-resource")
    if made.get("type") == "object" and "properties" in made and "additionalProperties" not in made:
        made["additionalProperties"] = bool(keeps_unknown)
    if made.pop("x-kubernetes-int-or-string", False):
        made.pop("anyOf", None)
        made["type"] = ["integer", "string"]
    if made.pop("nullable", False) and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if "pattern" in made and not _compiles(made["pattern"]):
        del made["pattern"]  # RE2 knows forms that Python does not
    return made


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
