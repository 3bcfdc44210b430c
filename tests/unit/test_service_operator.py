"""Services as resources of the Pulumi Kubernetes Operator: as its own definition has them, and for hundreds."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.naming import Scope
from ops.errors import OpsError
from ops.services.__main__ import run
from ops.services.listing import Listed, listed
from ops.services.operator import RECORD, check, manifests, stacks
from tests.unit.conftest import ROOT

SERVICES = listed(ROOT / "services")
PROD = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
REPOSITORY = "https://github.com/example/startup-platform"


def of(services: list[Listed]) -> list[Any]:
    return list(yaml.safe_load_all(manifests(stacks(services, PROD, repository=REPOSITORY, branch="main"))))


def test_a_service_is_updated_from_its_folder_with_the_state_and_the_key_of_its_stage() -> None:
    (api, *_) = of(SERVICES)
    assert api["metadata"]["name"] == "api-prod"
    spec = api["spec"]
    assert (spec["stack"], spec["repoDir"], spec["projectRepo"]) == (
        "organization/api/prod",
        "services/api",
        REPOSITORY,
    )
    assert spec["backend"] == "s3://startup-platform-prod-state-777788889999-ap-northeast-2?region=ap-northeast-2"
    assert spec["secretsProvider"].startswith("awskms://alias/startup-platform-prod-stack-secrets?")


def test_a_resource_that_is_deleted_takes_nothing_down_and_no_pod_waits_for_work() -> None:
    for one in of(SERVICES):
        assert one["spec"]["destroyOnFinalize"] is False
        assert one["spec"]["workspaceReclaimPolicy"] == "Delete"


def test_hundreds_are_as_the_operator_wants_them_and_do_not_look_at_the_branch_in_the_same_second() -> None:
    many = [replace(SERVICES[0], name=f"{'s' * 20}{number}") for number in range(300)]
    made = of(many)
    assert len({one["metadata"]["name"] for one in made}) == 300
    seconds = [one["spec"]["resyncFrequencySeconds"] for one in made]
    assert min(seconds) >= 300
    assert max(seconds) < 600
    assert len(set(seconds)) > 150


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"repoDirectory": "services/api"}, "api-prod: spec: Additional properties are not allowed"),
        ({"shallow": "yes"}, "api-prod: spec.shallow: 'yes' is not of type 'boolean'"),
        ({"workspaceReclaimPolicy": "Keep"}, "api-prod: spec.workspaceReclaimPolicy: 'Keep' is not one of"),
        ({"stack": None}, "api-prod: spec.stack: None is not of type 'string'"),
        ({"envRefs": {"A": {"literal": {"value": "b"}}}}, "api-prod: spec.envRefs.A: 'type' is a required property"),
    ],
)
def test_what_the_operator_would_refuse_or_drop_is_found_before_it_is_written(
    change: dict[str, Any], sentence: str
) -> None:
    (api, *_) = of(SERVICES)
    with pytest.raises(OpsError) as refused:
        check({**api, "spec": {**api["spec"], **change}})
    assert str(refused.value).startswith(sentence)
    assert "Pulumi Kubernetes Operator v" in str(refused.value)


def test_a_name_that_is_too_long_for_it_is_refused_and_the_longest_service_is_not() -> None:
    assert of([replace(SERVICES[0], name="s" * 28)])
    with pytest.raises(OpsError, match="has at most 42 letters"):
        of([replace(SERVICES[0], name="s" * 38)])


def test_they_come_for_the_stage_that_is_asked_for_from_the_repository_that_it_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["--format", "stacks", "--stage", "stg"])
    made: list[Any] = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [one["metadata"]["name"] for one in made] == [f"{one.name}-stg" for one in SERVICES]
    assert {one["spec"]["projectRepo"] for one in made} == {REPOSITORY}
    assert all((ROOT / one["spec"]["repoDir"] / "Pulumi.stg.yaml").exists() for one in made)
    assert {one["spec"]["branch"] for one in made} == {"main"}


def test_the_record_says_where_it_is_from_and_holds_no_prose() -> None:
    record: dict[str, Any] = json.loads(Path(RECORD).read_text())
    assert record["source"].startswith("https://github.com/pulumi/pulumi-kubernetes-operator/blob/")
    assert "description" not in record["spec"]["properties"]["stack"]
    assert record["spec"]["required"] == ["stack"]
