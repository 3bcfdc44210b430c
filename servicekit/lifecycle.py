"""The life of a service: its parts start, it is ready, it drains, its parts stop.

On SIGTERM it says first that it is not ready any more, and goes on answering for a moment: whoever sends requests must
hear it before connections are refused. Then no new ones are taken, and those that run get DRAIN_SECONDS to end.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

# In a pod the chart's preStop has already waited until Envoy knew; an instance's load balancer drains by itself.
NOTICE_SECONDS = 2.0
_log = logging.getLogger(__name__)


class Part(Protocol):
    """Something that is opened at the start and closed at the end: a pool, a consumer, a hub."""

    async def start(self) -> None:
        """Ready for use once this returns."""
        ...

    async def drain(self) -> None:
        """Take nothing new; return once what runs has ended."""
        ...

    async def stop(self) -> None:
        """Let go of everything; called also when the start failed half way."""
        ...


class Lifecycle:
    """What a probe, a server and a signal share."""

    def __init__(self, parts: Sequence[Part] = (), *, notice_seconds: float = NOTICE_SECONDS) -> None:
        self._parts = list(parts)
        self._notice = notice_seconds
        self._started = False
        self._draining = asyncio.Event()

    @property
    def why_not_ready(self) -> str | None:
        """None while requests may come. A store that is away does not count: every pod would leave at once."""
        if self._draining.is_set():
            return "draining"
        return None if self._started else "starting"

    @property
    def is_draining(self) -> bool:
        """Whether the end has begun."""
        return self._draining.is_set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Start the parts in order; stop them the other way round, whatever happened."""
        begun: list[Part] = []
        try:
            for part in self._parts:
                begun.append(part)
                await part.start()
            self._started = True
            yield
        finally:
            self._started = False
            for part in reversed(begun):
                try:
                    await part.stop()
                except Exception:
                    _log.exception("%s did not stop as it should", type(part).__name__)

    async def drain(self) -> None:
        """Be not ready, give notice, and have the parts end what they do."""
        self._draining.set()
        _log.info("draining")
        await asyncio.gather(*(part.drain() for part in self._parts), asyncio.sleep(self._notice))


class Quiet:
    """A part with nothing to start or to end; what it has, it overrides."""

    async def start(self) -> None:
        """Nothing."""

    async def drain(self) -> None:
        """Nothing."""

    async def stop(self) -> None:
        """Nothing."""
