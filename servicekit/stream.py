"""The stage's stream of user events (REQ-S9): put events onto it, or read it at one's own pace.

A reader is pushed what comes (SubscribeToShard), as the consumer of its name. Each event is heard at least once: a
place is kept after the events before it have been done, some seconds late, so that a pod that ends badly has its
successor hear those seconds again, and a handler must bear that. Who has no places (`places.py`) begins some minutes
before now: what came in a longer pause is lost to it. Of one consumer one process reads a shard at a time, and a second
one takes the shard from the first: until there are leases, a service that consumes runs as one pod.
"""

import asyncio
import contextlib
import datetime
import json
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from opentelemetry.trace import SpanKind

from servicekit import aws, telemetry
from servicekit.calls import AwayError
from servicekit.lifecycle import Quiet
from servicekit.models import NotYetError
from servicekit.places import Places
from servicekit.settings import Settings

AT_ONCE = 500  # records a call takes at most
ATTEMPTS, PAUSE_SECONDS = 4, 0.2  # for records that the stream throttled
AGO_SECONDS = 300  # how far back a reader begins that has no place
PLACE_SECONDS = 5.0  # at most so often a place is kept, of each shard; at the end as well
OLDEST: Mapping[str, Any] = {"Type": "TRIM_HORIZON"}  # of what the stream keeps
_NO_SUCH_PLACE = "InvalidArgumentException"  # what Kinesis says of a place that is none of this stream's
ENDED = "ended"  # in place of a number: the shard was split or merged, and there is no more in it
# After a subscription ended badly, of which AWS allows one in five seconds; and while others are away.
AGAIN_SECONDS = 6.0
_log = logging.getLogger(__name__)
Handler = Callable[[Mapping[str, Any]], Awaitable[None]]


class NotPutError(Exception):
    """The stream did not take all of it."""


class Producer(Quiet):
    """Puts events; those of one user stay in order."""

    def __init__(self, settings: Settings, *, client: Any = None, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._arn, self._client, self._pause = settings.stream_arn, client, pause_seconds

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("kinesis")

    async def put(self, *events: Mapping[str, Any], key: str = "user_id") -> None:
        """Put events; `key` names the field by which they are spread and kept in order.

        Raises:
            NotYetError: the stage has no stream.
            NotPutError: some were still refused at the last attempt.
        """
        if self._arn is None:
            raise NotYetError("this stage has no stream yet")
        left = [{"Data": json.dumps(event).encode(), "PartitionKey": str(event[key])} for event in events]
        for attempt in range(ATTEMPTS):
            refused: list[dict[str, Any]] = []
            for first in range(0, len(left), AT_ONCE):
                part = left[first : first + AT_ONCE]
                answer = await aws.call(self._client.put_records, StreamARN=self._arn, Records=part)
                refused += [one for one, said in zip(part, answer["Records"], strict=True) if "ErrorCode" in said]
            if not refused:
                return
            left = refused
            await asyncio.sleep(self._pause * 2**attempt)
        raise NotPutError(f"{len(left)} of {len(events)} events were refused by the stream")


class Reader:
    """Hands each event of every shard to a handler, in a shard's order, its parents' before its own."""

    def __init__(
        self,
        settings: Settings,
        handler: Handler,
        *,
        places: Places | None = None,
        client: Any = None,
        pause_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._settings, self._handler, self._places, self._client = settings, handler, places, client
        self._pause = pause_seconds
        self._reading: dict[str, asyncio.Task[None]] = {}  # by shard
        self._over: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)  # a shard, once it is read to its end
        self._at: dict[str, Mapping[str, Any]] = {}  # by shard, where a subscription begins
        self._reached: dict[str, str] = {}  # by shard, what is not yet kept
        self._kept: defaultdict[str, float] = defaultdict(lambda: float("-inf"))  # when, by the monotonic clock
        self._consumer = ""
        self._ending = False
        self._busy = asyncio.Lock()

    async def start(self) -> None:
        """Subscribe to every shard; nothing where the stage has no stream yet."""
        if self._settings.stream_arn is None:
            _log.warning("this stage has no stream yet: nothing is read")
            return
        self._client = self._client or aws.patient_client("kinesis")
        stream = self._settings.stream_arn
        consumer = await aws.call(
            self._client.describe_stream_consumer, StreamARN=stream, ConsumerName=self._settings.service
        )
        self._consumer = consumer["ConsumerDescription"]["ConsumerARN"]
        shards = (await aws.call(self._client.list_shards, StreamARN=stream))["Shards"]
        there = {one["ShardId"] for one in shards}
        for one in shards:  # a parent may be gone: what was in it is older than the stream keeps
            parents = {one.get("ParentShardId"), one.get("AdjacentParentShardId")} & there
            self._follow(one["ShardId"], sorted(parents))

    async def drain(self) -> None:
        """Take nothing new, once the event in work has been done."""
        self._ending = True
        async with self._busy:
            pass

    async def stop(self) -> None:
        """Read no more, and keep the last places."""
        for task in self._reading.values():
            task.cancel()
        for task in self._reading.values():
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for shard in list(self._reached):
            await self._keep(shard)

    def _follow(self, shard: str, parents: Sequence[str]) -> None:
        self._reading[shard] = asyncio.create_task(self._read(shard, parents))

    async def _read(self, shard: str, parents: Sequence[str]) -> None:
        for parent in parents:
            await self._over[parent].wait()
        while not self._ending and not self._over[shard].is_set():
            try:
                if shard not in self._at and not await self._begin(shard, parents):
                    self._over[shard].set()
                    return
                await self._subscribe(shard)
            except Exception as problem:
                _log.warning("shard %s cannot be read: %s", shard, problem)
                if aws.error_code(problem) == _NO_SUCH_PLACE:
                    self._at[shard] = OLDEST
                await asyncio.sleep(self._pause)

    async def _begin(self, shard: str, parents: Sequence[str]) -> bool:
        """Find out where; false where nothing is left."""
        kept = await self._places.get(shard) if self._places else None
        if kept and kept != ENDED:
            self._at[shard] = _after(kept)
        elif self._places and any([await self._places.get(one) for one in parents]):
            self._at[shard] = OLDEST  # what was before it has been read, and of it nothing
        else:
            begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=AGO_SECONDS)
            self._at[shard] = {"Type": "AT_TIMESTAMP", "Timestamp": begun}
        return kept != ENDED

    async def _subscribe(self, shard: str) -> None:
        """A subscription's life: five minutes, or until the shard or this process ends."""
        pushed = await aws.call(
            self._client.subscribe_to_shard,
            ConsumerARN=self._consumer,
            ShardId=shard,
            StartingPosition=self._at[shard],
        )
        events = iter(pushed["EventStream"])
        while (event := await asyncio.to_thread(next, events, None)) and not self._ending:
            said = event["SubscribeToShardEvent"]
            if not await self._do(shard, said["Records"]):
                return
            if (number := said.get("ContinuationSequenceNumber")) is None:
                await self._end(shard, said.get("ChildShards", []))
                return
            self._at[shard], self._reached[shard] = _after(number), number
            if said["Records"] and time.monotonic() - self._kept[shard] > PLACE_SECONDS:
                await self._keep(shard)

    async def _do(self, shard: str, records: Sequence[Mapping[str, Any]]) -> bool:
        """Hand over what came; whether that was all of it, or the end of the process came between."""
        for record in records:
            if not await self._handle(record):
                return False
            self._reached[shard] = record["SequenceNumber"]
        return True

    async def _end(self, shard: str, children: Sequence[Mapping[str, Any]]) -> None:
        """The shard was split or merged: go on with what it became."""
        self._reached[shard] = ENDED
        await self._keep(shard)
        self._over[shard].set()
        for child in children:
            if (found := child["ShardId"]) not in self._reading:  # else it was there at the start, and begins as such
                self._at[found] = OLDEST
                self._follow(found, [one for one in child["ParentShards"] if one in self._reading])

    async def _keep(self, shard: str) -> None:
        """A place that cannot be kept now is kept later: nothing stands still for it."""
        if self._places is None:
            return
        try:
            await self._places.put(shard, self._reached[shard])
        except Exception as problem:
            _log.warning("the place in shard %s cannot be kept: %s", shard, problem)
        else:
            self._kept[shard] = time.monotonic()

    async def _handle(self, record: Mapping[str, Any]) -> bool:
        """Whether it was taken; else the process ends.

        While what the handler stands on is away (AwayError) the shard stands still: the stream keeps what comes. What
        it cannot handle for another reason is logged and passed over: nothing behind it would ever be heard.
        """
        while not self._ending:
            try:
                await self._hand(record)
            except AwayError as problem:
                _log.warning("waiting: %s", problem)
                await asyncio.sleep(self._pause)
            else:
                return True
        return False

    async def _hand(self, record: Mapping[str, Any]) -> None:
        attributes = {"messaging.system": "aws_kinesis", "messaging.operation.name": "process"}
        began = time.perf_counter()
        span = telemetry.tracer().start_as_current_span("process", kind=SpanKind.CONSUMER, attributes=attributes)
        async with self._busy:
            try:
                with span:
                    await self._handler(json.loads(record["Data"]))
            except Exception as problem:
                attributes["error.type"] = type(problem).__name__
                if isinstance(problem, AwayError):
                    raise
                _log.exception("failed", extra={"sequence_number": record["SequenceNumber"]})
            finally:
                telemetry.messaging_duration().record(time.perf_counter() - began, attributes)


def _after(number: str) -> dict[str, Any]:
    return {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}
