"""Flags of a service's own: what goes out, how, and what takes it back."""

import json
from typing import Any

import pytest

from tests.unit.recording import Recorded, revealed
from tests.unit.services import built, described, platform

SAYS = "Ranking by the new model; off: by time"
FLAGS = {"new_ranking": {"enabled": False, "says": SAYS}}
VERSION = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion"
ENVIRONMENT = "aws:appconfig/environment:Environment"


@pytest.fixture(scope="module")
def run() -> Recorded:
    return built(described(flags=FLAGS))


def version(run: Recorded) -> Any:
    (one,) = run.of_type(VERSION)
    return one


def test_a_flag_begins_as_service_yaml_has_it(run: Recorded) -> None:
    assert json.loads(revealed(version(run)["content"])) == {
        "version": "1",
        "flags": {"new_ranking": {"name": "new_ranking", "description": SAYS}},
        "values": {"new_ranking": {"enabled": False}},
    }


def test_what_operators_toggle_stays_until_the_set_becomes_another(run: Recorded) -> None:
    same, other = built(described(flags=FLAGS)), built(described(flags=FLAGS | {"ads": FLAGS["new_ranking"]}))
    assert version(run).ignores == ["content"]
    assert version(run).name == version(same).name != version(other).name


def test_a_set_goes_out_slowly_and_its_own_alarms_take_it_back(run: Recorded) -> None:
    (deployment,) = run.of_type("aws:appconfig/deployment:Deployment")
    assert deployment["deploymentStrategyId"] == platform().toggles_strategy_ids["staged"]
    monitors = run.named("feed-flags-environment", ENVIRONMENT)["monitors"]
    assert [one["alarmArn"] for one in monitors] == ["arn:mock:feed-watching-errors", "arn:mock:feed-watching-p95"]
    assert {one["alarmRoleArn"] for one in monitors} == {"arn:mock:feed-flags-rollback"}


def test_the_pod_reads_the_services_own_set_and_no_other(run: Recorded) -> None:
    policy = json.loads(run.named("feed-may-flags", "aws:iam/rolePolicy:RolePolicy")["policy"])
    read, _ = policy["Statement"]
    assert read["Action"] == ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"]
    (arn,) = read["Resource"]
    assert arn.startswith("arn:aws:appconfig:ap-northeast-2:111122223333:application/feed-flags-application-id/")


def test_a_worker_is_taken_back_by_its_errors_and_a_service_without_flags_has_nothing_of_it() -> None:
    worker = built(described({"queue": True}, kind="worker", exposure="internal", flags=FLAGS))
    assert len(worker.named("feed-flags-environment", ENVIRONMENT)["monitors"]) == 1
    assert not [one for one in built(described()).registrations if "appconfig" in one.type]
