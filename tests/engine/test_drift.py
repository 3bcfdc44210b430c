"""Somebody changes something behind Pulumi's back: it is reported, put back, and nothing is written before that."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Project

pytestmark = pytest.mark.engine

PROGRAM = """
queue = aws.sqs.Queue("jobs", name="jobs", visibility_timeout_seconds=60, tags=TAGS, opts=own)
bucket = aws.s3.Bucket("files", bucket="files-of-a-test", tags=TAGS, opts=own)
aws.s3.BucketVersioning(
    "files-versions", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=own
)
pulumi.export("queue", queue.url)
"""
NONE, FAILED, FOUND = 0, 1, 3


def state(project: Project) -> Path:
    return project.sandbox.home / "state" / ".pulumi" / "stacks" / "small" / "dev.json"


def drift(project: Project) -> tuple[int, str]:
    done = project.sandbox.run("drift", "--stage", "dev", cwd=project.place)
    return done.returncode, done.stdout + done.stderr


def tamper(project: Project, *words: str) -> str:
    done = project.sandbox.run("tamper", "--stage", "dev", *words, cwd=project.place)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def standing(project: Project) -> Project:
    done = project.program(PROGRAM).pulumi("up", "-s", "dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_what_a_hand_changed_is_reported_and_put_back_by_up_and_the_report_writes_no_state(standing: Project) -> None:
    assert drift(standing)[0] == NONE
    said = tamper(standing, "jobs", "visibilityTimeoutSeconds=5", "tags.Owner=somebody", 'tags["a.b"]=c')
    assert "visibilityTimeoutSeconds was 60, is 5" in said
    before = state(standing).read_bytes()
    code, report = drift(standing)
    assert code == FOUND, report
    assert state(standing).read_bytes() == before
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in report.splitlines() if "│ jobs" in line]
    assert ["jobs", "aws:sqs/queue:Queue", "visibilityTimeoutSeconds", "60", "5"] in rows
    assert ["jobs", "aws:sqs/queue:Queue", "tags.Owner", "platform-team", "somebody"] in rows
    assert ["jobs", "aws:sqs/queue:Queue", 'tags["a.b"]', "-", "c"] in rows
    # An `up` that does not look does not see it, as in AWS; one that does puts it back.
    assert "1 to update" not in standing.pulumi("up", "-s", "dev", "--yes", "--expect-no-changes").stdout
    assert drift(standing)[0] == FOUND
    mended = standing.pulumi("up", "-s", "dev", "--yes", "--refresh")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "visibilityTimeoutSeconds" in mended.stdout or "1 updated" in mended.stdout
    assert drift(standing) == (NONE, drift(standing)[1])
    assert "No drift" in drift(standing)[1]
    queue = next(each for each in resources(standing) if each["type"] == "aws:sqs/queue:Queue")
    assert (queue["outputs"]["visibilityTimeoutSeconds"], queue["outputs"]["tags"]["Owner"]) == (60, "platform-team")


def test_what_a_hand_deleted_is_reported_and_made_again(standing: Project) -> None:
    tamper(standing, "jobs", "--delete")
    code, report = drift(standing)
    assert code == FOUND
    assert [line for line in report.splitlines() if "│ jobs" in line and "deleted" in line]
    changed = standing.program(PROGRAM.replace("seconds=60", "seconds=61")).pulumi("up", "-s", "dev", "--yes")
    assert changed.returncode != 0  # as in AWS: there is nothing to change
    assert "does not exist: somebody deleted it" in changed.stdout + changed.stderr
    mended = standing.pulumi("up", "-s", "dev", "--yes", "--refresh")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "1 created" in mended.stdout
    assert drift(standing)[0] == NONE


def test_what_was_undone_by_hand_is_no_drift_and_still_is_one_where_the_state_took_it_over(standing: Project) -> None:
    tamper(standing, "jobs", "visibilityTimeoutSeconds=5")
    assert "jobs: visibilityTimeoutSeconds=5" in tamper(standing)
    assert "put jobs back" in tamper(standing, "jobs", "--undo")
    assert drift(standing)[0] == NONE
    tamper(standing, "jobs", "visibilityTimeoutSeconds=5")
    assert standing.pulumi("refresh", "-s", "dev", "--yes").returncode == 0
    assert drift(standing)[0] == NONE  # the state knows by now
    tamper(standing, "--undo")
    code, report = drift(standing)
    assert code == FOUND, report
    assert [line for line in report.splitlines() if "│ 5 " in line and "│ 60 " in line]


MISTAKES: list[tuple[list[str], str]] = [
    (["job", "visibilityTimeoutSeconds=5"], "did you mean 'jobs'?"),
    (["jobs", "visibilityTimeout=5"], "did you mean 'visibilityTimeoutSeconds'?"),
    (["jobs", "visibilityTimeoutSeconds=soon"], "the value of visibilityTimeoutSeconds is JSON"),
    (["jobs", "visibilityTimeoutSeconds=60"], "is 60 already"),
    (["jobs", "visibilityTimeoutSeconds"], "expected property=value"),
    (["jobs", "name=a", "--delete"], "one of: PROPERTY=VALUE ..., --delete, --undo"),
    (["jobs"], "say what to change"),
    (["files", "--undo"], "nobody tampered with files"),
]


def test_a_mistake_is_one_sentence_and_changes_nothing(standing: Project) -> None:
    for words, said in MISTAKES:
        done = standing.sandbox.run("tamper", "--stage", "dev", *words, cwd=standing.place)
        assert done.returncode == FAILED, words
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert "nobody tampered with dev" in tamper(standing)


def test_a_stage_that_was_never_brought_up_cannot_have_drifted(project: Project) -> None:
    code, said = drift(project.program(PROGRAM))
    assert code == FAILED
    assert "was never brought up" in said


def resources(project: Project) -> list[dict[str, Any]]:
    return json.loads(state(project).read_text())["checkpoint"]["latest"]["resources"]
