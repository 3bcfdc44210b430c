"""Publish on the stage's bus, in the service's own name (REQ-S4); what it subscribes to comes by its queue."""

import json
from collections.abc import Mapping
from typing import Any

from opentelemetry import propagate

from servicekit import aws
from servicekit.lifecycle import Quiet
from servicekit.settings import Settings


class NotPublishedError(Exception):
    """The bus did not take it; AWS says why."""


class Events(Quiet):
    """The stage's bus."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._settings, self._client = settings, client

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("events")

    async def publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        """An event of a type that service.yaml says is published, such as post.published.

        Raises:
            NotPublishedError: it was refused.
        """
        entry = {
            "EventBusName": self._settings.event_bus,
            "Source": self._settings.source,
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }
        carried: dict[str, str] = {}
        propagate.inject(carried)
        if header := carried.get("X-Amzn-Trace-Id"):
            entry["TraceHeader"] = header
        answer = await aws.call(self._client.put_events, Entries=[entry])
        if answer["FailedEntryCount"]:
            (failed,) = answer["Entries"]
            raise NotPublishedError(f"{kind}: {failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")
