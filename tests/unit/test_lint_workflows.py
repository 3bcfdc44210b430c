"""What looks at the workflows finds what is wrong with one, and says nothing of ours."""

import shutil
from pathlib import Path

import pytest

from ops import lint
from ops.lint.__main__ import workflows
from ops.lint.tools import ACTIONLINT, GITLEAKS

ROOT = Path(__file__).resolve().parents[2]
STAGE = Path(".github", "workflows", "stage.yml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    return tmp_path


def broken(copy: Path, old: str, new: str) -> Path:
    text = (copy / STAGE).read_text()
    assert old in text
    (copy / STAGE).write_text(text.replace(old, new))
    return copy


def test_ours_have_no_finding(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert workflows(copy) == 0
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("inputs.stage }}", "inputs.stagee }}", 'property "stagee" is not defined'),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ('make apply STAGE="$STAGE"', 'make apply STAGE="${{ inputs.ref }}"', "template-injection"),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7", "unpinned-uses"),
    ],
)
def test_a_mistake_is_found_and_named(
    copy: Path, capfd: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    assert workflows(broken(copy, old, new)) != 0
    assert says in capfd.readouterr().out


def test_each_tool_is_pinned_by_its_module_file() -> None:
    assert (ACTIONLINT.version, GITLEAKS.version) == ("v1.7.12", "v8.30.1")
    for tool in (ACTIONLINT, GITLEAKS):
        sums = (Path(lint.__file__).parent / "pins" / tool.name / "go.sum").read_text()
        assert f"{tool.module} {tool.version} h1:" in sums
