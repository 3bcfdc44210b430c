"""Events that the service publishes on the stage's bus. Its own code will; an operator may tell one again."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException

from servicekit.events import Events
from servicekit.tokens import SignedIn

OPERATORS = "operators"  # group of the user pool
TYPES = frozenset(  # as in service.yaml; no other is let through
    {
        "payment.settled",
        "post.deleted",
        "post.published",
        "subscription.canceled",
        "subscription.started",
    }
)


class Happenings:
    """Publishes."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self.router = APIRouter()
        self.router.add_api_route("/v1/events/{type}", self.publish, methods=["POST"], status_code=202)

    async def publish(self, type: str, detail: Annotated[dict[str, Any], Body()], user: SignedIn) -> None:  # noqa: A002
        """Tell all who subscribe."""
        if OPERATORS not in user.groups:
            raise HTTPException(403, f"only for {OPERATORS}")
        if type not in TYPES:
            raise HTTPException(404, "no such event")
        await self._events.publish(type, detail)
