"""What a resource reports back: its inputs, what AWS would add, and invented values where nothing better is known."""

import re
from collections.abc import Mapping

from sandbox.provider.configuration import Configuration
from sandbox.provider.identities import IDENTITIES
from sandbox.provider.identity import Identity, Scope, arn
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.types import AnyOf, Default, ListOf, MapOf, ObjectRef, Property, ResourceSchema, Scalar, Type, parts
from sandbox.schema.values import UNKNOWN, Bag, Secret, Value, has_secret

_CREATED = "2026-01-01T00:00:00Z"  # every invented time: two runs must agree
_DEPTH = 3  # levels of invented objects; some output types contain themselves
_TIME = re.compile(r"([dD]ate|[tT]ime|At|On)$")
_STATE = {"state": "available", "status": "ACTIVE", "lifecycleState": "available"}
_HOST = "{hex10.%s}.{region}.amazonaws.com"
# By the end of a property's name, first match: %s is that name, %m the service.
_ENDINGS = {
    "accountid": "{account}",
    "ownerid": "{account}",
    "registryid": "{account}",
    "region": "{region}",
    "arn": arn("%m", "%s/{hex17.%s}"),
    "url": f"https://{_HOST}",
    "endpoint": _HOST,
    "address": _HOST,
    "dnsname": _HOST,
    "domainname": _HOST,
}


def identity_of(schema: ResourceSchema, cloudformation: CloudFormation, inputs: Bag) -> Identity:
    """Return how a resource is identified: by the table, else approximately, from CloudFormation's identifier."""
    row = IDENTITIES.get(schema.token)
    if row is not None:
        return row if isinstance(row, Identity) else row(inputs)
    module, kind, _ = parts(schema.token)
    primary = cloudformation.primary_identifier(schema.token, list(schema.inputs))
    return Identity(id=",".join(f"{{{name}}}" for name in primary) or "{name}", arn=arn(module, f"{kind}/{{name}}"))


def settled(schema: ResourceSchema, identity: Identity, scope: Scope) -> tuple[str, Bag]:
    """Return the id and all outputs of a resource that now exists."""
    identifier = scope.known.get("id") or scope.fill(identity.id)
    scope = scope.knowing(id=identifier)
    scope = scope.knowing(arn=scope.fill(identity.arn)) if identity.arn else scope
    table: Bag = {"region": scope.region}
    if identity.arn:
        table["arn"] = scope.known["arn"]
    table |= {name: scope.fill_all(value) for name, value in (identity.outputs or {}).items()}
    outputs: Bag = {}
    for name, each in schema.outputs.items():
        if scope.inputs.get(name) is not None:
            outputs[name] = _completed(scope.inputs[name], table.get(name))
        elif name in table:
            outputs[name] = table[name]
        elif f"{name}Prefix" in scope.inputs:
            outputs[name] = scope.fill(f"{{{name}}}")
        elif default_of(schema, name) is not None:
            outputs[name] = default_of(schema, name)
        elif name in schema.inputs and each.required:
            outputs[name] = _empty(each.type)
        elif name in schema.computed:
            outputs[name] = _computed(name, each.type, schema.objects, scope, _DEPTH)
    return identifier, _with_secrets(schema, outputs)


def _completed(given: Value, computed: Value) -> Value:
    """Add to an object what AWS computes inside it."""
    return {**computed, **given} if isinstance(given, dict) and isinstance(computed, dict) else given


def foreseen(schema: ResourceSchema, identity: Identity, inputs: Bag, configuration: Configuration) -> Bag:
    """Return the outputs that a preview can promise: the inputs, the documented defaults, and unknown for the rest."""
    given: Bag = {"region": configuration.region, **inputs}
    outputs: Bag = {}
    for name, each in schema.outputs.items():
        if given.get(name) is not None:
            outputs[name] = _completed(given[name], _not_known((identity.outputs or {}).get(name)))
        elif default_of(schema, name) is not None:
            outputs[name] = default_of(schema, name)
        elif name in schema.computed or each.required:
            outputs[name] = UNKNOWN
    return _with_secrets(schema, outputs)


def _with_secrets(schema: ResourceSchema, outputs: Bag) -> Bag:
    return {
        name: Secret(value=value) if name in schema.secrets and not has_secret(value) else value
        for name, value in outputs.items()
    }


def _not_known(computed: Value) -> Value:
    """What AWS will compute inside an object, before it has."""
    return dict.fromkeys(computed, UNKNOWN) if isinstance(computed, dict) else UNKNOWN


def default_of(schema: ResourceSchema, name: str) -> Default:
    """Return what an input left out becomes, as far as its documentation says."""
    return schema.inputs[name].default if name in schema.inputs else None


def _empty(shape: Type) -> Value:
    match shape:
        case Scalar(name="boolean"):
            return False
        case Scalar(name="integer" | "number"):
            return 0
        case Scalar(name="string"):
            return ""
        case ListOf():
            return []
        case MapOf():
            return {}
        case _:
            return None


def _computed(name: str, shape: Type, objects: Mapping[str, Mapping[str, Property]], scope: Scope, depth: int) -> Value:
    match shape:
        case Scalar(name="string"):
            return _text(name, scope)
        case ListOf(item=ObjectRef() as item) if depth:
            return [_computed(name, item, objects, scope, depth - 1)]
        case ObjectRef() if depth:
            return {
                inner: _computed(inner, each.type, objects, scope, depth - 1)
                for inner, each in objects[shape.name].items()
            }
        case AnyOf():
            return _computed(name, shape.options[0], objects, scope, depth)
        case _:
            return _empty(shape)


def _text(name: str, scope: Scope) -> str:
    """Invent text that looks like what its name promises."""
    if name in _STATE:
        return _STATE[name]
    if _TIME.search(name):
        return _CREATED
    ending = next((each for each in _ENDINGS if name.lower().endswith(each)), "")
    form = _ENDINGS.get(ending, "{hex17.%s}")
    return scope.fill(form.replace("%s", name).replace("%m", parts(scope.token)[0]))
