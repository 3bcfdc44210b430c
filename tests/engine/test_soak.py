"""Ten rounds of what `make soak` plays on the dev stack, here on a stack of four objects: 5 s of CPU each, not 50."""

from pathlib import Path

import pytest

from sandbox.faults.soak import Soak
from tests.engine.conftest import Sandbox
from tests.engine.struck import write

pytestmark = pytest.mark.engine

SEED, ROUNDS = 1, 10


def test_a_stack_comes_back_from_every_round(tmp_path: Path) -> None:
    write(tmp_path / "project")
    soak = Soak(tmp_path / "project", "dev", tmp_path)
    size = soak.prepare()
    assert size == 4
    said = [soak.round(SEED, number, size) for number in range(ROUNDS)]
    assert len(said) == ROUNDS
    assert [each for each in said if "exit 0" not in each], "no round lost anything"
    assert Sandbox(home=tmp_path / "struck").processes() == []
