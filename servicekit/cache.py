"""Reads through the cache (REQ-V1, REQ-X6): 60 to 300 seconds, and no key so hot that it hurts what is behind it.

Three things keep a hot key off the database: a copy in the process for a moment, one load for all who ask at once, and
lifetimes that differ by chance, so that what was filled together is not empty together. When the cache is away, what
is behind it is asked, and the cache is left alone for a while rather than waited for.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import purgatory
from purgatory.domain.model import OpenedState

from servicekit import telemetry, valkey
from servicekit.lifecycle import Quiet
from servicekit.settings import Settings

SHORTEST_SECONDS, LONGEST_SECONDS = 60, 300  # REQ-V1
JITTER = 0.1  # of the lifetime, both ways
LOCAL_SECONDS = 1.0  # how long a process may show what another has just changed
LOCAL_KEYS = 10_000  # copies in the process at most
FAILURES, APART_SECONDS = 5, 10.0  # in a row until the cache is left alone, and for how long
_log = logging.getLogger(__name__)


class Cache(Quiet):
    """JSON values below the service's own prefix."""

    def __init__(self, settings: Settings, *, local_seconds: float = LOCAL_SECONDS) -> None:
        self._settings, self._local_seconds = settings, local_seconds
        self._local: dict[str, tuple[float, Any]] = {}  # key -> until when, value
        self._loading: dict[str, asyncio.Task[Any]] = {}
        self._breakers = purgatory.AsyncCircuitBreakerFactory(default_threshold=FAILURES, default_ttl=APART_SECONDS)
        self._redis: Any = None

    async def start(self) -> None:
        """Make the client; it connects when it is first asked."""
        self._redis = valkey.connect(self._settings)

    async def stop(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await self._redis.aclose()

    async def read(self, key: str, load: Callable[[], Awaitable[Any]], *, seconds: int = SHORTEST_SECONDS) -> Any:
        """The value of a key; loaded where nobody has it. A value that is not there (None) is remembered too.

        Raises:
            ValueError: `seconds` is not 60 to 300.
        """
        if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            raise ValueError(f"seconds = {seconds} is not {SHORTEST_SECONDS} to {LONGEST_SECONDS}")
        until, value = self._local.get(key, (0.0, None))
        if time.monotonic() < until:
            return value
        loading = self._loading.get(key)
        if loading is None:
            loading = asyncio.create_task(self._fetch(key, load, seconds))
            self._loading[key] = loading
            loading.add_done_callback(lambda done: self._forget(key, done))
        # Whoever leaves does not take the load away from the others.
        return await asyncio.shield(loading)

    async def invalidate(self, key: str) -> None:
        """After a write: the next read loads. Other processes may show the old value for LOCAL_SECONDS."""
        self._local.pop(key, None)
        self._loading.pop(key, None)  # what it brings may be from before the write; nobody else gets it
        await self._ask("delete", self._settings.prefix + key)

    async def _fetch(self, key: str, load: Callable[[], Awaitable[Any]], seconds: int) -> Any:
        mine = asyncio.current_task()
        found = await self._ask("get", self._settings.prefix + key)
        telemetry.cache_reads().add(1, {"hit": found is not None})
        if found is not None:
            value = json.loads(found)
        else:
            value = await load()
            if self._loading.get(key) is mine:
                await self._ask("set", self._settings.prefix + key, json.dumps(value), ex=lifetime(seconds))
        if self._loading.get(key) is mine:
            self._keep(key, value)
        return value

    def _keep(self, key: str, value: Any) -> None:
        if len(self._local) >= LOCAL_KEYS:
            now = time.monotonic()
            self._local = {name: kept for name, kept in self._local.items() if kept[0] > now}
        if len(self._local) < LOCAL_KEYS:
            self._local[key] = (time.monotonic() + self._local_seconds, value)

    def _forget(self, key: str, done: asyncio.Task[Any]) -> None:
        if self._loading.get(key) is done:
            del self._loading[key]
        if not done.cancelled():
            done.exception()  # seen, also where nobody waits any more

    async def _ask(self, command: str, *given: Any, **named: Any) -> Any:
        """None when the cache is away."""
        try:
            async with await self._breakers.get_breaker("cache"):
                return await getattr(self._redis, command)(*given, **named)
        except OpenedState:
            return None
        except valkey.AWAY as problem:
            _log.warning("the cache does not answer: %s", problem)
            return None


def lifetime(seconds: int) -> int:
    """So many seconds, more or less by chance, within what is allowed."""
    drawn = seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- no secret
    return round(min(max(drawn, SHORTEST_SECONDS), LONGEST_SECONDS))
