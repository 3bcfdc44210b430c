"""The stage's MySQL, spoken to as the service's own user: TLS, and an IAM token in place of a password (docs/adr/0011).

A token is good for 15 minutes and only to log in, so each new connection gets a new one. Reads go to the readers, which
are milliseconds behind: what must see its own write reads by `write()`.
"""

import contextlib
import ssl
from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from servicekit import aws
from servicekit.lifecycle import Quiet
from servicekit.settings import Settings

CONNECTIONS, MORE = 5, 5  # a pod's pool, and what a surge may add; times the pods, below what the proxy lends
WAIT_SECONDS = 3  # for a free connection; longer, and callers have gone
AGE_SECONDS = 1800  # after which a connection is opened anew: after a failover it may be to a reader


class Database(Quiet):
    """Two pools: to the writer and to the readers. Connections are opened when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writer = _engine(settings, settings.database_host)
        self._reader = _engine(settings, settings.database_reader_host)

    async def stop(self) -> None:
        """Close the pools."""
        await self._writer.dispose()
        await self._reader.dispose()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection to a reader."""
        async with self._reader.connect() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction on the writer: kept when the block ends, undone when it fails."""
        async with self._writer.begin() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncConnection]:
        """One connection to the writer for as long as the block runs; its transactions are the caller's to end."""
        async with self._writer.connect() as connection:
            yield connection


def _engine(settings: Settings, host: str) -> AsyncEngine:
    url = URL.create(
        "mysql+aiomysql",
        username=settings.database_user,
        host=host,
        port=settings.database_port,
        database=settings.database_name,
        query={"charset": "utf8mb4"},
    )
    engine = create_async_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=MORE,
        pool_timeout=WAIT_SECONDS,
        pool_recycle=AGE_SECONDS,
        pool_pre_ping=True,
        connect_args=_secure(settings, host) | {"connect_timeout": 5},
    )

    def log_in(_dialect: Any, _record: Any, _arguments: Any, given: dict[str, Any]) -> None:
        given["password"] = token(settings, host)

    event.listen(engine.sync_engine, "do_connect", log_in)
    return engine


def token(settings: Settings, host: str) -> str:
    """A signed request to log in; made here, nobody is asked."""
    if aws.is_here(host):
        return ""
    return aws.client("rds").generate_db_auth_token(
        DBHostname=host, Port=settings.database_port, DBUsername=settings.database_user, Region=settings.region
    )


def _secure(settings: Settings, host: str) -> dict[str, Any]:
    """TLS with the host's name checked; a token goes over nothing else, since the plugin sends it as it is."""
    if aws.is_here(host):
        return {}
    context = ssl.create_default_context(cafile=settings.database_authorities)
    return {"ssl": context, "auth_plugin": "mysql_clear_password"}
