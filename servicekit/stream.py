"""The stage's stream of user events (REQ-S9): put events onto it, or read it at one's own pace.

A reader is pushed what comes (SubscribeToShard), as the consumer of its name. It keeps no place: it begins some minutes
before now, so a handler hears some events twice and must bear it. Of one consumer one process reads a shard at a time:
until there are leases, a service that consumes runs as one pod.
"""

import asyncio
import contextlib
import datetime
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from opentelemetry.trace import SpanKind

from servicekit import aws, telemetry
from servicekit.lifecycle import Quiet
from servicekit.models import NotYetError
from servicekit.settings import Settings

AT_ONCE = 500  # records a call takes at most
ATTEMPTS, PAUSE_SECONDS = 4, 0.2  # for records that the stream throttled
AGO_SECONDS = 300  # how far back a reader begins
AGAIN_SECONDS = 6.0  # after a subscription ended badly; AWS allows one in five seconds
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
    """Hands each event of every shard to a handler, a shard's in order."""

    def __init__(self, settings: Settings, handler: Handler, *, client: Any = None) -> None:
        self._settings, self._handler, self._client = settings, handler, client
        self._reading: list[asyncio.Task[None]] = []
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
        shards = await aws.call(self._client.list_shards, StreamARN=stream)
        arn = consumer["ConsumerDescription"]["ConsumerARN"]
        self._reading = [asyncio.create_task(self._read(arn, one["ShardId"])) for one in shards["Shards"]]

    async def drain(self) -> None:
        """Take nothing new, once the event in work has been done."""
        self._ending = True
        async with self._busy:
            pass

    async def stop(self) -> None:
        """Read no more."""
        for task in self._reading:
            task.cancel()
        for task in self._reading:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _read(self, consumer: str, shard: str) -> None:
        begun = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=AGO_SECONDS)
        place: dict[str, Any] = {"Type": "AT_TIMESTAMP", "Timestamp": begun}
        while not self._ending:
            try:
                pushed = await aws.call(
                    self._client.subscribe_to_shard, ConsumerARN=consumer, ShardId=shard, StartingPosition=place
                )
                events = iter(pushed["EventStream"])
                while (event := await asyncio.to_thread(next, events, None)) and not self._ending:
                    said = event["SubscribeToShardEvent"]
                    for record in said["Records"]:
                        await self._handle(record)
                    if (number := said.get("ContinuationSequenceNumber")) is None:
                        return  # the shard was split or merged, and is read to its end
                    place = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}
            except Exception as problem:
                _log.warning("shard %s cannot be read: %s", shard, problem)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _handle(self, record: Mapping[str, Any]) -> None:
        """An event that cannot be handled is logged and passed over: nothing behind it would ever be heard."""
        attributes = {"messaging.system": "aws_kinesis", "messaging.operation.name": "process"}
        began = time.perf_counter()
        async with self._busy:
            if self._ending:
                return
            with telemetry.tracer().start_as_current_span("process", kind=SpanKind.CONSUMER, attributes=attributes):
                try:
                    await self._handler(json.loads(record["Data"]))
                except Exception as problem:
                    attributes["error.type"] = type(problem).__name__
                    _log.exception("failed", extra={"sequence_number": record["SequenceNumber"]})
        telemetry.messaging_duration().record(time.perf_counter() - began, attributes)
