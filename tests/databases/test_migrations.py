"""A service's migration from end to end: the function makes its user, who then changes tables on a real server.

As in test_schemas, users log in by a password here, in place of the token that AWSAuthenticationPlugin asks AWS about.
TLS, the host's name in the certificate and all that is said to the server are as in a stage.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from servicekit import aws, database, migrate
from servicekit import settings as settings_of
from servicekit.migrate import MigrationError
from servicekit.settings import Settings
from tests.databases.conftest import OF_A_SERVICE, as_service, asked
from tests.databases.server import Server
from tests.servicekit.conftest import CONTRACT, ROOT

pytestmark = pytest.mark.anyio
Made = Callable[[str], Settings]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def job(server: Server, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Settings of api as its Job has them, for a user."""

    def elsewhere(host: str) -> bool:
        return host != "localhost"

    def by_password(_settings: Settings, _host: str) -> str:
        return OF_A_SERVICE

    monkeypatch.setattr(aws, "is_here", elsewhere)
    monkeypatch.setattr(database, "token", by_password)
    where = {"database_endpoint": "localhost", "database_reader_endpoint": "localhost"}
    known = {"STAGE": "dev", "DATABASE_PORT": str(server.port), "DATABASE_AUTHORITIES": str(server.authority)}

    def settings(user: str) -> Settings:
        return settings_of.read("api", {**known, "DATABASE_USER": user}, lambda _: json.dumps(CONTRACT | where))

    return settings


async def test_the_tables_of_api_are_made_by_the_user_that_migrates_and_used_by_the_service(
    server: Server, job: Made
) -> None:
    asked("api", "write")
    migrations = ROOT / "services/api/app/migrations"
    assert await migrate.apply(job("api_ddl"), migrations) == sorted(path.name for path in migrations.glob("*.sql"))
    assert await migrate.apply(job("api_ddl"), migrations) == []
    assert as_service(
        server, "api", "INSERT INTO api.items (title) VALUES ('first')", "SELECT title FROM api.items"
    ) == [("first",)]


async def test_a_service_that_would_migrate_as_itself_is_refused_in_one_sentence(job: Made) -> None:
    asked("api", "write")
    with pytest.raises(MigrationError, match=r"^api at localhost: .*1142.*command denied to user 'api'@'localhost'"):
        await migrate.apply(job("api"), ROOT / "services/api/app/migrations")


async def test_a_statement_that_fails_is_named_and_what_came_before_it_is_not_run_again(
    server: Server, job: Made, tmp_path: Path
) -> None:
    asked("api", "write")
    (tmp_path / "0001-notes.sql").write_text("CREATE TABLE notes (id INT);\n")
    second = tmp_path / "0002-words.sql"
    second.write_text("ALTER TABLE notes ADD COLUMN words TEXT;\nALTER TABLE feed.posts ADD COLUMN mine INT;\n")
    with pytest.raises(MigrationError, match=r"^0002-words.sql, statement 2: .*command denied to user 'api_ddl'@"):
        await migrate.apply(job("api_ddl"), tmp_path)
    second.write_text("ALTER TABLE notes ADD COLUMN IF NOT EXISTS words TEXT;\n")
    assert await migrate.apply(job("api_ddl"), tmp_path) == ["0002-words.sql"]
    assert as_service(server, "api", "INSERT INTO api.notes VALUES (1, 'a')", "SELECT words FROM api.notes") == [("a",)]


async def test_a_user_that_is_not_there_yet_is_said_and_not_waited_for(job: Made) -> None:
    with pytest.raises(MigrationError, match=r"^api_ddl at localhost: .*1045.*Access denied for user 'api_ddl'@"):
        await migrate.apply(job("api_ddl"), ROOT / "services/api/app/migrations")
