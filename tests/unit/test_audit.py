"""The trail's exact inputs: what is written down, who may write and read it, and for how long nobody can change it."""

import json
from typing import Any

import pytest

from components.naming import Scope
from components.operations.audit import Audit, AuditArgs
from components.phases import PhaseName
from components.settings import SettingsError
from components.sizes import AuditSize
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
BUCKET = "startup-platform-dev-audit-trail-111122223333-ap-northeast-2"
TRAIL_ARN = "arn:aws:cloudtrail:ap-northeast-2:111122223333:trail/startup-platform-dev-trail"
TRAIL, LOCK = "aws:cloudtrail/trail:Trail", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
KEY = "aws:kms/key:Key"


STORE = "arn:aws:cloudtrail:ap-northeast-2:111122223333:eventdatastore/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"


def made(
    *,
    data_events: bool = True,
    insights: bool = True,
    destroy_protection: bool = True,
    event_data_store: str | None = None,
) -> Recorded:
    args = AuditArgs(
        scope=SCOPE,
        size=AuditSize(trail_days=731, data_events=data_events, insights=insights),
        bucket=BUCKET,
        watched_buckets=("startup-platform-dev-lake-", "startup-platform-dev-site-"),
        access_log_bucket="access-logs",
        key_arn="audit-key",
        key_alias="alias/startup-platform-dev-audit",
        event_data_store_arn=event_data_store,
        destroy_protection=destroy_protection,
    )
    return record(lambda: Audit("audit", args))


def by_sid(document: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def test_everything_done_in_any_region_is_written_down_encrypted_and_provably_unchanged() -> None:
    trail = made().named("audit-trail", TRAIL)
    assert trail["name"] == "startup-platform-dev-trail"
    assert trail["kmsKeyId"] == "audit-key"
    switches = ("isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogging", "enableLogFileValidation")
    assert all(trail[switch] is True for switch in switches)
    management, objects = (each["fieldSelectors"] for each in trail["advancedEventSelectors"])
    assert management == [{"field": "eventCategory", "equals": ["Management"]}]
    assert objects == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {
            "field": "resources.ARN",
            "startsWiths": ["arn:aws:s3:::startup-platform-dev-lake-", "arn:aws:s3:::startup-platform-dev-site-"],
        },
    ]
    assert [each["insightType"] for each in trail["insightSelectors"]] == ["ApiCallRateInsight", "ApiErrorRateInsight"]


def test_a_phase_that_does_not_pay_for_data_events_still_has_all_management_events() -> None:
    trail = made(data_events=False, insights=False).named("audit-trail", TRAIL)
    (only,) = trail["advancedEventSelectors"]
    assert only["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]
    assert trail["insightSelectors"] == []


@pytest.mark.parametrize(("protected", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_what_is_written_is_locked_for_as_long_as_it_is_kept(protected: bool, mode: str) -> None:
    run = made(destroy_protection=protected)
    bucket = run.named("audit-bucket", "aws:s3/bucket:Bucket")
    assert (bucket["objectLockEnabled"], bucket.protect) == (True, protected)
    retention = run.named("audit-lock", LOCK)["rule"]["defaultRetention"]
    assert (retention["mode"], int(retention["days"])) == (mode, 731)
    (rule,) = run.named("audit-lifecycle", "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")["rules"]
    assert int(rule["expiration"]["days"]) == 731
    assert [(int(one["days"]), one["storageClass"]) for one in rule["transitions"]] == [(90, "GLACIER_IR")]


def test_only_this_accounts_trail_writes_and_after_the_lock_is_on() -> None:
    run = made()
    policy = run.named("audit-policy", "aws:s3/bucketPolicy:BucketPolicy")
    found = by_sid(policy["policy"])
    assert {sid for sid, one in found.items() if one["Effect"] == "Allow"} == {
        "LookedAtByTheTrail",
        "WrittenByTheTrail",
    }
    written = found["WrittenByTheTrail"]
    assert written["Resource"] == [f"arn:aws:s3:::{BUCKET}/AWSLogs/111122223333/*"]
    assert written["Condition"] == {
        "StringEquals": {"aws:SourceArn": TRAIL_ARN, "s3:x-amz-acl": "bucket-owner-full-control"}
    }
    assert any(urn.endswith("::audit-lock") for urn in policy.dependencies)


def test_an_event_data_store_is_never_made_and_one_that_is_there_is_asked_by_auditors_alone() -> None:
    run = made(event_data_store=STORE)
    assert not [one for one in run.registrations if "eventDataStore" in one.type]
    asked = by_sid(run.named("audit-auditor", "aws:iam/policy:Policy")["policy"])["AskTheEventDataStore"]
    assert asked["Resource"] == [STORE]
    assert {action.partition(":")[0] for action in asked["Action"]} == {"cloudtrail"}
    assert "AskTheEventDataStore" not in by_sid(made().named("audit-auditor", "aws:iam/policy:Policy")["policy"])


def test_a_stages_auditors_ask_no_store_where_the_organisation_audits() -> None:
    with pytest.raises(SettingsError, match=r"event_data_store = .* beside .*audit_owner = \"organization\""):
        platform_of("prod", audit_owner="organization", event_data_store=STORE)


def test_an_auditor_reads_and_proves_the_trail_and_changes_nothing() -> None:
    policy = made().named("audit-auditor", "aws:iam/policy:Policy")
    found = by_sid(policy["policy"])
    actions = {action for one in found.values() for action in one["Action"]}
    assert {action.split(":")[1][:3] for action in actions} <= {"Get", "Lis", "Des", "Dec"}
    assert found["DecryptTheTrail"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-audit"},
        "StringEquals": {"kms:ViaService": "s3.ap-northeast-2.amazonaws.com"},
    }


def test_the_key_lets_in_the_trail_by_its_arn_and_config_for_this_account(dev: Recorded) -> None:
    found = by_sid(dev.named("encryption-audit", KEY)["policy"])
    trail, config = found["UsedByTheTrailOfThisAccount"], found["UsedByConfigOfOurAccounts"]
    assert trail["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert trail["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL_ARN}}
    assert config["Principal"] == {"Service": "config.amazonaws.com"}
    assert config["Condition"] == {"StringEquals": {"aws:SourceAccount": ["111122223333"]}}


def test_a_stage_whose_organisation_watches_makes_nothing_of_it_and_no_key_for_it() -> None:
    run = platform_of("prod", phase=PhaseName.IPO, audit_owner="organization")
    assert run.of_type(TRAIL) == []
    assert [one.name for one in run.registrations if one.name.startswith(("audit-", "catalog-cloudtrail"))] == []
    assert [one.name for one in run.of_type(KEY) if one.name.endswith("-audit")] == []


def test_there_is_one_trail_and_one_key_for_it_though_the_stage_has_two_regions() -> None:
    run = platform_of("prod", phase=PhaseName.GLOBAL)
    assert [one.name for one in run.of_type(TRAIL)] == ["audit-trail"]
    assert [one.name for one in run.of_type(KEY) if one.name.endswith("-audit")] == ["encryption-audit"]


def test_athena_reads_the_trail_where_it_is_written_by_region_and_day() -> None:
    run = platform_of("prod", phase=PhaseName.GLOBAL)
    bucket = run.named("audit-bucket", "aws:s3/bucket:Bucket")["bucket"]
    table = run.named("catalog-cloudtrail", "aws:glue/catalogTable:CatalogTable")
    parameters = table["parameters"]
    assert parameters["storage.location.template"] == (
        f"s3://{bucket}/AWSLogs/777788889999/CloudTrail/${{region}}/${{day}}/"
    )
    assert parameters["projection.day.format"] == "yyyy/MM/dd"
    assert {"ap-northeast-2", "ap-southeast-1", "us-east-1"} <= set(parameters["projection.region.values"].split(","))
    assert table["storageDescriptor"]["inputFormat"] == "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
