"""Programs that a hurried engineer writes are blocked by exactly the rules that they break; careful ones pass.

Each is previewed by the real engine with the pack, and read from its events as `make policy-report` does it. A policy
document made of another resource's output is unknown until that resource exists, so nobody can read it at preview: such
a program says `When: up`, its preview must list the rules as "could not judge", and the update stops before the policy
is made.
"""

import json
import subprocess
from pathlib import Path

import pytest

from policy.catalog import STAGES
from policy.report import Line, State, read
from tests.engine.conftest import PACK, Project, Sandbox
from tests.policy.programs import BAD, GOOD, Program

pytestmark = pytest.mark.engine


def families(program: Program) -> set[str]:
    """Of the rules that block it: TAG, IAM, ..."""
    return {rule.partition("-")[0] for rule in program.blocked_by}


def one_of_each_family(programs: list[Program]) -> list[Program]:
    """Few programs of which each family of rules blocks one: the most families first."""
    left = set[str]().union(*map(families, programs))
    chosen: list[Program] = []
    while left:
        best = max(programs, key=lambda each: len(families(each) & left))
        chosen.append(best)
        left -= families(best)
    return chosen


AT_PREVIEW = [each for each in BAD if each.when == "preview"]
EACH_TIME = one_of_each_family(
    AT_PREVIEW
)  # three seconds each: the others at night, whose rules have cases of their own
AT_UPDATE = [each for each in BAD if each.when == "up"]
CAREFUL = GOOD


def names(programs: list[Program]) -> list[str]:
    return [each.name for each in programs]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project with all stages for all previews, which leave nothing behind: making a stack takes a second."""
    place = tmp_path_factory.mktemp("project")
    (place / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    for stage in STAGES:
        (place / f"Pulumi.{stage}.yaml").write_text("config: {}\n")
    return Project(place=place, sandbox=Sandbox(home=tmp_path_factory.mktemp("home")))


def preview(
    program: Program, project: Project, tmp_path: Path
) -> "tuple[subprocess.CompletedProcess[str], list[Line]]":
    """Preview a program in its stage; returns how it ended and what the pack found."""
    (project.place / "__main__.py").write_text(program.path.read_text())
    events = tmp_path / "events"
    done = project.pulumi("preview", "-s", program.stack, "--policy-pack", PACK, "--event-log", str(events))
    assert "can't run policy" not in done.stdout + done.stderr
    said = [json.loads(line).get("diagnosticEvent", {}) for line in events.read_text().splitlines()]
    problems = [each["message"] for each in said if each.get("severity") == "error"]
    assert [each for each in problems if "preview failed" not in each] == [], "the program itself has to be right"
    return done, read(events.read_text(), events.name)


def rules(lines: list[Line], state: State = State.BLOCKS) -> set[str]:
    return {each.rule for each in lines if each.state is state}


@pytest.mark.parametrize(
    "program",
    [pytest.param(each, id=each.name, marks=() if each in EACH_TIME else pytest.mark.nightly) for each in AT_PREVIEW],
)
def test_a_hurried_program_is_blocked_by_the_rules_it_breaks(program: Program, bench: Project, tmp_path: Path) -> None:
    done, lines = preview(program, bench, tmp_path)
    assert rules(lines) == program.blocked_by, [each.title for each in lines if each.state is State.BLOCKS]
    assert done.returncode != 0


@pytest.mark.parametrize("program", AT_UPDATE, ids=names(AT_UPDATE))
def test_what_only_an_update_can_know_stops_the_update(program: Program, project: Project, tmp_path: Path) -> None:
    _, lines = preview(program, project, tmp_path)
    assert rules(lines) == set()
    assert rules(lines, State.UNJUDGED) >= program.blocked_by
    done = project.pulumi("up", "-s", program.stack, "--policy-pack", PACK, "--yes")
    assert done.returncode != 0, done.stdout
    for rule in program.blocked_by:
        assert f"{rule}[" in done.stdout


@pytest.mark.parametrize("program", CAREFUL, ids=names(CAREFUL))
def test_a_careful_program_passes(program: Program, bench: Project, tmp_path: Path) -> None:
    done, lines = preview(program, bench, tmp_path)
    assert [each.title for each in lines if each.state is not State.ADVISES] == []
    assert done.returncode == 0, done.stdout
