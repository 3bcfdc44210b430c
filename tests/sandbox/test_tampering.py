"""What somebody did behind Pulumi's back, as the stand-in keeps it."""

from pathlib import Path

import pytest

from sandbox.provider.tampering import Hand, Tampering, changed, found_at, steps_of, undone
from sandbox.schema.values import Bag, Secret


def test_a_path_leads_through_objects_lists_and_odd_keys() -> None:
    assert steps_of('ingress[0].tags["a.b/c"].x') == ["ingress", 0, "tags", "a.b/c", "x"]
    bag: Bag = {"ingress": [{"tags": Secret(value={"a.b/c": {"x": 1}})}]}
    assert found_at(bag, 'ingress[0].tags["a.b/c"].x') == 1
    assert found_at(bag, "ingress[1].tags") is None
    assert found_at(bag, "egress.a") is None


@pytest.mark.parametrize("path", ["", "[0]", "a..b", "a[", "a[x]", ".a"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no property path"):
        steps_of(path)


def test_changed_values_stand_where_the_bag_has_such_a_property_and_the_bag_stays_as_it_was() -> None:
    bag: Bag = {"tags": {"a": "1"}, "rules": [{"port": 1}], "name": "n"}
    hand = Hand(values={"tags.b": "2", "rules[0].port": 9, "other": True, "name": "m"})
    assert hand.applied(bag) == {"tags": {"a": "1", "b": "2"}, "rules": [{"port": 9}], "name": "m"}
    assert bag == {"tags": {"a": "1"}, "rules": [{"port": 1}], "name": "n"}


def test_it_is_kept_until_it_ends(tmp_path: Path) -> None:
    one, other = Tampering(tmp_path), Tampering(tmp_path)
    one.note("urn:a", Hand(is_deleted=True))
    one.note("urn:b", changed(None, "name", "x", "was"))
    assert other.of("urn:a") == Hand(is_deleted=True)
    assert other.of("urn:b") == Hand(values={"name": "x"}, before={"name": "was"})
    other.ended("urn:a")
    other.ended("urn:never")
    assert set(one.all()) == {"urn:b"}


def test_without_a_backend_nothing_was_ever_done() -> None:
    assert Tampering(None).of("urn:a") is None


def test_undoing_forgets_unless_the_state_took_the_change_over() -> None:
    hand = changed(changed(None, "size", 5, 60), "size", 6, 5)
    assert hand.before == {"size": 60}
    assert undone(hand, {"size": 60}) == Hand()
    assert undone(hand, {"size": 6}) == Hand(values={"size": 60}, before={"size": 6})
