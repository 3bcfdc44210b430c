"""REST outside (REQ-S2): a FastAPI application with probes, traces, one log line a request, and an end on SIGTERM."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit import logs, telemetry
from servicekit.lifecycle import NOTICE_SECONDS, Lifecycle, Part
from servicekit.settings import Settings

ALIVE, READY = "/healthz", "/readyz"
DESCRIPTION = "/openapi.json"
KEEP_ALIVE_SECONDS = 75  # longer than the entrance's 60: whoever opened a connection is who closes it
_log = logging.getLogger("request")


def application(
    settings: Settings,
    parts: Sequence[Part] = (),
    *,
    path: str = "",
    streams: Sequence[str] = (),
    notice_seconds: float = NOTICE_SECONDS,
) -> FastAPI:
    """An application with nothing but its probes; `app.state.lifecycle` is its life.

    Routes lead here only what is below `path`, so what it answers is described there: PATH/openapi.json. An answer of
    `streams`, which are paths, lasts as long as its caller stays: whoever streams measures it, since the time until its
    end would be an alarm's.
    """
    lifecycle = Lifecycle(parts, notice_seconds=notice_seconds)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with lifecycle.running():
            yield

    app = FastAPI(title=settings.service, lifespan=lifespan, openapi_url=f"{path}{DESCRIPTION}")
    app.state.lifecycle, app.state.settings = lifecycle, settings
    app.add_api_route(ALIVE, _alive, include_in_schema=False)
    app.add_api_route(READY, _ready, include_in_schema=False)
    app.add_middleware(_Line)  # within the span that the instrumentation opens around everything
    FastAPIInstrumentor.instrument_app(app, excluded_urls=",".join(f"{path}$" for path in (ALIVE, READY, *streams)))
    return app


async def _alive() -> Response:
    """Whether the process is worth keeping; asks nothing of what stands behind it."""
    return Response("ok", media_type="text/plain")


async def _ready(request: Request) -> Response:
    """Whether requests may come."""
    why = request.app.state.lifecycle.why_not_ready
    return Response(why or "ok", status_code=503 if why else 200, media_type="text/plain")


class _Line:
    """One line a request: what was asked by which route, the answer's status, how long it took.

    What goes wrong inside is in the log, within the request's trace, and nobody else's business.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in {ALIVE, READY}:
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            _log.exception("unhandled")
            if status:
                raise  # half of an answer is out; the connection is closed
            await JSONResponse({"detail": "internal error"}, status_code=500)(scope, receive, noting)
        finally:
            route: Any = scope.get("route")
            said = {
                "method": scope["method"],
                "route": getattr(route, "path", None),  # never the path itself: it may name a person
                "status": status,
                "milliseconds": round((time.perf_counter() - began) * 1000, 1),
            }
            _log.log(logging.ERROR if status >= 500 else logging.INFO, "request", extra=said)


class _Server(uvicorn.Server):
    """Uvicorn, which is told to end only once it has been said that no requests should come."""

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Task[None] | None = None

    async def serve(self, sockets: Any = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """The first signal drains, the second ends at once."""
        if self._lifecycle.is_draining or self._loop is None:
            super().handle_exit(sig, frame)
        else:
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        async def end() -> None:
            try:
                await self._lifecycle.drain()
            finally:
                self.should_exit = True

        self._ending = self._ending or asyncio.get_running_loop().create_task(end())


def serve(app: FastAPI, *, host: str = "0.0.0.0") -> None:  # noqa: S104 -- a pod has no other address to listen on
    """Serve until SIGTERM, then drain."""
    settings: Settings = app.state.settings
    config = uvicorn.Config(
        app,
        host=host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # Envoy's word on the caller is in X-Forwarded-For, for whoever needs it
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain_seconds,
        ws="websockets-sansio",
    )
    _Server(config, app.state.lifecycle).run()


def prepare(settings: Settings) -> None:
    """Logs and telemetry of the process; before `application`."""
    telemetry.start(settings.service)
    logs.write(settings.service, settings.log_level)
