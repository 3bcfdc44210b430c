"""MySQL: reads and writes on a real MariaDB, and how one logs in where it is not on this machine."""

import ssl
from collections.abc import Callable
from typing import Any

import aiomysql
import pytest
from redis.asyncio.connection import SSLConnection
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from servicekit import aws, valkey
from servicekit.database import Database, token
from servicekit.settings import Settings

pytestmark = pytest.mark.anyio


async def test_what_is_written_is_read_and_what_fails_is_undone(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO items VALUES (3, 'third')"))
            raise LookupError("no")

    async with database.write() as connection:
        await connection.execute(text("INSERT INTO items VALUES (2, 'zwölf 🥕')"))
    with pytest.raises(LookupError):
        await fail()
    async with database.read() as connection:
        rows = (await connection.execute(text("SELECT title FROM items ORDER BY id"))).scalars().all()
    assert rows == ["first", "zwölf 🥕"]


async def test_a_service_that_changes_a_table_itself_fails_where_it_is_written(database: Database) -> None:
    """As in a stage: its migrations do, as another user (docs/adr/0034)."""
    with pytest.raises(OperationalError, match="ALTER command denied to user 'demo'"):
        async with database.write() as connection:
            await connection.execute(text("ALTER TABLE items ADD COLUMN more INT"))


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "ap-northeast-2")
    aws.session.cache_clear()
    aws.client.cache_clear()


@pytest.mark.usefixtures("_credentials")
async def test_each_connection_logs_in_with_a_new_token_over_tls(
    made: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[dict[str, Any]] = []

    def connect(**given: Any) -> Any:
        tried.append(given)
        raise aiomysql.OperationalError(2003, "nobody is there")

    monkeypatch.setattr(aiomysql, "connect", connect)
    database = Database(made(database_endpoint="writer.example", database_reader_endpoint="reader.example"))
    for pool in (database.write, database.read):
        with pytest.raises(Exception, match="nobody is there"):
            async with pool():
                pass
    await database.stop()
    assert [(one["host"], one["user"], one["db"]) for one in tried] == [
        ("writer.example", "demo", "demo"),
        ("reader.example", "demo", "demo"),
    ]
    for one in tried:
        assert one["password"].startswith(f"{one['host']}:3306/?Action=connect&DBUser=demo&")
        assert one["auth_plugin"] == "mysql_clear_password"
        assert one["ssl"].verify_mode is ssl.CERT_REQUIRED
        assert one["ssl"].check_hostname


@pytest.mark.usefixtures("_credentials")
async def test_a_migrations_token_is_of_the_user_that_migrates(made: Callable[..., Settings]) -> None:
    settings = made({"DATABASE_USER": "demo_ddl"}, database_endpoint="writer.example")
    assert token(settings, "writer.example").startswith("writer.example:3306/?Action=connect&DBUser=demo_ddl&")


@pytest.mark.usefixtures("_credentials")
async def test_the_cache_is_spoken_to_over_tls_with_a_token_of_the_services_user(made: Callable[..., Settings]) -> None:
    settings = made(cache_endpoint="cache.example")
    given = valkey.connect(settings).get_connection_kwargs()
    assert given["connection_class"] is SSLConnection
    assert (given["ssl_cert_reqs"], given["ssl_check_hostname"]) == ("required", True)
    credentials: Any = given["credential_provider"]
    user, token = await credentials.get_credentials_async()
    assert user == "dev-demo"
    assert token.startswith("startup-platform-dev-cache/?Action=connect&User=dev-demo&")
    assert "X-Amz-Expires=900" in token
