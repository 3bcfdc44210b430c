"""`make dev SERVICE=feed`: the service's own program on real stores, until Ctrl-C.

The database is kept between runs, in .sandbox/dev/SERVICE; all else begins empty. What is printed has all that a call
needs: an address, and a token of a user.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from components.service.spec import Kind, SpecError
from ops.dev import servers, stage
from ops.dev.stage import ROOT, Stage
from sandbox.errors import SandboxError

USER = "u-1"  # whose token is printed
END_SECONDS = 60  # until a service that does not end is ended
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    service: Annotated[str, typer.Option(help="A folder of services/")],
    port: Annotated[int, typer.Option(help="Where it listens; 0 takes a free one")] = 8080,
    user: Annotated[str, typer.Option(help="Whose token is printed")] = USER,
) -> None:
    """Run a service until Ctrl-C."""
    folder = ROOT / "services" / service
    try:
        if not (folder / "app").is_dir():
            there = ", ".join(sorted(found.parent.name for found in (ROOT / "services").glob("*/app"))) or "none yet"
            _stop(f"SERVICE={service}: services/{service}/app is not there; services with one: {there}")
        if stage.read(folder).kind is Kind.WEB:
            _stop(f"SERVICE={service}: kind web has no program; open services/{service}/app/site/index.html")
        sys.exit(_run(folder, port or servers.free_port(), user))
    except (SandboxError, SpecError) as problem:
        _stop(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)  # while the stores were starting; they have been stopped


def _run(folder: Path, port: int, user: str) -> int:
    _refuse_taken(port)
    data = ROOT / ".sandbox" / "dev" / folder.name / "database"
    sys.stderr.write("starting stores ...\n")
    with stage.running(folder, data=data) as found:
        # An AWS of this machine takes any credentials; a shell's own must not reach anybody.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        listens = {"PORT": str(port), "GRPC_PORT": str(port), "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}
        process = subprocess.Popen(
            [sys.executable, "-m", "app.main"],
            cwd=folder,
            env={**inherited, **found.environment, **listens},
            start_new_session=True,  # Ctrl-C reaches us alone; we end the service first, then what it stands on
        )
        _say(found, port, user)
        return _until_end(process)


def _until_end(process: subprocess.Popen[bytes]) -> int:
    """The exit status; 0 when it was asked to end, and did."""

    def ask(*_: object) -> None:
        process.send_signal(signal.SIGTERM)

    before = {one: signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        return process.wait()
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=END_SECONDS)
        process.kill()
        for one, handler in before.items():
            signal.signal(one, handler)


def _say(found: Stage, port: int, user: str) -> None:
    token = found.issuer.token(user, ["operators"])
    if found.spec.kind is Kind.GRPC:
        address, example = f"127.0.0.1:{port}", f"grpcurl -plaintext 127.0.0.1:{port} list"
    else:
        address = f"http://127.0.0.1:{port}"
        example = f'curl -H "Authorization: Bearer $TOKEN" {address}/docs'
    sys.stderr.write(
        f"{found.spec.name} comes up at {address}; Ctrl-C ends it and its stores\n"
        f"TOKEN={token}\n"
        f"{example}\n"
        f"AWS: export AWS_ENDPOINT_URL={found.environment['AWS_ENDPOINT_URL']}\n"
    )
    if "DATABASE_PORT" in found.environment:
        sys.stderr.write(f"MariaDB: 127.0.0.1:{found.environment['DATABASE_PORT']}\n")
    if "CACHE_PORT" in found.environment:
        sys.stderr.write(f"Redis: 127.0.0.1:{found.environment['CACHE_PORT']}\n")
    sys.stderr.flush()


def _refuse_taken(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((servers.HOST, port))
        except OSError:
            _stop(f"PORT={port} is taken: stop what listens there, or give another, or 0 for a free one")


def _stop(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(1)


if __name__ == "__main__":
    app()
