"""What the SDK hands out becomes plain Python, through the SDK's own unwrapping."""

import pytest
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from policy.view import UNKNOWN, CannotJudgeError, Node, Plain, normalise
from tests.policy.server import UNKNOWN as SENTINEL
from tests.policy.server import secret


def seen(props: dict[str, object]) -> Plain:
    """What a rule sees of properties that the engine sent."""
    return normalise(unknown_checking_proxy(deserialize_properties(props)))


def test_proxies_become_dicts_lists_and_whole_numbers() -> None:
    plain = seen({"size": 5.0, "ratio": 0.5, "on": True, "rules": [{"port": 443.0}], "none": None})
    # Compared as text, since 5 == 5.0.
    assert repr(plain) == "{'size': 5, 'ratio': 0.5, 'on': True, 'rules': [{'port': 443}], 'none': None}"


def test_every_unknown_is_unknown_and_its_neighbours_are_not() -> None:
    plain = seen({"a": SENTINEL, "b": [1.0, SENTINEL], "c": {"d": f"x-{SENTINEL}", "e": "f"}})
    assert plain == {"a": UNKNOWN, "b": [1, UNKNOWN], "c": {"d": UNKNOWN, "e": "f"}}


def test_a_json_text_that_mentions_an_unknown_is_opened() -> None:
    assert seen({"policy": f'{{"Action": "*", "Resource": "{SENTINEL}"}}'}) == {
        "policy": {"Action": "*", "Resource": UNKNOWN}
    }


def test_secrets_are_seen_as_their_values() -> None:
    assert seen({"a": secret({"b": secret("c")})}) == {"a": {"b": "c"}}


def test_below_an_unknown_everything_is_unknown_and_below_an_absent_absent() -> None:
    node = Node(path="", value={"a": UNKNOWN, "b": "text"})
    assert node.get("a.b.c") is UNKNOWN
    assert node.get("b.c") is None
    assert node.get("x.y") is None


def test_asking_for_an_unknown_names_the_place() -> None:
    disk = Node(path="disks[1]", value={"encrypted": UNKNOWN})
    with pytest.raises(CannotJudgeError) as unknown:
        disk.known("encrypted")
    assert unknown.value.path == "disks[1].encrypted"
