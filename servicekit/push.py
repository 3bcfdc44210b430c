"""Live notices (REQ-V5, REQ-S2): WebSockets and server-sent events, any pod to any user.

The cache's channels carry them, a channel a user, below the service's prefix; a pod listens to those of the users who
are connected to it. Whoever takes too slowly is cut off rather than remembered without end, and comes again. Nothing is
kept for a user who is away, so no event has an id, and a Last-Event-ID is not heard.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from fastapi import HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from servicekit import telemetry, valkey
from servicekit.settings import Settings
from servicekit.tokens import RefusedError, SignedIn, Tokens, User

PROTOCOL = "bearer"  # browsers cannot set headers here: the token comes as the second subprotocol
WAITING = 100  # notices that a slow connection may be behind
REFUSED, GOING_AWAY, TOO_SLOW = 1008, 1001, 1013  # https://www.iana.org/assignments/websocket
CHECK_SECONDS, PAUSE_SECONDS = 1.0, 1.0  # between looks at the channels; after the cache was away
HEARTBEAT_SECONDS = 20.0  # CloudFront gives up on an origin that says nothing for longer (components/edge/delivery.py)
COMMENT = ":\n\n"  # of server-sent events: clients pass over it
_log = logging.getLogger(__name__)


class _Connection:
    def __init__(self) -> None:
        self.notices = asyncio.Queue[str](WAITING)
        self.closing: int | None = None


class Hub:
    """The connections of this process."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings, self._tokens = settings, tokens
        self._connections: defaultdict[str, set[_Connection]] = defaultdict(set)  # by channel
        self._redis: Any = None
        self._channels: Any = None
        # Two who subscribe at once would each open a connection, and only the later one be listened to.
        self._changing = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._ending = False

    async def start(self) -> None:
        """Begin to listen."""
        self._redis = valkey.connect_to_one(self._settings)
        self._channels = self._redis.pubsub()
        self._listening = asyncio.create_task(self._listen())

    async def drain(self) -> None:
        """Send everybody away; they come again, to another pod."""
        self._ending = True
        for connections in list(self._connections.values()):
            for connection in list(connections):
                self._close(connection, GOING_AWAY)

    async def stop(self) -> None:
        """Listen no more."""
        if self._listening:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        for closed in (self._channels, self._redis):
            if closed is not None:
                await closed.aclose()

    async def publish(self, user: str, notice: Mapping[str, Any]) -> None:
        """Tell a user, wherever connected."""
        await self._redis.publish(self._channel(user), json.dumps(notice))

    async def serve(self, socket: WebSocket) -> None:
        """One connection's life: who is it, then notices until one of both leaves. What the other says is not heard."""
        began = time.perf_counter()
        user, protocol = await self._user(socket)
        status = 101 if user else 401
        if user is None or self._ending:
            await socket.close(REFUSED if user is None else GOING_AWAY)  # before it is taken: an answer of 403
        else:
            await socket.accept(subprotocol=protocol)
        route = {"http.request.method": "GET", "url.scheme": "ws", "http.response.status_code": status}
        telemetry.request_duration().record(time.perf_counter() - began, route)
        if user is not None and not self._ending:
            await self._converse(socket, _Connection(), self._channel(user.id))

    async def stream(self, user: SignedIn) -> StreamingResponse:
        """The same one way, as server-sent events, where nobody lets a WebSocket through.

        A browser's EventSource sets no header: what reads this there is fetch().
        """
        if self._ending:
            raise HTTPException(503, "draining")
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._events(user.id), media_type="text/event-stream", headers=headers)

    async def _user(self, socket: WebSocket) -> tuple[User | None, str | None]:
        scheme, _, token = socket.headers.get("authorization", "").partition(" ")
        protocol = None
        offered = [one.strip() for one in socket.headers.get("sec-websocket-protocol", "").split(",")]
        if len(offered) == 2 and offered[0] == PROTOCOL:
            scheme, token, protocol = PROTOCOL, offered[1], PROTOCOL
        if scheme.lower() != PROTOCOL:
            return None, None
        try:
            return await self._tokens.user(token), protocol
        except RefusedError as problem:
            _log.info("refused: %s", problem)
            return None, None

    async def _events(self, user: str) -> AsyncGenerator[str]:
        began, connection, channel = time.perf_counter(), _Connection(), self._channel(user)
        try:
            await self._join(connection, channel)
            route = {"http.request.method": "GET", "url.scheme": "http", "http.response.status_code": 200}
            telemetry.request_duration().record(time.perf_counter() - began, route)  # until it hears, not until it ends
            yield COMMENT
            while connection.closing is None:
                try:
                    notice = await asyncio.wait_for(connection.notices.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield COMMENT
                    continue
                if notice:
                    yield "".join(f"data: {line}\n" for line in notice.splitlines()) + "\n"
        finally:
            # Whoever leaves has this cancelled, and what it would wait for with it.
            leaving = asyncio.create_task(self._leave(connection, channel))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _converse(self, socket: WebSocket, connection: _Connection, channel: str) -> None:
        await self._join(connection, channel)
        hearing = asyncio.create_task(_hear(socket))
        try:
            while connection.closing is None:
                next_one = asyncio.create_task(connection.notices.get())
                await asyncio.wait({next_one, hearing}, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    next_one.cancel()
                    return
                if notice := next_one.result():
                    await socket.send_text(notice)
            await socket.close(connection.closing)
        except (WebSocketDisconnect, RuntimeError):
            pass  # gone while something was being sent
        finally:
            hearing.cancel()
            await self._leave(connection, channel)

    async def _join(self, connection: _Connection, channel: str) -> None:
        self._connections[channel].add(connection)
        async with self._changing:
            await self._channels.subscribe(channel)

    async def _leave(self, connection: _Connection, channel: str) -> None:
        self._connections[channel].discard(connection)
        async with self._changing:
            if not self._connections.get(channel):
                self._connections.pop(channel, None)
                with contextlib.suppress(*valkey.AWAY):
                    await self._channels.unsubscribe(channel)

    async def _listen(self) -> None:
        while True:
            if not self._channels.subscribed:  # nobody is here yet
                await asyncio.sleep(CHECK_SECONDS / 20)
                continue
            try:
                heard = await self._channels.get_message(ignore_subscribe_messages=True, timeout=CHECK_SECONDS)
            except valkey.AWAY as problem:  # the client joins its channels again once the cache is back
                _log.warning("notices cannot be heard: %s", problem)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if heard is None:
                continue
            for connection in list(self._connections.get(heard["channel"], ())):
                try:
                    connection.notices.put_nowait(heard["data"])
                except asyncio.QueueFull:
                    self._close(connection, TOO_SLOW)

    def _close(self, connection: _Connection, code: int) -> None:
        connection.closing = code
        with contextlib.suppress(asyncio.QueueFull):  # whoever waits for a notice wakes up
            connection.notices.put_nowait("")

    def _channel(self, user: str) -> str:
        return f"{self._settings.prefix}push:{user}"


async def _hear(socket: WebSocket) -> None:
    """Until the other leaves."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
