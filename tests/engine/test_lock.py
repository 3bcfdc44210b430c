"""A lock that a killed run on another machine left, and the way out that docs/bootstrap.md gives (REQ-R2)."""

import json

import pytest

from tests.engine.conftest import Project

pytestmark = pytest.mark.engine

PROGRAM = """
aws.sns.Topic("topic", tags=TAGS, opts=own)
"""
LOCK = {"pid": 7, "username": "kim", "hostname": "laptop", "timestamp": "2026-11-26T01:02:03Z"}


def test_a_lock_of_another_machine_stops_an_up_but_no_preview_until_it_is_cancelled(project: Project) -> None:
    project.program(PROGRAM)
    first = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert first.returncode == 0, first.stderr
    (state,) = project.sandbox.home.glob("**/.pulumi/stacks/small/dev.json")
    locks = state.parents[2] / "locks" / "organization" / "small" / "dev"
    locks.mkdir(parents=True, exist_ok=True)
    (locks / "8a1b.json").write_text(json.dumps(LOCK))

    refused = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert refused.returncode != 0
    assert "the stack is currently locked by 1 lock(s)" in refused.stdout + refused.stderr
    assert "created by kim@laptop (pid 7)" in refused.stdout + refused.stderr
    preview = project.pulumi("preview", "--stack", "dev")
    assert preview.returncode == 0, preview.stderr

    cancelled = project.pulumi("cancel", "--yes", "--stack", "dev")
    assert cancelled.returncode == 0, cancelled.stderr
    assert list(locks.glob("*.json")) == []
    refreshed = project.pulumi("refresh", "--yes", "--skip-preview", "--stack", "dev")
    assert refreshed.returncode == 0, refreshed.stderr
    after = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert after.returncode == 0, after.stderr
    assert "to create" not in after.stdout
    assert "created" not in after.stdout
