"""Between the engine's structures and Python values; the marks are those of the SDK's own reader, private there."""
# pyright: reportPrivateUsage=false

from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from sandbox.provider.wire import decode, encode
from sandbox.schema.values import UNKNOWN, Asset, Secret, Value, has_secret, has_unknown, reveal

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    PLAIN | st.just(UNKNOWN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(), inner.filter(lambda value: value is not None), max_size=3)
        | inner.map(lambda value: Secret(value=value))
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES.filter(lambda value: value is not None), max_size=4))
def test_what_is_written_is_read_back(bag: dict[str, Value]) -> None:
    assert decode(encode(bag)) == bag


def test_the_engines_marks_are_understood() -> None:
    struct = struct_pb2.Struct()
    mark, secret, output = rpc._special_sig_key, rpc._special_secret_sig, rpc._special_output_value_sig
    struct.update(
        {
            "unknown": rpc.UNKNOWN,
            "secret": {mark: secret, "value": "hunter2"},
            "known": {mark: output, "value": 1, "dependencies": ["urn"]},
            "both": {mark: output, "secret": True},
            "resource": {mark: rpc._special_resource_sig, "urn": "urn", "id": "vpc-1"},
            "asset": {mark: rpc._special_asset_sig, "text": "x"},
            "null": None,
        }
    )
    found = decode(struct)
    assert found["unknown"] is UNKNOWN
    assert found["secret"] == Secret(value="hunter2")
    assert found["known"] == 1
    assert found["both"] == Secret(value=UNKNOWN)
    assert found["resource"] == "vpc-1"
    assert isinstance(found["asset"], Asset)
    assert "null" not in found
    assert decode(encode(found)) == found


def test_secrets_and_unknowns_are_found_at_every_depth() -> None:
    value: Value = {"a": [{"b": Secret(value=[UNKNOWN])}]}
    assert has_secret(value)
    assert has_unknown(value)
    assert reveal(value) == {"a": [{"b": [UNKNOWN]}]}
    assert not has_secret({"a": [1]})
    assert not has_unknown({"a": [1]})
