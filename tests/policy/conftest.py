"""One running pack for all tests: it keeps nothing between questions."""

from collections.abc import Iterator

import pytest

from sandbox.schema.sdk import Sdk
from tests.policy.server import Pack, running


@pytest.fixture(scope="session")
def pack() -> Iterator[Pack]:
    with running() as running_pack:
        yield running_pack


@pytest.fixture(scope="session")
def sdk() -> Sdk:
    return Sdk.installed("aws")
