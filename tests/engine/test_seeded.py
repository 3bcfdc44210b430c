"""Changes of this repository, as a pull request gets them told: which stacks, what becomes of what, which lines.

Expected is what `seeded.py` says, by hand; nothing of it was taken from a run.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.seeded import SEEDED, Edit, Seeded

pytestmark = [pytest.mark.engine, pytest.mark.nightly]


def git(place: Path, *arguments: str) -> str:
    names = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *names, *arguments], cwd=place, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def this(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a repository of one commit: what is not committed here is judged too."""
    place = tmp_path_factory.mktemp("this") / "repository"
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes((ROOT / name).read_bytes())
    git(place, "init", "--quiet", "--initial-branch", "main")
    git(place, "add", "-A")
    git(place, "commit", "--quiet", "-m", "all")
    return place


def edit(place: Path, edits: Sequence[Edit]) -> None:
    for one in edits:
        (place / one.file).write_text(one.made_in((place / one.file).read_text()))


def run(sandbox: Sandbox, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=sandbox.environment(),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


def judge(this: Path, place: Path, sandbox: Sandbox, seeded: Seeded) -> None:
    git(this, "clone", "--quiet", str(this), str(place))
    (place / ".venv").symlink_to(sys.prefix)
    edit(place, seeded.before)
    git(place, "commit", "--quiet", "--all", "--allow-empty", "-m", "the base")
    git(place, "checkout", "--quiet", "-b", "change")
    edit(place, seeded.edits)
    git(place, "commit", "--quiet", "--all", "-m", "a change")

    touched = json.loads(run(sandbox, "ops.affected", "--project", str(place), "--base", "main").stdout)
    assert [f"{each['project']}:{each['name']}" for each in touched["stacks"]] == list(seeded.stacks)

    out = place.parent / "out"
    where = ["--project", str(place / seeded.project), "--base", "main", "--stack", "dev", "--out", str(out)]
    done = run(sandbox, "ops.diff", *where)
    document: dict[str, Any] = json.loads((out / "difference.json").read_text())
    assert document["errors"] == []
    assert {each["urn"]: each["kind"] for each in document["changes"]} == dict(seeded.changes)
    assert [line for line in seeded.lines if line not in done.stdout.splitlines()] == []
    assert [words for words in seeded.absent if words in done.stdout] == []
    assert (done.returncode, document["exit"], done.stderr) == (seeded.exit, seeded.exit, "")


@pytest.mark.parametrize("name", SEEDED)
def test_a_change_is_told_as_it_is(this: Path, tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    judge(this, tmp_path / "clone", sandbox, SEEDED[name])
