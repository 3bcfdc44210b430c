"""Each seeded change of tests/engine/seeded.py still finds its place, though it is made at night only."""

import pytest

from tests.engine.conftest import ROOT
from tests.engine.seeded import SEEDED


@pytest.mark.parametrize("name", SEEDED)
def test_each_place_of_a_seeded_change_is_there_once(name: str) -> None:
    texts: dict[str, str] = {}
    for one in (*SEEDED[name].before, *SEEDED[name].edits):
        text = texts.get(one.file) or (ROOT / one.file).read_text(encoding="utf-8")
        texts[one.file] = one.made_in(text)  # which says if it finds no place
