"""Who did what in every account, and that nobody takes it back (REQ-S15, REQ-Y4)."""

import json
from typing import Any

import pytest

from components.settings import SettingsError
from tests.unit.organization import organizations, settings_of
from tests.unit.recording import Recorded

FILES = "startup-platform-org-trail-222233334444"
TRAIL = "arn:aws:cloudtrail:ap-northeast-2:123456789012:trail/startup-platform-org-trail"
ORGANIZATION, STAGE = range(2)


@pytest.fixture(params=[ORGANIZATION, STAGE])
def run(request: pytest.FixtureRequest) -> Recorded:
    owner: int = request.param
    return organizations()[owner]


def statements(text: str) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return {each["Sid"]: each for each in found}


@pytest.mark.parametrize(("owner", "is_for_all"), [(ORGANIZATION, True), (STAGE, False)])
def test_the_trail_is_over_all_accounts_only_where_the_organisation_owns_the_audit(
    owner: int, is_for_all: bool
) -> None:
    (one,) = organizations()[owner].of_type("aws:cloudtrail/trail:Trail")
    assert one["isOrganizationTrail"] is is_for_all
    assert one["isMultiRegionTrail"] is one["enableLogging"] is one["includeGlobalServiceEvents"] is True
    assert one["enableLogFileValidation"] is True
    assert one["kmsKeyId"] == "arn:mock:audit-key"
    assert one["name"] == "startup-platform-org-trail"
    assert one.provider.split("::")[3] == "aws-management"
    assert one.protect


def test_its_files_are_in_the_security_account_and_locked_for_a_year(run: Recorded) -> None:
    bucket = run.named("audit-files", "aws:s3/bucket:Bucket")
    assert (bucket["bucket"], bucket["objectLockEnabled"]) == (FILES, True)
    assert (bucket.protect, bucket.retains) == (True, True)
    assert bucket.provider.split("::")[3] == "aws-security"
    (lock,) = run.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}
    policy = run.named("audit-files-policy", "aws:s3/bucketPolicy:BucketPolicy")
    assert "audit-files-lock" in {urn.rpartition("::")[2] for urn in policy.dependencies}
    logging = run.named("audit-files-logging", "aws:s3/bucketLogging:BucketLogging")
    assert logging["targetBucket"] == "startup-platform-org-access-logs-222233334444-ap-northeast-2"


@pytest.mark.parametrize(
    ("owner", "prefixes"), [(ORGANIZATION, ["123456789012", "o-exampleorg1"]), (STAGE, ["123456789012"])]
)
def test_only_this_trail_writes_below_its_prefixes(owner: int, prefixes: list[str]) -> None:
    policy = organizations()[owner].named("audit-files-policy", "aws:s3/bucketPolicy:BucketPolicy")
    said = statements(policy["policy"])
    assert set(said) == {"RefusedWithoutTls", "LookedAtByTheTrail", "WrittenByTheTrail"}
    assert said["WrittenByTheTrail"] == {
        "Sid": "WrittenByTheTrail",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{FILES}/AWSLogs/{prefix}/*" for prefix in prefixes],
        "Condition": {"StringEquals": {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}},
    }


def test_only_this_trail_encrypts_and_only_the_security_account_reads(run: Recorded) -> None:
    key = run.named("audit-key", "aws:kms/key:Key")
    assert (key["enableKeyRotation"], key.protect) == (True, True)
    said = statements(key["policy"])
    reads = {sid: each["Principal"] for sid, each in said.items() if "kms:Decrypt" in each["Action"]}
    reads.pop("UsedByConfigOfOurAccounts", None)  # test_organization_history.py
    assert reads == {"ReadByTheAccountThroughS3": {"AWS": "arn:aws:iam::222233334444:root"}}
    assert said["EncryptedByTheTrail"]["Condition"] == {
        "StringEquals": {"aws:SourceArn": TRAIL},
        "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:123456789012:trail/*"},
    }


def test_without_the_organisations_id_its_trail_is_refused_in_one_sentence() -> None:
    with pytest.raises(SettingsError) as refused:
        settings_of({"audit_owner": "organization", "organization_id": "null"})
    assert str(refused.value) == (
        "organization/Pulumi.management.yaml: startup-platform-organization:organization_id = null beside "
        'startup-platform-organization:audit_owner = "organization", whose trail needs it; give audit_owner: stage '
        "until AWS has given it"
    )
