"""A stage of its own: the stores that the service needs, an AWS, and who signs tokens (ops/dev/stage.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ops.dev.stage import Stage, running
from servicekit.settings import Settings

from ..main import application


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """What runs on this machine, for these tests and no others: an account of moto's is that of a whole process."""
    with running(Path(__file__).resolve().parents[2]) as found:
        yield found


@pytest.fixture
def settings(stage: Stage) -> Iterator[Settings]:
    """As the service finds them; this process is the service's for so long."""
    with stage.entered() as found:
        yield found


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """Of the service, started; it drains at the end."""
    with TestClient(application(settings)) as found:
        yield found


@pytest.fixture
def bearer(stage: Stage) -> dict[str, str]:
    """The header of a user who has signed in."""
    return {"Authorization": f"Bearer {stage.issuer.token('u-1')}"}
