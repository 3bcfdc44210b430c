"""What answers for the cluster: one interface, the strict schemas behind it, or the real API server beside them."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from k8s.versions import KUBERNETES
from sandbox.kube.objects import Kind, Object
from sandbox.kube.schemas import Schemas
from sandbox.kube.validation import problems
from sandbox.schema.check import Problem
from sandbox.schema.values import Bag, has_unknown, reveal

CREATED = "2026-01-01T00:00:00Z"  # every invented time: two runs must agree


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a check found; `unchecked` says what it could not look at, and is empty where there is nothing."""

    problems: list[Problem]
    unchecked: str = ""


def balanced(kind: Kind, live: Object, seed: str) -> dict[str, Any] | None:
    """The status that a load balancer's controller would write, which the real provider waits for."""
    spec: Object = live.get("spec") or {}
    is_service = kind == Kind(group="", version="v1", kind="Service") and spec.get("type") == "LoadBalancer"
    if not is_service and kind != Kind(group="networking.k8s.io", version="v1", kind="Ingress"):
        return None
    host = f"{hashlib.sha256(seed.encode()).hexdigest()[:10]}.elb.invalid"  # RFC 2606: a name that never resolves
    return {"loadBalancer": {"ingress": [{"hostname": host}]}}


class Backend(Protocol):
    """The cluster."""

    @property
    def notice(self) -> str:
        """What a run says of it on its first lines."""
        ...

    def is_namespaced(self, kind: Kind) -> bool | None:
        """Whether objects of a kind lie in a namespace; None where nothing says so."""
        ...

    def check(self, kind: Kind, inputs: Bag) -> Verdict:
        """Look for what the cluster would refuse; parts of the inputs may be unknown or secret."""
        ...

    def apply(self, kind: Kind, manifest: Object, *, seed: str) -> dict[str, Any]:
        """Make or change an object; what the cluster then holds.

        Raises:
            SandboxError: the cluster refuses it.
        """
        ...

    def read(self, kind: Kind, namespace: str, name: str, known: Object) -> dict[str, Any] | None:
        """What the cluster holds; None if it is gone. `known` is what the state says."""
        ...

    def delete(self, kind: Kind, namespace: str, name: str) -> str:
        """Delete an object and wait until it is gone; a sentence to say about that, or nothing."""
        ...


@dataclass(frozen=True, kw_only=True)
class SchemaBackend:
    """No cluster: objects are checked against strict schemas, and the engine's state is all that holds them."""

    schemas: Schemas = field(default_factory=Schemas)

    @property
    def notice(self) -> str:
        """What a run says of it on its first lines."""
        return (
            f"Kubernetes: strict schemas of {KUBERNETES}, no API server (`make sandbox-kube` builds it). Not checked "
            "there: rules across fields, admission, what charts render to."
        )

    def is_namespaced(self, kind: Kind) -> bool | None:
        """As the kind's definition says."""
        return self.schemas.is_namespaced(kind)

    def check(self, kind: Kind, inputs: Bag) -> Verdict:
        """Check against the schema of the kind."""
        validator = self.schemas.validator(kind)
        if validator is None:
            refusal = self.schemas.refusal(kind)
            if refusal:
                return Verdict(problems=[Problem(path="kind", reason=refusal)])
            missing = "no schema of this custom kind is at hand (make sandbox-charts fetches those of our charts)"
            return Verdict(problems=[], unchecked=f"{kind}: {missing}")
        found = problems(validator, inputs)
        if not found and kind.kind == "CustomResourceDefinition":
            self._learn(inputs)
        return Verdict(problems=found)

    def _learn(self, crd: Bag) -> None:
        if not has_unknown(crd):
            self.schemas.learn(reveal(crd))  # pyright: ignore[reportArgumentType]

    def apply(self, kind: Kind, manifest: Object, *, seed: str) -> dict[str, Any]:
        """Add what an API server adds to every object, invented."""
        digest = hashlib.sha256(seed.encode()).hexdigest()
        uid = "-".join((digest[:8], digest[8:12], f"4{digest[13:16]}", f"8{digest[17:20]}", digest[20:32]))
        metadata = {"creationTimestamp": CREATED, "generation": 1, "resourceVersion": "1", "uid": uid}
        live = {**manifest, "metadata": {**metadata, **manifest["metadata"]}}
        status = balanced(kind, live, seed)
        return {"status": status, **live} if status else live

    def read(self, kind: Kind, namespace: str, name: str, known: Object) -> dict[str, Any] | None:
        """What the state says; an import is taken to exist."""
        if known:
            return dict(known)
        metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
        return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}

    def delete(self, kind: Kind, namespace: str, name: str) -> str:  # noqa: ARG002
        """Nothing to delete."""
        return ""
