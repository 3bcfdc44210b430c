"""${PROJECT}: what is wired to what. What it answers and does is in the files beside this one."""

from fastapi import FastAPI

from servicekit import http
from servicekit import settings as settings_of
from servicekit.lifecycle import Part
from servicekit.settings import Settings
from servicekit.tokens import Tokens

NAME = "${PROJECT}"
PATH = "/api/${PROJECT}"  # which the route leads here: deploy/


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    parts: list[Part] = []
    parts.append(tokens := Tokens(settings))
    app = http.application(settings, parts, path=PATH)
    app.state.tokens = tokens
    return app


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
