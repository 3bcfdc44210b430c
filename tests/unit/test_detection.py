"""What looks for attackers and weaknesses, in which phase and region, and which findings wake somebody."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.naming import Scope
from components.operations.alerts import topic_policy
from components.operations.detection import RUNTIME
from components.phases import PHASES, PhaseName
from components.sizes import Sizes
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded

DETECTOR, FEATURE = "aws:guardduty/detector:Detector", "aws:guardduty/detectorFeature:DetectorFeature"
HUB, STANDARD = "aws:securityhub/account:Account", "aws:securityhub/standardsSubscription:StandardsSubscription"
ANALYZER, INSPECTOR = "aws:accessanalyzer/analyzer:Analyzer", "aws:inspector2/enabler:Enabler"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"


@pytest.fixture(scope="module")
def ipo() -> Recorded:
    return platform_of("prod", phase=PhaseName.IPO)


@pytest.fixture(scope="module")
def mvp() -> Recorded:
    return platform_of("prod", phase=PhaseName.MVP)


def pattern(run: Recorded, title: str) -> Any:
    return json.loads(run.named(f"detection-{title}-rule", RULE)["eventPattern"])


def test_an_mvp_has_guarddutys_base_and_asks_what_outsiders_may_enter_and_pays_for_no_more(mvp: Recorded) -> None:
    assert [(one.name, one["enable"]) for one in mvp.of_type(DETECTOR)] == [("detection-detector", True)]
    assert [(one.name, one["type"]) for one in mvp.of_type(ANALYZER)] == [("detection-entered", "ACCOUNT")]
    assert [mvp.of_type(token) for token in (FEATURE, HUB, STANDARD, INSPECTOR)] == [[], [], [], []]


def test_guardduty_looks_at_objects_cluster_database_functions_and_what_runs_in_both_regions(ipo: Recorded) -> None:
    assert {one.name for one in ipo.of_type(DETECTOR)} == {"detection-detector", "dr-detection-detector"}
    for region in ("", "dr-"):
        features = [one for one in ipo.of_type(FEATURE) if one["detectorId"] == f"{region}detection-detector-id"]
        assert {one["name"]: one["status"] for one in features} == dict.fromkeys(
            (
                "EBS_MALWARE_PROTECTION",
                "EKS_AUDIT_LOGS",
                "LAMBDA_NETWORK_LOGS",
                "RDS_LOGIN_EVENTS",
                "RUNTIME_MONITORING",
                "S3_DATA_EVENTS",
            ),
            "ENABLED",
        )
        (runtime,) = [one for one in features if one["name"] == RUNTIME]
        assert {one["name"]: one["status"] for one in runtime["additionalConfigurations"]} == {
            "EC2_AGENT_MANAGEMENT": "ENABLED",
            "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
            "EKS_ADDON_MANAGEMENT": "ENABLED",
        }


def test_security_hub_has_our_standards_after_config_records_and_the_first_one_collects(ipo: Recorded) -> None:
    hub = ipo.named("detection-hub", HUB)
    assert (hub["enableDefaultStandards"], hub["controlFindingGenerator"]) == (False, "SECURITY_CONTROL")
    assert any(urn.endswith("::recorder-on") for urn in hub.dependencies)
    ours = "arn:aws:securityhub:ap-northeast-2::standards"
    assert {one.name: one["standardsArn"] for one in ipo.of_type(STANDARD) if not one.name.startswith("dr-")} == {
        "detection-fsbp": f"{ours}/aws-foundational-security-best-practices/v/1.0.0",
        "detection-cis": f"{ours}/cis-aws-foundations-benchmark/v/3.0.0",
    }
    (aggregator,) = ipo.of_type("aws:securityhub/findingAggregator:FindingAggregator")
    assert (aggregator.name, aggregator["linkingMode"]) == ("detection-aggregator", "ALL_REGIONS")


def test_inspector_looks_at_machines_images_and_functions_and_the_registry_agrees(ipo: Recorded, mvp: Recorded) -> None:
    inspector = ipo.named("detection-inspector", INSPECTOR)
    assert (inspector["accountIds"], inspector["resourceTypes"]) == (["777788889999"], ["EC2", "ECR", "LAMBDA"])
    scanning = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
    assert {one["scanType"] for one in ipo.of_type(scanning)} == {"ENHANCED"}
    assert {one["rules"][0]["scanFrequency"] for one in ipo.of_type(scanning)} == {"CONTINUOUS_SCAN"}
    assert {one["scanType"] for one in mvp.of_type(scanning)} == {"BASIC"}


def test_rights_that_nobody_used_for_a_quarter_are_looked_for_once(ipo: Recorded) -> None:
    (unused,) = [one for one in ipo.of_type(ANALYZER) if one["type"] == "ACCOUNT_UNUSED_ACCESS"]
    assert unused.name == "detection-unused"
    assert int(unused["configuration"]["unusedAccess"]["unusedAccessAge"]) == 90


def test_only_what_is_grave_and_new_wakes_somebody_and_once(ipo: Recorded) -> None:
    assert pattern(ipo, "guardduty")["detail"] == {"severity": [{"numeric": [">=", 7]}]}
    assert pattern(ipo, "access")["detail"] == {"status": ["ACTIVE"], "isPublic": [True]}
    assert pattern(ipo, "hub")["detail"]["findings"] == {
        "ProductName": [{"anything-but": ["GuardDuty"]}],
        "RecordState": ["ACTIVE"],
        "Region": ["ap-northeast-2"],
        "Severity": {"Label": ["CRITICAL", "HIGH"]},
        "Workflow": {"Status": ["NEW"]},
    }


def test_a_finding_is_told_to_its_own_regions_topic_as_a_sentence(ipo: Recorded) -> None:
    told = [one for one in ipo.of_type(TARGET) if "detection-" in one.name]
    assert {one.name for one in told} == {
        f"{region}detection-{title}-told" for region in ("", "dr-") for title in ("guardduty", "access", "hub")
    }
    for one in told:
        region = "dr-" if one.name.startswith("dr-") else ""
        assert f"{region}alerts-alarms" in [urn.rpartition("::")[2] for urn in one.points["arn"]]
        assert [urn.rpartition("::")[2] for urn in one.points["deadLetterConfig"]] == [f"{region}messaging-undelivered"]
        # A role would be asked instead of the topic's policy.
        assert one.get("roleArn") is None
        transformer = one["inputTransformer"]
        told = json.loads(transformer["inputTemplate"])
        # What has another form is not shown in chat, and nobody hears of that.
        assert (told["version"], told["source"], set(told["content"])) == ("1.0", "custom", {"description"})
        sentence = told["content"]["description"]
        assert all(f"<{name}>" in sentence for name in transformer["inputPaths"])


def test_the_topic_and_its_key_let_events_in_as_events_can_say_who_they_are(ipo: Recorded) -> None:
    scope = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
    statements = {one["Sid"]: one for one in json.loads(topic_policy(scope, "topic"))["Statement"]}
    # With any condition nothing would arrive, and nobody would hear of that.
    assert "Condition" not in statements["PublishedByRulesOnEvents"]
    assert statements["PublishedByRulesOnEvents"]["Principal"] == {"Service": "events.amazonaws.com"}
    key = json.loads(ipo.named("encryption-messaging", "aws:kms/key:Key")["policy"])["Statement"]
    (admitted,) = [one for one in key if one["Sid"] == "UsedByRulesThatTellTheTopicOfAlarms"]
    topic = "arn:aws:sns:ap-northeast-2:777788889999:startup-platform-prod-alarms"
    assert admitted["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}}


def test_a_stage_whose_organisation_watches_makes_none_of_it() -> None:
    run = platform_of("prod", phase=PhaseName.IPO, audit_owner="organization")
    assert [run.of_type(token) for token in (DETECTOR, FEATURE, HUB, STANDARD, ANALYZER, INSPECTOR)] == [[]] * 6


def test_standards_without_config_are_refused() -> None:
    sizes = {**PHASES[PhaseName.GROWTH].sizes.model_dump(), "config": None}
    with pytest.raises(ValidationError, match="standards without config"):
        Sizes.model_validate(sizes)
