"""What everything in every account looked like, where the organisation owns the audit (REQ-S15, REQ-Y6)."""

import json

from tests.unit.organization import organizations
from tests.unit.recording import Recorded

REGIONS = ("ap-northeast-2", "ap-southeast-1", "us-east-1")
ACCOUNTS = {
    "management": "123456789012",
    "security": "222233334444",
    "dev": "111122223333",
    "stg": "444455556666",
    "prod": "777788889999",
}
BUCKET = "startup-platform-org-audit-config-222233334444-ap-northeast-2"
RECORDER, CHANNEL = "aws:cfg/recorder:Recorder", "aws:cfg/deliveryChannel:DeliveryChannel"
ROLE, ON = "aws:iam/serviceLinkedRole:ServiceLinkedRole", "aws:cfg/recorderStatus:RecorderStatus"
OWNS, LEAVES = range(2)


def owns() -> Recorded:
    return organizations()[OWNS]


def test_every_account_has_a_recorder_in_each_region_by_its_own_role() -> None:
    run = owns()
    found = {
        (one.provider.split("::")[3], one["region"]): one["roleArn"].split(":")[4] for one in run.of_type(RECORDER)
    }
    assert found == {(f"aws-{name}", region): number for name, number in ACCOUNTS.items() for region in REGIONS}
    roles = [one for one in run.of_type(ROLE) if one["awsServiceName"] == "config.amazonaws.com"]
    assert sorted(one.provider.split("::")[3] for one in roles) == sorted(f"aws-{name}" for name in ACCOUNTS)
    assert {(one.provider.split("::")[3], one["region"], one["isEnabled"]) for one in run.of_type(ON)} == {
        (f"aws-{name}", region, True) for name in ACCOUNTS for region in REGIONS
    }


def test_what_has_no_region_is_recorded_once_an_account() -> None:
    once = [
        one["region"] for one in owns().of_type(RECORDER) if one["recordingGroup"].get("includeGlobalResourceTypes")
    ]
    assert once == [REGIONS[0]] * len(ACCOUNTS)


def test_all_deliver_into_the_security_account_where_each_writes_below_its_own_prefix() -> None:
    run = owns()
    assert run.named("config-history-bucket", "aws:s3/bucket:Bucket").provider.split("::")[3] == "aws-security"
    assert {(one["s3BucketName"], one["s3KmsKeyArn"]) for one in run.of_type(CHANNEL)} == {
        (BUCKET, "arn:mock:audit-key")
    }
    assert len(run.of_type(CHANNEL)) == len(ACCOUNTS) * len(REGIONS)
    said = json.loads(run.named("config-history-policy", "aws:s3/bucketPolicy:BucketPolicy")["policy"])["Statement"]
    writes = {
        one["Condition"]["StringEquals"]["aws:SourceAccount"]: one for one in said if "s3:PutObject" in one["Action"]
    }
    assert {number: one["Resource"] for number, one in writes.items()} == {
        number: [f"arn:aws:s3:::{BUCKET}/AWSLogs/{number}/Config/*"] for number in ACCOUNTS.values()
    }
    assert {json.dumps(one["Principal"]) for one in writes.values()} == {'{"Service": "config.amazonaws.com"}'}
    assert all(
        one["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control" for one in writes.values()
    )


def test_their_config_alone_encrypts_beside_the_trail() -> None:
    policy = json.loads(owns().named("audit-key", "aws:kms/key:Key")["policy"])["Statement"]
    (one,) = [each for each in policy if each["Sid"] == "UsedByConfigOfOurAccounts"]
    assert one["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert one["Principal"] == {"Service": "config.amazonaws.com"}
    assert sorted(one["Condition"]["StringEquals"]["aws:SourceAccount"]) == sorted(ACCOUNTS.values())


def test_where_stages_own_the_audit_the_organisation_records_nothing() -> None:
    run = organizations()[LEAVES]
    assert run.of_type(RECORDER) == run.of_type(CHANNEL) == []
    assert "UsedByConfigOfOurAccounts" not in run.named("audit-key", "aws:kms/key:Key")["policy"]
