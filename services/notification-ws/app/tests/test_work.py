"""What is done with messages of the queue."""

import asyncio
import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from servicekit.queue import Message

from .. import work
from ..main import PATH


class Counted:
    """In place of the counter that autoscalers read."""

    def __init__(self) -> None:
        self.points: list[dict[str, str]] = []

    def add(self, _: int, attributes: dict[str, str]) -> None:
        self.points.append(attributes)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted()
    monkeypatch.setattr(work, "operations", lambda: found)
    return found


def message(**body: object) -> Message:
    return Message(id="m-1", body=body, times=1, type="post.published")


class Hub:
    """In place of the real one: what is told to whom."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    async def publish(self, user: str, notice: Any) -> None:
        self.told.append((user, notice))


def test_a_message_of_a_user_becomes_a_notice_and_another_does_not(counted: Counted) -> None:
    hub: Any = Hub()
    asyncio.run(work.Work(hub).do(message(user_id="u-1", post=7)))
    asyncio.run(work.Work(hub).do(message(post=8)))
    assert hub.told == [("u-1", {"type": "post.published", "user_id": "u-1", "post": 7})]
    assert counted.points == [{"operation": "post.published"}]


def test_an_order_is_worked_off(client: TestClient, bearer: dict[str, str], counted: Counted) -> None:
    assert client.post(f"{PATH}/v1/work", json={"what": "resize"}, headers=bearer).status_code == 202
    assert client.post(f"{PATH}/v1/work", json={"what": "resize"}).status_code == 401
    for _ in range(1500):  # half a minute, on a machine that has much else to do
        if counted.points:
            break
        time.sleep(0.02)
    assert counted.points == [{"operation": "work"}]
