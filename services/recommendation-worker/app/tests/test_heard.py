"""What is done with each event of the stream."""

import asyncio
from collections.abc import Mapping
from typing import Any

from servicekit.models import NotYetError

from ..heard import Heard


class Features:
    """The Feature Store's part that is used, in this process."""

    def __init__(self, *, absent: bool = False) -> None:
        self.records: dict[str, Mapping[str, str]] = {}
        self._absent = absent

    async def get(self, user: str) -> Mapping[str, str] | None:
        if self._absent:
            raise NotYetError("this stage has no Feature Store yet")
        return self.records.get(user)

    async def put(self, record: Mapping[str, str]) -> None:
        self.records[record["user_id"]] = record


def hear(features: Any, *events: Mapping[str, Any]) -> None:
    heard = Heard(features)
    for event in events:
        asyncio.run(heard.hear(event))


def event(kind: str, ts: str) -> Mapping[str, Any]:
    return {"user_id": 7, "type": kind, "metadata_json": "{}", "ts": ts}


def test_the_latest_event_of_a_user_is_known_whatever_the_order_and_however_often() -> None:
    features = Features()
    late, early = event("post.read", "2026-01-02T00:00:00Z"), event("sign.in", "2026-01-01T00:00:00Z")
    hear(features, late, early, late)
    assert features.records == {"7": {"user_id": "7", "ts": late["ts"], "last_event_type": "post.read"}}


def test_other_features_of_the_user_stay() -> None:
    features = Features()
    features.records["7"] = {"user_id": "7", "ts": "2026-01-01T00:00:00Z", "subscribed": "1"}
    hear(features, event("post.read", "2026-01-02T00:00:00Z"))
    assert features.records["7"]["subscribed"] == "1"


def test_a_stage_without_a_feature_store_is_no_error() -> None:
    features = Features(absent=True)
    hear(features, event("post.read", "2026-01-02T00:00:00Z"))
    assert features.records == {}
