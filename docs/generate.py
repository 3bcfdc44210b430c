"""Writes what docs say twice: docs/settings.md, from the descriptions in components/settings.py.

Run by `make generated`; a test fails while the file is stale.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from components.naming import PROJECT
from components.settings import Settings

SETTINGS = Path(__file__).with_name("settings.md")


def settings() -> str:
    """The page on stage files."""
    rows = "\n".join(f"| `{key}` | {description} |" for key, description in _keys(Settings, f"{PROJECT}:"))
    return f"""# What a stage file may say

Generated from `components/settings.py` by `make generated`. Every key is required and there is no other: a stage
decides on purpose. A wrong or unknown key stops before anything is touched, with file, key, value and what is allowed.

| key in `Pulumi.<stage>.yaml` | value |
|---|---|
{rows}
"""


def _keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{prefix}{name}.")
        elif name != "stage":
            yield f"{prefix}{name}", field.description or ""


if __name__ == "__main__":
    SETTINGS.write_text(settings(), encoding="utf-8")
