"""What a pod does: probes, one line a request with its trace, and an end that nobody notices (REQ-S2, REQ-O3)."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ops.dev.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
TRACE = "0af7651916cd43dd8448eb211c80319c"
# A service with one handler, which waits until a file is there.
PROGRAM = """
    import asyncio, json, logging, pathlib, sys
    from fastapi import HTTPException
    from servicekit import http, settings as settings_of
    contract = json.loads(pathlib.Path("services/contract.fixture.json").read_text())["dev"]
    settings = settings_of.read("demo", contract=lambda _: json.dumps(contract))
    http.prepare(settings)

    class Store:
        async def start(self): logging.getLogger("store").info("opened")
        async def drain(self): logging.getLogger("store").info("takes nothing new")
        async def stop(self): logging.getLogger("store").info("closed")

    app = http.application(settings, [Store()])

    @app.get("/v1/slow/{id}")
    async def slow(id: str):
        gate = pathlib.Path(sys.argv[1])
        gate.with_suffix(".begun").touch()
        while not gate.exists():
            await asyncio.sleep(0.02)
        return {"id": id}

    @app.get("/v1/broken")
    async def broken():
        raise RuntimeError("a secret of the inside")

    http.serve(app, host="127.0.0.1")
"""


class Running:
    """The program as a process."""

    def __init__(self, folder: Path) -> None:
        self.port, self.gate, self._log = free_port(), folder / "gate", folder / "log"
        self.address = f"http://127.0.0.1:{self.port}"
        environment = {**os.environ, "STAGE": "dev", "PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(PROGRAM), str(self.gate)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    @property
    def lines(self) -> list[dict[str, object]]:
        whole = self._log.read_text().rpartition("\n")[0]  # the last line may be half written
        return [json.loads(line) for line in whole.splitlines()]

    def until(self, status: int) -> None:
        """Until /readyz answers so."""
        while True:
            assert self.process.poll() is None, self._log.read_text()
            try:
                if httpx2.get(f"{self.address}/readyz").status_code == status:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = Running(tmp_path)
    found.until(200)
    yield found
    found.process.kill()
    found.process.wait()


def test_sigterm_fails_readiness_first_and_lets_what_runs_end(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as slow:
        slow.sendall(b"GET /v1/slow/7 HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n")
        while not running.gate.with_suffix(".begun").exists():
            time.sleep(0.02)
        running.process.send_signal(signal.SIGTERM)
        running.until(503)  # it still answers, and says that nothing more should come
        assert httpx2.get(f"{running.address}/healthz").status_code == 200
        while _accepts(running.port):
            time.sleep(0.05)
        assert running.process.poll() is None  # it waits for the one that runs
        running.gate.touch()
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b'{"id":"7"}')
    assert running.process.wait() == 0
    said = [line["message"] for line in running.lines if line["logger"] == "store"]
    assert said == ["opened", "takes nothing new", "closed"]


def test_a_request_is_one_line_with_the_callers_trace(running: Running) -> None:
    running.gate.touch()
    parent = f"00-{TRACE}-b7ad6b7169203331-01"
    httpx2.get(f"{running.address}/v1/slow/of-a-person", headers={"traceparent": parent})
    while not (found := [line for line in running.lines if line["logger"] == "request"]):
        time.sleep(0.02)  # the answer is sent before the line is written
    (line,) = found
    assert {name: line[name] for name in ("level", "service", "trace_id", "message", "method", "route", "status")} == {
        "level": "info",
        "service": "demo",
        "trace_id": TRACE,
        "message": "request",
        "method": "GET",
        "route": "/v1/slow/{id}",
        "status": 200,
    }
    assert "of-a-person" not in json.dumps(running.lines)


def test_what_goes_wrong_inside_is_in_the_log_and_not_in_the_answer(running: Running) -> None:
    answer = httpx2.get(f"{running.address}/v1/broken")
    assert (answer.status_code, answer.json()) == (500, {"detail": "internal error"})
    while len(errors := [line for line in running.lines if line["level"] == "error"]) < 2:
        time.sleep(0.02)
    assert any("a secret of the inside" in str(line.get("exc_info")) for line in errors)
    assert [line["message"] for line in errors] == ["unhandled", "request"]
    assert len({line["trace_id"] for line in errors}) == 1


def test_probes_are_no_line_in_the_log(running: Running) -> None:
    httpx2.get(f"{running.address}/healthz")
    assert [line for line in running.lines if line["logger"] == "request"] == []


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
