"""What is done with each message of the service's queue. One may come twice: what is done must bear that."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Body

from servicekit.queue import Message, Queue
from servicekit.telemetry import operations
from servicekit.tokens import SignedIn

_log = logging.getLogger(__name__)


class Work:
    """Counts it, until the service's own code is here."""

    async def do(self, message: Message) -> None:
        """One message; what it raises has it come again."""
        operations().add(1, {"operation": message.type or "work"})
        _log.debug("done", extra={"type": message.type, "times": message.times})


class Orders:
    """Takes work in and leaves it to the queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.router = APIRouter()
        self.router.add_api_route("/v1/work", self.order, methods=["POST"], status_code=202)

    async def order(self, wanted: Annotated[dict[str, Any], Body()], user: SignedIn) -> dict[str, str]:
        """Done later, in the user's own name."""
        return {"id": await self._queue.send({**wanted, "user_id": user.id})}
