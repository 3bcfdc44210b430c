"""What users do, onto the stage's stream (components/data/streaming.py: user_id, type, metadata_json, ts)."""

import datetime
import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from servicekit.models import NotYetError
from servicekit.stream import Producer
from servicekit.tokens import SignedIn


class Done(BaseModel):
    """What the user did."""

    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$", max_length=64)]
    metadata: dict[str, Any] = {}


class Activity:
    """Takes it and passes it on."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self.router = APIRouter()
        self.router.add_api_route("/v1/activity", self.tell, methods=["POST"], status_code=202)

    async def tell(self, done: Done, user: SignedIn) -> None:
        """In the user's own name, at the time of ours."""
        event = {
            "user_id": number(user.id),
            "type": done.type,
            "metadata_json": json.dumps(done.metadata),
            "ts": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        try:
            await self._producer.put(event)
        except NotYetError as problem:
            raise HTTPException(503, str(problem)) from None


def number(user: str) -> int:
    """Of a user, for the lake, whose user_id is a number: always the same, and leads back to nobody."""
    return int.from_bytes(hashlib.sha256(user.encode()).digest()[:7])
