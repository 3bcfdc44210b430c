"""Is an object what its schema takes? Every problem with its path, what stands there and what may."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from jsonschema import ValidationError
from jsonschema.protocols import Validator

from sandbox.schema.check import Problem, nearest
from sandbox.schema.values import Bag, Secret, Unknown, Value, reveal

_SHOWN = 80  # characters of a value in a message
_Path = tuple[str | int, ...]
_RULES = {
    "pattern": "must match {rule}",
    "minimum": "must be at least {rule}",
    "maximum": "must be at most {rule}",
    "exclusiveMinimum": "must be more than {rule}",
    "exclusiveMaximum": "must be less than {rule}",
    "minLength": "must have at least {rule} characters",
    "maxLength": "must have at most {rule} characters",
    "minItems": "must have at least {rule} items",
    "maxItems": "must have at most {rule} items",
    "minProperties": "must have at least {rule} entries",
    "maxProperties": "must have at most {rule} entries",
}
_TYPES = {"array": "a list", "integer": "an integer", "object": "an object", "null": "nothing"}


def problems(validator: Validator, inputs: Bag) -> list[Problem]:
    """List what is wrong; what is not known yet is left out, what is secret is judged and not shown."""
    secrets = tuple(_paths(inputs, Secret))
    found: dict[tuple[str, str], Problem] = {}
    for error in validator.iter_errors(cast("Any", reveal(inputs))):
        for each in _problems(error, secrets):
            found[each.path, each.reason] = each
    return list(found.values())


def _problems(error: ValidationError, secrets: Collection[_Path]) -> Iterator[Problem]:
    path: _Path = tuple(error.absolute_path)
    value, wanted = cast("Any", error.instance), cast("Any", error.validator_value)
    if isinstance(value, Unknown):
        return
    hidden = any(path[: len(secret)] == secret for secret in secrets)
    shown = "a secret" if hidden else _show(value)
    if error.validator == "additionalProperties" and isinstance(value, dict):
        fields = cast("Mapping[str, Any]", value)
        yield from _unknown_fields(path, fields, cast("Any", error.schema), secrets)
    elif error.validator == "required":
        for name in wanted:
            if name not in value:
                missing = _written((*path, name))
                yield Problem(path=missing, reason=f"missing required property {missing!r}")
    elif error.validator == "type":
        yield Problem(path=_written(path), reason=f"is {shown}; {_expected(wanted)} is expected")
    elif error.validator == "enum":
        allowed = ", ".join(str(each) for each in wanted if each is not None)
        yield Problem(path=_written(path), reason=f"is {shown}; allowed: {allowed}")
    elif error.validator in ("oneOf", "anyOf"):
        yield from _alternatives(wanted, path, shown)
    else:
        rule = _RULES.get(str(error.validator), "breaks {name} {rule}")
        said = rule.format(name=error.validator, rule=_show(wanted))
        yield Problem(path=_written(path), reason=f"is {shown}; it {said}")


def _unknown_fields(
    path: _Path, value: Mapping[str, Any], schema: Any, secrets: Collection[_Path]
) -> Iterator[Problem]:
    allowed: Mapping[str, object] = schema.get("properties", {})
    for name, each in value.items():
        if name in allowed:
            continue
        near = nearest(name, allowed)
        hint = f"did you mean {near!r}?" if near else f"there is {', '.join(sorted(allowed)) or 'nothing to set'}"
        place: _Path = (*path, name)
        hidden = any(place[: len(secret)] == secret for secret in secrets)
        shown = "a secret" if hidden else _show(each)
        yield Problem(path=_written(place), reason=f"unknown property {name!r} (= {shown}); {hint}")


def _alternatives(options: list[dict[str, Any]], path: _Path, shown: str) -> Iterator[Problem]:
    """Such as a quantity: text or a number; such as one of several required keys."""
    types: list[Any] = [each["type"] for each in options if "type" in each]
    if types:
        names = dict.fromkeys(_expected(each) for each in types)
        yield Problem(path=_written(path), reason=f"is {shown}; {' or '.join(names)} is expected")
        return
    needed: list[list[str]] = [each["required"] for each in options if "required" in each]
    wanted = " or ".join(", ".join(names) for names in needed)
    yield Problem(path=_written(path), reason=f"is {shown}; it must have {wanted or 'one of several other forms'}")


def _expected(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else [each for each in types if each != "null"]
    return " or ".join(_TYPES.get(name, f"a {name}") for name in names)


def _paths(value: Value, mark: type, path: _Path = ()) -> Iterator[_Path]:
    if isinstance(value, mark):
        yield path
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _paths(each, mark, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _paths(each, mark, (*path, index))


def _written(path: _Path) -> str:
    """As the engine writes it: `spec.containers[0].image`, `data["a.b"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("-", "_").isidentifier():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def _show(value: Any) -> str:
    match value:
        case Unknown():
            return "[unknown]"
        case dict():
            return "an object with " + (", ".join(sorted(map(str, value))) or "nothing")  # pyright: ignore
        case list():
            return f"a list of {len(value)}"  # pyright: ignore
        case _:
            shown = json.dumps(value, ensure_ascii=False)
            return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
