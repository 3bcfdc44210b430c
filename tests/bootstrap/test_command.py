"""`python -m bootstrap` as a person runs it, against moto behind AWS_ENDPOINT_URL."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest

from sandbox.mirror.serve import serving

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
BUCKET = "startup-platform-dev-state-111122223333-ap-northeast-2"


def _nothing_said(*_: object) -> None:
    return None


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # moto takes no notice of conditions, and so the refusal of who comes in the clear for one of everybody.
    monkeypatch.setattr("moto.s3.models.FakeBucket.get_permission", _nothing_said)
    with serving(ACCOUNT) as address:
        _reset(address)
        yield address


def _reset(address: str) -> None:
    import urllib.request  # noqa: PLC0415

    urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST")).close()  # noqa: S310


def client(service: str, endpoint: str) -> Any:
    words = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return cast("Any", boto3).client(service, region_name="ap-northeast-2", endpoint_url=endpoint, **words)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Stage files of its own, since `pulumi stack init` writes to them."""
    place = tmp_path / "project"
    place.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.stg.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / name, place / name)
    return place


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    """In place of the engine: writes down how it was called, and leaves in the bucket what `stack init` leaves."""
    place = tmp_path / "bin"
    place.mkdir()
    program = place / "pulumi"
    program.write_text(
        f"#!{sys.executable}\n"
        "import boto3, json, os, sys\n"
        f"with open({str(tmp_path / 'calls')!r}, 'a') as calls:\n"
        "    calls.write(json.dumps([sys.argv[1:], os.environ['PULUMI_BACKEND_URL']]) + '\\n')\n"
        "state = '.pulumi/stacks/startup-platform/dev.json'\n"
        f"boto3.client('s3').put_object(Bucket={BUCKET!r}, Key=state, Body=b'{{}}')\n"
    )
    program.chmod(0o755)
    return place


def run(endpoint: str, project: Path, *arguments: str, path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {
        **kept,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "ap-northeast-2",
        "PYTHONPATH": str(ROOT),
        "PATH": f"{path}:/usr/bin:/bin" if path else "/usr/bin:/bin",
    }
    return subprocess.run(
        [sys.executable, "-m", "bootstrap", *arguments, "--project", str(project)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_looks_makes_and_then_has_nothing_to_do(endpoint: str, project: Path, pulumi: Path, tmp_path: Path) -> None:
    looked = run(endpoint, project, "run", "--stage", "dev", path=pulumi)
    assert looked.returncode == 0, looked.stderr
    assert f"to do state bucket {BUCKET}: make it" in looked.stdout
    assert "nothing was changed; make it: make bootstrap STAGE=dev DO=yes" in looked.stdout
    assert "!! Pulumi.dev.yaml: startup-platform:deployments has a number" in looked.stdout
    assert client("s3", endpoint).list_buckets()["Buckets"] == []

    refused = run(endpoint, project, "run", "--stage", "dev", "--do", path=pulumi)
    assert refused.returncode == 1
    assert refused.stderr.startswith("bootstrap: nothing was changed: Pulumi.dev.yaml: startup-platform:deployments")
    assert client("s3", endpoint).list_buckets()["Buckets"] == []

    content = (project / "Pulumi.dev.yaml").read_text()
    numbers = content.replace("owner_id: 1, repository_id: 1", "owner_id: 42, repository_id: 4711")
    (project / "Pulumi.dev.yaml").write_text(numbers)
    made = run(endpoint, project, "run", "--stage", "dev", "--do", path=pulumi)
    assert made.returncode == 0, made.stderr
    assert f"done  state bucket {BUCKET}: make it" in made.stdout
    assert "How to undo it" in made.stdout
    assert "aws iam delete-role --role-name startup-platform-dev-deploy" in made.stdout
    assert "write into Pulumi.dev.yaml: startup-platform:domain.zone_id: " in made.stdout
    ((arguments, backend),) = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
    assert arguments == [
        "stack",
        "init",
        "dev",
        "--secrets-provider",
        "awskms://alias/startup-platform-dev-stack-secrets?region=ap-northeast-2&context_stack=startup-platform-dev",
        "--cwd",
        str(project),
        "--non-interactive",
    ]
    assert backend == f"s3://{BUCKET}?region=ap-northeast-2&endpoint={endpoint}&s3ForcePathStyle=true"

    again = run(endpoint, project, "run", "--stage", "dev", "--do", path=pulumi)
    assert again.returncode == 0, again.stderr
    assert "nothing was missing, and nothing was changed" in again.stdout
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


def test_another_account_than_the_stages_is_refused_before_anything_is_looked_at(endpoint: str, project: Path) -> None:
    refused = run(endpoint, project, "run", "--stage", "prod", "--do")
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        "bootstrap: Pulumi.prod.yaml: startup-platform:account_id = 777788889999, and you are arn:aws:"
    )
    assert len(refused.stderr.splitlines()) == 1
    assert client("s3", endpoint).list_buckets()["Buckets"] == []


def test_a_stage_that_is_none_is_one_sentence(endpoint: str, project: Path) -> None:
    refused = run(endpoint, project, "run", "--stage", "qa")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert refused.stderr.startswith("bootstrap: there is no stage 'qa': Pulumi.qa.yaml cannot be read")


def test_it_says_who_holds_the_lock(endpoint: str, project: Path) -> None:
    assert run(endpoint, project, "lock").stdout.strip() == "nobody holds the lock of dev"
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"})
    lock = {"pid": 7, "username": "kim", "hostname": "laptop", "timestamp": "2026-11-26T01:02:03Z"}
    key = ".pulumi/locks/organization/startup-platform/dev/8a1b.json"
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(lock).encode())
    held = run(endpoint, project, "lock")
    assert held.returncode == 3
    assert "the stack dev is locked by kim on laptop, process 7, since 2026-11-26T01:02:03Z" in held.stdout
    assert "pulumi cancel --stack dev" in held.stdout
