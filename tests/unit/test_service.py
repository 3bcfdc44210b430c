"""Who a service is, how it is released, who hears of it, and what it may not promise."""

import json
from typing import Any

import pytest
import yaml

from components.operations.burn import PAIRS
from components.service import watching
from components.service.releasing import github_repository
from components.service.spec import Kind, SpecError
from k8s.addons import telemetry_config
from tests.unit.conftest import ROOT
from tests.unit.recording import Recorded
from tests.unit.services import built, described, place, platform

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLE = "aws:iam/role:Role"
NO_CLUSTER = (
    "feed: kind = http runs in a cluster, and stage dev has none in phase mvp; bring the platform's stack into phase "
    "growth first (docs/adr/0032)"
)


@pytest.fixture(scope="module")
def run() -> Recorded:
    return built(described({"redis": True, "queue": True}))


def trust(run: Recorded, name: str) -> dict[str, Any]:
    (statement,) = json.loads(run.named(name, ROLE)["assumeRolePolicy"])["Statement"]
    return statement


def test_the_role_is_for_the_services_own_account_in_its_teams_namespace_of_this_cluster(run: Recorded) -> None:
    assert trust(run, "feed-pod")["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": "111122223333",
            "aws:RequestTag/eks-cluster-name": "startup-platform-dev-cluster",
            "aws:RequestTag/kubernetes-namespace": "discovery",
            "aws:RequestTag/kubernetes-service-account": "feed",
        },
        "ArnEquals": {"aws:SourceArn": "arn:aws:eks:ap-northeast-2:111122223333:cluster/startup-platform-dev-cluster"},
    }
    association = run.named("feed-pod", "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert (association["namespace"], association["serviceAccount"]) == ("discovery", "feed")
    rights = {"feed-may-redis", "feed-may-queue"}
    assert rights <= {urn.rpartition("::")[2] for urn in association.dependencies}


def test_only_runs_of_its_own_environment_in_this_repository_release_it(run: Recorded) -> None:
    numbered = "repo:example@42/startup-platform@4711"
    for said, expected in ((numbered, numbered), ("", "repo:example/startup-platform")):
        again = trust(built(described(), platform(repository_subject=said)), "feed-releasing-role")
        condition = again["Condition"]["StringEquals"]
        assert condition["token.actions.githubusercontent.com:sub"] == f"{expected}:environment:feed-dev"
    statement = trust(built(described(), platform(repository_subject="")), "feed-releasing-role")
    assert statement["Principal"] == {
        "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    }
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:example/startup-platform:environment:feed-dev",
        }
    }


def test_a_release_pushes_its_own_images_and_none_of_another_service(run: Recorded) -> None:
    policy = run.named("feed-releasing-role", "aws:iam/rolePolicy:RolePolicy")["policy"]
    pushing = {one["Sid"]: one["Resource"] for one in json.loads(policy)["Statement"]}
    assert pushing == {
        "LogInToTheRegistry": ["*"],
        "PushItsImages": ["arn:aws:ecr:ap-northeast-2:111122223333:repository/startup-platform/dev/feed"],
    }


def test_a_repository_is_made_where_the_platform_has_none() -> None:
    repository = "aws:ecr/repository:Repository"
    assert built(described()).of_type(repository) == []
    (made,) = built(described(name="ads")).of_type(repository)
    assert (made["name"], made["imageTagMutability"]) == ("startup-platform/dev/ads", "IMMUTABLE")


def test_a_front_end_has_no_pod_and_its_release_reaches_the_site_only() -> None:
    run = built(described(name="web", kind="web", classification="public"))
    assert [one.name for one in run.of_type(ROLE)] == ["web-releasing-role"]
    (policy,) = run.of_type("aws:iam/rolePolicy:RolePolicy")
    assert {one["Sid"]: one["Resource"] for one in json.loads(policy["policy"])["Statement"]} == {
        "ReadWhereTheSiteIs": ["arn:aws:ssm:ap-northeast-2:111122223333:parameter/startup-platform/dev/contract/v1"],
        "ListTheSite": [f"arn:aws:s3:::{platform().site_bucket}"],
        "PutAReleaseOfTheSite": [f"arn:aws:s3:::{platform().site_bucket}/*"],
        "UseTheKeyOfTheSite": ["arn:aws:kms:ap-northeast-2:111122223333:key/*"],
        "HaveCloudFrontForgetTheOldOne": [
            f"arn:aws:cloudfront::111122223333:distribution/{platform().distribution_id}"
        ],
    }
    assert run.of_type(ALARM) == []


def test_its_alarms_are_those_of_the_design_on_its_own_metrics(run: Recorded) -> None:
    p95, errors = run.named("feed-watching-p95", ALARM), run.named("feed-watching-errors", ALARM)
    assert (p95["threshold"], p95["evaluationPeriods"]) == (0.2, 5)
    assert (errors["threshold"], errors["evaluationPeriods"]) == (1.0, 3)
    (measured,) = p95["metricQueries"]
    assert measured["metric"] == {
        "namespace": "startup-platform/services",
        "metricName": "http.server.request.duration",
        "dimensions": {"service.name": "feed"},
        "period": 60,
        "stat": "p95",
    }
    assert p95["alarmActions"] == errors["alarmActions"] == [platform().alarm_topic_arn]


def test_nothing_is_said_to_fail_while_nobody_asks_and_both_tracks_count() -> None:
    assert watching.failed_percent(at_least=1) == (
        "IF(FILL(requests, 0) >= 1, 100 * (FILL(stable, 0) + FILL(canary, 0)) / requests, 0)"
    )


def test_its_own_promise_counts_where_it_makes_one() -> None:
    run = built(described(slo={"availability_percent": 99.5, "p95_ms": 500}))
    assert run.named("feed-watching-p95", ALARM)["threshold"] == 0.5
    assert run.named("feed-watching-hour", ALARM)["threshold"] == PAIRS[0].long.errors_percent(99.5)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.WEB])
def test_what_it_is_watched_by_is_emitted_by_its_kind(kind: Kind) -> None:
    emitted = yaml.safe_load((ROOT / "k8s" / "metrics.yaml").read_text())["services"]
    assert watching.NAMESPACE == emitted["namespace"] == telemetry_config.NAMESPACE
    assert kind.value in emitted["metrics"][watching.DURATION[kind]]["kinds"]
    internal = place({"queue": True}, kind=kind.value, exposure="internal")
    for metric in watching.answers(internal).values():
        assert list(metric.dimensions) in emitted["dimensions"]


def test_a_worker_is_judged_by_errors_and_by_how_long_its_messages_wait() -> None:
    run = built(described({"queue": True}, kind="worker", exposure="internal"))
    titles = {one.name for one in run.of_type(ALARM)}
    assert {"feed-watching-errors", "feed-queue-age"} <= titles
    assert "feed-watching-p95" not in titles


def test_its_budget_is_of_what_bears_its_tag(run: Recorded) -> None:
    budget = run.named("feed-watching-budget", "aws:budgets/budget:Budget")
    assert (budget["limitAmount"], budget["limitUnit"]) == ("60.00", "USD")
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:Application$feed"]}]
    assert [one["threshold"] for one in budget["notifications"]] == [80, 90, 100]


def test_everything_of_it_bears_its_name_and_the_worst_that_it_holds(run: Recorded) -> None:
    tagged = [one for one in run.registrations if one.get("tags")]
    assert len(tagged) > 10
    assert all(
        (one["tags"]["Application"], one["tags"]["DataClassification"]) == ("feed", "confidential") for one in tagged
    )


@pytest.mark.parametrize(
    ("spec", "on", "budget", "sentence"),
    [
        (
            {},
            {"cluster_name": "", "phase": "mvp"},
            60,
            NO_CLUSTER,
        ),
        (
            {"slo": {"availability_percent": 99.99}},
            {},
            60,
            "feed: slo.availability_percent = 99.99 is above what stage dev itself promises; give at most 99.9",
        ),
        (
            {},
            {},
            263,
            "Pulumi.dev.yaml: service:budget_usd = 263 is more than the whole stage may spend; give at most 262.5",
        ),
    ],
)
def test_what_the_stage_cannot_bear_is_refused_in_one_sentence(
    spec: dict[str, Any], on: dict[str, Any], budget: float, sentence: str
) -> None:
    with pytest.raises(SpecError) as refused:
        built(described(**spec), platform(**on), budget)
    assert str(refused.value) == sentence


def test_a_repository_that_is_not_githubs_releases_nothing() -> None:
    assert github_repository("https://github.com/example/startup-platform.git") == "example/startup-platform"
    with pytest.raises(SpecError, match=r"is no repository of github\.com"):
        github_repository("https://gitlab.com/example/startup-platform")
