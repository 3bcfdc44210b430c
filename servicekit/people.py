"""The stage's users in Cognito (REQ-V2): look at one, sign one out everywhere, lock one out and let back in.

Sign-up and log-in are Cognito's own pages; no password ever comes by here.
"""

from collections.abc import Mapping
from typing import Any

from servicekit import aws
from servicekit.lifecycle import Quiet
from servicekit.settings import Settings


class People(Quiet):
    """Users of the stage's pool, by their `sub` or user name."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._pool, self._client = settings.user_pool_id, client

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("cognito-idp")

    async def get(self, user: str) -> Mapping[str, Any] | None:
        """What the pool knows of a user: attributes, and whether the account may be used."""
        try:
            found = await aws.call(self._client.admin_get_user, UserPoolId=self._pool, Username=user)
        except self._client.exceptions.UserNotFoundException:
            return None
        attributes = {one["Name"]: one["Value"] for one in found["UserAttributes"]}
        return {"enabled": found["Enabled"], "status": found["UserStatus"], "attributes": attributes}

    async def sign_out(self, user: str) -> None:
        """Everywhere: refresh tokens end at once, access tokens within the hour."""
        await aws.call(self._client.admin_user_global_sign_out, UserPoolId=self._pool, Username=user)

    async def lock_out(self, user: str) -> None:
        """Until let in again."""
        await aws.call(self._client.admin_disable_user, UserPoolId=self._pool, Username=user)

    async def let_in(self, user: str) -> None:
        """After having been locked out."""
        await aws.call(self._client.admin_enable_user, UserPoolId=self._pool, Username=user)
