"""Our resources as `terraform show -json` would show the plan of the same resources written in Terraform.

The translation is mechanical, from the shapes of the installed Pulumi SDK: names in snake case, objects as blocks
(lists of one), lists of objects as blocks of a singular name, the documented defaults filled in, null or no block
where nothing is said, and what is known only after the update left out and named in `after_unknown`, with a
reference.

Of what nobody says, a real plan shows null, or nothing where AWS computes the value. Inside a block the SDK does not
tell which, so a plan can be made both ways (`bare`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard, cast

from bench.terraform_names import DEFAULTS, NAMES, PREFIXES, TYPES
from sandbox.schema.sdk import Sdk
from sandbox.schema.types import AnyOf, ListOf, ObjectRef, Property, ResourceSchema, Type, parts
from tests.policy.server import UNKNOWN, Registered

ELSEWHERE = "module.elsewhere.output"  # what a value refers to that none of the shown resources gives
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 (the key that marks a secret on Pulumi's wire)


def type_name(token: str) -> str:
    """The Terraform type of a Pulumi token of the AWS provider, such as `aws_s3_bucket`."""
    module, _, name = parts(token)
    return TYPES.get(token) or f"{PREFIXES.get(module, f'aws_{module}_')}{snake(name)}"


def snake(name: str) -> str:
    """`enableDnsARecord` as `enable_dns_a_record`."""
    return _WORD.sub("_", name).lower()


def singular(name: str) -> str:
    """What Pulumi made a plural of."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if re.search(r"(ss|x|ch|sh)es$", name):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def attribute_name(tf_type: str, path: Sequence[str], shape: Type) -> str:
    """The Terraform name of the property at a path of Pulumi names."""
    irregular = NAMES.get(tf_type, {}).get(".".join(path))
    name = snake(path[-1])
    return irregular or (singular(name) if isinstance(_plain(shape), ListOf) and _object(shape) else name)


def attributes(schema: ResourceSchema) -> frozenset[str]:
    """Every path that a plan of this type can have, such as `versioning/enabled`: what a check may ask for."""
    tf_type = type_name(schema.token)

    def below(
        properties: Mapping[str, Property], path: tuple[str, ...], at: str, seen: frozenset[str]
    ) -> Iterator[str]:
        for name, each in properties.items():
            here = f"{at}{attribute_name(tf_type, (*path, name), each.type)}"
            yield here
            found = _object(each.type)
            if found and found not in seen:
                yield from below(schema.objects[found], (*path, name), f"{here}/", seen | {found})

    return frozenset(below({**schema.outputs, **schema.inputs}, (), "", frozenset()))


@dataclass(kw_only=True)
class Attributes:
    """One resource's or one block's part of the plan.

    Attributes:
        values: what is known.
        unknown: true where something is known only after the update.
        expressions: where each value comes from, as Terraform's `configuration` says it.
    """

    values: dict[str, object] = field(default_factory=dict[str, object])
    unknown: dict[str, object] = field(default_factory=dict[str, object])
    expressions: dict[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One resource of a plan."""

    type: str
    name: str
    attributes: Attributes

    @property
    def address(self) -> str:
        """What a report calls it."""
        return f"{self.type}.{self.name}"


def plan(resources: Sequence[Planned]) -> dict[str, object]:
    """The plan that creates these resources."""
    common = [
        (each, {"address": each.address, "mode": "managed", "type": each.type, "name": each.name}) for each in resources
    ]
    provider = "registry.terraform.io/hashicorp/aws"
    return {
        "format_version": "1.2",
        "terraform_version": "1.14.0",
        "planned_values": {
            "root_module": {
                "resources": [
                    {**head, "provider_name": provider, "values": each.attributes.values} for each, head in common
                ]
            }
        },
        "resource_changes": [
            {
                **head,
                "provider_name": provider,
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": each.attributes.values,
                    "after_unknown": each.attributes.unknown,
                },
            }
            for each, head in common
        ],
        "configuration": {
            "root_module": {
                "resources": [{**head, "expressions": each.attributes.expressions} for each, head in common]
            }
        },
    }


def bare(resource: Planned) -> Planned:
    """The same without what nobody said: no null, no empty list of blocks."""
    made = resource.attributes
    return replace(resource, attributes=replace(made, values=cast("dict[str, object]", _said(made.values))))


def planned(stack: Sequence[Registered], prefix: str, sdk: Sdk) -> list[Planned]:
    """Resources of one stack, referring to each other as they do there; their names begin with `prefix`."""
    address = {each.urn: f"{type_name(each.type)}.{prefix}{_identifier(each.name)}" for each in stack}
    if len(set(address.values())) < len(stack):
        raise ValueError(f"two resources of one stack have one address: {sorted(address.values())}")
    return [
        Planned(
            type=type_name(each.type),
            name=f"{prefix}{_identifier(each.name)}",
            attributes=_Translation(
                schema=sdk.resource(each.type),
                sources={name: [address[urn] for urn in urns if urn in address] for name, urns in each.depends.items()},
            ).resource(each.props),
        )
        for each in stack
    ]


@dataclass(frozen=True, kw_only=True)
class _Translation:
    schema: ResourceSchema
    sources: Mapping[str, Sequence[str]]

    def resource(self, props: Mapping[str, object]) -> Attributes:
        made = self._block(props, self.schema.inputs, ())
        for name, each in self.schema.inputs.items():
            is_filled_in_by_aws = name in self.schema.outputs and self.schema.outputs[name].required
            if name not in props and self._default(name, each) is None and is_filled_in_by_aws:
                attribute = attribute_name(type_name(self.schema.token), (name,), each.type)
                del made.values[attribute]
                made.unknown[attribute] = True
        if "tagsAll" in self.schema.outputs:
            made.values["tags_all"] = _known(_open(props.get("tagsAll", props.get("tags"))))[0]
        return made

    def _block(self, props: Mapping[str, object], shapes: Mapping[str, Property], path: tuple[str, ...]) -> Attributes:
        made = Attributes()
        for name, shape in shapes.items():
            attribute = attribute_name(type_name(self.schema.token), (*path, name), shape.type)
            value = _open(props[name]) if name in props else self._default(".".join((*path, name)), shape)
            if value is None:
                made.values[attribute] = [] if _object(shape.type) else None
            else:
                self._put(made, attribute, value, shape.type, (*path, name))
        return made

    def _default(self, path: str, shape: Property) -> object:
        return DEFAULTS.get(type_name(self.schema.token), {}).get(path, shape.default)

    def _put(self, into: Attributes, name: str, value: object, shape: Type, path: tuple[str, ...]) -> None:
        if value == UNKNOWN:
            into.unknown[name] = True
            into.expressions[name] = {"references": self._references(path)}
        elif _object(shape):
            blocks = [
                self._block(cast("Mapping[str, object]", _open(each)), self.schema.objects[_object(shape)], path)
                for each in (cast("list[object]", value) if isinstance(value, list) else [value])
            ]
            into.values[name] = [each.values for each in blocks]
            into.unknown[name] = [each.unknown for each in blocks]
            into.expressions[name] = [each.expressions for each in blocks]
        else:
            known, has_unknown = _known(value)
            into.values[name] = known
            is_reference = has_unknown or path[0] in self.sources
            into.expressions[name] = (
                {"references": self._references(path)} if is_reference else {"constant_value": known}
            )

    def _references(self, path: tuple[str, ...]) -> list[str]:
        attribute = "arn" if path[-1].lower().endswith("arn") else "id"
        sources = self.sources.get(path[0], ())
        return [one for source in sources for one in (f"{source}.{attribute}", source)] or [ELSEWHERE]


def _plain(shape: Type) -> Type:
    """Of several types the first: the others are other ways to write it in a program."""
    return shape.options[0] if isinstance(shape, AnyOf) else shape


def _object(shape: Type) -> str:
    """The name of the object that a type is, or is a list of; empty when it is neither."""
    one = _plain(shape)
    item = _plain(one.item) if isinstance(one, ListOf) else one
    return item.name if isinstance(item, ObjectRef) else ""


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def _open(value: object) -> object:
    """A value out of Pulumi's envelope for secrets."""
    return value["value"] if _is_object(value) and _SECRET in value else value


def _known(value: object) -> tuple[object, bool]:
    """A value with null for what is not known in it, as Terraform prints it, and whether there was any."""
    if isinstance(value, list):
        items = [(None, True) if item == UNKNOWN else _known(item) for item in cast("list[object]", value)]
        return [item for item, _ in items], any(unknown for _, unknown in items)
    if _is_object(value):
        kept = {key: _known(item) for key, item in value.items() if item != UNKNOWN}
        unknown = len(kept) < len(value) or any(is_unknown for _, is_unknown in kept.values())
        return {key: item for key, (item, _) in kept.items()}, unknown
    return value, False


def _said(value: object) -> object:
    """A value without null and without empty lists, at any depth."""
    if isinstance(value, list):
        return [_said(item) for item in cast("list[object]", value)]
    if _is_object(value):
        return {name: _said(item) for name, item in value.items() if item is not None and item != []}
    return value


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)
