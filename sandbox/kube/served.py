"""The backend with the real API server: server-side dry-run at preview, server-side apply at `up`, real deletion.

The strict schemas still look first: they say "did you mean", and they can judge what is only partly known.
"""

# What the API server answers has no types a checker could follow.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from sandbox.errors import SandboxError
from sandbox.kube.apiserver import Answer, ApiServer
from sandbox.kube.backend import SchemaBackend, Verdict, balanced
from sandbox.kube.objects import Kind, Object, crds_in
from sandbox.kube.replacement import replace_on
from sandbox.schema.check import Problem
from sandbox.schema.values import Bag, has_unknown, reveal

_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_MANAGER = "pulumi-kubernetes"
_APPROVAL = "api-approved.kubernetes.io"
_GONE_SECONDS = 60
_EVERY_SECONDS = 0.2
# The collectors that do run clear these themselves.
_COLLECTED = frozenset({"foregroundDeletion", "orphan", "kubernetes"})
_ELSEWHERE = "default"  # a namespace that is always there
INT32_MAX = 2**31 - 1


class ServedBackend:
    """A cluster without nodes."""

    def __init__(self, server: ApiServer, version: str, behind: SchemaBackend, *crds: Path) -> None:
        self._server = server
        self._behind = behind
        self._crds = crds
        self._lock = threading.Lock()
        self._plurals: dict[Kind, str] = {}
        self._seeded = False
        self.notice = f"Kubernetes: a real API server {version}, with no node and no controller but the collectors."

    def is_namespaced(self, kind: Kind) -> bool | None:
        """As the kind's definition says."""
        return self._behind.is_namespaced(kind)

    def check(self, kind: Kind, inputs: Bag) -> Verdict:
        """The schema first; then the API server's own validation, if everything is known."""
        verdict = self._behind.check(kind, inputs)
        if verdict.problems or has_unknown(inputs):
            return verdict
        manifest = cast("dict[str, Any]", reveal(inputs))
        answer = self._patch(kind, manifest, dry_run=True)
        if answer is None:
            return verdict
        metadata = manifest["metadata"]
        if _lacks_namespace(answer):  # this run may be about to make it; all but that can be checked elsewhere
            moved = {**manifest, "metadata": {**metadata, "namespace": _ELSEWHERE}}
            answer = self._patch(kind, moved, dry_run=True) or answer
        if answer.status < 300:
            return Verdict(problems=[])
        return Verdict(problems=list(_refusals(answer, kind)))

    def apply(self, kind: Kind, manifest: Object, *, seed: str) -> dict[str, Any]:
        """Server-side apply; a custom kind may need a moment to be served."""
        deadline = time.monotonic() + (10 if self._behind.schemas.validator(kind) else 0)
        answer = self._patch(kind, manifest, dry_run=False)
        while answer is None and time.monotonic() < deadline:
            time.sleep(_EVERY_SECONDS)
            answer = self._patch(kind, manifest, dry_run=False)
        if answer is None:  # a kind of which no CRD is at hand; Check has said so
            return self._behind.apply(kind, manifest, seed=seed)
        status = balanced(kind, manifest, seed)
        if answer.status < 300 and status:  # its controller does not run here
            metadata = answer.body["metadata"]
            path = self._path(kind, metadata["namespace"], metadata["name"])
            answer = self._server.call("PATCH", f"{path}/status", {"status": status}, _MERGE)
        if answer.status >= 300:
            raise SandboxError(answer.message)
        return _tidy(answer.body)

    def read(self, kind: Kind, namespace: str, name: str, known: Object) -> dict[str, Any] | None:
        """What the API server holds.

        What is being deleted is waited for. A run that was lost began that, and this cluster stood still since, where a
        real one would have come to the end of it.
        """
        path = self._path(kind, namespace, name)
        if path is None:
            return self._behind.read(kind, namespace, name, known)
        answer = self._server.call("GET", path)
        if answer.status < 300 and "deletionTimestamp" in answer.body["metadata"]:
            self._wait_until_gone(kind, name, path, answer)
            return None
        if answer.status == 404:
            return None
        if answer.status >= 300:
            raise SandboxError(answer.message)
        return _tidy(answer.body)

    def delete(self, kind: Kind, namespace: str, name: str) -> str:
        """Delete and wait; a finalizer that only an absent controller would clear is cleared, and said."""
        path = self._path(kind, namespace, name)
        if path is None:
            return ""
        return self._wait_until_gone(
            kind, name, path, self._server.call("DELETE", path, {"propagationPolicy": "Background"})
        )

    def _wait_until_gone(self, kind: Kind, name: str, path: str, answer: Answer) -> str:
        said = ""
        deadline = time.monotonic() + _GONE_SECONDS
        while answer.status != 404:
            if answer.status >= 300:
                raise SandboxError(answer.message)
            if time.monotonic() > deadline:
                raise SandboxError(f"{kind} {name} is still there after {_GONE_SECONDS} s: {_why(answer)}")
            held = [each for each in answer.body.get("metadata", {}).get("finalizers", ()) if each not in _COLLECTED]
            if held:
                said = f"cleared finalizers of {kind} ({', '.join(held)}): their controllers do not run here"
                self._server.call("PATCH", path, {"metadata": {"finalizers": None}}, _MERGE)
            time.sleep(_EVERY_SECONDS)
            answer = self._server.call("GET", path)
        return said

    def stop(self) -> None:
        """End the API server."""
        self._server.stop()

    def _patch(self, kind: Kind, manifest: Object, *, dry_run: bool) -> Answer | None:
        """Server-side apply; None where the kind is not served."""
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace") or _ELSEWHERE
        path = self._path(kind, namespace if self._behind.is_namespaced(kind) else "", metadata["name"])
        if path is None:
            return None
        options = f"?fieldManager={_MANAGER}&force=true&fieldValidation=Strict{'&dryRun=All' if dry_run else ''}"
        return self._server.call("PATCH", f"{path}{options}", manifest, _APPLY)

    def _path(self, kind: Kind, namespace: str, name: str) -> str | None:
        plural = self._plural(kind)
        if plural is None:
            return None
        place = f"/namespaces/{quote(namespace)}" if namespace else ""
        return f"{_root(kind)}{place}/{plural}/{quote(name, safe=':')}"

    def _plural(self, kind: Kind) -> str | None:
        with self._lock:
            if not self._seeded:
                self._seed()
                self._seeded = True
            if kind not in self._plurals:
                for each in self._server.call("GET", _root(kind)).body.get("resources", ()):
                    if "/" not in each["name"]:
                        served = Kind(group=kind.group, version=kind.version, kind=each["kind"])
                        self._plurals[served] = each["name"]
            return self._plurals.get(kind)

    def _seed(self) -> None:
        """Put the CRDs of what the platform installs in, as its charts would."""
        base = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        there = {each["metadata"]["name"] for each in self._server.call("GET", base).body.get("items", ())}
        made: list[str] = []
        for crd in map(with_whole_numbers, crds_in(*self._crds)):
            name = crd["metadata"]["name"]
            if name not in there:
                crd.pop("status", None)
                # Groups under k8s.io need it, and a generated CRD does not have it.
                crd["metadata"].setdefault("annotations", {}).setdefault(_APPROVAL, "unapproved, made by the sandbox")
                answer = self._server.call("POST", base, crd)
                if answer.status == 422:  # pod specs inside it bring rules that only Kubernetes' own types can have
                    answer = self._server.call("POST", base, _without_rules(crd))
                if answer.status >= 300:
                    raise SandboxError(f"{name}: the API server refuses this CRD: {answer.message}")
                made.append(name)
        deadline = time.monotonic() + _GONE_SECONDS
        while made and time.monotonic() < deadline:
            items = self._server.call("GET", base).body.get("items", ())
            if all(_is_established(each) for each in items):
                return
            time.sleep(_EVERY_SECONDS)


def with_whole_numbers(value: Any) -> Any:
    """A schema without `int32` where more is allowed: uint32 comes so, and the API server refuses each value.

    "Maximum boundary value must be of type integer with format int32".
    """
    if isinstance(value, dict):
        narrow = value.get("format") == "int32" and value.get("maximum", 0) > INT32_MAX
        return {name: with_whole_numbers(each) for name, each in value.items() if not (narrow and name == "format")}
    return [with_whole_numbers(each) for each in value] if isinstance(value, list) else value


def _without_rules(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_rules(each) for name, each in value.items() if name != "x-kubernetes-validations"}
    return [_without_rules(each) for each in value] if isinstance(value, list) else value


def _root(kind: Kind) -> str:
    return f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"


def _is_established(crd: Object) -> bool:
    conditions: Iterable[Any] = (crd.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _lacks_namespace(answer: Answer) -> bool:
    return answer.status == 404 and (answer.body.get("details") or {}).get("kind") == "namespaces"


def _refusals(answer: Answer, kind: Kind) -> Iterable[Problem]:
    """What the API server refuses, but for what the provider replaces rather than changes."""
    causes: Iterable[Any] = (answer.body.get("details") or {}).get("causes") or ()
    found = [(str(each.get("field") or ""), str(each.get("message") or answer.message)) for each in causes]
    replaced = replace_on(kind, contents_can_change=False)
    for path, reason in found or [("", answer.message)]:
        unchangeable = "immutable" in reason or "may not change fields" in reason or "updates to" in reason
        if not (unchangeable and any(_overlap(path, each) for each in replaced)):
            yield Problem(path=path, reason=f"{reason} (API server)")


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _tidy(live: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: each for name, each in live["metadata"].items() if name != "managedFields"}
    return {**live, "metadata": metadata}


def _why(answer: Answer) -> str:
    conditions: Iterable[Any] = (answer.body.get("status") or {}).get("conditions") or ()
    return "; ".join(each.get("message", "") for each in conditions if each.get("status") == "True") or answer.message
