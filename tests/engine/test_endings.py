"""However a run ends, nothing of it stays, and the next one works."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from tests.engine.conftest import PACK, Project

pytestmark = pytest.mark.engine

LONG = """
import pathlib, time
bucket = aws.s3.Bucket("bucket", tags=TAGS, opts=own)
pathlib.Path("started").touch()
time.sleep(300)
"""
SHORT = 'aws.s3.Bucket("bucket", tags=TAGS, opts=own)\n'


def until(condition: Callable[[], object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def started(project: Project, *arguments: str) -> "subprocess.Popen[bytes]":
    """A run whose program is under way: engine, language host, program and policy pack are all there."""
    project.program(LONG)
    printed = project.place / "printed"
    with printed.open("wb") as output:
        run = subprocess.Popen(
            project.sandbox.command("--", "pulumi", *arguments),
            cwd=project.place,
            env=project.sandbox.environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    begun = project.place / "started"
    assert until(lambda: begun.exists() or run.poll() is not None)
    assert begun.exists(), printed.read_text()
    assert len(project.sandbox.processes()) >= 4
    return run


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_signal_ends_every_process_and_the_next_run_works(project: Project, name: str) -> None:
    run = started(project, "up", "-s", "dev", "--yes", "--skip-preview", "--policy-pack", PACK)
    run.send_signal(signal.Signals[name])
    code = run.wait(timeout=60)
    assert code != 0
    assert until(lambda: not project.sandbox.processes(), 10), project.sandbox.processes()
    again = project.program(SHORT).pulumi("up", "-s", "dev", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr


def test_ctrl_c_in_a_terminal_ends_every_process(project: Project) -> None:
    run = started(project, "preview", "-s", "dev", "--policy-pack", PACK)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the whole group at once
    assert run.wait(timeout=60) != 0
    assert until(lambda: not project.sandbox.processes(), 10), project.sandbox.processes()


def test_a_reader_that_goes_away_ends_every_process(project: Project) -> None:
    project.program(SHORT)
    command = " ".join(project.sandbox.command("--", "pulumi", "preview", "-s", "dev"))
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} 2>&1 | head -n 1"],
        cwd=project.place,
        env=project.sandbox.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.startswith("sandbox: ")
    assert until(lambda: not project.sandbox.processes(), 20), project.sandbox.processes()


def test_an_engine_that_is_killed_takes_its_children_along(project: Project) -> None:
    run = started(project, "preview", "-s", "dev", "--policy-pack", PACK)
    (engine,) = [one for one in psutil.Process(run.pid).children() if one.name() == "pulumi"]
    engine.kill()
    assert run.wait(timeout=30) == 128 + signal.SIGKILL
    assert until(lambda: not project.sandbox.processes(), 10), project.sandbox.processes()


def test_two_previews_of_one_stack_at_the_same_time_both_work(project: Project) -> None:
    project.program(SHORT)
    runs = [
        subprocess.Popen(
            project.sandbox.command("--", "pulumi", "preview", "-s", "dev"),
            cwd=project.place,
            env=project.sandbox.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    for run in runs:
        printed, _ = run.communicate(timeout=120)
        assert run.returncode == 0, printed


def test_a_lock_that_a_dead_run_left_is_released_and_a_living_ones_is_not(project: Project) -> None:
    assert project.program(SHORT).pulumi("up", "-s", "dev", "--yes").returncode == 0
    locks = project.sandbox.home / "state" / ".pulumi" / "locks" / "organization" / "small" / "dev"
    locks.mkdir(parents=True, exist_ok=True)
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    mine = {"username": "x", "hostname": socket.gethostname(), "timestamp": "2026-11-24T00:00:00Z"}
    (locks / "dead.json").write_text(json.dumps({**mine, "pid": ended.pid}))
    (locks / "alive.json").write_text(json.dumps({**mine, "pid": os.getpid()}))
    refused = project.pulumi("up", "-s", "dev", "--yes")
    assert not (locks / "dead.json").exists()
    assert (locks / "alive.json").exists()
    assert refused.returncode != 0
    assert "locked" in refused.stdout + refused.stderr
