"""Who asks (REQ-S3): Cognito's access tokens, checked against the pool's own keys.

A token is taken when its signature is of a key that the issuer publishes, it is not over, its `iss` is the stage's
pool, its `token_use` is access, and its `client_id` is a client of ours: access tokens of Cognito have no `aud`, and an
id token is for the front end and no key to an interface.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2
import jwt
from fastapi import Depends, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from servicekit.lifecycle import Quiet
from servicekit.settings import Settings

KEYS_SECONDS = 3600  # how long the issuer's keys are taken as known
# Cognito rotates keys, and a token may come before its key is known here. Not asked more often than this, or whoever
# invents key ids has us ask the issuer for each.
AGAIN_SECONDS = 30.0
LEEWAY_SECONDS = 10  # by which clocks may differ
_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """Why a token is not taken; fit for the caller's eyes."""


@dataclass(frozen=True, kw_only=True)
class User:
    """Whose token it is."""

    id: str  # `sub`, for ever the same
    scopes: frozenset[str]
    groups: frozenset[str]


async def signed_in(
    connection: HTTPConnection,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
) -> User:
    """Who asks, by `app.state.tokens`; 401 where nobody says so."""
    tokens: Tokens = connection.app.state.tokens
    return await tokens(given)


SignedIn = Annotated[User, Depends(signed_in)]


class Tokens(Quiet):
    """Checks tokens of one issuer."""

    def __init__(self, settings: Settings, *, http: httpx2.AsyncClient | None = None) -> None:
        self._issuer, self._clients = settings.token_issuer, settings.client_ids
        self._http = http or httpx2.AsyncClient(timeout=5)
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._asked = float("-inf")  # when, by the monotonic clock
        self._asking = asyncio.Lock()

    async def stop(self) -> None:
        """Close the connections to the issuer."""
        await self._http.aclose()

    async def user(self, token: str) -> User:
        """The user of a token.

        Raises:
            RefusedError: it is not one of ours, or over.
        """
        claims = await self._claims(token)
        if claims.get("token_use") != "access":
            raise RefusedError("not an access token")
        if claims.get("client_id") not in self._clients:
            raise RefusedError("token of another client")
        return User(
            id=claims["sub"],
            scopes=frozenset(str(claims.get("scope", "")).split()),
            groups=frozenset(claims.get("cognito:groups", [])),
        )

    async def __call__(self, given: HTTPAuthorizationCredentials | None) -> User:
        """The user of a request's token; 401 where it is refused."""
        if given is None:
            raise HTTPException(401, "no token", {"WWW-Authenticate": "Bearer"})
        try:
            return await self.user(given.credentials)
        except RefusedError as problem:
            challenge = f'Bearer error="invalid_token", error_description="{problem}"'
            raise HTTPException(401, str(problem), {"WWW-Authenticate": challenge}) from None

    async def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"))
            return jwt.decode(
                token,
                key=key,
                algorithms=["RS256"],
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise RefusedError("token is over") from None
        except jwt.InvalidIssuerError:
            raise RefusedError("token of another issuer") from None
        except jwt.PyJWTError:
            raise RefusedError("no valid token") from None

    async def _key(self, kid: object) -> jwt.PyJWK:
        if time.monotonic() - self._asked > KEYS_SECONDS or kid not in self._keys:
            await self._ask(kid)
        if not isinstance(kid, str) or kid not in self._keys:
            raise RefusedError("token of an unknown key")
        return self._keys[kid]

    async def _ask(self, kid: object) -> None:
        """Get the issuer's keys, once for all who wait; known ones are kept while it does not answer."""
        async with self._asking:
            age = time.monotonic() - self._asked
            if age < AGAIN_SECONDS or (age < KEYS_SECONDS and kid in self._keys):
                return
            self._asked = time.monotonic()
            try:
                answer = await self._http.get(f"{self._issuer}/.well-known/jwks.json")
                answer.raise_for_status()
                self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.key_id}
            except (httpx2.HTTPError, ValueError, jwt.PyJWTError) as problem:
                _log.warning("the issuer's keys cannot be had: %s", problem)
