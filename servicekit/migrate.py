"""Schema changes (k8s/charts/service: migration): `python -m servicekit.migrate NAME FOLDER`, before each release.

Each `*.sql` file of the folder is run once, in the order of names, and noted in `schema_versions`. MySQL keeps each
change of a table as it comes, so a file is written to be safe when run twice (IF NOT EXISTS), and the version of the
service before must live with its result. Two migrations at once wait for each other.
"""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import text

from servicekit import http
from servicekit import settings as settings_of
from servicekit.database import Database
from servicekit.settings import Settings, SettingsError

LOCK_SECONDS = 300
_VERSIONS = """
    CREATE TABLE IF NOT EXISTS schema_versions (
        name VARCHAR(200) PRIMARY KEY,
        applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
    )
"""


async def apply(settings: Settings, folder: Path) -> list[str]:
    """Run what has not been run; the names of those files."""
    database = Database(settings)
    try:
        async with database.write() as holder:  # the lock is this connection's; each file is a transaction of another
            lock = {"name": f"{settings.database_name}.migrate", "seconds": LOCK_SECONDS}
            if (await holder.execute(text("SELECT GET_LOCK(:name, :seconds)"), lock)).scalar_one() != 1:
                raise SettingsError(f"another migration of {settings.database_name} runs for {LOCK_SECONDS} s already")
            try:
                return [path.name for path in sorted(folder.glob("*.sql")) if await _once(database, path)]
            finally:
                await holder.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": lock["name"]})
    finally:
        await database.stop()


async def _once(database: Database, path: Path) -> bool:
    name = {"name": path.name}
    async with database.write() as connection:
        await connection.execute(text(_VERSIONS))
        if (await connection.execute(text("SELECT 1 FROM schema_versions WHERE name = :name"), name)).first():
            return False
        for statement in statements(path.read_text(encoding="utf-8")):
            await connection.exec_driver_sql(statement)
        await connection.execute(text("INSERT INTO schema_versions (name) VALUES (:name)"), name)
    return True


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
    except SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"applied: {', '.join(applied) or 'nothing new'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
