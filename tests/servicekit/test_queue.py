"""Work is done until it has been done; what goes to the bus goes in the service's name (REQ-S4). On moto's SQS."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from servicekit import aws, queue
from servicekit.events import Events, NotPublishedError
from servicekit.queue import Message, Queue, later, parse
from servicekit.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cloud")]


@pytest.fixture
def url(cloud: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of an empty queue; a call waits for a second only, and what failed comes again at once."""
    monkeypatch.setattr(aws, "POLL_SECONDS", 1)
    monkeypatch.setattr(queue, "AGAIN_SECONDS", 0)
    sqs = aws.client("sqs")
    made: str = sqs.create_queue(QueueName=settings.name("queue"))["QueueUrl"]
    yield made
    sqs.delete_queue(QueueUrl=made)


@pytest.fixture
async def working(settings: Settings, url: str) -> AsyncIterator[Callable[[queue.Handler], Any]]:
    begun: list[Queue] = []

    async def begin(handler: queue.Handler) -> Queue:
        found = Queue(settings, handler)
        await found.start()
        begun.append(found)
        return found

    yield begin
    for one in begun:
        await one.drain()
        await one.stop()


def left(url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


async def test_a_message_is_worked_off_and_gone(working: Callable[[queue.Handler], Any], url: str) -> None:
    done: asyncio.Queue[Message] = asyncio.Queue()
    worker = await working(done.put)
    await worker.send({"post": 7})
    message = await done.get()
    assert (message.body, message.times, message.type) == ({"post": 7}, 1, None)
    await worker.drain()
    assert left(url) == 0


async def test_a_message_that_failed_stays_and_comes_again(working: Callable[[queue.Handler], Any], url: str) -> None:
    came: asyncio.Queue[int] = asyncio.Queue()

    async def handle(message: Message) -> None:
        await came.put(message.times)
        if message.times == 1:
            raise LookupError("not yet")

    worker = await working(handle)
    await worker.send({"post": 7})
    assert [await came.get(), await came.get()] == [1, 2]
    await worker.drain()
    assert left(url) == 0


async def test_draining_ends_what_is_in_work_and_takes_nothing_new(
    working: Callable[[queue.Handler], Any], url: str
) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()
    ended: list[Any] = []

    async def handle(message: Message) -> None:
        begun.set()
        await gate.wait()
        ended.append(message.body)

    worker = await working(handle)
    await worker.send({"post": 1})
    await begun.wait()
    draining = asyncio.create_task(worker.drain())
    await asyncio.sleep(0)
    await worker.send({"post": 2})
    gate.set()
    await draining
    assert ended == [{"post": 1}]
    assert left(url) == 1


async def test_work_goes_on_in_the_trace_of_who_sent_it(working: Callable[[queue.Handler], Any]) -> None:
    traces: asyncio.Queue[int] = asyncio.Queue()

    async def handle(_: Message) -> None:
        await traces.put(trace.get_current_span().get_span_context().trace_id)

    worker = await working(handle)
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        await worker.send({})
        assert await traces.get() == span.get_span_context().trace_id


async def test_what_fails_comes_later_each_time_but_not_never(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [later(times) for times in (1, 2, 3, 30)] == [10, 20, 40, 600]


async def test_an_event_of_the_bus_is_heard_with_its_type_and_source() -> None:
    body = {"detail-type": "post.published", "source": "startup-platform.api", "detail": {"id": 7}, "version": "0"}
    message = parse({"MessageId": "m-1", "Body": json.dumps(body)})
    assert (message.type, message.source, message.body) == ("post.published", "startup-platform.api", {"id": 7})


async def test_an_event_is_published_in_the_services_own_name(settings: Settings, url: str) -> None:
    bus = aws.client("events")
    bus.create_event_bus(Name=settings.event_bus)
    bus.put_rule(
        Name="heard",
        EventBusName=settings.event_bus,
        EventPattern=json.dumps({"source": ["startup-platform.demo"], "detail-type": ["post.published"]}),
    )
    arn = f"arn:aws:sqs:{settings.region}:{settings.account_id}:{settings.name('queue')}"
    bus.put_targets(Rule="heard", EventBusName=settings.event_bus, Targets=[{"Id": "queue", "Arn": arn}])
    events = Events(settings)
    await events.start()
    await events.publish("post.published", {"id": 7})
    await events.publish("post.deleted", {"id": 8})  # nobody wants it
    (raw,) = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert parse(raw).body == {"id": 7}


async def test_an_event_that_the_bus_refuses_is_no_success(settings: Settings) -> None:
    class Refusing:
        def put_events(self, **_: Any) -> dict[str, Any]:
            entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
            return {"FailedEntryCount": 1, "Entries": [entry]}

    with pytest.raises(NotPublishedError, match=r"^post.published: ThrottlingException: slow down$"):
        await Events(settings, client=Refusing()).publish("post.published", {})
