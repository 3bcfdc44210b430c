"""auth: what is wired to what. What it answers and does is in the files beside this one."""

from fastapi import FastAPI

from servicekit import http
from servicekit import settings as settings_of
from servicekit.lifecycle import Part
from servicekit.people import People
from servicekit.settings import Settings
from servicekit.tokens import Tokens

from . import account

NAME = "auth"
PATH = "/auth"  # which the route leads here: deploy/


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    parts: list[Part] = []
    parts.append(tokens := Tokens(settings))
    parts.append(people := People(settings))
    app = http.application(settings, parts, path=PATH)
    app.state.tokens = tokens
    app.include_router(account.Account(people).router, prefix=PATH)
    return app


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
