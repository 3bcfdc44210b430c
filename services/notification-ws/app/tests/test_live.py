"""Live notices (REQ-V5)."""

import asyncio
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ops.dev.stage import Stage
from servicekit import valkey
from servicekit.settings import Settings

from ..main import EVENTS, PATH


def test_a_user_who_is_connected_gets_what_is_published(client: TestClient, stage: Stage, settings: Settings) -> None:
    async def publish() -> None:
        """From another process, as it were; until somebody listens."""
        redis: Any = valkey.connect_to_one(settings)
        while not await redis.publish(f"{settings.prefix}push:u-1", '{"text": "hello"}'):
            await asyncio.sleep(0.05)
        await redis.aclose()

    with client.websocket_connect(PATH, subprotocols=["bearer", stage.issuer.token("u-1")]) as browser:
        asyncio.run(publish())
        assert browser.receive_json() == {"text": "hello"}


def test_who_has_no_good_token_is_not_connected(client: TestClient, stage: Stage) -> None:
    for offered in ([], ["bearer", stage.issuer.token("u-1", exp=int(time.time()) - 60)]):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(PATH, subprotocols=offered):
            pass


def test_server_sent_events_are_for_who_has_a_good_token(client: TestClient, stage: Stage) -> None:
    assert client.get(EVENTS).status_code == 401
    late = stage.issuer.token("u-1", exp=int(time.time()) - 60)
    assert client.get(EVENTS, headers={"Authorization": f"Bearer {late}"}).status_code == 401
