"""What is done with each event of the stage's stream. One may come twice: what is done must bear that."""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from servicekit.calls import AwayError
from servicekit.models import Features, Model, NotYetError
from servicekit.stores import EXPIRY, KEY, Table
from servicekit.telemetry import operations
from servicekit.toggles import Toggles

FEATURE = "recommended_feed"  # components/operations/flags.py
KEPT_SECONDS = 24 * 3600  # what was recommended longer ago is of another day
_log = logging.getLogger(__name__)


class Heard:
    """Of each event the last one's type and time are the user's features, with which the model is asked."""

    def __init__(self, features: Features, model: Model, toggles: Toggles, table: Table) -> None:
        self._features = features
        self._model, self._toggles = model, toggles
        self._table = table

    async def hear(self, event: Mapping[str, Any]) -> None:
        """One event: user_id, type, metadata_json, ts. What nobody did, such as an incident, teaches of nobody."""
        if event["user_id"] is None:
            return
        user, kind = int(event["user_id"]), str(event["type"])
        record = {"user_id": str(user), "ts": str(event["ts"]), "last_event_type": kind}
        if (latest := await self._learn(record)) is not None:
            await self._recommend(latest)
        operations().add(1, {"operation": "events.heard"})
        _log.debug("heard", extra={"type": kind, "user": user})

    async def _learn(self, record: Mapping[str, str]) -> Mapping[str, str] | None:
        """Write the features; all of them as they are now, or None where a later event was here before.

        While the Feature Store is away nothing is passed over: the event is heard again (servicekit/stream.py).
        """
        try:
            before = await self._features.get(record["user_id"]) or {}
            if before.get("ts", "") > record["ts"]:
                return None
            latest = {**before, **record}
            await self._features.put(latest)
        except NotYetError as problem:
            _log.warning("%s: nothing is kept of event %s", problem, record["last_event_type"])
            return record
        return latest

    async def _recommend(self, record: Mapping[str, str]) -> None:
        """Ask the model, and keep what it answers; without it what was kept holds until it is too old."""
        if not self._toggles.is_on(FEATURE):
            return
        try:
            answer = await self._model.ask(record)
        except (NotYetError, AwayError) as problem:
            _log.warning("%s: nothing is recommended", problem)
            return
        key = {KEY: f"recommended#{record['user_id']}"}
        await self._table.put({**key, "answer": json.dumps(answer), EXPIRY: int(time.time()) + KEPT_SECONDS})
        operations().add(1, {"operation": "recommendations.made"})
