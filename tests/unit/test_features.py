"""What is known of a user, where it is kept and who may, exactly."""

import json
from typing import Any

import pytest

from components.intelligence.features import Features, FeaturesArgs
from components.naming import Scope
from tests.unit.recording import Recorded, Registration, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
CURATED = "arn:aws:s3:::startup-platform-dev-lake-curated-111122223333-ap-northeast-2"
HERE = "ap-northeast-2:111122223333"
LAKE_KEY = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-lake"}}


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = FeaturesArgs(
        scope=SCOPE,
        curated_bucket="lake-curated",
        key_arn="lake-key",
        key_alias="alias/startup-platform-dev-lake",
        destroy_protection=True,
    )
    return record(lambda: Features("features", args))


@pytest.fixture(scope="module")
def group(run: Recorded) -> Registration:
    return run.named("features-users", "aws:sagemaker/featureGroup:FeatureGroup")


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def test_a_user_is_known_by_id_at_a_time_as_events_say_them(group: Registration) -> None:
    assert (group["recordIdentifierFeatureName"], group["eventTimeFeatureName"]) == ("user_id", "ts")
    kinds = {one["featureName"]: one["featureType"] for one in group["featureDefinitions"]}
    assert kinds == {
        "user_id": "Integral",
        "ts": "String",
        "events_1d": "Integral",
        "events_7d": "Integral",
        "events_28d": "Integral",
        "active_days_28d": "Integral",
        "last_event_type": "String",
        "paid_krw_90d": "Integral",
        "subscribed": "Integral",
    }


def test_both_stores_are_on_and_encrypted_and_the_online_one_forgets_with_the_database(group: Registration) -> None:
    online, offline = group["onlineStoreConfig"], group["offlineStoreConfig"]
    assert (online["enableOnlineStore"], online["securityConfig"]) == (True, {"kmsKeyId": "lake-key"})
    assert (online["ttlDuration"]["unit"], int(online["ttlDuration"]["value"])) == ("Days", 90)
    assert offline["s3StorageConfig"] == {"s3Uri": "s3://lake-curated/features", "kmsKeyId": "lake-key"}
    assert group["throughputConfig"] == {"throughputMode": "OnDemand"}
    assert group.protect is True


def test_its_table_stands_beside_those_of_the_lake(group: Registration) -> None:
    config = group["offlineStoreConfig"]["dataCatalogConfig"]
    assert config == {
        "catalog": "AwsDataCatalog",
        "database": "startup_platform_dev_lake",
        "tableName": "user_features",
    }
    assert group["offlineStoreConfig"]["disableGlueTableCreation"] is False


def test_sagemaker_writes_one_prefix_and_describes_one_table(run: Recorded) -> None:
    found = statements(run.named("features-writer", "aws:iam/rolePolicy:RolePolicy")["policy"])
    assert {sid: (one["Action"], one["Resource"], one.get("Condition")) for sid, one in found.items()} == {
        "SeeTheCuratedBucket": (["s3:GetBucketAcl", "s3:GetBucketLocation"], [CURATED], None),
        "WriteFeatures": (["s3:PutObject", "s3:PutObjectAcl"], [f"{CURATED}/features/*"], None),
        "DescribeTheirTable": (
            ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"],
            [
                f"arn:aws:glue:{HERE}:catalog",
                f"arn:aws:glue:{HERE}:database/startup_platform_dev_lake",
                f"arn:aws:glue:{HERE}:table/startup_platform_dev_lake/user_features",
            ],
            None,
        ),
        "UseTheLakeKey": (
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            [f"arn:aws:kms:{HERE}:key/*"],
            {
                **LAKE_KEY,
                "StringEquals": {
                    "kms:ViaService": [f"{one}.ap-northeast-2.amazonaws.com" for one in ("glue", "s3", "sagemaker")]
                },
            },
        ),
    }
    (trust,) = statements(run.named("features-writer", "aws:iam/role:Role")["assumeRolePolicy"]).values()
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_the_worker_writes_and_reads_this_group_and_deletes_nothing(run: Recorded) -> None:
    found = statements(run.named("features-worker", "aws:iam/policy:Policy")["policy"])
    assert found["WriteAndReadTheFeaturesOfUsers"]["Action"] == [
        "sagemaker:BatchGetRecord",
        "sagemaker:GetRecord",
        "sagemaker:PutRecord",
    ]
    assert found["WriteAndReadTheFeaturesOfUsers"]["Resource"] == [
        f"arn:aws:sagemaker:{HERE}:feature-group/startup-platform-dev-users"
    ]
    assert found["UseTheLakeKey"]["Condition"] == {
        **LAKE_KEY,
        "StringEquals": {"kms:ViaService": ["sagemaker.ap-northeast-2.amazonaws.com"]},
    }
    assert set(found) == {"WriteAndReadTheFeaturesOfUsers", "UseTheLakeKey"}
