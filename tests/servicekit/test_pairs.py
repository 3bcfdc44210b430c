"""Each kind with each need, and each need with each other, made as a user makes it: types hold, and its own tests pass.

Nightly. Every change has them read, linted and taken by the chart (tests/unit/test_newservice_pairs.py); previews are
in tests/engine/test_new_service.py.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from components.service.spec import Kind
from tests.servicekit.rendering import ROOT, own_tests
from tests.unit.newservice import make, repository
from tests.unit.pairs import services

pytestmark = pytest.mark.nightly
SERVICES = services()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = repository(tmp_path_factory.mktemp("pairs"))
    shutil.copy(ROOT / "pyproject.toml", here)
    for each in SERVICES:
        make(here, name=each.name, kind=each.kind, needs=",".join(each.needs), budget="dev:1,stg:1,prod:1")
    return here


def test_the_types_of_each_pair_hold_as_strictly_as_here(made: Path) -> None:
    ours: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["basedpyright"]
    there = {"include": ["services"], "venvPath": str(ROOT), "extraPaths": [str(ROOT)]}
    (made / "pyrightconfig.json").write_text(json.dumps(ours | there))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("basedpyright")), "--level", "error", "--outputjson"],
        cwd=made,
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(done.stdout)
    assert said["generalDiagnostics"] == []
    assert said["summary"]["filesAnalyzed"] > 10 * len(SERVICES)


def test_the_own_tests_of_each_pair_pass(made: Path) -> None:
    done = own_tests(made, *[each.name for each in SERVICES if each.kind != Kind.WEB])
    assert done.returncode == 0, done.stdout
