"""Each seeded change of tests/engine/seeded.py still finds its place, though it is made at night only."""

import pytest

from tests.engine.conftest import ROOT
from tests.engine.seeded import OF_A_SERVICE, OF_THE_PLATFORM

SEEDED = {**OF_A_SERVICE, **OF_THE_PLATFORM}


@pytest.mark.parametrize("name", SEEDED)
def test_each_place_of_a_seeded_change_is_there_once(name: str) -> None:
    texts: dict[str, str] = {}
    for one in (*SEEDED[name].before, *SEEDED[name].edits):
        text = texts.get(one.file) or (ROOT / one.file).read_text(encoding="utf-8")
        assert text.count(one.old) == 1 or not one.old, one
        texts[one.file] = text.replace(one.old, one.new) if one.old else text + one.new
