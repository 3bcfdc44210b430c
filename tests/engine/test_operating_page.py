"""docs/operating.md is done as it stands there, by somebody who has nothing but a machine: each command, in its order.

In a clone of their own. What AWS would answer, moto does (bootstrap) or a few lines here (connect, for which moto has
no answer); a plain `pulumi` is the sandbox's. Nobody sits there, so what asks is told yes.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from sandbox import engine
from sandbox.mirror.serve import serving
from sandbox.progress import Progress
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
ADDRESS = "https://github.com/example/startup-platform"
ACCOUNT = "111122223333"
CONTRACT = json.loads((ROOT / "services" / "contract.fixture.json").read_text(encoding="utf-8"))["dev"]
# What asks, and how it is told yes.
ASKS: Mapping[str, str] = {"pulumi up": " --yes", "make grow STAGE=dev TO=growth DO=yes": " YES=yes"}


def blocks() -> dict[str, list[str]]:
    """The commands of each part of the page, by the number of the part."""
    parts = re.findall(r"^## (\d)\. .*?\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE)
    return {
        number: [line.partition("#")[0].strip() for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
                 for line in block.splitlines()]
        for number, part in parts
    }  # fmt: skip


def carry_out(place: Path, commands: list[str], environment: Mapping[str, str]) -> str:
    """One part of the page, in one shell; what it said."""
    lines = [line + next((more for asks, more in ASKS.items() if line.startswith(asks)), "") for line in commands]
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=place, env=dict(environment), capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{lines}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the first command gives, with what is not committed yet, and this checkout's environment."""
    first = blocks()["1"][0]
    assert first == f"git clone {ADDRESS}"
    subprocess.run([*first.replace(ADDRESS, str(ROOT)).split(), "startup-platform"], cwd=tmp_path, check=True)
    place = tmp_path / "startup-platform"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    (place / ".venv").symlink_to(ROOT / ".venv")
    for name in ("requirements.lock", "sandbox/install.py"):
        os.utime(place / name, (0, 0))  # older than the environment, which is not to be made once more
    return place


class _Account(BaseHTTPRequestHandler):
    """STS and Systems Manager of a stage that is up, as far as `make connect` asks them."""

    ended: list[str]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 (as they are called there)
        return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if not asked:
            assert b"Action=GetCallerIdentity" in body
            who = f"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/developer/kim</Arn><Account>{ACCOUNT}</Account>"
            said = f"<R><GetCallerIdentityResult>{who}</GetCallerIdentityResult></R>"
            self._answer(said.encode(), "text/xml")
            return
        if asked == "TerminateSession":
            self.ended.append(json.loads(body)["SessionId"])
        answers: Mapping[str, Any] = {
            "GetParameter": {"Parameter": {"Value": json.dumps(CONTRACT)}},
            "DescribeInstanceInformation": {"InstanceInformationList": [{"InstanceId": "i-0aaa"}]},
            "StartSession": {"SessionId": "kim-1", "TokenValue": "token", "StreamUrl": "wss://stream"},
            "TerminateSession": {"SessionId": "kim-1"},
        }
        self._answer(json.dumps(answers[asked]).encode(), "application/x-amz-json-1.1")

    def _answer(self, said: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


@contextmanager
def account_that_is_up(ended: list[str]) -> Generator[str]:
    answering = type("Answering", (_Account,), {"ended": ended})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def credentials(endpoint: str, path: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "ap-northeast-2",
        "PATH": f"{path}:{os.environ['PATH']}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _nothing_said(*_: object) -> None:
    return None


def test_every_part_of_the_page_is_carried_out_by_a_test_here() -> None:
    assert {number: len(commands) for number, commands in blocks().items()} == {
        "1": 4,
        "2": 2,
        "3": 3,
        "4": 2,
        "5": 1,
        "6": 4,
    }
    assert len(re.findall(r"```sh\n", PAGE)) == 6


@pytest.mark.nightly
def test_a_newcomer_sees_it_makes_the_account_ready_and_gets_in(
    clone: Path, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = blocks()
    enter, *looks = parts["1"][1:]
    assert enter == "cd startup-platform"
    inside = sandbox.environment(PYTHONPATH="")
    said = carry_out(clone, looks, inside)
    assert re.search(r"\+ \d{3,} to create", said), said

    # moto takes no notice of conditions, and so the refusal of who comes in the clear for one of everybody.
    monkeypatch.setattr("moto.s3.models.FakeBucket.get_permission", _nothing_said)
    stage = clone / "Pulumi.dev.yaml"
    committed = stage.read_text()
    stage.write_text(committed.replace("owner_id: 1, repository_id: 1", "owner_id: 42, repository_id: 4711"))
    folder = engine.ensure(Progress(), leave_out=tmp_path).pulumi.parent
    with serving(ACCOUNT) as endpoint:
        looks, makes = parts["2"]
        environment = credentials(endpoint, str(folder)) | {"PULUMI_HOME": str(tmp_path / "home")}
        assert "nothing was changed; make it: make bootstrap STAGE=dev DO=yes" in carry_out(clone, [looks], environment)
        assert "How to undo it" in carry_out(clone, [makes], environment)
        assert "nothing was missing, and nothing was changed" in carry_out(clone, [makes], environment)
    assert yaml.safe_load(stage.read_text())["secretsprovider"].startswith("awskms://")

    plugin = tmp_path / "session-manager-plugin"
    plugin.write_text('#!/bin/sh\n[ "$1" = --version ] && echo 1.2.707.0\nexit 0\n')
    plugin.chmod(0o755)
    ended: list[str] = []
    with account_that_is_up(ended) as endpoint:
        looks, opens = parts["4"]
        environment = credentials(endpoint, str(tmp_path))
        assert "Nothing was opened" in carry_out(clone, [looks], environment)
        assert ended == []
        assert "Ctrl-C closes it" in carry_out(clone, [opens], environment)
        assert ended == ["kim-1"]


@pytest.mark.nightly
def test_the_stage_comes_up_a_service_previews_and_the_first_growth_goes_as_the_page_says(
    clone: Path, sandbox: Sandbox
) -> None:
    parts = blocks()
    inside = sandbox.environment(PYTHONPATH="")
    # On an account the bucket is logged in to; here plain `pulumi` is made the sandbox's, by the README's own line.
    local = 'eval "$(.venv/bin/python -m sandbox env)"'
    activate, *ups = parts["3"]
    said = carry_out(
        clone, [activate, local, "pulumi stack init dev", *ups, "pulumi stack rm dev --force --yes"], inside
    )
    assert re.search(r"\+ \d{3,} created", said), said
    assert "feed-mysql-made" in carry_out(clone, parts["5"], inside)
    carry_out(clone, parts["6"], inside)
    steps = json.loads((sandbox.home / "growth" / "dev.json").read_text())["steps"]
    assert {step["state"] for step in steps.values()} == {"done"}
