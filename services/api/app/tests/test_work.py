"""What is done with messages of the queue."""

import asyncio
import time

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


def test_a_message_is_counted_by_its_type(counted: Counted) -> None:
    asyncio.run(work.Work().do(message(post=7)))
    assert counted.points == [{"operation": "post.published"}]


def test_an_order_is_worked_off(client: TestClient, bearer: dict[str, str], counted: Counted) -> None:
    assert client.post(f"{PATH}/v1/work", json={"what": "resize"}, headers=bearer).status_code == 202
    assert client.post(f"{PATH}/v1/work", json={"what": "resize"}).status_code == 401
    for _ in range(1500):  # half a minute, on a machine that has much else to do
        if counted.points:
            break
        time.sleep(0.02)
    assert counted.points == [{"operation": "work"}]
