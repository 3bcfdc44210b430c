"""`make dev SERVICE=`: the service's own program on real stores, until Ctrl-C (REQ-K3)."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import psutil

from ops.dev.servers import free_port
from tests.servicekit.rendering import ROOT, answers, render


def project(place: Path, name: str, kind: str, needs: dict[str, object]) -> Path:
    """A checkout with one service, which is not ours."""
    for part in ("ops", "components", "sandbox", "servicekit", "services/contract.fixture.json"):
        target = place / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, target)
    render(place, answers(name, kind, needs))
    return place


def dev(place: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ops.dev", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_service_runs_on_its_stores_and_ends_with_them(tmp_path: Path) -> None:
    place = project(tmp_path, "demo", "http", {"mysql": "write", "redis": True})
    port = free_port()
    running = dev(place, "--service", "demo", "--port", str(port))
    address, said = f"http://127.0.0.1:{port}", ""
    assert running.stdout is not None
    while "startup complete" not in said:
        line = running.stdout.readline()
        assert line, said
        said += line
    children = psutil.Process(running.pid).children(recursive=True)
    assert len(children) == 3  # the service, MariaDB, Redis
    token = re.search(r"^TOKEN=(.+)$", said, re.MULTILINE)
    assert token
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {token[1]}"}) as client:
        made = client.post("/api/demo/v1/items", json={"title": "first"})
        assert made.status_code == 201
        assert client.get(f"/api/demo/v1/items/{made.json()['id']}").json() == made.json()
        assert client.get("/api/demo/v1/items/1", headers={"Authorization": "Bearer of-nobody"}).status_code == 401
    running.send_signal(signal.SIGINT)
    rest = running.communicate()[0]
    assert running.returncode == 0, rest
    while any(child.is_running() for child in children):
        time.sleep(0.05)


def test_what_cannot_run_says_so(tmp_path: Path) -> None:
    place = project(tmp_path, "web", "web", {})
    for arguments, sentence in (
        (["--service", "nothing"], "SERVICE=nothing: services/nothing/app is not there; services with one: web\n"),
        (
            ["--service", "web"],
            "SERVICE=web: kind web has no program; open services/web/app/site/index.html\n",
        ),
    ):
        refused = dev(place, *arguments)
        assert (refused.communicate()[0], refused.returncode) == (sentence, 1)
