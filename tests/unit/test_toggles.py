import json
import re
from typing import Any

import pulumi
import pytest
from jsonschema import Draft4Validator

from components.naming import Scope
from components.operations import flags
from components.operations.configured import readers_statements
from components.operations.promises import Promises, PromisesArgs
from components.operations.toggles import Toggles, TogglesArgs
from tests.unit.recording import Recorded, record, revealed

SCOPE = Scope(stage="prod", account_id="111122223333", region="ap-northeast-2")
STRATEGY = "aws:appconfig/deploymentStrategy:DeploymentStrategy"
VERSION = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion"


def toggled() -> None:
    promises = Promises(
        "promises",
        PromisesArgs(
            scope=SCOPE,
            availability_percent=99.95,
            p95_ms=150,
            load_balancer_arn_suffix="app/mock/1",
            alarm_topic_arn="topic",
        ),
    )
    Toggles("toggles", TogglesArgs(scope=SCOPE, alarm_arns=promises.alarm_arns, key_arn="storage-key"))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return record(toggled)


def test_an_alarm_on_what_users_were_promised_takes_a_staged_toggle_back(run: Recorded) -> None:
    environment = run.named("toggles-environment", "aws:appconfig/environment:Environment")
    watched = {one["alarmArn"]: one["alarmRoleArn"] for one in environment["monitors"]}
    titles = ("p95", "errors", "surge", "crawl")
    assert watched == {f"arn:mock:promises-{title}": "arn:mock:toggles-rollback" for title in titles}
    assert len(watched) <= 5  # AppConfig takes no more


def test_the_role_that_looks_at_alarms_may_look_at_alarms_and_nothing_else(run: Recorded) -> None:
    (statement,) = json.loads(run.named("toggles-rollback", "aws:iam/rolePolicy:RolePolicy")["policy"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", ["cloudwatch:DescribeAlarms"])
    assert statement["Resource"] == ["arn:aws:cloudwatch:ap-northeast-2:111122223333:alarm:*"]
    (trust,) = json.loads(run.named("toggles-rollback", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "appconfig.amazonaws.com"}


def test_a_staged_toggle_reaches_a_fifth_more_at_a_time_and_is_watched_longer_than_the_slowest_alarm_takes(
    run: Recorded,
) -> None:
    staged = run.named("toggles-staged", STRATEGY)
    assert (staged["growthType"], staged["growthFactor"], int(staged["deploymentDurationInMinutes"])) == (
        "LINEAR",
        20.0,
        10,
    )
    slowest = max(int(alarm["evaluationPeriods"]) for alarm in run.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"))
    assert int(staged["finalBakeTimeInMinutes"]) == 10 >= 2 * slowest


def test_an_emergency_toggle_is_there_at_once_and_no_alarm_that_is_already_on_stops_it(run: Recorded) -> None:
    emergency = run.named("toggles-emergency", STRATEGY)
    assert (int(emergency["deploymentDurationInMinutes"]), emergency["growthFactor"]) == (0, 100.0)
    assert int(emergency["finalBakeTimeInMinutes"]) == 0


def test_flags_are_flags_to_appconfig_and_encrypted_by_our_key(run: Recorded) -> None:
    profile = run.named("toggles-heavy-features", "aws:appconfig/configurationProfile:ConfigurationProfile")
    assert (profile["type"], profile["locationUri"]) == ("AWS.AppConfig.FeatureFlags", "hosted")
    deployment = run.named("toggles-flags-1", "aws:appconfig/deployment:Deployment")
    assert {profile["kmsKeyIdentifier"], deployment["kmsKeyIdentifier"]} == {"storage-key"}


def test_everything_is_on_to_begin_with_and_what_operators_then_decide_is_left_alone(run: Recorded) -> None:
    first = run.named("toggles-flags-1", VERSION)
    content = json.loads(revealed(first["content"]))
    assert set(content["flags"]) == set(content["values"]) == set(flags.HEAVY_FEATURES)
    assert all(value == {"enabled": True} for value in content["values"].values())
    assert first.ignores == ["content"]


@pytest.mark.parametrize("name", flags.HEAVY_FEATURES)
def test_a_feature_has_a_name_that_appconfig_takes_and_says_what_stays_without_it(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-zA-Z\d_-]{0,63}", name)
    assert re.search(r"REQ-.*; off: \w", flags.HEAVY_FEATURES[name])


def changed(**values: object) -> dict[str, Any]:
    content = json.loads(flags.all_on())
    content["values"] |= values
    return content


@pytest.mark.parametrize(
    ("content", "is_taken"),
    [
        (changed(), True),
        (changed(chat={"enabled": False}), True),
        (changed(chat={"enabled": False, "_updatedAt": "2026-01-01T00:00:00Z"}), True),
        (changed(chat={}), False),
        (changed(chat={"enabled": "off"}), False),
        (changed(chta={"enabled": False}), False),
        ({"version": "1", "flags": {}, "values": {}}, False),
        ({"version": "1"}, False),
    ],
)
def test_whoever_toggles_in_a_hurry_cannot_drop_misspell_or_leave_open_a_feature(
    content: dict[str, Any], is_taken: bool
) -> None:
    schema = json.loads(flags.schema())
    Draft4Validator.check_schema(schema)
    assert Draft4Validator(schema).is_valid(content) is is_taken  # pyright: ignore[reportUnknownMemberType]


def test_a_service_may_read_these_flags_and_decrypt_them_through_appconfig_only() -> None:
    read, decrypt = (one.as_json() for one in readers_statements(SCOPE, "app1234", "env1234", "pro1234"))
    assert read["Resource"] == [
        "arn:aws:appconfig:ap-northeast-2:111122223333:application/app1234/environment/env1234/configuration/pro1234"
    ]
    assert read["Action"] == ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"]
    assert decrypt["Action"] == ["kms:Decrypt"]
    assert decrypt["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-prod-storage"},
        "StringEquals": {"kms:ViaService": "appconfig.ap-northeast-2.amazonaws.com"},
    }


def test_the_document_for_an_instance_names_the_ids_that_appconfig_drew() -> None:
    seen: list[str] = []

    def program() -> None:
        toggles = Toggles("toggles", TogglesArgs(scope=SCOPE, alarm_arns={"p95": "arn:p95"}, key_arn="storage-key"))
        pulumi.Output.all(toggles.application_id, toggles.reading()).apply(seen.extend)

    record(program)
    application, document = seen
    assert f"application/{application}/environment/" in json.loads(document)["Statement"][0]["Resource"][0]
