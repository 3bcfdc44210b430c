"""Schema changes (k8s/charts/service: migration): `python -m servicekit.migrate NAME FOLDER`, before each release.

Each `*.sql` file of the folder is run once, in the order of names, and noted in `schema_versions`. MySQL keeps each
change of a table as it comes, so a file is written to be safe when run twice (IF NOT EXISTS), and the version of the
service before must live with its result. Two migrations at once wait for each other.

All of it is said over one connection, which holds the lock: should it break, the lock goes with it, and a proxy that
gives each statement another connection keeps to this one (docs/adr/0034). Where readers only are, in a stage's second
region, nothing is changed: the release waits there for what the region of the writer has done.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import http
from servicekit import settings as settings_of
from servicekit.database import Database
from servicekit.settings import Settings, SettingsError

LOCK_SECONDS = 300  # for another migration, or for the writer's region
LOOK_SECONDS = 2  # between two looks at what has come from there
WAKE_SECONDS = 60  # of a database that sleeps: 15, and longer after a day
# That a change waits for those who use the table. All who come after it wait behind it, so it is not long.
TABLE_SECONDS = 20
NOBODY_ANSWERS, NO_TABLE = 2003, 1146  # MySQL's numbers of them
_VERSIONS = """
    CREATE TABLE IF NOT EXISTS schema_versions (
        name VARCHAR(200) PRIMARY KEY,
        applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    )
"""


class MigrationError(Exception):
    """The schema is not as the release needs it; one sentence says why."""


async def apply(settings: Settings, folder: Path) -> list[str]:
    """Run what has not been run; the names of those files.

    Raises:
        MigrationError: the database does not answer, refuses, or another migration takes too long.
    """
    database, files = Database(settings), sorted(folder.glob("*.sql"))
    try:
        await _wake(database)
        async with database.session() as connection:
            if await _reads_only(connection):
                await _wait(connection, [path.name for path in files])
                return []
            await _lock(connection, settings.database_name)
            await connection.execute(text(_VERSIONS))
            return [path.name for path in files if await _once(connection, path)]
    except DBAPIError as problem:
        raise MigrationError(f"{settings.database_user} at {settings.database_host}: {problem.orig}") from problem
    finally:
        await database.stop()


async def _wake(database: Database) -> None:
    """The first log-in wakes a database that sleeps, and does not live to see it."""
    end = time.monotonic() + WAKE_SECONDS
    while True:
        try:
            async with database.session():
                return
        except DBAPIError as problem:
            if _number(problem) != NOBODY_ANSWERS or time.monotonic() > end:
                raise
        await asyncio.sleep(LOOK_SECONDS)


async def _reads_only(connection: AsyncConnection) -> bool:
    """Whether this is no writer, as Aurora says it of its readers.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.BestPractices.html
    """
    return bool((await connection.execute(text("SELECT @@innodb_read_only"))).scalar_one())


async def _lock(connection: AsyncConnection, schema: str) -> None:
    """For as long as the connection lives."""
    await connection.execute(text(f"SET SESSION lock_wait_timeout = {TABLE_SECONDS}"))
    lock = {"name": f"{schema}.migrate", "seconds": LOCK_SECONDS}
    if (await connection.execute(text("SELECT GET_LOCK(:name, :seconds)"), lock)).scalar_one() != 1:
        raise MigrationError(f"another migration of {schema} runs for {LOCK_SECONDS} s already")
    await connection.commit()  # what the other one has done is seen from here on


async def _once(connection: AsyncConnection, path: Path) -> bool:
    name = {"name": path.name}
    if (await connection.execute(text("SELECT 1 FROM schema_versions WHERE name = :name"), name)).first():
        return False
    for number, statement in enumerate(statements(path.read_text(encoding="utf-8")), start=1):
        try:
            await connection.exec_driver_sql(statement)
        except DBAPIError as problem:
            raise MigrationError(f"{path.name}, statement {number}: {problem.orig}") from problem
    await connection.execute(text("INSERT INTO schema_versions (name) VALUES (:name)"), name)
    await connection.commit()
    return True


async def _wait(connection: AsyncConnection, names: Sequence[str]) -> None:
    end = time.monotonic() + LOCK_SECONDS
    while missing := sorted(set(names) - await _there(connection)):
        if time.monotonic() > end:
            raise MigrationError(
                f"no writer is here, and {missing[0]} has not come from where one is in {LOCK_SECONDS} s; "
                "release there first"
            )
        await asyncio.sleep(LOOK_SECONDS)


async def _there(connection: AsyncConnection) -> set[str]:
    found: set[str] = set()
    try:
        found |= set((await connection.execute(text("SELECT name FROM schema_versions"))).scalars())
    except DBAPIError as problem:
        if _number(problem) != NO_TABLE:
            raise
    await connection.rollback()  # else each look would show what the first one did
    return found


def _number(problem: DBAPIError) -> object:
    return problem.orig.args[0] if problem.orig and problem.orig.args else None


def statements(said: str) -> list[str]:
    """A file's statements: each ends with a semicolon at the end of a line."""
    lines = "\n".join(line for line in said.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in f"{lines}\n".split(";\n") if part.strip()]


def main(arguments: list[str]) -> int:
    """What the Job runs."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m servicekit.migrate NAME FOLDER\n")
        return 2
    try:
        settings = settings_of.read(arguments[0])
        http.prepare(settings)
        applied = asyncio.run(apply(settings, Path(arguments[1])))
    except (SettingsError, MigrationError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"applied: {', '.join(applied) or 'nothing new'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
