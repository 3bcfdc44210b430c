"""A stage's settings, from its file and without an engine: sizes and names are all that is wanted of them."""

import json
from pathlib import Path
from typing import Any, cast

import yaml

from components import settings
from components.settings import Settings, SettingsError
from ops.growth.errors import GrowthError

_NOT_READ = "a-secret-that-growing-does-not-read"


def settings_of(project: Path, stage: str) -> Settings:
    """Read `Pulumi.<stage>.yaml`.

    Raises:
        GrowthError: there is no such stage, or its file is not as it must be.
    """
    path = project / f"Pulumi.{stage}.yaml"
    if not path.exists():
        stages = ", ".join(sorted(each.name.split(".")[1] for each in project.glob("Pulumi.*.yaml")))
        raise GrowthError(f"there is no stage {stage!r}: {path.name} does not exist; stages here: {stages}")
    try:
        config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as problem:
        raise GrowthError(f"{path.name} cannot be read: {' '.join(str(problem).split())}") from None
    told = {key: value if isinstance(value, str) else json.dumps(_open(value)) for key, value in config.items()}
    try:
        return settings.load(stage=stage, config=told, beside=settings.cidrs_beside(stage, project))
    except SettingsError as problem:
        raise GrowthError(str(problem)) from None


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        if set(found) == {"secure"}:
            return _NOT_READ
        return {key: _open(item) for key, item in found.items()}
    return [_open(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value
