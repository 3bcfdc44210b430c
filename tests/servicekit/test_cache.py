"""Reads through the cache: once, for all, for a while (REQ-V1, REQ-X6). On a real Redis in cluster mode."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.cache import FAILURES, Cache, lifetime
from servicekit.database import Database
from servicekit.settings import Settings

pytestmark = pytest.mark.anyio


class Loads:
    """What is behind the cache, and how often it was asked."""

    def __init__(self, value: Any = "value", *, hold: asyncio.Event | None = None) -> None:
        self.value, self.count, self.hold = value, 0, hold

    async def __call__(self) -> Any:
        self.count += 1
        if self.hold:
            await self.hold.wait()
        return self.value


@pytest.fixture
def here(made: Callable[..., Settings], redis_port: int) -> Settings:
    return made({"CACHE_PORT": str(redis_port)})


@pytest.fixture
async def cache(here: Settings) -> AsyncIterator[Cache]:
    """Without copies in the process, so that what Redis does is seen."""
    found = Cache(here, local_seconds=0)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


async def test_the_second_read_is_answered_by_the_cache(cache: Cache, key: str) -> None:
    load = Loads({"id": 1})
    assert [await cache.read(key, load) for _ in range(2)] == [{"id": 1}] * 2
    assert load.count == 1


async def test_another_process_is_answered_by_the_cache_too(cache: Cache, here: Settings, key: str) -> None:
    await cache.read(key, Loads("first"))
    other = Cache(here)
    await other.start()
    assert await other.read(key, Loads("second")) == "first"
    await other.stop()


async def test_what_is_not_there_is_remembered_as_well(cache: Cache, key: str) -> None:
    load = Loads(None)
    assert [await cache.read(key, load) for _ in range(2)] == [None, None]
    assert load.count == 1


async def test_fifty_reads_at_once_make_one_query(cache: Cache, database: Database, key: str) -> None:
    queries = 0

    async def load() -> Any:
        nonlocal queries
        queries += 1
        async with database.read() as connection:
            await connection.execute(text("SELECT SLEEP(0.2)"))
            return (await connection.execute(text("SELECT title FROM items WHERE id = 1"))).scalar_one()

    found = await asyncio.gather(*(cache.read(key, load) for _ in range(50)))
    assert found == ["first"] * 50
    assert queries == 1


async def test_who_leaves_does_not_take_the_load_away_from_the_others(cache: Cache, key: str) -> None:
    load = Loads(hold=asyncio.Event())
    first, second = (asyncio.create_task(cache.read(key, load)) for _ in range(2))
    while not load.count:
        await asyncio.sleep(0)
    first.cancel()
    assert load.hold is not None
    load.hold.set()
    assert await second == "value"
    assert load.count == 1


async def test_a_load_that_fails_fails_for_all_and_is_not_remembered(cache: Cache, key: str) -> None:
    async def fail() -> Any:
        await asyncio.sleep(0)
        raise LookupError("no")

    failed = await asyncio.gather(*(cache.read(key, fail) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in failed] == [LookupError] * 3
    assert await cache.read(key, Loads("now")) == "now"


async def test_a_write_is_seen_by_the_next_read(cache: Cache, key: str) -> None:
    await cache.read(key, Loads("before"))
    await cache.invalidate(key)
    assert await cache.read(key, Loads("after")) == "after"


async def test_a_load_from_before_a_write_is_not_remembered(cache: Cache, key: str) -> None:
    slow = Loads("before", hold=asyncio.Event())
    reading = asyncio.create_task(cache.read(key, slow))
    while not slow.count:
        await asyncio.sleep(0)
    await cache.invalidate(key)
    assert slow.hold is not None
    slow.hold.set()
    assert await reading == "before"
    assert await cache.read(key, Loads("after")) == "after"


async def test_a_hot_key_is_answered_by_the_process_for_a_moment(here: Settings, key: str) -> None:
    cache = Cache(here, local_seconds=60)
    await cache.start()
    await cache.read(key, Loads("value"))
    await cache.stop()  # whoever asked Redis now would hear so
    assert await cache.read(key, Loads("another")) == "value"


async def test_keys_have_the_services_prefix_and_live_as_long_as_was_said(
    cache: Cache, here: Settings, key: str
) -> None:
    await cache.read(key, Loads(), seconds=200)
    left = await cache._redis.ttl(f"{here.service}:{key}")  # pyright: ignore[reportPrivateUsage]
    assert 170 <= left <= 220


async def test_lifetimes_differ_by_chance_within_sixty_to_three_hundred_seconds(cache: Cache, key: str) -> None:
    assert len({lifetime(200) for _ in range(50)}) > 5
    assert all(60 <= lifetime(seconds) <= 300 for seconds in (60, 300) for _ in range(50))
    for seconds in (59, 301):
        with pytest.raises(ValueError, match=f"seconds = {seconds} is not 60 to 300"):
            await cache.read(key, Loads(), seconds=seconds)


async def test_a_cache_that_is_away_is_left_alone_and_reads_go_on(made: Callable[..., Settings], key: str) -> None:
    cache = Cache(made({"CACHE_PORT": "1"}), local_seconds=0)  # nobody listens
    await cache.start()
    load = Loads()
    asked = 0
    ask = cache._redis.get  # pyright: ignore[reportPrivateUsage]

    async def counting(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        return await ask(*given)

    cache._redis.get = counting  # pyright: ignore[reportPrivateUsage]
    for _ in range(FAILURES + 5):
        assert await cache.read(key, load) == "value"
    assert load.count == FAILURES + 5
    assert asked < FAILURES  # its failed writes count as well
    await cache.stop()
