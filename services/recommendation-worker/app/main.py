"""recommendation-worker: what is wired to what. What it answers and does is in the files beside this one."""

from fastapi import FastAPI

from servicekit import http
from servicekit import settings as settings_of
from servicekit.lifecycle import Part
from servicekit.models import Features, Model
from servicekit.places import InTable
from servicekit.settings import Settings
from servicekit.stores import Table
from servicekit.stream import Reader
from servicekit.toggles import Toggles

from . import heard

NAME = "recommendation-worker"


def application(settings: Settings) -> FastAPI:
    """The service, not yet started."""
    parts: list[Part] = []
    parts.append(toggles := Toggles(settings))
    parts.append(table := Table(settings))
    parts.append(known := Features(settings))
    parts.append(model := Model(settings))
    hearing = heard.Heard(known, model, toggles, table)
    parts.append(Reader(settings, hearing.hear, places=InTable(table)))
    return http.application(settings, parts)


def main() -> None:
    """What the image runs."""
    settings = settings_of.read(NAME)
    http.prepare(settings)
    http.serve(application(settings))


if __name__ == "__main__":
    main()
