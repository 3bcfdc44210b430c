"""Config's exact inputs, and the packs by which it judges: each rule is one that AWS publishes."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from components.operations import packs
from components.phases import PhaseName
from components.tagging import KEYS
from k8s import versions
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded

ROOT = Path(__file__).resolve().parents[2]
# Every identifier in the 123 packs of awslabs/aws-config-rules b54d4a6c (aws-config-conformance-packs/).
PUBLISHED = frozenset((Path(__file__).parent / "config_managed_rules.txt").read_text().split())
ELSEWHERE = {"CLOUDFRONT_ASSOCIATED_WITH_WAF", "CLOUDFRONT_VIEWER_POLICY_HTTPS"}  # in us-east-1 only
RECORDER, CHANNEL = "aws:cfg/recorder:Recorder", "aws:cfg/deliveryChannel:DeliveryChannel"
PACK, BUCKET = "aws:cfg/conformancePack:ConformancePack", "aws:s3/bucket:Bucket"
TITLES = (packs.ISMS_P, packs.SOC2)


def framework(name: str) -> Any:
    return yaml.safe_load((ROOT / "policy" / "frameworks" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ipo() -> Recorded:
    return platform_of("prod", phase=PhaseName.IPO)


def test_a_recorder_a_region_sees_everything_and_the_first_one_what_has_no_region(ipo: Recorded) -> None:
    groups = {one.name: one["recordingGroup"] for one in ipo.of_type(RECORDER)}
    assert groups == {
        "recorder-recorder": {"allSupported": True, "includeGlobalResourceTypes": True},
        "dr-recorder-recorder": {"allSupported": True},
    }
    for one in ipo.of_type(RECORDER):
        assert one["roleArn"] == (
            "arn:aws:iam::777788889999:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
        )
        assert one["recordingMode"] == {"recordingFrequency": "CONTINUOUS"}
        assert any(urn.endswith("::config-history-role") for urn in one.dependencies)
    switched_on = ipo.of_type("aws:cfg/recorderStatus:RecorderStatus")
    assert [one["isEnabled"] for one in switched_on] == [True, True]
    # Config turns nothing on that could not deliver.
    assert all(any("recorder-channel" in urn for urn in one.dependencies) for one in switched_on)


def test_both_regions_deliver_into_one_bucket_which_is_not_locked_and_keeps_versions(ipo: Recorded) -> None:
    bucket = ipo.named("config-history-bucket", BUCKET)
    assert (bucket.get("objectLockEnabled"), bucket.protect) == (None, True)
    for channel in ipo.of_type(CHANNEL):
        assert channel["s3BucketName"] == bucket["bucket"]
        assert [urn.rpartition("::")[2] for urn in channel.points["s3BucketName"]] == ["config-history-policy"]
        assert [urn.rpartition("::")[2] for urn in channel.points["s3KmsKeyArn"]] == ["encryption-audit"]
    versions_kept = ipo.named("config-history-versioning", "aws:s3/bucketVersioning:BucketVersioning")
    assert versions_kept["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = ipo.named("config-history-lifecycle", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")[
        "rules"
    ]
    assert int(rule["expiration"]["days"]) == 1827


def test_only_config_of_this_account_writes_the_history(ipo: Recorded) -> None:
    policy = json.loads(ipo.named("config-history-policy", "aws:s3/bucketPolicy:BucketPolicy")["policy"])
    allowed = {one["Sid"]: one for one in policy["Statement"] if one["Effect"] == "Allow"}
    assert {one["Principal"]["Service"] for one in allowed.values()} == {"config.amazonaws.com"}
    written = allowed["WrittenByConfigOf777788889999"]
    assert written["Resource"] == [
        "arn:aws:s3:::startup-platform-prod-audit-config-777788889999-ap-northeast-2/AWSLogs/777788889999/Config/*"
    ]
    assert written["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "777788889999",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }


def test_packs_come_with_ipo_in_each_region_and_are_those_of_the_stages_audits(ipo: Recorded) -> None:
    assert {one.name for one in ipo.of_type(PACK)} == {
        f"{region}recorder-{title}" for region in ("", "dr-") for title in TITLES
    }
    assert ipo.named("recorder-soc2", PACK)["name"] == "startup-platform-prod-soc2"
    soc2_only = platform_of("prod", phase=PhaseName.IPO, compliance="soc2")
    assert {one.name for one in soc2_only.of_type(PACK)} == {"recorder-soc2", "dr-recorder-soc2"}
    assert platform_of("prod", phase=PhaseName.GLOBAL).of_type(PACK) == []


def test_an_mvp_has_no_recorder_and_a_stage_whose_organisation_watches_has_none_at_all() -> None:
    assert platform_of("prod", phase=PhaseName.MVP).of_type(RECORDER) == []
    assert platform_of("prod", phase=PhaseName.IPO, audit_owner="organization").of_type(RECORDER) == []


@pytest.mark.parametrize("title", TITLES)
def test_each_rule_of_a_pack_is_published_and_the_template_is_within_the_limits(title: str) -> None:
    template = packs.template(title)
    assert len(template.encode()) <= packs.TEMPLATE_BYTES_MAX
    resources = cast("dict[str, Any]", json.loads(template)["Resources"])
    assert len(resources) == len(packs.rules(title)) <= packs.RULES_MAX
    properties = [one["Properties"] for one in resources.values()]
    assert {one["Source"]["SourceIdentifier"] for one in properties} <= PUBLISHED
    assert {one["Source"]["Owner"] for one in properties} == {"AWS"}
    assert all(value for one in properties for value in one.get("InputParameters", {"": "-"}).values())


def test_the_pack_for_isms_p_has_the_rules_that_aws_has_for_k_isms() -> None:
    theirs = [each["id"] for each in framework("kisms_config_rules.yaml")["config_rules"]]
    assert len(theirs) == 116
    assert set(packs.rules(packs.ISMS_P)) == set(theirs)


def test_the_pack_for_soc_2_has_the_rules_by_which_config_sees_its_criteria() -> None:
    criteria = [each for section in framework("soc2.yaml")["sections"] for each in section["criteria"]]
    ours = [each for each in criteria if each["id"].startswith(("CC6.", "CC7.", "CC8.", "A1.", "C1."))]
    assert set(packs.rules(packs.SOC2)) == {name for each in ours for name in each.get("config_rules", [])} - ELSEWHERE


def test_the_pack_for_soc_2_asks_for_our_tags_and_takes_our_kubernetes() -> None:
    rules = packs.rules(packs.SOC2)
    assert [rules["REQUIRED_TAGS"][f"tag{number}Key"] for number in range(1, 7)] == list(KEYS)
    oldest = rules["EKS_CLUSTER_SUPPORTED_VERSION"]["oldestVersionSupported"]
    assert tuple(map(int, oldest.split("."))) <= tuple(map(int, versions.EKS.kubernetes.split(".")))
