"""What pulumi-kubernetes makes of an object between the program and the cluster: its name, place, id and outputs."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sandbox.errors import SandboxError
from sandbox.kube.backend import Backend
from sandbox.kube.objects import Kind, identifier, kind_of, kind_of_token
from sandbox.kube.replacement import replace_on
from sandbox.provider.autoname import Proposal
from sandbox.schema.check import Problem
from sandbox.schema.values import UNKNOWN, Bag, Secret, Unknown, Value, has_unknown, reveal

AUTONAMED = "pulumi.com/autonamed"
INPUTS = "__inputs"  # where the provider keeps a resource's inputs in its state
_RANDOM = 8  # hexadecimal digits at the end of a made-up name
_MANAGER = "pulumi-kubernetes"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One provider instance."""

    namespace: str = ""  # of what names none
    mutable: frozenset[str] = frozenset()  # Secret, ConfigMap: changed in place rather than replaced


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The inputs as the provider will use them, what is wrong with them, and what was not looked at."""

    inputs: Bag
    problems: list[Problem]
    unchecked: str = ""


def checked(
    cluster: Backend,
    settings: Settings,
    token: str,
    news: Bag,
    olds: Bag,
    logical: str,
    seed: bytes,
    proposal: Proposal | None,
) -> Checked:
    """Fill in what the provider fills in, then look for what the cluster would refuse.

    Raises:
        SandboxError: the type is one that the sandbox does not serve.
    """
    kind = kind_of_token(token)
    _refuse_what_is_no_object(kind)
    inputs: Bag = {name: value for name, value in news.items() if not name.startswith("__")}
    wrong = _wrong_kind(kind, inputs)
    if wrong:
        return Checked(inputs=inputs, problems=wrong)
    metadata = reveal(inputs.get("metadata"))
    if metadata is None or isinstance(metadata, dict):
        try:
            inputs["metadata"] = _named(metadata or {}, olds, logical, seed, proposal)
        except ValueError as refusal:
            return Checked(inputs=inputs, problems=[Problem(path="metadata.name", reason=str(refusal))])
    is_placed = cluster.is_namespaced(kind) is not False
    place = inputs.get("metadata")
    if settings.namespace and is_placed and isinstance(place, dict) and not place.get("namespace"):
        place["namespace"] = settings.namespace
    verdict = cluster.check(kind, _dashed(inputs))
    return Checked(inputs=inputs, problems=verdict.problems, unchecked=verdict.unchecked)


def _refuse_what_is_no_object(kind: Kind) -> None:
    for ending, instead in (("Patch", "the resource itself"), ("List", "one resource for each item")):
        if kind.kind.endswith(ending):
            raise SandboxError(f"the sandbox does not serve {kind}: use {instead}")


def _wrong_kind(kind: Kind, inputs: Bag) -> list[Problem]:
    """The token and the object must agree, and both must be there."""
    found: list[Problem] = []
    for name, wanted in (("apiVersion", kind.api_version), ("kind", kind.kind)):
        said = reveal(inputs.get(name))
        agrees = said is None or said in (wanted, f"core/{wanted}") or isinstance(said, Unknown)
        if not agrees:
            found.append(Problem(path=name, reason=f"is {said!r}; {wanted!r} is expected of this resource type"))
        if name not in inputs or said == f"core/{wanted}":
            inputs[name] = wanted
    return found


def _named(metadata: Mapping[str, Value], olds: Bag, logical: str, seed: bytes, proposal: Proposal | None) -> Bag:
    """As AssignNameIfAutonamable and AdoptOldAutonameIfUnnamed of the real provider do.

    Raises:
        ValueError: no name is given, and making one up is switched off or impossible.
    """
    made: Bag = dict(metadata)
    if made.get("name"):
        return made
    if made.get("generateName"):
        raise ValueError("metadata.generateName is not supported with server-side apply; leave it out, or give a name")
    before = reveal(olds.get("metadata"))
    old_name = before.get("name") if isinstance(before, dict) and _is_autonamed(olds) else None
    if not old_name and proposal and proposal.is_off:
        raise ValueError("automatic naming is switched off (pulumi:autonaming): give metadata.name")
    random = hashlib.sha256(seed or logical.encode()).hexdigest()[:_RANDOM]
    proposed = proposal.name if proposal else ""
    made["name"] = old_name or proposed or f"{logical}-{random}"
    annotations = made.get("annotations")
    known = annotations if isinstance(annotations, dict) else {}
    if not isinstance(annotations, Unknown):
        made["annotations"] = {**known, AUTONAMED: "true"}
    return made


def _is_autonamed(inputs: Bag) -> bool:
    metadata = reveal(inputs.get("metadata"))
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"


def _dashed(value: Value) -> Bag:
    """`x_kubernetes_...` in the SDK is `x-kubernetes-...` in an object."""
    return cast("Bag", _renamed(value))


def _renamed(value: Value) -> Value:
    match value:
        case Secret():
            return Secret(value=_renamed(value.value))
        case list():
            return [_renamed(each) for each in value]
        case dict():
            return {
                name.replace("_", "-") if name.startswith("x_kubernetes_") else name: _renamed(each)
                for name, each in value.items()
            }
        case _:
            return value


def inputs_in(state: Bag) -> Bag:
    """The inputs that a state holds, where the engine does not send them."""
    kept = reveal(state.get(INPUTS))
    return kept if isinstance(kept, dict) else {name: each for name, each in state.items() if not name.startswith("__")}


def replacing(token: str, news: Bag, settings: Settings) -> tuple[str, ...]:
    """The paths whose change replaces the object."""
    kind = kind_of_token(token)
    can_change = kind.kind in settings.mutable and reveal(news.get("immutable")) is not True
    return replace_on(kind, contents_can_change=can_change)


def keeps_its_name(olds: Bag, news: Bag) -> bool:
    """Whether the replacement has the name that its predecessor still holds; it must then wait until that is gone."""
    places = [_place(each) for each in (olds, news)]
    return not _is_autonamed(news) and places[0] == places[1]


def _place(inputs: Bag) -> tuple[Value, Value]:
    metadata = reveal(inputs.get("metadata"))
    return (metadata.get("namespace"), metadata.get("name")) if isinstance(metadata, dict) else (None, None)


def foreseen(cluster: Backend, token: str, inputs: Bag) -> Bag:
    """What a preview knows of the outputs: the inputs, and the namespace that none has named."""
    metadata = inputs.get("metadata")
    outputs = dict(inputs)
    if isinstance(metadata, dict):
        outputs["metadata"] = {**metadata, **_namespace(cluster, kind_of_token(token), inputs)}
    outputs["status"] = UNKNOWN
    return outputs


def _namespace(cluster: Backend, kind: Kind, inputs: Bag) -> Bag:
    metadata = reveal(inputs.get("metadata"))
    given = metadata.get("namespace") if isinstance(metadata, dict) else None
    if given:
        return {"namespace": given}
    return {"namespace": "default"} if cluster.is_namespaced(kind) else {}


def applied(cluster: Backend, token: str, inputs: Bag, urn: str) -> tuple[str, Bag]:
    """Make or change the object; its id and its outputs.

    Raises:
        SandboxError: the cluster refuses it.
    """
    kind = kind_of_token(token)
    if has_unknown(inputs):
        raise SandboxError(f"{kind}: a value is not known although everything it depends on exists")
    plain = cast("Bag", reveal(_dashed(inputs)))
    metadata = cast("Bag", plain["metadata"])
    name, place = str(metadata["name"]), _namespace(cluster, kind, inputs)
    plain["metadata"] = {**metadata, **place}
    live = cluster.apply(kind, plain, seed=f"{urn} {name}")
    return identifier(str(place.get("namespace", "")), name), _outputs(live, inputs, kind)


def _outputs(live: Bag, inputs: Bag, kind: Kind) -> Bag:
    outputs = {name: _as_secret_as(each, inputs.get(name)) for name, each in cast("Bag", _underscored(live)).items()}
    if kind == kind_of("v1", "Secret"):
        outputs = _secret_data(outputs)
    notes: Bag = {"__fieldManager": _MANAGER, "__initialApiVersion": kind.api_version, INPUTS: inputs}
    return {**outputs, **notes}


def _underscored(value: Value) -> Value:
    match value:
        case list():
            return [_underscored(each) for each in value]
        case dict():
            return {
                name.replace("-", "_") if name.startswith("x-kubernetes-") else name: _underscored(each)
                for name, each in value.items()
            }
        case _:
            return value


def _as_secret_as(live: Value, given: Value) -> Value:
    """What the program said in secret is secret in the outputs."""
    match live, given:
        case _, Secret():
            return Secret(value=live)
        case dict(), dict():
            return {name: _as_secret_as(each, given.get(name)) for name, each in live.items()}
        case list(), list():
            return [_as_secret_as(each, given[n] if n < len(given) else None) for n, each in enumerate(live)]
        case _:
            return live


def _secret_data(outputs: Bag) -> Bag:
    """A Secret's `stringData` is stored as `data`, and both are secret whatever the program says of them."""
    made = dict(outputs)
    texts, data = reveal(made.get("stringData")), reveal(made.get("data"))
    coded = {
        name: base64.b64encode(str(each).encode()).decode()
        for name, each in (texts if isinstance(texts, dict) else {}).items()
    }
    whole = {**(data if isinstance(data, dict) else {}), **coded}
    if whole:
        made["data"] = Secret(value=cast("Value", whole))
    if texts:
        made["stringData"] = Secret(value=texts)
    return made


def read(cluster: Backend, token: str, identity: str, known: Bag, inputs: Bag) -> tuple[Bag, Bag] | None:
    """What the cluster holds of a resource, as outputs and inputs; None if it is gone."""
    kind = kind_of_token(token)
    namespace, _, name = identity.rpartition("/")
    plain = {each: value for each, value in cast("Bag", reveal(known)).items() if not each.startswith("__")}
    live = cluster.read(kind, namespace, name, plain)
    if live is None:
        return None
    kept = inputs or inputs_in(known) or {each: live[each] for each in live if each != "status"}
    return _outputs(live, kept, kind), kept
