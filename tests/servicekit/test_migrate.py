"""Schema changes run once each, in order, on a real MariaDB."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from servicekit.database import Database
from servicekit.migrate import apply, main, statements
from servicekit.settings import Settings

pytestmark = pytest.mark.anyio


async def test_each_file_runs_once_in_order_and_two_at_once_do_no_harm(
    made: Callable[..., Settings], database_port: int, tmp_path: Path
) -> None:
    settings = made({"DATABASE_PORT": str(database_port)})
    database = Database(settings)
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS schema_versions, notes"))
    (tmp_path / "0001-notes.sql").write_text("CREATE TABLE notes (id BIGINT PRIMARY KEY);\n")
    first = await asyncio.gather(apply(settings, tmp_path), apply(settings, tmp_path))
    assert sorted(first) == [[], ["0001-notes.sql"]]
    (tmp_path / "0002-words.sql").write_text(
        "-- words; of a note\nALTER TABLE notes ADD COLUMN words TEXT;\nINSERT INTO notes VALUES (1, 'a; b');\n"
    )
    assert await apply(settings, tmp_path) == ["0002-words.sql"]
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT id, words FROM notes"))).all() == [(1, "a; b")]
        assert (await connection.execute(text("SELECT name FROM schema_versions ORDER BY name"))).scalars().all() == [
            "0001-notes.sql",
            "0002-words.sql",
        ]
    await database.stop()


async def test_a_statement_ends_with_a_semicolon_at_the_end_of_a_line() -> None:
    assert statements("-- why;\nSELECT 1;\nSELECT 'a;b'\n  FROM t;\n") == ["SELECT 1", "SELECT 'a;b'\n  FROM t"]


async def test_a_migration_that_is_called_wrongly_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 2
    assert capsys.readouterr().err == "usage: python -m servicekit.migrate NAME FOLDER\n"
