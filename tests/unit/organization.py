"""The organisation of organization/ on mocks, as its committed file has it or otherwise."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from organization import settings
from organization.landscape import Landscape
from organization.settings import PROJECT, STACK, Settings
from tests.unit.recording import Recorded, record

FILE = Path(__file__).resolve().parents[2] / "organization" / f"Pulumi.{STACK}.yaml"


def organization_config() -> dict[str, str]:
    """The committed file as Pulumi hands it to the program."""
    config: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def settings_of(otherwise: Mapping[str, str]) -> Settings:
    """The committed settings, with keys that are otherwise."""
    changed = {f"{PROJECT}:{key}": value for key, value in otherwise.items()}
    return settings.load(stack=STACK, config=organization_config() | changed)


def organization_of(**otherwise: str) -> Recorded:
    """The organisation with settings that are otherwise than its file says."""
    loaded = settings_of(otherwise)
    return record(lambda: Landscape("organization", loaded), stack=STACK)


@cache
def organizations() -> tuple[Recorded, ...]:
    """The organisation whoever owns the audit."""
    return tuple(organization_of(audit_owner=owner) for owner in ("organization", "stage"))
