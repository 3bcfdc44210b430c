"""The stage's cache, spoken to as the service's own user: TLS, and an IAM token in place of a password (REQ-S6).

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
"""

import asyncio
from typing import Any

import certifi
from botocore.model import ServiceId
from botocore.signers import RequestSigner
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import RedisClusterException, RedisError

from servicekit import aws
from servicekit.settings import Settings

TOKEN_SECONDS = 900  # AWS takes no longer one
TIMEOUT_SECONDS = 1.0  # a cache that is slower than this is none
# What says that the cache is away; the client has more than one family.
AWAY = (RedisError, RedisClusterException, OSError, TimeoutError)
RETRIES = 2  # the second finds where a key has moved to after a failover


def connect(settings: Settings) -> "RedisCluster":
    """A client that knows the whole cluster; its keys begin with `settings.prefix`, or are refused."""
    return RedisCluster(**_how(settings))


def connect_to_one(settings: Settings) -> "Redis":
    """A client of whichever node the name leads to: for channels, which every node hears."""
    return Redis(**_how(settings))


def _how(settings: Settings) -> dict[str, Any]:
    secure: dict[str, Any] = {}
    if not aws.is_here(settings.cache_host):
        secure = {"ssl": True, "ssl_ca_certs": certifi.where(), "credential_provider": Credentials(settings)}
    return {
        "host": settings.cache_host,
        "port": settings.cache_port,
        "decode_responses": True,
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), RETRIES),
        **secure,
    }


class Credentials(CredentialProvider):
    """A new token for each connection: it opens one, and is good for 15 minutes to do so."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get_credentials(self) -> tuple[str, str]:
        """User and token."""
        return self._settings.cache_user, token(self._settings)

    async def get_credentials_async(self) -> tuple[str, str]:
        """The same in a thread: AWS's own credentials may have to be renewed for it."""
        return await asyncio.to_thread(self.get_credentials)


def token(settings: Settings) -> str:
    """A signed request to connect, without its scheme."""
    session = aws.session()
    signer: Any = RequestSigner(
        ServiceId("elasticache"), settings.region, "elasticache", "v4", session.get_credentials(), session.events
    )
    url = signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"https://{settings.cache_name}/?Action=connect&User={settings.cache_user}",
            "body": {},
            "headers": {},
            "context": {},
        },
        operation_name="connect",
        expires_in=TOKEN_SECONDS,
        region_name=settings.region,
    )
    return url.removeprefix("https://")
