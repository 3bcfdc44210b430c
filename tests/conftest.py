"""A slow machine is no failure: no test here asserts a time."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# What a recorded platform is made of stays: looking through it for garbage took a third of the time, as in
# sandbox/runner.py.
gc.set_threshold(100_000, 50, 50)

# Else moto makes a thousand images anew for each account and region that any test has named, in every test.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that take long begin first: else one worker ends with them while the other has nothing left."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)
