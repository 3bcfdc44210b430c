"""The services of this repository: each can be read, fits every stage, and has a program like the others'."""

from typing import Any

import pytest
import yaml

from components.service import spec
from components.service.spec import STAGES, Kind
from tests.unit.conftest import ROOT
from tests.unit.services import built, platform

FOLDERS = sorted(path.parent for path in (ROOT / "services").glob("*/Pulumi.yaml"))
SERVICES = [folder.name for folder in FOLDERS]
# REQ-V1 to V5, and the front end of REQ-S1: service -> its needs.
NEEDS = {
    "api": {"mysql", "redis", "queue", "events", "stream", "secret"},
    "auth": {"login"},
    "feed": {"mysql", "mysql_reads", "redis", "stream"},
    "notification-ws": {"redis", "queue", "events"},
    "recommendation-worker": {"stream", "feature_group", "model", "table"},
    "web": set[str](),
}


def config(service: str, stage: str) -> dict[str, str]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "services" / service / f"Pulumi.{stage}.yaml").read_text())
    return content["config"]


def test_these_are_the_services_of_the_design_with_what_each_needs() -> None:
    assert {folder.name: set(spec.read(folder).needs.named) for folder in FOLDERS} == NEEDS


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("service", [name for name in SERVICES if name != "web"])
def test_what_changes_a_services_tables_runs_before_each_release_where_it_has_tables(service: str, stage: str) -> None:
    folder = ROOT / "services" / service
    values: dict[str, Any] = yaml.safe_load((folder / "deploy" / f"{stage}.yaml").read_text())
    writes = spec.read(folder).needs.mysql == "write"
    run = ["python", "-m", "servicekit.migrate", service, "app/migrations"]
    assert values.get("migration") == ({"command": run} if writes else None)
    assert (folder / "app/migrations").is_dir() is writes


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_be_built_in_every_stage_with_its_own_budget(service: str, stage: str) -> None:
    described = spec.read(ROOT / "services" / service)
    there = spec.stage_of(stage, config(service, stage))
    on = platform(stage)
    assert (there.account_id, there.region) == (on.account_id, on.region)
    run = built(described, on, there.budget_usd)
    accounts = {each["serviceAccount"] for each in run.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")}
    migrates = {f"{service}-migration"} if described.needs.mysql == "write" else set[str]()
    assert accounts == (set[str]() if described.kind is Kind.WEB else {service, *migrates})


@pytest.mark.parametrize("stage", STAGES)
def test_all_services_together_may_spend_no_more_than_their_stage(stage: str) -> None:
    budgets = [spec.stage_of(stage, config(service, stage)).budget_usd for service in SERVICES]
    assert sum(budgets) <= platform(stage).budget_usd


@pytest.mark.parametrize("service", SERVICES)
def test_its_program_is_that_of_every_service_and_its_project_has_its_name(service: str) -> None:
    folder = ROOT / "services" / service
    assert (folder / "__main__.py").read_text() == (ROOT / "services" / "feed" / "__main__.py").read_text()
    assert yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"] == service


def test_a_producer_of_events_is_there_for_each_that_is_subscribed_to() -> None:
    described = [spec.read(folder) for folder in FOLDERS]
    published = {(one.name, event) for one in described if one.needs.events for event in one.needs.events.publishes}
    wanted = [each for one in described if one.needs.events for each in one.needs.events.subscribes.values()]
    assert wanted
    for each in wanted:
        assert any(source == each.source and event.startswith(each.type) for source, event in published), each
