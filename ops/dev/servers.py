"""Real stores on this machine's loopback, for as long as a block runs: Redis as a cluster of one, and MariaDB."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from components.data.schemas import statements
from ops.dev.programs import MARIADB, REDIS, Program, find
from sandbox.errors import SandboxError

HOST = "127.0.0.1"
START_SECONDS = 60
ALL_SLOTS = 16383  # the last hash slot: a cluster of one has them all, as the client expects of a cluster
_SYSTEM_TABLES = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
)


def free_port() -> int:
    """A port that nobody had a moment ago."""
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return trial.getsockname()[1]


@contextlib.contextmanager
def redis(port: int = 0) -> Generator[int]:
    """An empty Redis or Valkey in cluster mode, as ElastiCache is; yields its port."""
    program, port = find(REDIS), port or free_port()
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        flags = ["--bind", HOST, "--port", str(port), "--dir", folder, "--save", "", "--appendonly", "no"]
        # The bus' own port is the other's plus 10000 by default, which may be no port.
        cluster = ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
        with _running(program, [*flags, *cluster], Path(folder) / "log"):
            _until(port, Path(folder) / "log")
            _say(port, f"CLUSTER ADDSLOTSRANGE 0 {ALL_SLOTS}")
            deadline = time.monotonic() + START_SECONDS
            while "cluster_state:ok" not in _say(port, "CLUSTER INFO"):
                if time.monotonic() > deadline:
                    raise SandboxError(f"{program.path} does not become a cluster of one")
                time.sleep(0.05)
            yield port


@contextlib.contextmanager
def mariadb(
    schemas: Sequence[str],
    port: int = 0,
    *,
    reads: Mapping[str, Sequence[str]] = MappingProxyType({}),
    folder: Path | None = None,
) -> Generator[int]:
    """A MariaDB with these schemas, each with the users of a service that has it, without a password; yields its port.

    `reads` says which other schemas a user may read. A folder is kept, and with it the data.
    """
    program, port = find(MARIADB), port or free_port()
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mariadb-")))
        place.mkdir(parents=True, exist_ok=True)
        data, log = place / "data", place / "log"
        flags = _flags(program, data)
        if not (data / "mysql").exists():
            _make_tables(program, flags, data)
        users = place / "users.sql"
        made = "".join(f"CREATE DATABASE IF NOT EXISTS `{schema}`;\n" for schema in schemas)
        users.write_text(made + "".join(_users(schema, reads.get(schema, ())) for schema in schemas))
        # A socket's path may have 108 letters, which folders of tests exceed.
        short = stack.enter_context(tempfile.TemporaryDirectory(prefix="db-", dir="/tmp"))
        listening = [
            f"--bind-address={HOST}",
            f"--port={port}",
            f"--socket={short}/socket",
            f"--pid-file={short}/pid",
            f"--init-file={users}",
        ]
        stack.enter_context(_running(program, [*flags, *listening], log))
        _until(port, log)
        yield port


def _flags(program: Program, data: Path) -> list[str]:
    share = program.share
    flags = [
        "--no-defaults",
        f"--datadir={data}",
        f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
        "--innodb-buffer-pool-size=64M",
        "--innodb-flush-log-at-trx-commit=0",  # for developing: a power cut may lose a second
        "--character-set-server=utf8mb4",
        "--plugin-dir=" + str(data),
    ]
    return [*flags, f"--user={getpass.getuser()}"] if os.geteuid() == 0 else flags


def _make_tables(program: Program, flags: Sequence[str], data: Path) -> None:
    """MariaDB's own tables, from the statements that come with it; its script would look for them where it is not."""
    data.mkdir(parents=True, exist_ok=True)
    said = "CREATE DATABASE mysql;\nUSE mysql;\n" + "".join(
        (program.share / name).read_text(encoding="utf-8") for name in _SYSTEM_TABLES
    )
    done = subprocess.run(
        [str(program.path), *flags, "--bootstrap"],
        input=said.encode(),
        env=program.environment,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        why = [line.partition("[ERROR] ")[2] for line in lines if "[ERROR]" in line] or lines[-1:]
        raise SandboxError(f"{program.path} cannot make its tables: {'; '.join(why)}")


def _users(schema: str, reads: Sequence[str]) -> str:
    """As the stage's database has it: a user who fills the schema and reads those that it may, one who changes tables.

    So a service that changes a table itself fails here, and not first in a stage.
    """
    sentences: list[str] = []
    for name, rights in ((schema, statements.WRITE), (schema + statements.MIGRATES, statements.MIGRATE)):
        user = f"`{name}`@`{HOST}`"
        sentences += [
            f"CREATE USER IF NOT EXISTS {user}",
            f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {user}",  # a folder that was kept may have more
            f"GRANT {', '.join(rights)} ON `{schema}`.* TO {user}",
        ]
    sentences += [f"GRANT SELECT ON `{other}`.* TO `{schema}`@`{HOST}`" for other in reads]
    return "".join(f"{each};\n" for each in sentences)


@contextlib.contextmanager
def _running(program: Program, flags: Sequence[str], log: Path) -> Generator[None]:
    """The program, in a group of its own: Ctrl-C is ours to pass on, after the service that uses it.

    Where the kernel can (Linux), it also ends it with us, however we end.
    """
    setpriv = shutil.which("setpriv")
    bound = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*bound, str(program.path), *flags],
            env=program.environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until(port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        if time.monotonic() > deadline:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise SandboxError(f"nothing listens on port {port} after {START_SECONDS} s: {last}")
        time.sleep(0.05)


def _say(port: int, command: str) -> str:
    with socket.create_connection((HOST, port), timeout=5) as connection:
        connection.sendall(command.encode() + b"\r\n")
        return connection.recv(65536).decode()
