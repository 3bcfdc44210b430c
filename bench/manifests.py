"""Our Kubernetes resources as the manifests that `kubectl apply` takes: what Checkov's own framework for them reads."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tests.policy.server import Registered

# Checks and rules ask for these by name; every other namespace is renamed, so that cases do not see each other.
WELL_KNOWN = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def manifests(stack: Sequence[Registered], prefix: str) -> list[dict[str, object]]:
    """The resources of one stack, in namespaces whose names begin with `prefix`."""
    return [_manifest(each, prefix) for each in stack]


def _manifest(resource: Registered, prefix: str) -> dict[str, object]:
    _, version, kind = resource.type.split(":")
    props = cast("dict[str, Any]", copy.deepcopy(dict(resource.props)))
    metadata = cast("dict[str, Any]", props.setdefault("metadata", {}))
    place = "name" if kind == "Namespace" else "namespace"
    if place in metadata:
        metadata[place] = _renamed(metadata, place, prefix)
    return {**props, "apiVersion": version.removeprefix("core/"), "kind": kind}


def _renamed(metadata: Mapping[str, object], place: str, prefix: str) -> object:
    name = metadata[place]
    return name if name in WELL_KNOWN else f"{prefix}{name}".replace("_", "-")
