"""Writes what settings, resources and requirements themselves say.

docs/settings.md, docs/stage.schema.json, docs/request-path.md, docs/requirements.md.

Run by `make generated`; a test fails while a file is stale.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from components.naming import PROJECT
from components.phases import PHASES, Phase, PhaseName
from components.settings import Settings
from components.settings.stage import section_of
from components.sizes import Sizes
from docs import drawing, fulfilment
from tests.unit.conftest import platform_of

DOCS = Path(__file__).parent


def settings() -> str:
    """The page on stage files."""
    keys = "\n".join(f"| `{key}` | {description} |" for key, description in _keys(Settings, f"{PROJECT}:"))
    return f"""# What a stage file may say

Generated from `components/settings` and `components/sizes.py` by `make generated`. Every key but a social provider and
QuickSight's owner is required and there is no other: a stage decides on purpose. A wrong or unknown key stops before
anything is touched, with file, key, value and what is allowed. Editors that know JSON Schema complete and check the
file by `docs/stage.schema.json`.

| key in `Pulumi.<stage>.yaml` | value |
|---|---|
{keys}

## What the phases bring

A size of its own phase, or of one that is still to come, a stage changes below `{PROJECT}:sizes.<phase>`. Try another
phase without writing anything: `make preview PHASE=global`.

| size | {" | ".join(PhaseName)} | meaning |
|---|{"---|" * len(PhaseName)}---|
{_sizes()}

What users are promised and what it may cost (man-won a month: the total binds, the lines are reported):

| | {" | ".join(PhaseName)} |
|---|{"---|" * len(PhaseName)}
{_promises()}
"""


def schema() -> str:
    """The JSON Schema of stage files."""
    models = Settings.model_json_schema(mode="validation")
    sizes = _partial(Sizes.model_json_schema(mode="validation"))
    definitions = {**models.pop("$defs"), **sizes.pop("$defs")}
    properties = {f"{PROJECT}:{name}": each for name, each in models["properties"].items() if name != "stage"}
    properties[f"{PROJECT}:sizes"] = {
        "description": models["properties"]["sizes"]["description"],
        "type": "object",
        "propertyNames": {"enum": list(PhaseName)},
        "additionalProperties": sizes,
    }
    config = {
        "type": "object",
        "properties": properties,
        "required": [f"{PROJECT}:{name}" for name in models["required"] if name != "stage"],
        "patternProperties": {f"^(?!{PROJECT}:|aws:)[a-z-]+:": {}},
        "additionalProperties": False,
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A stage file of {PROJECT}",
        "type": "object",
        "properties": {
            "config": config,
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
        },
        "required": ["config"],
        "$defs": definitions,
    }
    return json.dumps(_with_pulumis_spelling(whole), indent=2) + "\n"


def request_path() -> str:
    """The page that draws how a request gets to who answers it."""
    return drawing.page(platform_of("dev").registrations)


def requirements() -> str:
    """The page that joins each requirement to what fulfils it and to the tests that show it."""
    return fulfilment.page(fulfilment.rows(), fulfilment.facts())


def _keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        below = section_of(field.annotation)
        if below:
            yield from _keys(below, f"{prefix}{name}.")
        elif name != "stage":
            yield f"{prefix}{name}", field.description or ""


def _sizes() -> str:
    rows = [
        f"| `{key}` | {' | '.join(_at(phase, key) for phase in PHASES.values())} | {description} |"
        for key, description in _keys(Sizes, "")
    ]
    return "\n".join(rows)


def _at(phase: Phase, key: str) -> str:
    value: Any = phase.sizes
    for part in key.split("."):
        value = getattr(value, part, None)
    if value is None:
        return "-"
    if isinstance(value, frozenset):
        return str(len(value)) if value else "none"  # pyright: ignore[reportUnknownArgumentType]
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _promises() -> str:
    rows: Mapping[str, list[str]] = {
        "availability, % a month (REQ-N1)": [f"{each.slo.availability_percent:g}" for each in PHASES.values()],
        "p95, ms (REQ-N2)": [str(each.slo.p95_ms) for each in PHASES.values()],
        "regions (REQ-R4)": [str(each.regions) for each in PHASES.values()],
        **{
            f"{line} (REQ-F1)": [str(getattr(each.budget, line)) for each in PHASES.values()]
            for line in ("compute", "database", "cache", "network", "observability", "total")
        },
    }
    return "\n".join(f"| {name} | {' | '.join(values)} |" for name, values in rows.items())


def _partial(node: Any) -> Any:
    """A schema that requires nothing: a stage gives what it has otherwise."""
    if isinstance(node, dict):
        return {key: _partial(value) for key, value in node.items() if key != "required"}  # pyright: ignore
    return [_partial(each) for each in node] if isinstance(node, list) else node  # pyright: ignore


def _with_pulumis_spelling(node: Any) -> Any:
    """Pulumi writes a boolean at the top level as text, and a secret as an object with `secure`."""
    if isinstance(node, dict):
        if node.get("format") == "password":  # pyright: ignore[reportUnknownMemberType]
            secure = {"type": "object", "properties": {"secure": {"type": "string"}}, "required": ["secure"]}
            return {"description": node.get("description", ""), **secure}  # pyright: ignore
        if node.get("type") == "boolean":  # pyright: ignore[reportUnknownMemberType]
            rest = {key: value for key, value in node.items() if key != "type"}  # pyright: ignore
            return {**rest, "enum": [True, False, "true", "false"]}
        return {key: _with_pulumis_spelling(value) for key, value in node.items()}  # pyright: ignore
    return [_with_pulumis_spelling(each) for each in node] if isinstance(node, list) else node  # pyright: ignore


if __name__ == "__main__":
    (DOCS / "settings.md").write_text(settings(), encoding="utf-8")
    (DOCS / "stage.schema.json").write_text(schema(), encoding="utf-8")
    (DOCS / "request-path.md").write_text(request_path(), encoding="utf-8")
    try:
        (DOCS / "requirements.md").write_text(requirements(), encoding="utf-8")
    except fulfilment.FulfilmentError as problem:
        sys.exit(str(problem))
