"""The lake's buckets, exactly; and which phases have a lake."""

import json
from typing import Any

import pytest

from components import settings
from components.data.lake import Lake, LakeArgs
from components.naming import Scope
from components.phases import PHASES, PhaseName
from components.platform import Platform
from components.sizes import LakeSize
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
ZONES = ("raw", "curated", "results")
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
SIZE = LakeSize(event_days=1095, snapshot_days=35, log_days=365, result_days=30, scan_gigabytes=100)


def made(size: LakeSize = SIZE, *, destroy_protection: bool = True) -> Recorded:
    args = LakeArgs(
        scope=SCOPE,
        size=size,
        access_log_bucket="access-logs",
        key_arn="lake-key",
        destroy_protection=destroy_protection,
    )
    return record(lambda: Lake("lake", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return made()


def kept(run: Recorded, zone: str) -> dict[str, tuple[str, int | None, int | None]]:
    """Rule -> prefix, days until Glacier, days until it goes."""
    rules: list[dict[str, Any]] = run.named(f"lake-{zone}-lifecycle", LIFECYCLE)["rules"]
    return {
        one["id"]: (
            one["filter"]["prefix"],
            next((int(each["days"]) for each in one.get("transitions", [])), None),
            int(one["expiration"]["days"]) if "expiration" in one else None,
        )
        for one in rules
    }


def test_what_is_kept_for_how_long(run: Recorded) -> None:
    assert kept(run, "raw") == {
        "events": ("events/", 90, 1095),
        "snapshots": ("snapshots/", None, 35),
        "logs": ("logs/", 90, 365),
        "costs": ("costs/", 90, 1095),
        "errors": ("errors/", None, 30),
    }
    assert kept(run, "curated") == {"curated": ("", 90, None)}
    assert kept(run, "results") == {"results": ("", None, 30)}


def test_glacier_is_the_kind_that_athena_reads(run: Recorded) -> None:
    classes = {
        each["storageClass"]
        for one in run.of_type(LIFECYCLE)
        for rule in one["rules"]
        for each in rule.get("transitions", [])
    }
    assert classes == {"GLACIER_IR"}


def test_earlier_versions_go_after_a_month(run: Recorded) -> None:
    for one in run.of_type(LIFECYCLE):
        assert {int(rule["noncurrentVersionExpiration"]["noncurrentDays"]) for rule in one["rules"]} == {30}
    versions = run.of_type("aws:s3/bucketVersioning:BucketVersioning")
    assert [one["versioningConfiguration"]["status"] for one in versions] == ["Enabled"] * 3


def test_every_bucket_is_private_encrypted_with_the_lake_key_and_says_who_read_it(run: Recorded) -> None:
    for zone in ZONES:
        bucket = run.named(f"lake-{zone}-bucket", "aws:s3/bucket:Bucket")
        assert bucket["bucket"] == f"startup-platform-dev-lake-{zone}-111122223333-ap-northeast-2"
        block = run.named(f"lake-{zone}-block", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
        switches = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        assert all(block[switch] is True for switch in switches)
        ownership = run.named(f"lake-{zone}-ownership", "aws:s3/bucketOwnershipControls:BucketOwnershipControls")
        assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
        (rule,) = run.named(
            f"lake-{zone}-encryption",
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        )["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "lake-key"}
        assert rule["bucketKeyEnabled"] is True
        logging = run.named(f"lake-{zone}-logging", "aws:s3/bucketLogging:BucketLogging")
        assert (logging["targetBucket"], logging["targetPrefix"]) == ("access-logs", f"s3/{zone}/")


def test_only_billing_and_bedrock_write_by_the_bucket_policy_and_each_its_own(run: Recorded) -> None:
    policies = {
        zone: json.loads(run.named(f"lake-{zone}-policy", "aws:s3/bucketPolicy:BucketPolicy")["policy"])["Statement"]
        for zone in ZONES
    }
    for statements in policies.values():
        assert (statements[0]["Sid"], statements[0]["Effect"]) == ("RefusedWithoutTls", "Deny")
    assert [len(policies[zone]) for zone in ZONES] == [4, 1, 1]
    _, written, looked, asked = policies["raw"]
    bucket = "arn:aws:s3:::startup-platform-dev-lake-raw-111122223333-ap-northeast-2"
    assert (written["Action"], written["Resource"]) == (["s3:PutObject"], [f"{bucket}/costs/*"])
    assert (looked["Action"], looked["Resource"]) == (["s3:GetBucketPolicy"], [bucket])
    models = f"{bucket}/logs/models/AWSLogs/111122223333/BedrockModelInvocationLogs/*"
    assert (asked["Action"], asked["Resource"]) == (["s3:PutObject"], [models])
    assert asked["Principal"] == {"Service": "bedrock.amazonaws.com"}
    for one in (written, looked):
        assert one["Principal"] == {"Service": ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"]}
        assert one["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
        assert one["Condition"]["ArnLike"] == {
            "aws:SourceArn": [
                "arn:aws:bcm-data-exports:us-east-1:111122223333:export/*",
                "arn:aws:cur:us-east-1:111122223333:definition/*",
            ]
        }


def test_what_cannot_be_had_again_is_protected_where_the_stage_says_so(run: Recorded) -> None:
    assert [one.protect for one in run.of_type("aws:s3/bucket:Bucket")] == [True, True, False]
    fragile = made(destroy_protection=False)
    assert [one.protect for one in fragile.of_type("aws:s3/bucket:Bucket")] == [False, False, False]


def in_phase(phase: PhaseName) -> Recorded:
    config = stage_config("prod") | {"startup-platform:phase": phase.value}
    loaded = settings.load(stage="prod", config=config)
    return record(lambda: Platform("startup-platform", loaded), stack="prod")


@pytest.mark.parametrize("phase", [PhaseName.MVP, PhaseName.GROWTH])
def test_a_phase_before_scale_up_has_neither_stream_nor_lake(phase: PhaseName) -> None:
    run = in_phase(phase)
    types = {one.type.split("/")[0] for one in run.registrations}
    assert not {"aws:kinesis", "aws:glue", "aws:athena", "aws:bcmdata", "aws:sfn"} & types
    contract = json.loads(run.named("contract", "aws:ssm/parameter:Parameter")["value"]["value"])
    assert (contract["stream_name"], contract["lake_buckets"], contract["athena_workgroup"]) == (None, {}, None)


@pytest.mark.parametrize("phase", [PhaseName.SCALEUP, PhaseName.IPO])
def test_from_scale_up_on_events_go_into_the_lake(phase: PhaseName) -> None:
    run = in_phase(phase)
    (stream,) = run.of_type("aws:kinesis/stream:Stream")
    streaming, lake = PHASES[phase].sizes.streaming, PHASES[phase].sizes.lake
    assert streaming is not None
    assert lake is not None
    assert stream.get("shardCount") == streaming.shards
    assert stream["streamModeDetails"] == {"streamMode": "PROVISIONED" if streaming.shards else "ON_DEMAND"}
    assert kept(run, "raw")["events"] == ("events/", 90, lake.event_days)
    contract = json.loads(run.named("contract", "aws:ssm/parameter:Parameter")["value"]["value"])
    assert contract["stream_name"] == "startup-platform-prod-user-events"
    assert contract["glue_database"] == "startup_platform_prod_lake"
    assert set(contract["lake_buckets"]) == set(ZONES)


def test_the_lines_of_services_and_of_the_firewall_before_them_come_into_the_lake() -> None:
    run = in_phase(PhaseName.SCALEUP)
    groups = {one["name"] for one in run.of_type("aws:cloudwatch/logGroup:LogGroup")}
    subscribed = {one["logGroup"] for one in run.of_type("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter")}
    assert subscribed == {"/startup-platform/prod/services", "aws-waf-logs-startup-platform-prod-origin"}
    assert subscribed <= groups
    tables = {one["name"] for one in run.of_type("aws:glue/catalogTable:CatalogTable")}
    assert tables >= {"service_logs", "waf_logs"}


def test_events_outlive_those_of_the_database_in_every_phase_with_a_lake() -> None:
    sizes = [each.sizes for each in PHASES.values()]
    assert all((one.streaming is None) == (one.lake is None) for one in sizes)
    assert min(one.lake.event_days for one in sizes if one.lake) > 90  # REQ-T3
