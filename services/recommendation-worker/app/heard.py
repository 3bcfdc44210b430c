"""What is done with each event of the stage's stream. One may come twice: what is done must bear that."""

import logging
from collections.abc import Mapping
from typing import Any

from servicekit.models import Features, NotYetError
from servicekit.telemetry import operations

_log = logging.getLogger(__name__)


class Heard:
    """Of each event the last one's type and time are the user's features."""

    def __init__(self, features: Features) -> None:
        self._features = features

    async def hear(self, event: Mapping[str, Any]) -> None:
        """One event: user_id, type, metadata_json, ts."""
        user, kind = int(event["user_id"]), str(event["type"])
        try:
            before = await self._features.get(str(user)) or {}
            if before.get("ts", "") < event["ts"]:
                record = {**before, "user_id": str(user), "ts": str(event["ts"]), "last_event_type": kind}
                await self._features.put(record)
        except NotYetError as problem:
            _log.warning("%s: nothing is kept of event %s", problem, kind)
        operations().add(1, {"operation": "events.heard"})
        _log.debug("heard", extra={"type": kind, "user": user})
