"""Compares states: one stack's with another's, and a stack's with its account."""

# Structures as JSON has them, walked without knowing their types.
# pyright: reportAttributeAccessIssue=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from sandbox.ledger import Thing
from sandbox.provider.defaults import NOTE
from sandbox.provider.wire import is_file

State = Mapping[str, Any]  # one resource, as `pulumi stack export --show-secrets` writes it
# When and where a resource was made or imported from; the engine's own counts.
_INCIDENTAL = frozenset({"created", "modified", "sourcePosition", "stackTrace", "importID", "sequenceNumber"})
# The same of a Kubernetes object, which its server writes into the metadata that the program gave.
_SERVERS = frozenset({"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"})
_UNORDERED = frozenset({"dependencies", "additionalSecretOutputs", "aliases"})


def resources(export: Mapping[str, Any]) -> list[State]:
    """The resources of an exported stack."""
    return export["deployment"].get("resources") or []


def pending(export: Mapping[str, Any]) -> list[State]:
    """The resources of which the engine does not know how an operation ended."""
    return [each["resource"] for each in export["deployment"].get("pending_operations") or []]


def managed(export: Mapping[str, Any]) -> dict[str, str]:
    """URN -> id of what a provider made, as the state has it."""
    return {
        each["urn"]: each["id"]
        for each in resources(export)
        if each["custom"] and not each.get("external") and not each["type"].startswith("pulumi:")
    }


def unlike(export: Mapping[str, Any], reference: Mapping[str, Any]) -> list[str]:
    """How a stack's state differs from a reference, a sentence a resource; none where they are the same.

    Made-up values may differ (ids, random ends of names, secrets) as long as they do so everywhere in the same way.
    """
    if pending(export):
        return [f"pending: {each['urn']}" for each in pending(export)]
    ours, theirs = _by_urn(export), _by_urn(reference)
    said = [f"not in the reference: {urn}" for urn in ours.keys() - theirs.keys()]
    said += [f"missing: {urn}" for urn in theirs.keys() - ours.keys()]
    pairs = dict.fromkeys(pair for urn in ours.keys() & theirs.keys() for pair in _made_up(ours[urn], theirs[urn]))
    # The same mark on both sides: what still has the old value of one that was made again differs then.
    mine = _marking({one: f"<made up {number}>" for number, (one, _) in enumerate(pairs)})
    yours = _marking({other: f"<made up {number}>" for number, (_, other) in enumerate(pairs)})
    for urn in sorted(ours.keys() & theirs.keys()):
        one, other = json.loads(mine(_canonical(ours[urn]))), json.loads(yours(_canonical(theirs[urn])))
        if one != other:
            said.append(f"unlike the reference: {urn}: {_difference(one, other)}")
    return said


def _marking(marks: Mapping[str, str]) -> Callable[[str], str]:
    """A function that puts marks in the place of texts, the longest first."""
    texts = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))) or r"(?!)")
    return lambda text: texts.sub(lambda found: marks[found[0]], text)


def astray(export: Mapping[str, Any], living: Sequence[Thing]) -> list[str]:
    """How a state and its account differ; none where each URN has the one object that its state says."""
    state = set(managed(export).items())
    account = [(each.urn, each.id) for each in living]
    said = [
        f"twice in the account: {urn} {identifier}"
        for urn, identifier in account
        if account.count((urn, identifier)) > 1
    ]
    said += [
        f"in the account only: {urn} {identifier}" for urn, identifier in account if (urn, identifier) not in state
    ]
    said += [f"in the state only: {urn} {identifier}" for urn, identifier in state - set(account)]
    return sorted(said)


def _by_urn(export: Mapping[str, Any]) -> dict[str, State]:
    return {
        each["urn"]: _by_hash(
            _without_the_servers({name: value for name, value in each.items() if name not in _INCIDENTAL})
        )
        for each in resources(export)
    }


def _by_hash(value: Any) -> Any:
    """A structure with no more of its files than their hashes: that is all a refresh leaves of an archive of files."""
    if isinstance(value, dict):
        if is_file(value) and value.get("hash"):
            return {"hash": value["hash"]}
        return {name: _by_hash(item) for name, item in value.items()}
    return [_by_hash(item) for item in value] if isinstance(value, list) else value


def _without_the_servers(state: dict[str, Any]) -> State:
    outputs = state.get("outputs") or {}
    if not state["type"].startswith("kubernetes:") or not isinstance(outputs.get("metadata"), dict):
        return state
    metadata = {name: value for name, value in outputs["metadata"].items() if name not in _SERVERS}
    return {**state, "outputs": {**outputs, "metadata": metadata}}


def _made_up(one: State, other: State) -> Iterator[tuple[str, str]]:
    """What the account, the provider or chance invented, where two states have it differently."""
    yield from (pair for _, pair in _pairs(one.get("id"), other.get("id")))
    given = one.get("inputs") or {}
    for name, value in _pairs(one.get("outputs") or {}, other.get("outputs") or {}):
        if name not in given or name in given.get(NOTE, ()):
            yield value
    yield from _secrets(given, other.get("inputs") or {})


def _secrets(one: Any, other: Any) -> Iterator[tuple[str, str]]:
    """Each secret text that differs: a program draws its passwords."""
    if isinstance(one, dict) and isinstance(other, dict):
        if _is_secret(one) and _is_secret(other):
            yield from (pair for _, pair in _pairs(one, other))
            return
        for name in one.keys() & other.keys():
            yield from _secrets(one[name], other[name])
    elif isinstance(one, list) and isinstance(other, list):
        for mine, theirs in zip(one, other, strict=False):
            yield from _secrets(mine, theirs)


def _is_secret(value: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and isinstance(value.get("plaintext"), str)


def _pairs(one: Any, other: Any, top: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Each text that differs, by the top-level property it is in."""
    if isinstance(one, str) and isinstance(other, str) and one and other and one != other:
        yield top, (one, other)
    elif _is_secret(one) and _is_secret(other):
        yield from _pairs(json.loads(one["plaintext"]), json.loads(other["plaintext"]), top)
    elif isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() & other.keys():
            yield from _pairs(one[name], other[name], top or name)
    elif isinstance(one, list) and isinstance(other, list):
        for mine, theirs in zip(one, other, strict=False):
            yield from _pairs(mine, theirs, top)


def _canonical(state: State) -> str:
    plain = {name: sorted(value) if name in _UNORDERED else value for name, value in state.items()}
    dependencies = plain.get("propertyDependencies") or {}
    plain["propertyDependencies"] = {name: sorted(urns or ()) for name, urns in dependencies.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _difference(one: Any, other: Any, path: str = "") -> str:
    """The first place where two structures part."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                return _difference(one.get(name), other.get(name), f"{path}.{name}" if path else name)
    return f"{path} is {one!r}, not {other!r}"
