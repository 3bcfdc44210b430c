"""`make services`: every service at a glance, and what a team's may cost together."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.service import spec, teams
from components.service.spec import STAGES, SpecError
from ops.errors import OpsError
from ops.services.__main__ import run
from ops.services.listing import listed
from tests.unit.conftest import ROOT
from tests.unit.services import described

TEAMS = teams.read(ROOT / "services")


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A copy of two services with their teams."""
    place = tmp_path / "services"
    for name in ("api", "feed"):
        shutil.copytree(ROOT / "services" / name, place / name)
    shutil.copy(ROOT / "services" / "teams.yaml", place)
    return place


def budget(services: Path, name: str, stage: str, usd: float) -> None:
    file = services / name / f"Pulumi.{stage}.yaml"
    content: dict[str, Any] = yaml.safe_load(file.read_text())
    content["config"]["service:budget_usd"] = str(usd)
    file.write_text(yaml.safe_dump(content))


def test_all_services_of_this_repository_are_there_and_fit_their_teams() -> None:
    names = {path.parent.name for path in (ROOT / "services").glob("*/Pulumi.yaml")}
    assert {one.name for one in listed(ROOT / "services")} == names


@pytest.mark.parametrize("stage", STAGES)
def test_teams_together_may_spend_no_more_than_the_stage(stage: str) -> None:
    contract: dict[str, Any] = json.loads((ROOT / "services" / "contract.fixture.json").read_text())
    assert sum(team.budget_usd[stage] for team in TEAMS.values()) <= contract[stage]["budget_usd"]


def test_a_program_gets_owner_kind_needs_tags_promises_and_budgets(
    services: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["--format", "json", "--services", str(services)])
    api, _ = json.loads(capsys.readouterr().out)
    assert api["tags"] == {"Application": "api", "Owner": "core", "CostCenter": "CC-2001"}
    assert (api["contact"], api["kind"], api["state"]) == ("core@example.com", "http", "live")
    assert api["budget_usd"] == {"dev": 50.0, "stg": 100.0, "prod": 900.0}
    assert "secret (stripe, toss)" in api["needs"]
    assert "mysql (write)" in api["needs"]


def test_a_person_gets_a_table_with_a_line_a_service(services: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["--services", str(services)])
    (line,) = [each for each in capsys.readouterr().out.splitlines() if "│ feed " in each]
    for each in (
        "discovery",
        "http, public",
        "mysql (read), mysql_reads (api), redis, stream (produce)",
        "CC-2002",
        "dev 60 stg 120",
    ):
        assert each in line


def test_services_of_a_team_that_cost_too_much_together_are_all_named(services: Path) -> None:
    shutil.copytree(ROOT / "services" / "auth", services / "auth")
    budget(services, "auth", "dev", 70)
    with pytest.raises(OpsError) as refused:
        listed(services)
    assert str(refused.value) == (
        "services/teams.yaml: team core's services have 120 dollars a month in dev and may have 110: api 50, auth 70"
    )


def test_every_mistake_is_said_at_once(services: Path) -> None:
    budget(services, "api", "dev", -1)
    (services / "feed" / "Pulumi.stg.yaml").unlink()
    with pytest.raises(OpsError) as refused:
        listed(services)
    first, second = str(refused.value).splitlines()
    assert first.startswith('Pulumi.dev.yaml: service:budget_usd = "-1')
    assert second == "services/feed has no Pulumi.stg.yaml; each stage has one"


@pytest.mark.parametrize(
    ("otherwise", "usd", "sentence"),
    [
        (
            {"team": "ops"},
            10,
            "services/feed/service.yaml: team = ops is not in services/teams.yaml; there is: core, discovery, growth",
        ),
        ({"team": "core", "cost_center": "CC-9999"}, 10, "cost_center = CC-9999 is not its team's; give CC-2001"),
        ({"team": "core"}, 111, "is more than all services of team core may cost in dev; give at most 110"),
    ],
)
def test_a_stack_that_its_team_does_not_allow_is_refused(otherwise: dict[str, Any], usd: float, sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        teams.refuse(described(**otherwise), usd, "dev", TEAMS)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("core: {cost_center: CC-2001, contact: a@b.c}", "core.budget_usd is missing or not allowed; give dollars"),
        (
            "core: {cost_center: CC-2001, contact: a@b.c, budget_usd: {dev: 1}}",
            "core.budget_usd names dev; give dev, stg and prod",
        ),
        ("core: {cost_center: CC-2001, boss: x}", "core."),
        ("[", "line 1: not valid YAML"),
    ],
)
def test_a_file_of_teams_that_is_wrong_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "teams.yaml").write_text(text)
    with pytest.raises(SpecError, match=r"services/teams\.yaml") as refused:
        teams.read(tmp_path)
    assert sentence in str(refused.value)


def test_a_repository_without_teams_has_no_such_rule(tmp_path: Path) -> None:
    teams.refuse(described(team="anybody"), 10, "dev", teams.read(tmp_path))
    assert spec.FILE == "service.yaml"
