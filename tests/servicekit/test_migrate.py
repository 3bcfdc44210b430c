"""Schema changes run once each, in order, on a real MariaDB."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import aiomysql
import boto3.session
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import migrate
from servicekit.database import Database
from servicekit.migrate import MigrationError, apply, main, statements
from servicekit.settings import Settings
from tests.servicekit.conftest import CONTRACT, ROOT

pytestmark = pytest.mark.anyio


async def test_each_file_runs_once_in_order_and_two_at_once_do_no_harm(
    made: Callable[..., Settings], database_port: int, tmp_path: Path
) -> None:
    settings = made({"DATABASE_PORT": str(database_port), "DATABASE_USER": "demo_ddl"})
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


async def test_where_no_writer_is_a_release_waits_for_what_the_writers_region_has_done(
    made: Callable[..., Settings], database_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = made({"DATABASE_PORT": str(database_port), "DATABASE_USER": "demo_ddl"})
    writer = Database(settings)
    async with writer.write() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS schema_versions, notes"))
    (tmp_path / "0001-notes.sql").write_text("CREATE TABLE notes (id BIGINT PRIMARY KEY);\n")
    looks = 0

    async def reads_only(_: AsyncConnection) -> bool:
        return True

    async def pause(_: float) -> None:
        """As long as it takes the other region to come to it."""
        nonlocal looks
        looks += 1
        if looks == 2:
            monkeypatch.undo()
            assert await apply(settings, tmp_path) == ["0001-notes.sql"]

    monkeypatch.setattr(migrate, "_reads_only", reads_only)
    monkeypatch.setattr(asyncio, "sleep", pause)
    assert await apply(settings, tmp_path) == []
    assert looks == 2
    monkeypatch.setattr(migrate, "_reads_only", reads_only)
    monkeypatch.setattr(migrate, "LOCK_SECONDS", -1)
    (tmp_path / "0002-words.sql").write_text("ALTER TABLE notes ADD COLUMN words TEXT;\n")
    with pytest.raises(MigrationError, match=r"^no writer is here, and 0002-words.sql has not come from where"):
        await apply(settings, tmp_path)
    await writer.stop()


async def test_a_change_waits_for_who_uses_the_table_and_not_so_long_that_all_others_wait_behind_it(
    made: Callable[..., Settings], database_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = made({"DATABASE_PORT": str(database_port), "DATABASE_USER": "demo_ddl"})
    database = Database(settings)
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS schema_versions, notes"))
        await connection.execute(text("CREATE TABLE notes (id BIGINT PRIMARY KEY)"))
    (tmp_path / "0001-words.sql").write_text("ALTER TABLE notes ADD COLUMN words TEXT;\n")
    monkeypatch.setattr(migrate, "TABLE_SECONDS", 1)
    async with database.write() as holder:
        await holder.execute(text("SELECT * FROM notes"))
        with pytest.raises(MigrationError, match=r"^0001-words.sql, statement 1: .*1205.*Lock wait timeout exceeded"):
            await apply(settings, tmp_path)
    assert await apply(settings, tmp_path) == ["0001-words.sql"]
    await database.stop()


async def test_a_database_that_sleeps_is_woken_and_waited_for(
    made: Callable[..., Settings], database_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = made({"DATABASE_PORT": str(database_port), "DATABASE_USER": "demo_ddl"})
    real: Callable[..., Any] = cast("Any", aiomysql).connect
    refusals = 2

    def connect(**given: Any) -> Any:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise aiomysql.OperationalError(2003, "Can't connect to MySQL server")
        return real(**given)

    monkeypatch.setattr(aiomysql, "connect", connect)
    monkeypatch.setattr(migrate, "LOOK_SECONDS", 0)
    assert await apply(settings, tmp_path) == []
    monkeypatch.setattr(migrate, "WAKE_SECONDS", -1)
    refusals = 1
    with pytest.raises(MigrationError, match=r"^demo_ddl at 127.0.0.1: .*2003"):
        await apply(settings, tmp_path)


def test_the_jobs_own_command_says_what_it_applied_and_a_failure_is_one_line_and_no_success(
    database_port: int, moto: str, tmp_path: Path
) -> None:
    contract = CONTRACT | {"database_endpoint": "127.0.0.1", "database_reader_endpoint": "127.0.0.1"}
    amazon = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": CONTRACT["region"]}
    told = {**amazon, "AWS_ENDPOINT_URL": moto, "STAGE": "dev", "DATABASE_PORT": str(database_port)}
    session: Any = boto3.session.Session("testing", "testing", region_name=CONTRACT["region"])
    parameters = session.client("ssm", endpoint_url=moto)
    name = "/startup-platform/dev/contract/v1"
    parameters.put_parameter(Name=name, Value=json.dumps(contract), Type="String", Overwrite=True)

    def job() -> tuple[int, str, str]:
        command = [sys.executable, "-m", "servicekit.migrate", "demo", str(tmp_path)]
        environment = {**os.environ, **told, "DATABASE_USER": "demo_ddl"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    (tmp_path / "0001-pages.sql").write_text("CREATE TABLE IF NOT EXISTS pages (id INT);\n")
    assert job() == (0, "applied: 0001-pages.sql\n", "")
    assert job() == (0, "applied: nothing new\n", "")
    (tmp_path / "0002-others.sql").write_text("CREATE TABLE api.pages (id INT);\n")
    code, said, why = job()
    assert (code, said, why.count("\n")) == (1, "", 1)
    assert why.startswith("0002-others.sql, statement 1: ")
    assert "denied to user 'demo_ddl'" in why
