"""`make policy-check` on a saved state: the real engine, offline, and no login."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, Project, Sandbox

pytestmark = pytest.mark.engine


def make(sandbox: Sandbox, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", "--old-file", ".venv/installed-lock.sha256", *arguments],
        cwd=ROOT,
        env=sandbox.environment(PATH=os.environ["PATH"]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def saved(project: Project, tmp_path: Path, tags: str) -> str:
    """The state of a stack with one topic."""
    project.program(f'aws.sns.Topic("topic", kms_master_key_id="alias/own", tags={tags}, opts=own)')
    assert project.pulumi("up", "-s", "dev", "--yes").returncode == 0
    state = tmp_path / "state.json"
    state.write_text(project.pulumi("stack", "export", "-s", "dev").stdout)
    return str(state)


def test_a_saved_state_that_breaks_a_rule_fails_the_check_and_makes_a_report(project: Project, tmp_path: Path) -> None:
    state = saved(project, tmp_path, "{}")
    done = make(project.sandbox, "policy-check", f"STATE={state}")
    assert done.returncode != 0
    assert "TAG-001[Owner]" in done.stdout
    events = tmp_path / "events.json"
    assert make(project.sandbox, "policy-check", f"STATE={state}", f"OUT={events}").returncode != 0
    report = make(project.sandbox, "policy-report", f"IN={events}", "FORMAT=json")
    assert report.returncode == 0
    assert json.loads(report.stdout)["summary"]["blocks"] == 6


def test_a_saved_state_without_a_finding_passes(project: Project, tmp_path: Path) -> None:
    done = make(project.sandbox, "policy-check", f"STATE={saved(project, tmp_path, 'TAGS')}")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("target", "says"), [("policy-check", "STATE=file"), ("policy-report", "IN=file")])
def test_what_a_target_needs_is_said(sandbox: Sandbox, target: str, says: str) -> None:
    done = make(sandbox, target)
    assert done.returncode != 0
    assert says in done.stderr
