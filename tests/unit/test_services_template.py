"""The services that are there were made by the template, and are what it makes now."""

import pytest
import yaml

from components.service import spec as specs
from components.service.spec import STAGES, Kind
from ops.newservice import pulumi_template
from ops.newservice.__main__ import again
from ops.newservice.making import is_of_the_team
from tests.unit.newservice import ROOT

KEPT = ("name", "team", "cost_center", "classification", "kind", "exposure", "needs")
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/service.yaml"))


def test_the_services_of_the_design_and_the_front_end_are_there() -> None:
    assert set(SERVICES) >= {"api", "auth", "feed", "notification-ws", "recommendation-worker", "web"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_the_template_owns_of_a_service_is_as_it_makes_it(name: str) -> None:
    files = again(ROOT, name)
    assert list(files.new) == [], f"make update-service SERVICE={name}"
    assert list(files.changed) == [], f"make update-service SERVICE={name}"


@pytest.mark.parametrize("name", SERVICES)
def test_the_answers_that_are_kept_are_what_the_service_says_of_itself(name: str) -> None:
    folder = ROOT / "services" / name
    answers = yaml.safe_load((folder / ".copier-answers.yml").read_text())
    said = yaml.safe_load((folder / "service.yaml").read_text())
    assert {key: answers[key] for key in said if key in answers} == {key: said[key] for key in said if key in answers}
    assert set(answers) == {"_src_path", "description", *KEPT}


@pytest.mark.parametrize("name", SERVICES)
def test_what_argocd_reads_is_about_this_service(name: str) -> None:
    folder = ROOT / "services" / name
    spec = specs.read(folder)
    files = {path.stem: yaml.safe_load(path.read_text()) for path in (folder / "deploy").glob("*.yaml")}
    assert set(files) == (set() if spec.kind is Kind.WEB else set(STAGES))
    for values in files.values():
        assert (values["name"], values["team"], values["kind"]) == (spec.name, spec.team, spec.kind.value)


def test_no_two_services_of_a_stage_take_one_path() -> None:
    for stage in STAGES:
        files = [yaml.safe_load(path.read_text()) for path in (ROOT / "services").glob(f"*/deploy/{stage}.yaml")]
        paths = [path for values in files for path in values.get("route", {}).get("paths", ())]
        assert len(paths) == len(set(paths))
        assert {"/api", "/auth", "/api/feed", "/ws"} <= set(paths)


@pytest.mark.parametrize(
    ("path", "is_theirs"),
    [
        ("service.yaml", True),
        ("Pulumi.prod.yaml", True),
        ("deploy/prod.yaml", True),
        ("app/main.py", True),
        ("runbook-own.md", True),
        ("Pulumi.yaml", False),
        ("__main__.py", False),
        ("runbook.md", False),
        ("catalog-info.yaml", False),
        (".copier-answers.yml", False),
    ],
)
def test_who_owns_a_file(path: str, is_theirs: bool) -> None:
    assert is_of_the_team(ROOT, path) is is_theirs


def test_what_pulumi_new_takes_is_made_of_the_same_source() -> None:
    place = ROOT / pulumi_template.PLACE
    there = {path.relative_to(place).as_posix(): path.read_text() for path in place.rglob("*") if path.is_file()}
    assert there == pulumi_template.files(ROOT), "make generated"


def test_pulumi_replaces_the_name_wherever_it_stands_and_asks_for_what_a_stage_decides() -> None:
    files = pulumi_template.files(ROOT)
    assert pulumi_template.NAME in files["service.yaml"]
    assert "new-service" not in "".join(text for path, text in files.items() if path != ".copier-answers.yml")
    asked = yaml.safe_load(files["Pulumi.yaml"])["template"]["config"]
    assert set(asked) == {f"service:{key}" for key in specs.Stage.model_fields}
