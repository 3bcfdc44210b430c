"""Events of the stream are heard at least once, in order, wherever a pod began and ended (REQ-S9, REQ-V4)."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from servicekit import aws
from servicekit.calls import AwayError
from servicekit.lifecycle import Quiet
from servicekit.places import InCache, InTable, Places
from servicekit.settings import Settings
from servicekit.stores import Table
from servicekit.stream import ENDED, Reader
from tests.servicekit.conftest import HANGS_SECONDS

pytestmark = pytest.mark.anyio
Pushed = list[dict[str, Any]]


class Kinesis:
    """A stream that pushes to each shard's subscriptions what it is given, and ends each after that."""

    def __init__(self, shards: list[dict[str, str]] | None = None, **pushed: list[Pushed]) -> None:
        self._shards = shards or [{"ShardId": "a"}]
        self.pushed, self.begun = pushed, list[tuple[str, str]]()
        self.refused: set[str] = set()  # numbers that it does not know

    def describe_stream_consumer(self, **given: str) -> Any:
        assert given == {"StreamARN": "arn:stream", "ConsumerName": "demo"}
        return {"ConsumerDescription": {"ConsumerARN": "arn:consumer"}}

    def list_shards(self, **_: str) -> Any:
        return {"Shards": self._shards}

    def subscribe_to_shard(self, *, ConsumerARN: str, ShardId: str, StartingPosition: dict[str, Any]) -> Any:  # noqa: N803
        assert ConsumerARN == "arn:consumer"
        number = StartingPosition.get("SequenceNumber")
        self.begun.append((ShardId, number or StartingPosition["Type"]))
        if number in self.refused:
            raise ClientError({"Error": {"Code": "InvalidArgumentException", "Message": "no"}}, "SubscribeToShard")
        left = self.pushed.get(ShardId)
        return {"EventStream": [{"SubscribeToShardEvent": one} for one in (left.pop(0) if left else [])]}


class Kept(Quiet):
    """Places in this process."""

    def __init__(self, **places: str) -> None:
        self.places, self.away = places, False

    async def get(self, shard: str) -> str | None:
        return self.places.get(shard)

    async def put(self, shard: str, place: str) -> None:
        if self.away:
            raise OSError("away")
        self.places[shard] = place


class Heard:
    """A handler: each number is noted, then handled as `how` says."""

    def __init__(self, how: Callable[[int], object] = lambda _: None) -> None:
        self.numbers, self._how = list[int](), how

    async def __call__(self, event: Mapping[str, Any]) -> None:
        self.numbers.append(event["n"])
        self._how(event["n"])

    async def until(self, *numbers: int) -> None:
        async with asyncio.timeout(HANGS_SECONDS):
            while len(self.numbers) < len(numbers):
                await asyncio.sleep(0.005)
        assert self.numbers == list(numbers)


def push(*numbers: int, end: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Of a subscription, one message; `end`, the shards that this one became."""
    records = [{"SequenceNumber": str(number), "Data": json.dumps({"n": number}).encode()} for number in numbers]
    return {
        "Records": records,
        **({"ContinuationSequenceNumber": str(numbers[-1])} if end is None else {"ChildShards": end}),
    }


@pytest.fixture
def reader(made: Callable[..., Settings]) -> Callable[..., Reader]:
    def make(kinesis: Kinesis, heard: Heard, places: Places | None = None) -> Reader:
        return Reader(made(stream_arn="arn:stream"), heard, places=places, client=kinesis, pause_seconds=0.01)

    return make


async def end(reader: Reader) -> None:
    await reader.drain()
    await reader.stop()


async def test_a_reader_goes_on_where_it_was_and_passes_over_what_it_cannot_handle(
    reader: Callable[..., Reader],
) -> None:
    def how(number: int) -> None:
        if number == 2:
            raise LookupError("broken")

    kinesis, heard = Kinesis(a=[[push(1), push(2)], [push(3)]]), Heard(how)
    reading = reader(kinesis, heard)
    await reading.start()
    await heard.until(1, 2, 3)
    await end(reading)
    assert kinesis.begun[:2] == [("a", "AT_TIMESTAMP"), ("a", "2")]


async def test_the_next_process_goes_on_where_the_last_one_was(reader: Callable[..., Reader]) -> None:
    places, heard = Kept(), Heard()
    first = reader(Kinesis(a=[[push(1), push(2, 3)]]), heard, places)
    await first.start()
    await heard.until(1, 2, 3)
    await end(first)
    assert places.places == {"a": "3"}
    kinesis = Kinesis(a=[[push(4)]])
    second = reader(kinesis, heard, places)
    await second.start()
    await heard.until(1, 2, 3, 4)
    await end(second)
    assert kinesis.begun[0] == ("a", "3")


async def test_what_a_process_had_not_done_when_it_ended_is_the_next_ones(reader: Callable[..., Reader]) -> None:
    places, began, gate = Kept(), asyncio.Event(), asyncio.Event()

    async def slowly(_: Mapping[str, Any]) -> None:
        began.set()
        await gate.wait()

    reading: Reader = reader(Kinesis(a=[[push(1, 2, 3)]]), slowly, places)
    await reading.start()
    await began.wait()
    draining = asyncio.create_task(reading.drain())
    await asyncio.sleep(0.01)
    assert not draining.done()  # the one in work is done to its end
    gate.set()
    await draining
    await reading.stop()
    assert places.places == {"a": "1"}


async def test_nothing_is_passed_over_while_what_the_handler_stands_on_is_away(reader: Callable[..., Reader]) -> None:
    failures = [AwayError("the Feature Store does not answer")] * 2

    def how(_: int) -> None:
        if failures:
            raise failures.pop()

    places, heard = Kept(), Heard(how)
    reading = reader(Kinesis(a=[[push(1, 2)]]), heard, places)
    await reading.start()
    await heard.until(1, 1, 1, 2)
    await end(reading)
    assert places.places == {"a": "2"}


async def test_what_a_shard_became_is_read_from_its_first_event_once_the_shard_is_done(
    reader: Callable[..., Reader],
) -> None:
    became = [{"ShardId": "b", "ParentShards": ["a"]}, {"ShardId": "c", "ParentShards": ["a"]}]
    kinesis = Kinesis(a=[[push(1), push(2, end=became)]], b=[[push(3)]])
    places, heard = Kept(), Heard()
    reading = reader(kinesis, heard, places)
    await reading.start()
    await heard.until(1, 2, 3)
    await end(reading)
    assert kinesis.begun[:3] == [("a", "AT_TIMESTAMP"), ("b", "TRIM_HORIZON"), ("c", "TRIM_HORIZON")]
    assert places.places == {"a": ENDED, "b": "3"}


async def test_a_shard_that_was_split_while_nobody_read_is_finished_before_what_it_became(
    reader: Callable[..., Reader],
) -> None:
    shards = [{"ShardId": "b", "ParentShardId": "a"}, {"ShardId": "a", "ParentShardId": "long-gone"}]
    became = [{"ShardId": "b", "ParentShards": ["a"]}]
    for places, begun in (
        (Kept(a="1"), [("a", "1"), ("b", "TRIM_HORIZON")]),
        (None, [(one, "AT_TIMESTAMP") for one in "ab"]),
    ):
        kinesis, heard = Kinesis(shards, a=[[push(2, end=became)]], b=[[push(3)]]), Heard()
        reading = reader(kinesis, heard, places)
        await reading.start()
        await heard.until(2, 3)
        await end(reading)
        assert kinesis.begun[:2] == begun


async def test_a_place_that_the_stream_does_not_know_has_it_hear_all_that_is_kept(
    reader: Callable[..., Reader],
) -> None:
    kinesis, heard = Kinesis(a=[[push(7)]]), Heard()
    kinesis.refused = {"1"}
    reading = reader(kinesis, heard, Kept(a="1"))
    await reading.start()
    await heard.until(7)
    await end(reading)
    assert kinesis.begun[:2] == [("a", "1"), ("a", "TRIM_HORIZON")]


async def test_a_place_that_cannot_be_kept_stops_nothing(reader: Callable[..., Reader]) -> None:
    places, heard = Kept(), Heard()
    places.away = True
    reading = reader(Kinesis(a=[[push(1), push(2)]]), heard, places)
    await reading.start()
    await heard.until(1, 2)
    await end(reading)


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("keys", [["pk"], ["pk", "sk"]])
async def test_places_are_kept_in_the_services_table(settings: Settings, keys: list[str]) -> None:
    client, name = aws.client("dynamodb"), settings.name("table")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ["HASH", "RANGE"], strict=False)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    table = Table(settings)
    await table.start()
    try:
        await _keeps(InTable(table, sort_key=len(keys) > 1))
    finally:
        client.delete_table(TableName=name)


async def test_places_are_kept_in_the_cache(made: Callable[..., Settings], redis_port: int) -> None:
    await _keeps(InCache(made({"CACHE_PORT": str(redis_port)})))


async def _keeps(places: Places) -> None:
    await places.start()
    assert await places.get("a") is None
    await places.put("a", "1")
    await places.put("a", "2")
    await places.put("b", ENDED)
    assert [await places.get(one) for one in "abc"] == ["2", ENDED, None]
    await places.stop()
