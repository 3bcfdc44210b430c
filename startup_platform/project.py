"""What the package is called, and which version it is."""

import tomllib
from importlib import metadata
from pathlib import Path

NAME = "startup-platform"
PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"  # of a checkout; an installed package has none


def version() -> str:
    """The project's own, as pyproject.toml has it."""
    if PROJECT.exists():
        return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version(NAME)
