"""notification-ws: what is wired to what. What it answers and does is in the files beside this one."""

from fastapi import FastAPI, WebSocket

from servicekit import http
from servicekit import settings as settings_of
from servicekit.lifecycle import Part
from servicekit.push import Hub
from servicekit.queue import Queue
from servicekit.settings import Settings
from servicekit.tokens import Tokens

from . import work

NAME = "notification-ws"
PATH = "/ws"  # which the route leads here: deploy/
EVENTS = "/events"  # the same notices for whom no WebSocket reaches


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    parts: list[Part] = []
    parts.append(tokens := Tokens(settings))
    parts.append(hub := Hub(settings, tokens))
    working = work.Work(hub)
    parts.append(queue := Queue(settings, working.do))  # last to start, first to end
    app = http.application(settings, parts, path=PATH, streams=[EVENTS])
    app.state.tokens = tokens
    app.include_router(work.Orders(queue).router, prefix=PATH)

    async def live(socket: WebSocket) -> None:
        await hub.serve(socket)

    app.add_api_websocket_route(PATH, live)
    app.add_api_route(EVENTS, hub.stream, methods=["GET"])
    return app


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
