"""The service's own queue (REQ-S4): send work, and work it off, each message until it has been done.

A message is deleted after its handler has ended well. One that failed comes again, later each time, until the queue
sets it aside (components/service/needs/queue.py). A message can come twice: handlers bear that.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry import propagate
from opentelemetry.trace import SpanKind, Status, StatusCode

from servicekit import aws, telemetry
from servicekit.settings import Settings

AT_ONCE = 10  # messages in work in one process; as many as a call brings at most
AGAIN_SECONDS, LATEST_SECONDS = 10, 600  # until a failed message comes again: doubled each time, at most
HELD_SECONDS = 60  # how long a message is a worker's; asked for again while it works
PAUSE_SECONDS = 5  # after a call that failed
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One piece of work. An event of the stage's bus has its own source and type."""

    id: str
    body: Mapping[str, Any]
    times: int  # how often it has come, this one included
    type: str | None = None  # `detail-type` of an event
    source: str | None = None


Handler = Callable[[Message], Awaitable[None]]


class Queue:
    """Sends; with a handler it also works off."""

    def __init__(self, settings: Settings, handler: Handler | None = None, *, client: Any = None) -> None:
        self._name = settings.name("queue")
        self._handler, self._client = handler, client
        self._url = ""
        self._receiving: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[None]] = set()
        self._ending = False

    async def start(self) -> None:
        """Find the queue, and begin to receive where there is a handler."""
        self._client = self._client or aws.patient_client("sqs")
        self._url = (await aws.call(self._client.get_queue_url, QueueName=self._name))["QueueUrl"]
        if self._handler:
            self._receiving = asyncio.create_task(self._receive())

    async def drain(self) -> None:
        """Receive nothing more; what a last call still brings goes back at once, and what is in work is ended."""
        self._ending = True
        if self._receiving:
            await self._receiving
        await asyncio.gather(*self._working)

    async def stop(self) -> None:
        """Let go of what is still in work: it comes again."""
        self._ending = True
        for task in (*self._working, *([self._receiving] if self._receiving else [])):
            task.cancel()

    async def send(self, body: Mapping[str, Any], *, delay_seconds: int = 0) -> str:
        """Put work into the queue, with the current trace; the message's id."""
        carried: dict[str, str] = {}
        propagate.inject(carried)
        sent = await aws.call(
            self._client.send_message,
            QueueUrl=self._url,
            MessageBody=json.dumps(body),
            DelaySeconds=delay_seconds,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in carried.items() if value
            },
        )
        return sent["MessageId"]

    async def _receive(self) -> None:
        while not self._ending:
            free = AT_ONCE - len(self._working)
            if free <= 0:
                await asyncio.wait(self._working, return_when=asyncio.FIRST_COMPLETED)
                continue
            try:
                answer = await aws.call(
                    self._client.receive_message,
                    QueueUrl=self._url,
                    MaxNumberOfMessages=free,
                    WaitTimeSeconds=aws.POLL_SECONDS,
                    VisibilityTimeout=HELD_SECONDS,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["ApproximateReceiveCount"],
                )
            except Exception as problem:
                _log.warning("nothing can be received from %s: %s", self._name, problem)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            for raw in answer.get("Messages", []):
                if self._ending:
                    await self._hold(raw, 0)
                    continue
                task = asyncio.create_task(self._work(raw))
                self._working.add(task)
                task.add_done_callback(self._working.discard)

    async def _work(self, raw: Mapping[str, Any]) -> None:
        assert self._handler is not None  # noqa: S101 -- nothing is received without one
        carried = {name: one["StringValue"] for name, one in raw.get("MessageAttributes", {}).items()}
        holding = asyncio.create_task(self._keep(raw))
        began, attributes = time.perf_counter(), {"messaging.system": "aws_sqs", "messaging.operation.name": "process"}
        with telemetry.tracer().start_as_current_span(
            f"process {self._name}",
            context=propagate.extract(carried),
            kind=SpanKind.CONSUMER,
            attributes=attributes | {"messaging.destination.name": self._name},
        ) as span:
            try:
                message = parse(raw)
                await self._handler(message)
                await aws.call(self._client.delete_message, QueueUrl=self._url, ReceiptHandle=raw["ReceiptHandle"])
                _log.info("done", extra={"message_id": raw["MessageId"]})
            except Exception as problem:
                attributes["error.type"] = type(problem).__name__
                span.set_status(Status(StatusCode.ERROR))
                _log.exception("failed", extra={"message_id": raw["MessageId"]})
                await self._hold(raw, later(_times(raw)))
            finally:
                holding.cancel()
                telemetry.messaging_duration().record(time.perf_counter() - began, attributes)

    async def _keep(self, raw: Mapping[str, Any]) -> None:
        """It stays ours while it is in work, however long that takes."""
        while True:
            await asyncio.sleep(HELD_SECONDS / 2)
            await self._hold(raw, HELD_SECONDS)

    async def _hold(self, raw: Mapping[str, Any], seconds: int) -> None:
        try:
            await aws.call(
                self._client.change_message_visibility,
                QueueUrl=self._url,
                ReceiptHandle=raw["ReceiptHandle"],
                VisibilityTimeout=seconds,
            )
        except Exception as problem:
            _log.warning("a message cannot be held: %s", problem)


def parse(raw: Mapping[str, Any]) -> Message:
    """A message as SQS brings it; of an event, what it says."""
    body: Mapping[str, Any] = json.loads(raw["Body"])
    event: Mapping[str, Any] = body if {"detail-type", "source", "detail"} <= set(body) else {}
    return Message(
        id=raw["MessageId"],
        body=event.get("detail", body),
        times=_times(raw),
        type=event.get("detail-type"),
        source=event.get("source"),
    )


def later(times: int) -> int:
    """Seconds until a message that failed so often comes again."""
    return min(AGAIN_SECONDS * 2 ** (times - 1), LATEST_SECONDS)


def _times(raw: Mapping[str, Any]) -> int:
    return int(raw.get("Attributes", {}).get("ApproximateReceiveCount", 1))
