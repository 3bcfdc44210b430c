"""Values of a type, made from its schema: one that fits, another one, one that does not."""

from sandbox.schema.types import AnyOf, ListOf, MapOf, ObjectRef, ResourceSchema, Scalar, Type
from sandbox.schema.values import Asset, Bag, Value

SCALARS: dict[str, tuple[Value, Value]] = {
    "string": ("a", "b"),
    "integer": (1, 2),
    "number": (1, 2),
    "boolean": (False, True),
    "any": ("a", "b"),
}


def of(shape: Type, number: int, schema: ResourceSchema) -> Value:
    """The first (0) or the second (1) of two different values of a type."""
    match shape:
        case Scalar(name="asset"):
            return Asset(fields={"text": str(number)})
        case Scalar():
            return SCALARS[shape.name][number]
        case ListOf():
            return [of(shape.item, number, schema)]
        case MapOf():
            return {"key": of(shape.value, number, schema)}
        case AnyOf():
            return of(shape.options[0], number, schema)
        case ObjectRef():
            name, inner = next(iter(sorted(schema.objects[shape.name].items())))
            return {name: of(inner.type, number, schema)}


def wrong(shape: Type) -> Value:
    """A value that no such type takes; None where everything is taken."""
    match shape:
        case Scalar(name="any"):
            return None
        case Scalar():
            return {"not": "this"} if shape.name != "asset" else "text"
        case ListOf() | MapOf() | ObjectRef():
            return "text"
        case AnyOf():
            return None if any(isinstance(option, ListOf) for option in shape.options) else ["not", "this"]


def at(path: str, value: Value, schema: ResourceSchema) -> Bag:
    """A bag with one value at a path without indices; a list on the way gets one item."""
    name, _, rest = path.partition(".")
    return {name: _inside(schema.inputs[name].type, rest, value, schema)}


def _inside(shape: Type, rest: str, value: Value, schema: ResourceSchema) -> Value:
    if not rest:
        return value
    match shape:
        case ListOf():
            return [_inside(shape.item, rest, value, schema)]
        case AnyOf():
            objects = [option for option in shape.options if isinstance(option, ObjectRef)]
            return _inside(objects[0], rest, value, schema)
        case ObjectRef():
            name, _, below = rest.partition(".")
            return {name: _inside(schema.objects[shape.name][name].type, below, value, schema)}
        case _:
            raise ValueError(f"nothing is inside {shape}")


def in_lists(shape: Type, value: Value) -> Value:
    """An item in as many lists as the type has around it."""
    match shape:
        case ListOf():
            return [in_lists(shape.item, value)]
        case _:
            return value
