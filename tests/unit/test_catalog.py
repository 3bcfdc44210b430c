"""The catalogue: tables over the very places that their writers write to, and who may describe and read them."""

import json
import re
from typing import Any

import pytest

from components.data import layout, tables
from components.data.analytics import Analytics, AnalyticsArgs
from components.data.catalog import Catalog, CatalogArgs
from components.data.cost_export import CostExport, CostExportArgs
from components.data.layout import Layout
from components.edge.delivery import LOG_FIELDS
from components.naming import Scope
from components.sizes import LakeSize
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
ALIAS = "alias/startup-platform-dev-lake"
TABLE = "aws:glue/catalogTable:CatalogTable"
RAW = "s3://startup-platform-dev-lake-raw-111122223333-ap-northeast-2"
LOGS = "s3://access-logs/AWSLogs"


@pytest.fixture(scope="module")
def run() -> Recorded:
    args = CatalogArgs(
        scope=SCOPE,
        access_log_bucket="access-logs",
        trail_bucket="audit-trail",
        distribution_id="E1",
        log_titles=["services", "firewall"],
        curated_bucket="lake-curated",
        key_arn="lake-key",
        key_alias=ALIAS,
        logs_key_arn="logs-key",
    )
    return record(lambda: Catalog("catalog", args))


@pytest.fixture(scope="module")
def asked() -> Recorded:
    size = LakeSize(event_days=1095, snapshot_days=35, log_days=365, result_days=30, scan_gigabytes=100)
    args = AnalyticsArgs(
        scope=SCOPE,
        size=size,
        database="lake",
        results_bucket="lake-results",
        access_log_bucket="access-logs",
        budget_manwon=710,
        key_arn="lake-key",
        key_alias=ALIAS,
    )
    return record(lambda: Analytics("analytics", args))


def place(run: Recorded, name: str) -> str:
    parameters: dict[str, str] = run.named(f"catalog-{name}", TABLE)["parameters"]
    return parameters["storage.location.template"]


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def test_the_tables_are_where_files_are_written(run: Recorded) -> None:
    assert {one["name"]: one["parameters"].get("storage.location.template") for one in run.of_type(TABLE)} == {
        "events": f"{RAW}/events/day=${{day}}/",
        "users": f"{RAW}/snapshots/app-${{day}}/app/app.users/",
        "subscriptions": f"{RAW}/snapshots/app-${{day}}/app/app.subscriptions/",
        "posts": f"{RAW}/snapshots/app-${{day}}/app/app.posts/",
        "costs": f"{RAW}/costs/startup-platform-dev-costs/data/BILLING_PERIOD=${{billing_period}}/",
        "service_logs": f"{RAW}/logs/services/day=${{day}}/",
        "waf_logs": f"{RAW}/logs/firewall/day=${{day}}/",
        "alb_logs": f"{LOGS}/111122223333/elasticloadbalancing/ap-northeast-2/${{day}}/",
        "cloudfront_logs": f"{LOGS}/aws-account-id=111122223333/CloudFront/DistributionId=E1"
        "/year=${year}/month=${month}/day=${day}/",
        "marketing_spend": None,
        "cloudtrail": "s3://audit-trail/AWSLogs/111122223333/CloudTrail/${region}/${day}/",
    }


@pytest.mark.parametrize(
    ("prefix", "table"),
    [(layout.EVENT_PREFIX, "events"), (layout.LOG_PREFIX.replace("{title}", "services"), "service_logs")],
)
def test_the_projection_is_that_of_the_keys_that_firehose_writes(run: Recorded, prefix: str, table: str) -> None:
    # Firehose's own words for a day, put where the table has its own.
    written = re.sub(r"!\{(partitionKeyFromQuery:day|timestamp:yyyy-MM-dd)\}", "${day}", prefix)
    assert place(run, table) == f"{RAW}/{written}"
    parameters = run.named(f"catalog-{table}", TABLE)["parameters"]
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.day.type"] == "date"
    assert parameters["projection.day.format"] == "yyyy-MM-dd"
    assert parameters["projection.day.range"] == "2026-01-01,NOW+1DAYS"


def test_every_key_of_a_place_is_projected_and_a_partition(run: Recorded) -> None:
    for one in run.of_type(TABLE):
        listed: list[dict[str, str]] = one.get("partitionKeys") or []
        keys = [key["name"] for key in listed]
        parameters: dict[str, str] = one["parameters"]
        assert re.findall(r"\$\{(\w+)\}", parameters.get("storage.location.template", "")) == keys
        assert {key for key in keys if f"projection.{key}.type" in parameters} == set(keys)
        assert not {column["name"] for column in one["storageDescriptor"]["columns"]} & set(keys)


def test_events_have_the_columns_of_the_design(run: Recorded) -> None:
    columns = run.named("catalog-events", TABLE)["storageDescriptor"]["columns"]
    assert {one["name"]: one["type"] for one in columns} == {
        "user_id": "bigint",
        "type": "string",
        "metadata_json": "string",
        "ts": "timestamp",
    }


def test_nobody_is_shown_an_address_for_mail(run: Recorded) -> None:
    users = run.named("catalog-users", TABLE)["storageDescriptor"]["columns"]
    assert [one["name"] for one in users] == ["id", "plan", "locale", "created_at"]


def test_a_column_of_cloudfronts_log_is_a_field_that_is_logged(run: Recorded) -> None:
    table = tables.cloudfront_logs(SCOPE, "access-logs", "E1")
    fields = {table.format.settings.get(f"mapping.{column}", column) for column in table.columns}
    assert fields <= set(LOG_FIELDS)
    assert table.format.settings["case.insensitive"] == "false"  # cs(User-Agent) has capitals


def test_the_export_selects_the_columns_that_its_table_has() -> None:
    args = CostExportArgs(scope=SCOPE, raw_bucket="lake-raw")
    (made,) = record(lambda: CostExport("costs", args)).of_type("aws:bcmdata/export:Export")
    export = made["export"]
    (query,) = export["dataQueries"]
    columns = ", ".join(tables.costs(SCOPE).columns)
    assert query["queryStatement"] == f"SELECT {columns} FROM COST_AND_USAGE_REPORT"  # noqa: S608
    (to,) = export["destinationConfigurations"][0]["s3Destinations"]
    assert (to["s3Bucket"], to["s3Region"]) == ("lake-raw", "ap-northeast-2")
    assert to["s3OutputConfigurations"] == [
        {"compression": "PARQUET", "format": "PARQUET", "outputType": "CUSTOM", "overwrite": "OVERWRITE_REPORT"}
    ]
    assert f"/{to['s3Prefix']}/{export['name']}/data/" in tables.costs(SCOPE).template


def test_the_catalogue_is_encrypted_and_governed_by_iam(run: Recorded) -> None:
    (one,) = run.of_type("aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings")
    settings = one["dataCatalogEncryptionSettings"]
    assert settings["encryptionAtRest"] == {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": "lake-key"}
    assert settings["connectionPasswordEncryption"]["returnConnectionPasswordEncrypted"] is True
    (database,) = run.of_type("aws:glue/catalogDatabase:CatalogDatabase")
    assert database["createTableDefaultPermissions"] == [
        {"permissions": ["ALL"], "principal": {"dataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}
    ]


def test_a_crawler_finds_what_is_curated_each_night(run: Recorded) -> None:
    (crawler,) = run.of_type("aws:glue/crawler:Crawler")
    assert (crawler["schedule"], crawler["tablePrefix"]) == ("cron(0 19 * * ? *)", "curated_")
    excluded = ["marketing_spend/**", "features/**", "training/**", "models/**"]
    assert crawler["s3Targets"] == [{"path": "s3://lake-curated/", "exclusions": excluded}]
    assert crawler["securityConfiguration"] == "startup-platform-dev-lake"
    found = statements(run.named("catalog-crawler", "aws:iam/rolePolicy:RolePolicy")["policy"])
    bucket = "arn:aws:s3:::startup-platform-dev-lake-curated-111122223333-ap-northeast-2"
    assert found["SeeTheCuratedBucket"]["Resource"] == [bucket]
    assert (found["ReadTheCuratedBucket"]["Action"], found["ReadTheCuratedBucket"]["Resource"]) == (
        ["s3:GetObject"],
        [f"{bucket}/*"],
    )
    assert found["DescribeTablesOfTheLake"]["Resource"] == sorted(Layout(scope=SCOPE).catalog_arns)
    assert not [action for action in found["DescribeTablesOfTheLake"]["Action"] if "Delete" in action]
    group = (
        "arn:aws:logs:ap-northeast-2:111122223333:log-group:/aws-glue/crawlers-role/startup-platform-dev-lake-crawler*"
    )
    assert found["SayWhatItFound"]["Resource"] == [group, f"{group}:*"]


def test_a_query_is_enforced_encrypted_and_ends_when_it_scans_too_much(asked: Recorded) -> None:
    (group,) = asked.of_type("aws:athena/workgroup:Workgroup")
    configuration = group["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 100_000_000_000
    assert configuration["engineVersion"] == {"selectedEngineVersion": "Athena engine version 3"}
    result = configuration["resultConfiguration"]
    assert result["outputLocation"] == "s3://lake-results/"
    assert result["expectedBucketOwner"] == "111122223333"
    assert result["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": "lake-key"}


def test_the_questions_of_the_kpis_and_of_a_cost_surge_are_there_by_name(asked: Recorded) -> None:
    queries = asked.of_type("aws:athena/namedQuery:NamedQuery")
    asks = {one["name"].split("_")[0] for one in queries}
    assert asks >= {"k4", "k5", "k6", "b3", "t3", "o3"}
    assert {one["workgroup"] for one in queries} == {"startup-platform-dev-analytics"}
    assert not [one["name"] for one in queries if "$" in one["query"].replace("'$.", "")]
    budget = asked.named("analytics-k6-budget", "aws:athena/namedQuery:NamedQuery")["query"]
    assert "710 AS budget_manwon" in budget
    assert '"startup_platform_dev_lake"."costs"' in budget


def test_an_analyst_asks_in_the_workgroup_reads_what_tables_show_and_writes_results_only(asked: Recorded) -> None:
    found = statements(asked.named("analytics-analyst", "aws:iam/policy:Policy")["policy"])
    assert set(found) == {
        "AskInTheWorkgroup",
        "SeeWhatThereIsToAsk",
        "ReadTheCatalogue",
        "SeeTheBucketsOfTheLake",
        "ReadWhatTablesShow",
        "WriteAndReadResults",
        "UseTheLakeKey",
    }
    raw, curated, results = (
        f"arn:aws:s3:::{Layout(scope=SCOPE).bucket(zone)}" for zone in ("raw", "curated", "results")
    )
    assert found["AskInTheWorkgroup"]["Resource"] == [
        "arn:aws:athena:ap-northeast-2:111122223333:workgroup/startup-platform-dev-analytics"
    ]
    assert found["ReadWhatTablesShow"]["Action"] == ["s3:GetObject"]
    assert set(found["ReadWhatTablesShow"]["Resource"]) == {
        *(f"{raw}/{prefix}/*" for prefix in ("events", "snapshots", "costs", "logs")),
        f"{curated}/*",
        "arn:aws:s3:::access-logs/AWSLogs/*",
    }
    writing = [sid for sid, one in found.items() if any("Put" in action for action in one["Action"])]
    assert writing == ["WriteAndReadResults"]
    assert found["WriteAndReadResults"]["Resource"] == [f"{results}/*"]
    assert found["UseTheLakeKey"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ALIAS},
        "StringEquals": {"kms:ViaService": ["s3.ap-northeast-2.amazonaws.com", "glue.ap-northeast-2.amazonaws.com"]},
    }
