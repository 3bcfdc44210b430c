"""The installed SDK, whose shapes the translation follows."""

import pytest

from sandbox.schema.sdk import Sdk


@pytest.fixture(scope="session")
def sdk() -> Sdk:
    return Sdk.installed("aws")
