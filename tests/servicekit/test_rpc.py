"""gRPC inside: probes are answered, calls are measured, and the end is not noticed (REQ-S2)."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from servicekit import rpc
from servicekit.lifecycle import Lifecycle
from servicekit.settings import Settings

pytestmark = pytest.mark.anyio
MESSAGES, SERVICES = rpc.load(Path(__file__).with_name("items.proto"))


class Recorded:
    """In place of the histogram."""

    def __init__(self) -> None:
        self.points: list[dict[str, Any]] = []

    def record(self, seconds: float, attributes: dict[str, Any]) -> None:
        assert seconds >= 0
        self.points.append(attributes)


class Items(SERVICES.ItemsServicer):
    """1 is found at once, 2 waits, 3 goes wrong, all else is missing."""

    def __init__(self) -> None:
        self.begun, self.gate = asyncio.Event(), asyncio.Event()

    async def Get(self, request: Any, context: Any) -> Any:  # noqa: N802 -- as the .proto has it
        if request.id == 2:
            self.begun.set()
            await self.gate.wait()
        if request.id == 3:
            raise RuntimeError("inside")
        if request.id > 3:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such item")
        return MESSAGES.Item(id=request.id)


class Running:
    """A server, its handler and what measures it."""

    def __init__(self, settings: Settings) -> None:
        self.items, self.recorded, self.ended = Items(), Recorded(), asyncio.Event()
        made, port = rpc.server(settings, host="127.0.0.1")
        SERVICES.add_ItemsServicer_to_server(self.items, made)
        self.serving = asyncio.create_task(rpc.serve(made, Lifecycle(notice_seconds=0.5), settings, self.ended))
        self.channel = aio.insecure_channel(f"127.0.0.1:{port}")
        self.stub = SERVICES.ItemsStub(self.channel)

    async def health(self) -> str:
        answer = await health_pb2_grpc.HealthStub(self.channel).Check(
            health_pb2.HealthCheckRequest(), wait_for_ready=True
        )
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


@pytest.fixture
async def running(made: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    found = Running(made({"GRPC_PORT": "0"}))
    monkeypatch.setattr(rpc.telemetry, "rpc_duration", lambda: found.recorded)
    yield found
    found.items.gate.set()
    found.ended.set()
    await found.serving
    await found.channel.close()


async def test_a_call_is_measured_with_the_code_that_alarms_read(running: Running) -> None:
    assert (await running.stub.Get(MESSAGES.GetRequest(id=1), wait_for_ready=True)).id == 1
    for asked, code in ((4, grpc.StatusCode.NOT_FOUND), (3, grpc.StatusCode.UNKNOWN)):
        with pytest.raises(aio.AioRpcError) as failed:
            await running.stub.Get(MESSAGES.GetRequest(id=asked))
        assert failed.value.code() is code
    assert await running.health() == "SERVING"  # which is no call of anybody's
    assert running.recorded.points == [
        {"rpc.system.name": "grpc", "rpc.method": "testing.v1.Items/Get", "rpc.response.status_code": code}
        for code in ("OK", "NOT_FOUND", "UNKNOWN")
    ]


async def test_the_end_fails_probes_first_and_lets_what_runs_end(running: Running) -> None:
    assert await running.health() == "SERVING"
    slow = running.stub.Get(MESSAGES.GetRequest(id=2))
    waiting = asyncio.create_task(_answer(slow))
    await running.items.begun.wait()
    running.ended.set()
    while await running.health() != "NOT_SERVING":
        await asyncio.sleep(0.01)
    running.items.gate.set()
    assert (await waiting).id == 2
    await running.serving


async def _answer(call: Any) -> Any:
    return await call
