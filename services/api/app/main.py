"""api: what is wired to what. What it answers and does is in the files beside this one."""

import os

from fastapi import FastAPI

from servicekit import http
from servicekit import settings as settings_of
from servicekit.cache import Cache
from servicekit.database import Database
from servicekit.events import Events
from servicekit.lifecycle import Part
from servicekit.queue import Queue
from servicekit.settings import Settings
from servicekit.stream import Producer
from servicekit.tokens import Tokens

from . import activity, happenings, items, partners, work

NAME = "api"
PATH = "/api"  # which the route leads here: deploy/


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    partners.keys(os.environ)  # it does not start without them
    parts: list[Part] = []
    parts.append(tokens := Tokens(settings))
    parts.append(database := Database(settings))
    parts.append(cache := Cache(settings))
    parts.append(events := Events(settings))
    parts.append(producer := Producer(settings))
    working = work.Work()
    parts.append(queue := Queue(settings, working.do))  # last to start, first to end
    app = http.application(settings, parts, path=PATH)
    app.state.tokens = tokens
    app.include_router(items.Items(database, cache).router, prefix=PATH)
    app.include_router(happenings.Happenings(events).router, prefix=PATH)
    app.include_router(activity.Activity(producer).router, prefix=PATH)
    app.include_router(work.Orders(queue).router, prefix=PATH)
    return app


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
