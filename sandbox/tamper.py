"""Changes something in the sandbox as a hand in the console would: behind Pulumi's back, so that there is drift."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.coverage import places_of
from sandbox.errors import SandboxError
from sandbox.provider.states import Stored, stored
from sandbox.provider.tampering import Hand, Tampering, changed, found_at, steps_of, undone
from sandbox.schema.check import Checker, nearest
from sandbox.schema.sdk import Sdk
from sandbox.schema.types import MapOf, ResourceSchema, Scalar
from sandbox.schema.values import Value
from sandbox.workspace import Workspace


def delete(workspace: Workspace, stage: str, name: str) -> str:
    """Delete a resource; says what was done."""
    found, tampering = _resource(workspace, stage, name), Tampering(workspace.backend)
    tampering.note(found.urn, Hand(is_deleted=True))
    return f"deleted {found.name} ({found.type}, {found.id}) behind Pulumi's back"


def undo(workspace: Workspace, stage: str, name: str | None) -> list[str]:
    """Put a resource back as it was, or every one of the stage where none is named; says what was put back."""
    tampering = Tampering(workspace.backend)
    resources = {each.urn: each for each in _resources(workspace, stage)}
    urns = [_touched(workspace, stage, name, tampering)] if name else sorted(tampering.all())
    said: list[str] = []
    for urn in urns:
        hand = tampering.of(urn)
        if hand is None or not _is_in(urn, stage):
            continue
        outputs: Mapping[str, Any] = resources[urn].outputs if urn in resources else {}
        tampering.note(urn, undone(hand, {path: found_at(outputs, path) for path in hand.before}))
        said.append(f"put {urn.rpartition('::')[2]} back as it was")
    return said


def change(workspace: Workspace, stage: str, name: str, assignments: Sequence[str]) -> list[str]:
    """Change properties of a resource, each as `property=value`; says what was done.

    Raises:
        SandboxError: no such resource or property, or a value that AWS would refuse.
    """
    found, tampering = _resource(workspace, stage, name), Tampering(workspace.backend)
    schema = _schema(found.type)
    hand, said = tampering.of(found.urn), list[str]()
    for assignment in assignments:
        path, separator, text = assignment.partition("=")
        if not separator:
            raise SandboxError(f"{assignment!r}: expected property=value, such as tags.Owner=somebody")
        value = _value(schema, path, text)
        stands = found_at(found.outputs, path)
        if stands == value:
            raise SandboxError(f"{path} of {found.name} is {text} already")
        hand = changed(hand, path, value, stands)
        if path.startswith(("tags.", "tags[")) and "tagsAll" in schema.outputs:
            hand = changed(hand, f"tagsAll{path.removeprefix('tags')}", value, _all_tags(found, path))
        said.append(f"{found.name}: {path} was {json.dumps(stands)}, is {json.dumps(value)}")
    tampering.note(found.urn, hand)
    return said


def _all_tags(found: Stored, path: str) -> Any:
    return found_at(found.outputs, f"tagsAll{path.removeprefix('tags')}")


def _value(schema: ResourceSchema, path: str, text: str) -> Value:
    """Read a value as the property's type wants it.

    Raises:
        SandboxError: there is no such property, or the value is not of its type.
    """
    try:
        names = [step for step in steps_of(path) if isinstance(step, str)]
    except ValueError as problem:
        raise SandboxError(str(problem)) from None
    places = {place.path: place.property.type for place in places_of(schema, None)}
    plain = ".".join(names)
    shape = places.get(plain)
    if shape is None and isinstance(places.get(".".join(names[:-1])), MapOf):
        shape = Scalar(name="string")  # of a map, the user chooses the keys
    if shape is None:
        near = nearest(plain, places)
        hint = f"did you mean {near!r}?" if near else f"it has {', '.join(sorted(schema.inputs))}"
        raise SandboxError(f"{schema.token} has no property {plain!r} that anybody could set; {hint}")
    value: Value = text
    if shape != Scalar(name="string"):
        try:
            value = json.loads(text)
        except ValueError:
            raise SandboxError(f'{path}={text}: the value of {path} is JSON, such as 5, true or ["a"]') from None
    if plain == path and "." not in path:
        problems = [
            each for each in Checker(schema=schema, constraints=None).problems({path: value}) if each.path == path
        ]
        if problems:
            raise SandboxError(f"{path} {problems[0].reason}")
    return value


def _schema(token: str) -> ResourceSchema:
    sdk = Sdk.installed("aws")
    if token not in sdk:
        raise SandboxError(f"{token} is not of AWS: only what the AWS stand-in made can be changed behind its back")
    return sdk.resource(token)


def _resources(workspace: Workspace, stage: str) -> list[Stored]:
    return list(stored(workspace.state(stage)))


def _resource(workspace: Workspace, stage: str, name: str) -> Stored:
    """Find a resource by its URN or its logical name.

    Raises:
        SandboxError: there is none, or more than one.
    """
    own = [each for each in _resources(workspace, stage) if each.type.startswith("aws:")]
    found = [each for each in own if name in (each.urn, each.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SandboxError(f"{name!r} are several; say which by its URN: {', '.join(each.urn for each in found)}")
    if not own:
        raise SandboxError(f"the stage {stage} has no AWS resource in the sandbox: make up STAGE={stage}")
    near = nearest(name, {each.name: each for each in own})
    hint = f"did you mean {near!r}?" if near else f"`pulumi stack -u -s {stage}` lists them"
    raise SandboxError(f"the stage {stage} has no resource {name!r}; {hint}")


def _touched(workspace: Workspace, stage: str, name: str, tampering: Tampering) -> str:
    """Find what was tampered with, even where a refresh has taken its end into the state by now."""
    urns = [urn for urn in tampering.all() if name in (urn, urn.rpartition("::")[2]) and _is_in(urn, stage)]
    if len(urns) == 1:
        return urns[0]
    if urns:
        raise SandboxError(f"{name!r} are several; say which by its URN: {', '.join(urns)}")
    raise SandboxError(f"nobody tampered with {_resource(workspace, stage, name).name} of {stage}")


def _is_in(urn: str, stage: str) -> bool:
    return re.match(rf"urn:pulumi:{re.escape(stage)}::", urn) is not None


def listed(workspace: Workspace, stage: str) -> list[str]:
    """Say what was tampered with in a stage."""
    said: list[str] = []
    for urn, hand in Tampering(workspace.backend).all().items():
        if _is_in(urn, stage):
            done = "deleted" if hand.is_deleted else ", ".join(f"{k}={json.dumps(v)}" for k, v in hand.values.items())
            said.append(f"{urn.rpartition('::')[2]}: {done}")
    return said or [f"nobody tampered with {stage}"]
