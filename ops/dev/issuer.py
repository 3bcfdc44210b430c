"""A user pool of our own on loopback: keys that it publishes, and access tokens as Cognito makes them."""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

KEYS_PATH = "/.well-known/jwks.json"
TOKEN_SECONDS = 8 * 3600  # a working day; Cognito's own are good for an hour


class Issuer:
    """Signs tokens, with keys that it can change as Cognito does."""

    def __init__(self, url: str, client_id: str) -> None:
        self.url, self.client_id = url, client_id
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from here on; the ones before stay published."""
        self._kid = uuid.uuid4().hex
        self._keys[self._kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def published(self) -> Mapping[str, Any]:
        """What is at KEYS_PATH."""
        keys = [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256", "use": "sig"}
            for kid, key in self._keys.items()
        ]
        return {"keys": keys}

    def token(self, user: str, groups: Sequence[str] = (), **claims: Any) -> str:
        """An access token; `claims` are over what it says by itself, and None takes one out."""
        now = int(time.time())
        said = {
            "sub": user,
            "iss": self.url,
            "client_id": self.client_id,
            "token_use": "access",
            "scope": "openid",
            "username": user,
            "cognito:groups": list(groups),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            **claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(kept, self._keys[self._kid], algorithm="RS256", headers={"kid": self._kid})


@contextlib.contextmanager
def serving(client_id: str) -> Generator[Issuer]:
    """An issuer whose keys can be fetched."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", client_id)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"issuer": issuer})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        known = self.path == KEYS_PATH
        said = json.dumps(self.issuer.published if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the standard library's name
        """Nothing: the service's own lines are what a developer looks for."""
