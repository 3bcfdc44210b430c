"""The account of the user who asks (REQ-V2); sign-up and log-in are Cognito's own pages."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException

from servicekit.people import People
from servicekit.tokens import SignedIn


class Account:
    """Looks at it, signs out everywhere."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.router = APIRouter()
        self.router.add_api_route("/v1/me", self.get, methods=["GET"])
        self.router.add_api_route("/v1/me/sign-out", self.sign_out, methods=["POST"], status_code=204)

    async def get(self, user: SignedIn) -> Mapping[str, Any]:
        """What the pool knows of the user."""
        found = await self._people.get(user.id)
        if found is None:
            raise HTTPException(404, "no such user any more")
        return found

    async def sign_out(self, user: SignedIn) -> None:
        """On every device."""
        await self._people.sign_out(user.id)
