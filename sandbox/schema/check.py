"""Is a property bag what the resource type takes? Every problem with its path, what stands there and what may."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.schema.cloudformation import Node
from sandbox.schema.documents import documents
from sandbox.schema.types import AnyOf, ListOf, MapOf, ObjectRef, Property, ResourceSchema, Scalar, Type
from sandbox.schema.values import Asset, Bag, Secret, Unknown, Value

_SHOWN = 80  # characters of a value in a message


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that the provider would refuse; `path` is the engine's way to write it, such as `rules[0].action`."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checker:
    """Checks the inputs of one type against its SDK schema and, where there is one, its CloudFormation node."""

    schema: ResourceSchema
    constraints: Node | None

    def problems(self, inputs: Bag) -> list[Problem]:
        """List what is wrong with the inputs; empty when nothing is."""
        found = list(self._object("", inputs, self.schema.inputs, self.constraints))
        texts = {name: inputs.get(name) for name in documents(self.schema.token)}
        return [*found, *(problem for name, value in texts.items() for problem in _document_problem(name, value))]

    def _object(
        self, path: str, found: Mapping[str, Value], properties: Mapping[str, Property], node: Node | None
    ) -> Iterator[Problem]:
        for name, value in found.items():
            place = _join(path, name)
            if name not in properties:
                yield Problem(path=place, reason=_unknown_name(name, value, properties))
            elif value is not None:
                inner = node.member(name) if node else None
                yield from self._value(place, value, properties[name].type, inner)
        for name, each in properties.items():
            if each.required and found.get(name) is None:
                yield Problem(path=_join(path, name), reason=f"missing required property {_join(path, name)!r}")

    def _value(self, path: str, value: Value, shape: Type, node: Node | None) -> Iterator[Problem]:
        match value, shape:
            case Unknown(), _:
                return
            case Secret(), _:
                # What a secret is may be judged, what it says may not be shown.
                for problem in self._value(path, value.value, shape, node):
                    yield Problem(path=problem.path, reason="is a secret that does not fit its type or its rules")
            case _, AnyOf():
                options = [option for option in shape.options if _is_meant(value, option)] or shape.options
                results = [list(self._value(path, value, option, node)) for option in options]
                if all(results):
                    yield from min(results, key=len)
            case _, Scalar():
                yield from _scalar_problem(path, value, shape, node)
            case _:
                yield from self._container(path, value, shape, node)

    def _container(self, path: str, value: Value, shape: Type, node: Node | None) -> Iterator[Problem]:
        match value, shape:
            case list(), ListOf():
                for index, item in enumerate(value):
                    yield from self._value(f"{path}[{index}]", item, shape.item, node.items if node else None)
            case dict(), MapOf():
                for key, item in value.items():
                    yield from self._value(_join(path, key), item, shape.value, None)
            case dict(), ObjectRef():
                yield from self._object(path, value, self.schema.objects[shape.name], node)
            case _:
                yield Problem(path=path, reason=f"is {_show(value)}; {_expected(shape)} is expected")


def _is_meant(value: Value, option: Type) -> bool:
    """Say whether a value has the outer form of a type: what is wrong inside an object is to be said of that object."""
    match value:
        case dict():
            return isinstance(option, ObjectRef | MapOf)
        case list():
            return isinstance(option, ListOf)
        case _:
            return isinstance(option, Scalar)


def _scalar_problem(path: str, value: Value, shape: Scalar, node: Node | None) -> Iterator[Problem]:
    if value is None or shape.name == "any":
        return
    if not _fits(value, shape):
        yield Problem(path=path, reason=f"is {_show(value)}; {_expected(shape)} is expected")
    elif node and (refusal := node.problem(_coerced(value, shape))):
        yield Problem(path=path, reason=f"is {_show(value)}; it {refusal} (CloudFormation schema)")


def _fits(value: Value, shape: Scalar) -> bool:
    """The bridge turns text into numbers and booleans, and the other way round, where nothing is lost."""
    match shape.name:
        case "asset":
            return isinstance(value, Asset)
        case "string":
            return isinstance(value, str | bool | int | float)
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "integer":
            return _is_number(value) and not isinstance(value, float)
        case _:
            return _is_number(value)


def _coerced(value: Value, shape: Scalar) -> Value:
    """A number where text belongs arrives at AWS as text."""
    return (
        str(value)
        if shape.name == "string" and isinstance(value, int | float) and not isinstance(value, bool)
        else value
    )


def _is_number(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _document_problem(path: str, value: Value) -> Iterator[Problem]:
    if not isinstance(value, str) or not value:
        return
    try:
        json.loads(value)
    except ValueError as problem:
        yield Problem(path=path, reason=f"is {_show(value)}; a JSON document is expected ({problem})")


def _unknown_name(name: str, value: Value, properties: Mapping[str, Property]) -> str:
    near = nearest(name, properties)
    hint = f"did you mean {near!r}?" if near else f"there is {', '.join(sorted(properties)) or 'nothing to set'}"
    return f"unknown property {name!r} (= {_show(value)}); {hint}"


def nearest(name: str, candidates: Mapping[str, object]) -> str | None:
    """Return the candidate most like a mistyped name; a snake_case spelling counts as its camelCase one."""
    by_lower = {each.lower(): each for each in candidates}
    close = difflib.get_close_matches(name.replace("_", "").lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def _show(value: Value) -> str:
    """Write a value into a message, short, and never what is secret or unknown in it."""
    match value:
        case Secret():
            return "[secret]"
        case Unknown():
            return "[unknown]"
        case Asset():
            return "an asset"
        case dict():
            return "an object with " + (", ".join(sorted(value)) or "nothing") if value else "an empty object"
        case list():
            return f"a list of {len(value)}"
        case _:
            shown = json.dumps(value, ensure_ascii=False)
            return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def _expected(shape: Type) -> str:
    match shape:
        case Scalar():
            return {"asset": "an asset or archive", "integer": "an integer"}.get(shape.name, f"a {shape.name}")
        case ListOf():
            return "a list"
        case MapOf():
            return "a map"
        case ObjectRef():
            return "an object"
        case AnyOf():
            return " or ".join(_expected(option) for option in shape.options)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
