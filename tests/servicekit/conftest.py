"""Real stores where a store matters: Redis in cluster mode and MariaDB, from PATH or Debian's packages."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ops.dev import servers
from ops.dev.issuer import Issuer
from sandbox.mirror import serve
from servicekit import aws
from servicekit import settings as settings_of
from servicekit.database import Database
from servicekit.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CONTRACT: dict[str, Any] = json.loads((ROOT / "services" / "contract.fixture.json").read_text())["dev"]
HANGS_SECONDS = 60  # until what should have happened is called hung
ISSUER = "https://issuer.example/pool"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def redis_port() -> Iterator[int]:
    with servers.redis() as port:
        yield port


@pytest.fixture(scope="session")
def database_port() -> Iterator[int]:
    with servers.mariadb(["demo"]) as port:
        yield port


@pytest.fixture
def made() -> Callable[..., Settings]:
    """Settings of the service `demo`; the environment and the contract as given."""

    def make(environment: dict[str, str] | None = None, **contract: Any) -> Settings:
        here = {
            "token_issuer": ISSUER,
            "database_endpoint": "127.0.0.1",
            "database_reader_endpoint": "127.0.0.1",
            "cache_endpoint": "127.0.0.1",
        }
        said = json.dumps(CONTRACT | here | contract)
        return settings_of.read("demo", {"STAGE": "dev"} | (environment or {}), lambda _: said)

    return make


@pytest.fixture
def settings(made: Callable[..., Settings]) -> Settings:
    """Without any store."""
    return made()


@pytest.fixture
def issuer(settings: Settings) -> Issuer:
    (client,) = settings.client_ids
    return Issuer(settings.token_issuer, client)


@pytest.fixture
async def database(made: Callable[..., Settings], database_port: int) -> Any:
    """Of one table, `items`, with one row: 1, first."""
    before = Database(made({"DATABASE_PORT": str(database_port), "DATABASE_USER": "demo_ddl"}))
    async with before.write() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS items"))
        await connection.execute(text("CREATE TABLE items (id BIGINT PRIMARY KEY, title VARCHAR(200) NOT NULL)"))
        await connection.execute(text("INSERT INTO items VALUES (1, 'first')"))
    await before.stop()
    found = Database(made({"DATABASE_PORT": str(database_port)}))
    yield found
    await found.stop()


@pytest.fixture(scope="module")  # not longer: its account is that of the whole process
def moto() -> Iterator[str]:
    """An empty AWS; its endpoint."""
    with serve.serving(CONTRACT["account_id"]) as endpoint:
        yield endpoint


@pytest.fixture
def cloud(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """moto, for whatever asks AWS in this process."""
    given = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": CONTRACT["region"]}
    for name, value in {**given, "AWS_ENDPOINT_URL": moto}.items():
        monkeypatch.setenv(name, value)
    for kept in (aws.session, aws.client, aws.patient_client):
        kept.cache_clear()
    yield moto
    for kept in (aws.session, aws.client, aws.patient_client):
        kept.cache_clear()
