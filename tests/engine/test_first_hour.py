"""The first hour with the real engine: bootstrap makes a stack in the bucket, whose secrets only its context opens."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from ops.deliver import stacks
from ops.deliver.engine import run as engine_run
from sandbox import engine
from sandbox.mirror.serve import serving
from sandbox.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "startup-platform-dev-state-111122223333-ap-northeast-2"
PROVIDER = "awskms://alias/startup-platform-dev-stack-secrets?region=ap-northeast-2&context_stack=startup-platform-dev"

pytestmark = pytest.mark.engine


def _nothing_said(*_: object) -> None:
    return None


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # moto takes no notice of conditions, and so the refusal of who comes in the clear for one of everybody.
    monkeypatch.setattr("moto.s3.models.FakeBucket.get_permission", _nothing_said)
    with serving("111122223333") as address:
        yield address


def run(command: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=300, check=False
    )


def test_a_secret_of_the_new_stack_opens_with_its_context_and_no_other(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.stg.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, project / name)
    stage = project / "Pulumi.dev.yaml"
    stage.write_text(stage.read_text().replace("owner_id: 1, repository_id: 1", "owner_id: 42, repository_id: 4711"))
    folder = engine.ensure(Progress(), leave_out=tmp_path).pulumi.parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))} | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "ap-northeast-2",
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_BACKEND_URL": f"s3://{BUCKET}?region=ap-northeast-2&endpoint={endpoint}&s3ForcePathStyle=true",
        "PYTHONPATH": str(ROOT),
    }
    bootstrap = [sys.executable, "-m", "bootstrap", "run", "--stage", "dev", "--do", "--project", str(project)]
    made = run(bootstrap, environment)
    assert made.returncode == 0, made.stderr
    assert "Created stack 'dev'" in made.stderr
    written = yaml.safe_load(stage.read_text())
    assert written["secretsprovider"] == PROVIDER
    assert written["encryptedkey"]
    again = run(bootstrap, environment)
    assert "nothing was missing, and nothing was changed" in again.stdout, again.stderr

    # A service's stack is sealed by the same, which its state says and no file of it.
    service = project / "services" / "demo"
    service.mkdir(parents=True)
    (service / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (service / "Pulumi.dev.yaml").write_text("config: {}\n")
    with monkeypatch.context() as this:
        this.setattr(os, "environ", environment)
        assert stacks.missing(project, "dev") == ("services/demo",)
        stacks.make(project, "dev", "services/demo")
        assert stacks.missing(project, "dev") == ()
        exported = json.loads(engine_run(service, "stack", "export", "--stack", "dev").stdout)
        assert engine_run(service, "config", "set", "--secret", "word", "geheim", "--stack", "dev").returncode == 0
    sealed = exported["deployment"]["secrets_providers"]["state"]
    read = yaml.safe_load((service / "Pulumi.dev.yaml").read_text())
    assert (sealed["url"], sealed["encryptedkey"]) == (PROVIDER, read["encryptedkey"])

    here = ["--cwd", str(project), "--stack", "dev"]
    key = "startup-platform:word"
    kept = run(["pulumi", "config", "set", "--secret", key, "geheim", *here], environment)
    assert kept.returncode == 0, kept.stderr
    assert run(["pulumi", "config", "get", key, *here], environment).stdout.strip() == "geheim"
    stage.write_text(stage.read_text().replace("context_stack=startup-platform-dev", "context_stack=another"))
    assert run(["pulumi", "config", "get", key, *here], environment).returncode != 0
