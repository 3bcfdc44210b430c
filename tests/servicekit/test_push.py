"""A user's notices reach the user, wherever connected (REQ-V5). On a real Redis, over real WebSockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from components.edge import delivery
from ops.dev.issuer import Issuer
from ops.dev.servers import free_port
from servicekit import push
from servicekit.push import Hub
from servicekit.settings import Settings
from servicekit.tokens import Tokens
from tests.servicekit.conftest import HANGS_SECONDS

pytestmark = pytest.mark.anyio


class Pod:
    """A hub behind a server of its own."""

    def __init__(self, settings: Settings, issuer: Issuer) -> None:
        keys = httpx2.MockTransport(lambda _: httpx2.Response(200, json=issuer.published))
        tokens = Tokens(settings, http=httpx2.AsyncClient(transport=keys))
        self.hub = Hub(settings, tokens)
        self.port, app = free_port(), FastAPI()
        self.url, self.events = f"ws://127.0.0.1:{self.port}/ws", f"http://127.0.0.1:{self.port}/events"

        app.state.tokens = tokens
        app.add_api_route("/events", self.hub.stream)

        @app.websocket("/ws")
        async def _(socket: WebSocket) -> None:  # pyright: ignore[reportUnusedFunction]
            await self.hub.serve(socket)

        config = uvicorn.Config(app, port=self.port, log_config=None, ws="websockets-sansio", lifespan="off")
        self._server = uvicorn.Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.hub.start()
        self._serving = asyncio.create_task(self._server._serve())  # pyright: ignore[reportPrivateUsage] -- signals stay pytest's
        while not self._server.started:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        assert self._serving
        await self._serving
        await self.hub.stop()

    async def listens(self) -> None:
        """Until its channel is joined: what is published before reaches nobody."""
        while not self.hub._channels.channels or self.hub._channels.pending_unsubscribe_channels:  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)


@pytest.fixture
async def pods(made: Callable[..., Settings], redis_port: int, issuer: Issuer) -> AsyncIterator[list[Pod]]:
    found = [Pod(made({"CACHE_PORT": str(redis_port)}), issuer) for _ in range(2)]
    for pod in found:
        await pod.start()
    yield found
    for pod in found:
        await pod.stop()


def of(issuer: Issuer, user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(user)}"}


async def test_a_notice_reaches_its_user_at_every_pod_and_nobody_else(pods: list[Pod], issuer: Issuer) -> None:
    async with (
        connect(pods[0].url, additional_headers=of(issuer, "u-1")) as first,
        connect(pods[1].url, additional_headers=of(issuer, "u-1")) as second,
        connect(pods[1].url, additional_headers=of(issuer, "u-2")) as other,
    ):
        for pod in pods:
            await pod.listens()
        await pods[1].hub.publish("u-1", {"text": "hello"})
        await pods[0].hub.publish("u-2", {"text": "for another"})
        assert [json.loads(await one.recv()) for one in (first, second)] == [{"text": "hello"}] * 2
        assert json.loads(await other.recv()) == {"text": "for another"}


async def test_a_browser_shows_its_token_as_a_subprotocol(pods: list[Pod], issuer: Issuer) -> None:
    shown: Any = ["bearer", issuer.token("u-1")]
    async with connect(pods[0].url, subprotocols=shown) as browser:
        assert browser.subprotocol == "bearer"
        await pods[0].listens()
        await pods[0].hub.publish("u-1", {"text": "hello"})
        assert json.loads(await browser.recv()) == {"text": "hello"}


async def test_without_a_good_token_there_is_no_connection(pods: list[Pod], issuer: Issuer) -> None:
    for headers in ({}, {"Authorization": f"Bearer {issuer.token('u-1', client_id='another')}"}):
        with pytest.raises(InvalidStatus) as refused:
            await connect(pods[0].url, additional_headers=headers)
        assert refused.value.response.status_code == 403


async def test_draining_sends_everybody_away_to_come_again(pods: list[Pod], issuer: Issuer) -> None:
    async with connect(pods[0].url, additional_headers=of(issuer, "u-1")) as client:
        await pods[0].listens()
        await pods[0].hub.drain()
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == push.GOING_AWAY


async def test_who_leaves_is_forgotten_and_can_come_again(pods: list[Pod], issuer: Issuer) -> None:
    for _ in range(2):
        async with connect(pods[0].url, additional_headers=of(issuer, "u-1")) as client:
            await pods[0].listens()
            await pods[0].hub.publish("u-1", {"text": "hello"})
            await client.recv()
        async with asyncio.timeout(HANGS_SECONDS):
            while pods[0].hub._connections:  # pyright: ignore[reportPrivateUsage]
                await asyncio.sleep(0.01)
        assert not pods[0].hub._connections  # pyright: ignore[reportPrivateUsage]


@contextlib.asynccontextmanager
async def reading(pod: Pod, issuer: Issuer, user: str) -> AsyncGenerator[AsyncIterator[str]]:
    """The lines of a user's server-sent events, without the empty ones."""
    async with (
        httpx2.AsyncClient(timeout=HANGS_SECONDS) as http,
        http.stream("GET", pod.events, headers=of(issuer, user)) as answer,
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield (line async for line in answer.aiter_lines() if line)


async def test_a_notice_reaches_its_user_as_a_server_sent_event_and_nobody_else(
    pods: list[Pod], issuer: Issuer
) -> None:
    async with reading(pods[0], issuer, "u-1") as lines, reading(pods[0], issuer, "u-2") as others:
        assert [await anext(lines), await anext(others)] == [":", ":"]
        await pods[0].listens()
        await pods[1].hub.publish("u-1", {"text": "hello"})
        await pods[1].hub.publish("u-2", {"text": "for another"})
        assert [await anext(lines), await anext(others)] == ['data: {"text": "hello"}', 'data: {"text": "for another"}']


async def test_who_has_no_good_token_gets_no_events(pods: list[Pod], issuer: Issuer) -> None:
    async with httpx2.AsyncClient() as http:
        late = {"Authorization": f"Bearer {issuer.token('u-1', client_id='another')}"}
        assert [(await http.get(pods[0].events, headers=one)).status_code for one in ({}, late)] == [401, 401]


async def test_a_stream_of_events_that_has_nothing_to_say_is_kept_open_by_comments(
    pods: list[Pod], issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push.HEARTBEAT_SECONDS < delivery.READ_SECONDS / 2
    monkeypatch.setattr(push, "HEARTBEAT_SECONDS", 0.05)
    async with reading(pods[0], issuer, "u-1") as lines:
        assert [await anext(lines) for _ in range(3)] == [":", ":", ":"]


async def test_draining_ends_streams_of_events_and_opens_none(pods: list[Pod], issuer: Issuer) -> None:
    async with reading(pods[0], issuer, "u-1") as lines:
        await anext(lines)
        await pods[0].hub.drain()
        assert [line async for line in lines] == []
    async with httpx2.AsyncClient() as http:
        assert (await http.get(pods[0].events, headers=of(issuer, "u-1"))).status_code == 503


async def test_who_leaves_a_stream_of_events_is_forgotten(pods: list[Pod], issuer: Issuer) -> None:
    async with reading(pods[0], issuer, "u-1") as lines:
        await anext(lines)
    async with asyncio.timeout(HANGS_SECONDS):
        while pods[0].hub._channels.channels:  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.01)
    assert not pods[0].hub._connections  # pyright: ignore[reportPrivateUsage]
