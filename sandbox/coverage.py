"""What the stand-in knows of a resource type: what it checks, what it replaces, what it answers, and what it does not.

Nothing here is typed by hand: each figure is read from the tables and schemas that a run uses.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.provider.identities import IDENTITIES
from sandbox.provider.outputs import default_of, identity_of
from sandbox.provider.principals import resolved
from sandbox.schema.cloudformation import CloudFormation, Node
from sandbox.schema.documents import documents
from sandbox.schema.force_new import FORCE_NEW
from sandbox.schema.replacement import CONDITIONAL, DELETE_FIRST
from sandbox.schema.sdk import Sdk
from sandbox.schema.types import AnyOf, ListOf, ObjectRef, Property, ResourceSchema, Scalar, Type
from sandbox.schema.values import Value

TERRAFORM = "Terraform"
CLOUDFORMATION = "CloudFormation"
_MADE_BY_ALL = frozenset({"arn", "region", "tagsAll"})  # outputs that need no entry in a type's row
# Values that hardly any enum, pattern, length or bound takes.
_UNLIKELY: Mapping[str, tuple[Value, ...]] = {
    "string": ("no-such-value", "~", "\n", "~" * 40_000),
    "integer": (-1_000_000_007, 10**12),
    "number": (-1_000_000_007, 10**12),
}
_LEVELS = 6  # of nesting; a WAF rule contains itself


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a property stands: its path without indices, and its type there."""

    path: str
    property: Property
    node: Node | None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """One row of the table."""

    token: str
    is_identified: bool  # id, ARN and outputs by a row of sandbox/provider/identities
    names: int  # properties whose names and types are checked, nested ones too
    required: tuple[str, ...]  # at the top
    constrained: tuple[str, ...]  # paths with an enum, a pattern, a length or a bound of CloudFormation
    unconstrained: int  # text and numbers of which anything is taken
    documents: tuple[str, ...]  # properties that must be JSON
    principals: tuple[str, ...]  # those of them in which roles and users are looked up
    create_only: tuple[str, ...]  # what replaces, wherever it is known from
    create_only_source: str  # empty: nothing is known to replace, but a region or a name prefix
    is_conditional: bool  # some of it replaces only for some values
    deletes_first: bool
    defaults: tuple[str, ...]  # inputs left out that come back with the documented value
    answered: tuple[str, ...]  # outputs that the row makes in AWS's form
    invented: tuple[str, ...]  # outputs of which only the type is right


def coverage_of(token: str, sdk: Sdk, cloudformation: CloudFormation) -> Coverage:
    """Read everything that is known of a type.

    Raises:
        KeyError: the SDK has no such type.
    """
    schema = sdk.resource(token)
    node = cloudformation.node(token)
    places = list(places_of(schema, node))
    constrained = tuple(place.path for place in places if refused_here(place) is not None)
    scalars = [place for place in places if isinstance(_inner(place.property.type), Scalar)]
    row = identity_of(schema, cloudformation, {}) if token in IDENTITIES else None
    answered = frozenset((row.outputs or {}) if row else ())
    ours = FORCE_NEW.get(token)
    create_only = ours if ours is not None else cloudformation.create_only(token, list(schema.inputs))
    return Coverage(
        token=token,
        is_identified=token in IDENTITIES,
        names=len(places),
        required=tuple(sorted(name for name, each in schema.inputs.items() if each.required)),
        constrained=constrained,
        unconstrained=sum(_is_free(place) for place in scalars),
        documents=documents(token),
        principals=resolved(token),
        create_only=tuple(sorted(create_only)),
        create_only_source=TERRAFORM if ours is not None else CLOUDFORMATION if create_only else "",
        is_conditional=token in CONDITIONAL,
        deletes_first=token in DELETE_FIRST,
        defaults=tuple(sorted(name for name in schema.inputs if default_of(schema, name) is not None)),
        answered=tuple(sorted(answered)),
        invented=tuple(sorted(schema.computed - answered - _MADE_BY_ALL)),
    )


def table(tokens: Iterable[str], sdk: Sdk, cloudformation: CloudFormation) -> list[Coverage]:
    """Return a row for each type, by name."""
    return [coverage_of(token, sdk, cloudformation) for token in sorted(set(tokens))]


def places_of(schema: ResourceSchema, node: Node | None) -> Iterator[Place]:
    """List every property that an input may have, at every depth; an object inside itself is entered once."""
    yield from _places("", schema.inputs, node, schema, ())


def _places(
    path: str, properties: Mapping[str, Property], node: Node | None, schema: ResourceSchema, above: tuple[str, ...]
) -> Iterator[Place]:
    for name, each in properties.items():
        place = Place(path=f"{path}.{name}" if path else name, property=each, node=node.member(name) if node else None)
        yield place
        inner, below = _unwrapped(each.type, place.node)
        if isinstance(inner, ObjectRef) and inner.name not in above and len(above) < _LEVELS:
            yield from _places(place.path, schema.objects[inner.name], below, schema, (*above, inner.name))


def _unwrapped(shape: Type, node: Node | None) -> tuple[Type, Node | None]:
    """What a list holds, and what is said about it; the check looks into lists alike, and not into maps."""
    match shape:
        case ListOf():
            return _unwrapped(shape.item, node.items if node else None)
        case AnyOf():
            objects = [option for option in shape.options if isinstance(option, ObjectRef)]
            return _unwrapped((objects or shape.options)[0], node)
        case _:
            return shape, node


def _inner(shape: Type) -> Type:
    return _unwrapped(shape, None)[0]


def refused_here(place: Place) -> Value:
    """Find a value of the right type that AWS's own schema refuses here; None where there is none."""
    shape, node = _unwrapped(place.property.type, place.node)
    if node is None or not isinstance(shape, Scalar):
        return None
    return next((value for value in _UNLIKELY.get(shape.name, ()) if node.problem(value)), None)


def _is_free(place: Place) -> bool:
    shape = _inner(place.property.type)
    return isinstance(shape, Scalar) and shape.name in _UNLIKELY and refused_here(place) is None
