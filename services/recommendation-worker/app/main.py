"""recommendation-worker: what is wired to what. What it answers and does is in the files beside this one."""

from fastapi import FastAPI

from servicekit import http
from servicekit import settings as settings_of
from servicekit.lifecycle import Part
from servicekit.models import Features
from servicekit.settings import Settings
from servicekit.stream import Reader

from . import heard

NAME = "recommendation-worker"


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    parts: list[Part] = []
    parts.append(known := Features(settings))
    parts.append(Reader(settings, heard.Heard(known).hear))
    return http.application(settings, parts)


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
