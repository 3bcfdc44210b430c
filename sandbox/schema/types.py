"""The shape of a resource: its properties, their types, and the JSON form in which the shape is cached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

ScalarName: TypeAlias = Literal["string", "integer", "number", "boolean", "asset", "any"]


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """One value; `any` takes everything."""

    name: ScalarName


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """Values in order."""

    item: "Type"


@dataclass(frozen=True, kw_only=True)
class MapOf:
    """Values by a key the user chooses."""

    value: "Type"


@dataclass(frozen=True, kw_only=True)
class ObjectRef:
    """An object with fixed properties, by its name in `ResourceSchema.objects`."""

    name: str


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """A value of one of several types."""

    options: tuple["Type", ...]


Type: TypeAlias = Scalar | ListOf | MapOf | ObjectRef | AnyOf
Default: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property: `required` is "must be given" for an input and "always there" for an output."""

    type: Type
    required: bool
    default: Default = None  # what the provider fills in, as its documentation says


@dataclass(frozen=True, kw_only=True)
class ResourceSchema:
    """One resource type. All names are wire names (camelCase)."""

    token: str
    inputs: Mapping[str, Property]
    outputs: Mapping[str, Property]  # inputs included
    objects: Mapping[str, Mapping[str, Property]]
    secrets: frozenset[str]  # outputs that the SDK marks secret

    @property
    def computed(self) -> frozenset[str]:
        """Outputs that no input sets."""
        return frozenset(self.outputs) - frozenset(self.inputs)


def parts(token: str) -> tuple[str, str, str]:
    """Split a resource token: `aws:ec2/subnet:Subnet` is module `ec2`, member `subnet` and class `Subnet`."""
    _, place, name = token.split(":")
    module, _, member = place.partition("/")
    return module, member, name


def type_to_json(shape: Type) -> object:
    """Write a type: a scalar as its name, anything else as an object with one key."""
    match shape:
        case Scalar():
            return shape.name
        case ListOf():
            return {"list": type_to_json(shape.item)}
        case MapOf():
            return {"map": type_to_json(shape.value)}
        case ObjectRef():
            return {"object": shape.name}
        case AnyOf():
            return {"any_of": [type_to_json(option) for option in shape.options]}


def type_from_json(data: Any) -> Type:
    """Read a type back.

    Raises:
        ValueError: no type has this form.
    """
    if isinstance(data, str) and data in get_args(ScalarName):
        return Scalar(name=cast("ScalarName", data))
    match data:
        case {"list": item}:
            return ListOf(item=type_from_json(item))
        case {"map": value}:
            return MapOf(value=type_from_json(value))
        case {"object": str(name)}:
            return ObjectRef(name=name)
        case {"any_of": [*options]}:
            return AnyOf(options=tuple(type_from_json(option) for option in options))
        case _:
            raise ValueError(f"{data!r} is no type")


def _properties_to_json(properties: Mapping[str, Property]) -> dict[str, object]:
    return {
        name: {"type": type_to_json(each.type), "required": each.required, "default": each.default}
        for name, each in properties.items()
    }


def _properties_from_json(data: Any) -> dict[str, Property]:
    return {
        name: Property(type=type_from_json(each["type"]), required=each["required"], default=each["default"])
        for name, each in data.items()
    }


def schema_to_json(schema: ResourceSchema) -> dict[str, object]:
    """Write a resource type."""
    return {
        "token": schema.token,
        "inputs": _properties_to_json(schema.inputs),
        "outputs": _properties_to_json(schema.outputs),
        "objects": {name: _properties_to_json(each) for name, each in schema.objects.items()},
        "secrets": sorted(schema.secrets),
    }


def schema_from_json(data: Any) -> ResourceSchema:
    """Read a resource type back.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: the data is not what `schema_to_json` writes.
    """
    return ResourceSchema(
        token=data["token"],
        inputs=_properties_from_json(data["inputs"]),
        outputs=_properties_from_json(data["outputs"]),
        objects={name: _properties_from_json(each) for name, each in data["objects"].items()},
        secrets=frozenset(data["secrets"]),
    )
