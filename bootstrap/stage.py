"""A stage file as the account's steps need it; it is read by `components/settings`, as everywhere."""

import json
from pathlib import Path
from typing import Any, cast

import yaml

from bootstrap.errors import BootstrapError
from components import settings

_SEALED = "sealed"  # in place of what only Pulumi can open: nothing here needs it


def read(stage: str, folder: Path) -> settings.Settings:
    """The settings of a stage.

    Raises:
        BootstrapError: there is no such file, or something in it is not allowed.
    """
    path = folder / f"Pulumi.{stage}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        config = {key: _text(_opened(value)) for key, value in content["config"].items()}
    except OSError as error:
        raise BootstrapError(f"there is no stage {stage!r}: {path.name} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise BootstrapError(f"{path.name}: is no stage file; it is YAML with a key `config`") from error
    try:
        return settings.load(stage=stage, config=config, beside=settings.cidrs_beside(stage, folder))
    except settings.SettingsError as error:
        raise BootstrapError(str(error)) from error


def _opened(value: Any) -> Any:
    """A tree without the envelopes of what is sealed."""
    if isinstance(value, dict):
        tree = cast("dict[str, Any]", value)
        return _SEALED if set(tree) == {"secure"} else {key: _opened(each) for key, each in tree.items()}
    if isinstance(value, list):
        return [_opened(each) for each in cast("list[Any]", value)]
    return value


def _text(value: Any) -> str:
    """As Pulumi hands it to a program."""
    return value if isinstance(value, str) else json.dumps(value)
