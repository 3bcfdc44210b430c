"""feed: what is wired to what. What it answers and does is in the files beside this one."""

from fastapi import FastAPI

from servicekit import http
from servicekit import settings as settings_of
from servicekit.cache import Cache
from servicekit.database import Database
from servicekit.lifecycle import Part
from servicekit.settings import Settings
from servicekit.stream import Producer
from servicekit.tokens import Tokens

from . import activity, items

NAME = "feed"
PATH = "/api/feed"  # which the route leads here: deploy/


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    parts: list[Part] = []
    parts.append(tokens := Tokens(settings))
    parts.append(database := Database(settings))
    parts.append(cache := Cache(settings))
    parts.append(producer := Producer(settings))
    app = http.application(settings, parts, path=PATH)
    app.state.tokens = tokens
    app.include_router(items.Items(database, cache).router, prefix=PATH)
    app.include_router(activity.Activity(producer).router, prefix=PATH)
    return app


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
