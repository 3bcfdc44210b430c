"""Growth never loses data: from each phase to the next, and at each step between, nothing that holds some goes.

On the real engine, with what Terraform replaces (sandbox/schema/force_new.py) as the stand-in knows it. What AWS itself
does during an update in place is not proved here. What counts as holding data, and that the guard goes red for each
type of it: ops/stateful.py, tests/unit/test_stateful.py.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.phases import PhaseName
from ops.growth.changes import lost
from ops.growth.move import Move
from ops.growth.stacks import arguments
from ops.growth.stage_file import settings_of
from ops.growth.steps import Up
from ops.growth.transitions import TRANSITIONS, before
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

EVERY = list(PhaseName)


def configured(stage: str, config: Mapping[str, str]) -> list[str]:
    return arguments(settings_of(ROOT, stage), config)


def ups(stage: str, to: PhaseName) -> dict[str, dict[str, str]]:
    """Each `up` on the way to a phase, by its key."""
    move = Move.of(settings_of(ROOT, stage), before(to), to)
    return {step.key: step.config(move) for step in TRANSITIONS[to].of(move) if isinstance(step, Up)}


def previewed(sandbox: Sandbox, stage: str, config: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """What a preview says it would do to the stack as it is."""
    done = sandbox.pulumi("preview", "--json", "--stack", stage, *configured(stage, config))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["steps"]


def brought_up(sandbox: Sandbox, stage: str, config: Mapping[str, str]) -> None:
    up = sandbox.pulumi("up", "--yes", "--skip-preview", "--stack", stage, *configured(stage, config))
    assert up.returncode == 0, up.stdout + up.stderr


def walked(sandbox: Sandbox, stage: str, phases: list[PhaseName]) -> None:
    """Go every way between the phases, and see before each `up` that nothing is lost by it."""
    brought_up(sandbox, stage, {"startup-platform:phase": phases[0]})
    for after in phases[1:]:
        whole = previewed(sandbox, stage, {"startup-platform:phase": after})
        assert lost(whole) == [], f"all at once to {after}"
        for key, config in ups(stage, after).items():
            steps = previewed(sandbox, stage, config)
            assert lost(steps) == [], f"{key}, on the way to {after}"
            assert any(step["op"] != "same" for step in steps), f"{key} changes nothing"
            brought_up(sandbox, stage, config)


def test_from_the_first_phase_to_the_next_nothing_that_holds_data_is_replaced_or_deleted(sandbox: Sandbox) -> None:
    brought_up(sandbox, "prod", {"startup-platform:phase": "mvp"})
    assert lost(previewed(sandbox, "prod", {"startup-platform:phase": "growth"})) == []


@pytest.mark.nightly
@pytest.mark.parametrize("stage", ["dev", "stg", "prod"])
def test_at_every_step_between_all_phases_nothing_that_holds_data_is_replaced_or_deleted(
    sandbox: Sandbox, stage: str
) -> None:
    walked(sandbox, stage, EVERY)


def grow(sandbox: Sandbox, *arguments: str) -> "subprocess.Popen[str]":
    # In a session of its own, so that a Ctrl-C is for it and the engine alone.
    return subprocess.Popen(
        [sys.executable, "-m", "ops.growth", *arguments],
        cwd=ROOT,
        env=sandbox.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def grown(sandbox: Sandbox, *arguments: str) -> tuple[int, str]:
    process = grow(sandbox, *arguments)
    said, _ = process.communicate(timeout=900)
    return process.returncode, said


TO_GROWTH = ("grow", "--stage", "prod", "--to", "growth")


@pytest.mark.nightly
def test_a_stage_grows_in_the_sandbox_is_cut_off_by_ctrl_c_in_an_up_and_goes_on(sandbox: Sandbox) -> None:
    refused = grown(sandbox, *TO_GROWTH, "--do", "--yes")
    assert refused[0] == 1
    assert "prod has no stack yet, and growth is reached from mvp: mvp comes first" in refused[1]
    brought_up(sandbox, "prod", {"startup-platform:phase": "mvp"})
    code, told = grown(sandbox, *TO_GROWTH)
    assert (code, "nothing was done: this was a dry run" in told) == (0, True)
    assert not journal(sandbox).exists()

    process = grow(sandbox, *TO_GROWTH, "--do", "--yes")
    said = ""
    for line in process.stdout or ():
        said += line
        if "aws:eks:Cluster" in line or "eks:index:Cluster" in line:  # in the middle of step cluster-beside
            os.killpg(process.pid, signal.SIGINT)
            break
    said += process.communicate(timeout=900)[0]
    assert process.returncode == 128 + signal.SIGINT, said
    assert "interrupted; the journal has what is done" in said
    # By calls: what an `up` changes on an instance waits there, for moto as for AWS.
    assert "readers of startup-platform-prod-database are db.r7g.large\n" in said
    assert "startup-platform-prod-database-1 (db.r7g.large) writes in startup-platform-prod-database\n" in said
    steps = json.loads(journal(sandbox).read_text())["steps"]
    assert {key: step["state"] for key, step in steps.items() if step["state"] != "done"} == {"cluster-beside": "begun"}

    other = grown(sandbox, "grow", "--stage", "prod", "--to", "scaleup", "--do", "--yes")
    assert other[0] == 1
    assert "prod is on its way to growth, and step 'cluster-beside'" in other[1]

    code, said = grown(sandbox, *TO_GROWTH, "--do", "--yes")
    assert code == 0, said
    assert "failed-over: make a reader that has the new class the writer: done before" in said
    assert said.endswith("prod is in phase growth\n")
    left = previewed(sandbox, "prod", {"startup-platform:phase": "growth"})
    assert {step["op"] for step in left} == {"same"}
    assert grown(sandbox, *TO_GROWTH, "--do", "--yes")[1] == "prod is in phase growth: nothing is left to do\n"


@pytest.mark.nightly
def test_the_first_step_goes_as_its_page_says(sandbox: Sandbox) -> None:
    page = (ROOT / "docs" / "growth.md").read_text()
    block = page.partition("```sh\n")[2].partition("```")[0]
    commands = [line.partition("#")[0].split() for line in block.splitlines()]
    assert commands[-1][-1] == "DO=yes"
    for command in [*commands[:-1], [*commands[-1], "YES=yes"]]:  # nobody sits here to be asked
        done = subprocess.run(
            command, cwd=ROOT, env=sandbox.environment(), capture_output=True, text=True, check=False, timeout=900
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    steps = json.loads(journal(sandbox).read_text())["steps"]
    told = [key for key in steps if f"`{key}`" in page]
    assert told == list(steps)  # the page names each of them


def journal(sandbox: Sandbox) -> Path:
    return sandbox.home / "growth" / "prod.json"


@pytest.mark.nightly
def test_a_plan_says_what_is_added_changed_and_replaced_and_refuses_to_leave_a_phase_out(sandbox: Sandbox) -> None:
    code, said = grown(sandbox, "plan", "--stage", "dev", "--from", "mvp", "--to", "growth")
    assert code == 0, said
    for line in (
        "dev: mvp -> growth: ",
        "    1 aws:eks/cluster:Cluster",
        "    1 aws:rds/clusterInstance:ClusterInstance [instanceClass]",
        "  nothing that holds data is replaced or deleted",
        "only-one-resized (call to AWS): have the only instance take it now",
        "users feel: the database is away for several minutes",
    ):
        assert line in said
    code, said = grown(sandbox, "plan", "--stage", "dev", "--from", "mvp", "--to", "scaleup")
    assert code == 1
    assert said.startswith("growth: FROM=mvp TO=scaleup: scaleup is reached from growth. growth comes first, ")
