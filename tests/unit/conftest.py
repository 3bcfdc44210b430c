import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import settings
from components.naming import PROJECT
from components.phases import PhaseName
from components.platform import Platform
from tests.unit.recording import Recorded, record

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("dev", "stg", "prod")


def stage_config(stage: str) -> dict[str, str]:
    """A committed stage file as Pulumi hands it to the program."""
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@cache  # it takes seconds, and whoever asks in one process means the same
def platform_of(stage: str, **otherwise: str) -> Recorded:
    """A committed stage, with settings that are otherwise than its file says."""
    changed = {f"{PROJECT}:{key}": value for key, value in otherwise.items()}
    loaded = settings.load(stage=stage, config=stage_config(stage) | changed)
    return record(lambda: Platform("startup-platform", loaded), stack=stage)


def platforms() -> Mapping[tuple[str, PhaseName], Recorded]:
    """The platform in all stages and phases, by both."""
    return {(stage, phase): platform_of(stage, phase=phase) for stage in STAGES for phase in PhaseName}


def every_platform() -> list[Recorded]:
    """The platform in all stages and phases."""
    return list(platforms().values())


@pytest.fixture(scope="session")
def dev() -> Recorded:
    return platform_of("dev")


@pytest.fixture(scope="session")
def prod() -> Recorded:
    return platform_of("prod")


@pytest.fixture(scope="session", params=STAGES)
def platform(request: pytest.FixtureRequest) -> Recorded:
    return platform_of(request.param)
