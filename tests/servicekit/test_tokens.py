"""A token is taken only as Cognito made it for us (REQ-S3)."""

from collections.abc import Callable
from typing import Any

import httpx2
import jwt
import pytest
from fastapi import FastAPI

from ops.dev.issuer import Issuer
from servicekit import tokens as tokens_of
from servicekit.settings import Settings
from servicekit.tokens import RefusedError, SignedIn, Tokens, User
from tests.servicekit.conftest import ISSUER

pytestmark = pytest.mark.anyio


class Published:
    """The issuer's keys over HTTP, and how often they were asked for."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer, self.asked, self.down = issuer, 0, False

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == f"{ISSUER}/.well-known/jwks.json"
        self.asked += 1
        return httpx2.Response(503) if self.down else httpx2.Response(200, json=self.issuer.published)


@pytest.fixture
def published(issuer: Issuer) -> Published:
    return Published(issuer)


@pytest.fixture
def tokens(settings: Settings, published: Published) -> Tokens:
    return Tokens(settings, http=httpx2.AsyncClient(transport=httpx2.MockTransport(published)))


async def test_a_good_token_says_whose_it_is(tokens: Tokens, issuer: Issuer) -> None:
    user = await tokens.user(issuer.token("u-1", ["operators"], scope="openid feed/read"))
    assert user == User(id="u-1", scopes=frozenset({"openid", "feed/read"}), groups=frozenset({"operators"}))


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": 1_700_000_000}, "token is over"),
        ({"client_id": "another"}, "token of another client"),
        ({"client_id": None, "aud": "another"}, "token of another client"),
        ({"token_use": "id"}, "not an access token"),
        ({"iss": "https://issuer.example/another"}, "token of another issuer"),
        ({"exp": None}, "no valid token"),
        ({"sub": None}, "no valid token"),
    ],
)
async def test_a_token_that_is_not_for_us_is_refused(
    tokens: Tokens, issuer: Issuer, claims: dict[str, Any], why: str
) -> None:
    with pytest.raises(RefusedError, match=f"^{why}$"):
        await tokens.user(issuer.token("u-1", **claims))


async def test_a_token_of_an_unknown_key_is_refused(tokens: Tokens, settings: Settings, issuer: Issuer) -> None:
    await tokens.user(issuer.token("u-1"))
    with pytest.raises(RefusedError, match=r"^token of an unknown key$"):
        await tokens.user(Issuer(settings.token_issuer, issuer.client_id).token("u-1"))


async def test_a_token_that_only_claims_a_key_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    good = issuer.token("u-1")
    kid = jwt.get_unverified_header(good)["kid"]
    claims = jwt.decode(good, options={"verify_signature": False})
    for algorithm, key in (("none", ""), ("HS256", "a secret that is as long as it has to be")):
        with pytest.raises(RefusedError, match=r"^no valid token$"):
            await tokens.user(jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid}))


async def test_keys_are_asked_for_once_and_again_for_a_new_one(
    tokens: Tokens, issuer: Issuer, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await tokens.user(issuer.token("u-1"))
    assert published.asked == 1
    issuer.rotate()
    monkeypatch.setattr(tokens_of, "AGAIN_SECONDS", 0.0)
    await tokens.user(issuer.token("u-1"))
    assert published.asked == 2


async def test_invented_key_ids_do_not_have_us_ask_the_issuer_for_each(
    tokens: Tokens, settings: Settings, issuer: Issuer, published: Published
) -> None:
    await tokens.user(issuer.token("u-1"))
    stranger = Issuer(settings.token_issuer, issuer.client_id)
    for _ in range(20):
        with pytest.raises(RefusedError):
            await tokens.user(stranger.token("u-1"))
    assert published.asked == 1


async def test_known_keys_are_kept_while_the_issuer_is_away(
    tokens: Tokens, issuer: Issuer, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tokens.user(issuer.token("u-1"))
    published.down = True
    monkeypatch.setattr(tokens_of, "KEYS_SECONDS", 0)
    monkeypatch.setattr(tokens_of, "AGAIN_SECONDS", 0.0)
    await tokens.user(issuer.token("u-1"))
    assert published.asked == 2


async def test_a_request_without_a_good_token_is_answered_401_with_a_challenge(tokens: Tokens, issuer: Issuer) -> None:
    app = FastAPI()
    app.state.tokens = tokens

    @app.get("/me")
    async def me(user: SignedIn) -> str:  # pyright: ignore[reportUnusedFunction]
        return user.id

    ask = client(app)
    async with ask() as browser:
        assert (await browser.get("/me", headers=bearer(issuer.token("u-1")))).json() == "u-1"
        bad = await browser.get("/me", headers=bearer(issuer.token("u-1", exp=1)))
        assert (bad.status_code, bad.headers["www-authenticate"]) == (
            401,
            'Bearer error="invalid_token", error_description="token is over"',
        )
        none = await browser.get("/me")
        assert (none.status_code, none.headers["www-authenticate"]) == (401, "Bearer")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def client(app: FastAPI) -> Callable[[], httpx2.AsyncClient]:
    return lambda: httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://demo")
