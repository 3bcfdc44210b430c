"""How far a reader of the stream has come, kept where the service keeps things: its table, or the stage's cache.

Without either it is kept nowhere. What the cache keeps it may forget, so a table goes first where a service has both.
"""

from typing import Protocol

from servicekit.lifecycle import Part, Quiet
from servicekit.settings import Settings
from servicekit.stores import KEY, SORT_KEY, Table
from servicekit.valkey import connect

_WHAT = "stream-place"


class Places(Part, Protocol):
    """The place of each shard: the number of the last record that has been done, or what else the reader says of it."""

    async def get(self, shard: str) -> str | None:
        """None where nothing was kept."""
        ...

    async def put(self, shard: str, place: str) -> None:
        """Keep it in place of what was kept."""
        ...


class InTable(Quiet):
    """An item a shard of the service's table, which is a part of its own."""

    def __init__(self, table: Table, *, sort_key: bool = False) -> None:
        self._table, self._sorted = table, sort_key

    async def get(self, shard: str) -> str | None:
        """As it was last written, by whichever pod."""
        found = await self._table.get(self._key(shard))
        return str(found["place"]) if found else None

    async def put(self, shard: str, place: str) -> None:
        """Write it."""
        await self._table.put({**self._key(shard), "place": place})

    def _key(self, shard: str) -> dict[str, str]:
        return {KEY: f"{_WHAT}#{shard}"} | ({SORT_KEY: _WHAT} if self._sorted else {})


class InCache:
    """A key a shard, below the service's prefix."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis = connect(settings)

    async def start(self) -> None:
        """Nothing: it connects when it is asked."""

    async def drain(self) -> None:
        """Nothing: the reader writes its last places after that."""

    async def stop(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def get(self, shard: str) -> str | None:
        """None as well where the cache has dropped it."""
        found = await self._redis.get(self._key(shard))
        return str(found) if found else None

    async def put(self, shard: str, place: str) -> None:
        """Write it."""
        await self._redis.set(self._key(shard), place)

    def _key(self, shard: str) -> str:
        return f"{self._settings.prefix}{_WHAT}:{shard}"
