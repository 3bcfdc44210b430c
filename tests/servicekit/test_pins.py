"""What the tests run is what images run."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pins(path: Path) -> set[str]:
    return set(re.findall(r"^([A-Za-z0-9._-]+==[^ ;]+)", path.read_text(), re.MULTILINE))


def test_images_have_the_versions_that_the_tests_run_on() -> None:
    images = pins(ROOT / "servicekit" / "requirements.lock")
    assert len(images) > 40
    assert images - pins(ROOT / "requirements.lock") == set()


def test_each_pin_is_exact_and_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "servicekit" / "pyproject.toml").read_text())
    asked = {re.sub(r"\[.*?\]", "", pin) for pin in project["project"]["dependencies"]}
    assert asked - pins(ROOT / "servicekit" / "requirements.lock") == set()
