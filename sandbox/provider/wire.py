"""Between the engine's protobuf structures and Python values.

The four marks are the engine's own (pulumi sdk/go/common/resource/sig.go): they stand in a structure where plain JSON
has no way to say "secret", "not known yet", "a file" or "another resource".
"""
# protobuf's stubs leave the values of maps untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Mapping

from google.protobuf import struct_pb2

from sandbox.schema.values import UNKNOWN, Asset, Bag, Secret, Unknown, Value

_MARK = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- a mark of the protocol
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_ASSETS = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")  # file, archive
UNKNOWNS = (  # one mark a type: bool, number, string, list, asset, archive, object
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
)
_UNKNOWN = UNKNOWNS[2]


def is_secret(value: Mapping[str, object]) -> bool:
    """Whether an object, as JSON has it, is the envelope of a secret."""
    return value.get(_MARK) == _SECRET


def is_file(value: Mapping[str, object]) -> bool:
    """Whether an object, as JSON has it, stands for a file or an archive of files."""
    return value.get(_MARK) in _ASSETS


def decode(struct: struct_pb2.Struct) -> Bag:
    """Read a property bag. Absent and null are the same."""
    return _decode_fields(struct.fields)


def _decode_fields(fields: Mapping[str, struct_pb2.Value]) -> Bag:
    return {name: _decode(value) for name, value in fields.items() if value.WhichOneof("kind") != "null_value"}


def _decode(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWNS else value.string_value
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "struct_value":
            return _decode_object(value.struct_value.fields)
        case _:
            return None


def _decode_object(fields: Mapping[str, struct_pb2.Value]) -> Value:
    mark = fields[_MARK].string_value if _MARK in fields else ""
    if mark == _SECRET:
        return Secret(value=_decode(fields["value"]))
    if mark == _OUTPUT:
        inner = _decode(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value=inner) if "secret" in fields and fields["secret"].bool_value else inner
    if mark == _RESOURCE:
        return _decode(fields["id"]) if "id" in fields else fields["urn"].string_value
    if mark in _ASSETS:
        return Asset(fields={name: _decode(each) for name, each in fields.items()})
    return _decode_fields(fields)


def encode(bag: Mapping[str, Value]) -> struct_pb2.Struct:
    """Write a property bag."""
    return struct_pb2.Struct(fields={name: _encode(value) for name, value in bag.items() if value is not None})


def _encode(value: Value) -> struct_pb2.Value:
    match value:
        case list():
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item) for item in value]))
        case dict():
            return struct_pb2.Value(struct_value=encode(value))
        case Secret():
            return _encode({_MARK: _SECRET, "value": value.value})
        case Asset():
            return _encode(dict(value.fields))
        case Unknown():
            return struct_pb2.Value(string_value=_UNKNOWN)
        case _:
            return _encode_plain(value)


def _encode_plain(value: bool | float | str | None) -> struct_pb2.Value:
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case _:
            return struct_pb2.Value(number_value=value)


def reference(urn: str, identifier: Value, version: str) -> Value:
    """Another resource as a property's value; an id that is not known yet is none."""
    known = "" if isinstance(identifier, Unknown) else identifier
    return {_MARK: _RESOURCE, "urn": urn, "id": known, "packageVersion": version}


def urn_of(value: struct_pb2.Value) -> str:
    """The URN in a reference to another resource, also inside an output's envelope; empty if it is none."""
    fields = value.struct_value.fields
    mark = fields[_MARK].string_value if _MARK in fields else ""
    if mark == _OUTPUT and "value" in fields:
        return urn_of(fields["value"])
    return fields["urn"].string_value if mark == _RESOURCE else ""
