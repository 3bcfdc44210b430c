"""The stream and the way into the lake, exactly."""

import json
from typing import Any

import jq  # pyright: ignore[reportMissingTypeStubs]
import pytest

from components.data import layout
from components.data.log_lake import LogLake, LogLakeArgs
from components.data.streaming import Streaming, StreamingArgs
from components.naming import Scope
from components.sizes import StreamingSize
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
RAW = "arn:aws:s3:::startup-platform-dev-lake-raw-111122223333-ap-northeast-2"
STREAM_ARN = "arn:aws:kinesis:ap-northeast-2:111122223333:stream/startup-platform-dev-user-events"


def made(shards: int | None = 2) -> Recorded:
    args = StreamingArgs(
        scope=SCOPE,
        size=StreamingSize(shards=shards, retention_hours=72),
        raw_bucket="lake-raw",
        events_table="events",
        key_arn="lake-key",
        key_alias="alias/startup-platform-dev-lake",
        logs_key_arn="logs-key",
        log_retention_days=365,
        alarm_topic_arn="alarms",
        destroy_protection=True,
    )
    return record(lambda: Streaming("streaming", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return made()


@pytest.fixture(scope="module")
def logs() -> Recorded:
    args = LogLakeArgs(
        scope=SCOPE,
        title="services",
        log_group_name="/startup-platform/dev/services",
        after=[],
        raw_bucket="lake-raw",
        key_arn="lake-key",
        key_alias="alias/startup-platform-dev-lake",
        logs_key_arn="logs-key",
        log_retention_days=365,
    )
    return record(lambda: LogLake("service-logs", args))


def statements(run: Recorded, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.named(name, ROLE_POLICY)["policy"])
    return {one["Sid"]: one for one in policy["Statement"]}


def test_the_stream_is_encrypted_and_as_large_as_the_phase_says(run: Recorded) -> None:
    stream = run.named("streaming-stream", "aws:kinesis/stream:Stream")
    assert stream["name"] == "startup-platform-dev-user-events"
    assert (stream["encryptionType"], stream["kmsKeyId"]) == ("KMS", "lake-key")
    assert (stream["shardCount"], stream["retentionPeriod"], stream.protect) == (2, 72, True)
    assert stream["streamModeDetails"] == {"streamMode": "PROVISIONED"}
    by_itself = made(shards=None).named("streaming-stream", "aws:kinesis/stream:Stream")
    assert by_itself["streamModeDetails"] == {"streamMode": "ON_DEMAND"}
    assert by_itself.get("shardCount") is None


def test_the_worker_has_a_throughput_of_its_own(run: Recorded) -> None:
    (consumer,) = run.of_type("aws:kinesis/streamConsumer:StreamConsumer")
    assert (consumer["name"], consumer["streamArn"]) == ("recommendation", "arn:mock:streaming-stream")


def test_events_become_parquet_below_their_day(run: Recorded) -> None:
    delivery = run.named("streaming-delivery", FIREHOSE)
    assert delivery["kinesisSourceConfiguration"]["kinesisStreamArn"] == "arn:mock:streaming-stream"
    to = delivery["extendedS3Configuration"]
    assert (to["bucketArn"], to["kmsKeyArn"]) == ("arn:aws:s3:::lake-raw", "lake-key")
    assert to["prefix"] == "events/day=!{partitionKeyFromQuery:day}/"
    assert to["errorOutputPrefix"] == "errors/events/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/"
    assert to["bufferingSize"] == 128  # 64 at least, where a record decides on its partition
    assert (to["bufferingInterval"], to["compressionFormat"]) == (300, "UNCOMPRESSED")
    assert to["dynamicPartitioningConfiguration"] == {"enabled": True, "retryDuration": 300}
    (processor,) = to["processingConfiguration"]["processors"]
    assert processor["type"] == "MetadataExtraction"
    assert {one["parameterName"]: one["parameterValue"] for one in processor["parameters"]} == {
        "JsonParsingEngine": "JQ-1.6",
        "MetadataExtractionQuery": layout.DAY_OF_EVENT,
    }
    conversion = to["dataFormatConversionConfiguration"]
    assert conversion["schemaConfiguration"]["tableName"] == "events"
    assert conversion["schemaConfiguration"]["databaseName"] == "startup_platform_dev_lake"
    assert conversion["outputFormatConfiguration"] == {"serializer": {"parquetSerDe": {"compression": "SNAPPY"}}}
    assert to["cloudwatchLoggingOptions"]["enabled"] is True


@pytest.mark.parametrize(
    ("ts", "day"),
    [
        ("2026-11-25T23:59:59Z", "2026-11-25"),
        ("2026-11-25T23:59:59.999Z", "2026-11-25"),
        ("2024-02-29T00:00:00Z", "2024-02-29"),
    ],
)
def test_an_event_goes_below_the_day_on_which_it_happened(ts: str, day: str) -> None:
    found: Any = jq.compile(layout.DAY_OF_EVENT).input_value({"ts": ts}).first()  # pyright: ignore
    assert found == {"day": day}


@pytest.mark.parametrize("ts", ["", "yesterday", "2026-11-25", "2026-11-25T08:00:00+09:00", None, 1764100000])
def test_a_time_that_is_not_utc_is_an_error_and_no_partition(ts: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        jq.compile(layout.DAY_OF_EVENT).input_value({"ts": ts}).first()  # pyright: ignore


def test_the_delivery_may_write_to_its_prefixes_and_read_its_stream_and_table(run: Recorded) -> None:
    found = statements(run, "streaming-delivery")
    assert set(found) == {
        "SeeTheRawBucket",
        "WriteToItsPrefixes",
        "UseTheLakeKey",
        "SayWhatWentWrong",
        "ReadTheStream",
        "ReadTheColumnsOfTheEvents",
        "ReadTheEncryptedCatalogue",
    }
    assert found["SeeTheRawBucket"]["Resource"] == [RAW]
    assert found["WriteToItsPrefixes"]["Resource"] == [f"{RAW}/errors/events/*", f"{RAW}/events/*"]
    assert found["WriteToItsPrefixes"]["Action"] == ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    assert found["UseTheLakeKey"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/startup-platform-dev-lake"},
        "StringEquals": {
            "kms:ViaService": [
                "s3.ap-northeast-2.amazonaws.com",
                "kinesis.ap-northeast-2.amazonaws.com",
                "firehose.ap-northeast-2.amazonaws.com",
            ]
        },
    }
    assert found["SayWhatWentWrong"]["Resource"] == [
        "arn:aws:logs:ap-northeast-2:111122223333:log-group:/startup-platform/dev/firehose/events:log-stream:*"
    ]
    assert found["ReadTheStream"]["Resource"] == [STREAM_ARN]
    assert found["ReadTheColumnsOfTheEvents"]["Resource"] == [
        "arn:aws:glue:ap-northeast-2:111122223333:catalog",
        "arn:aws:glue:ap-northeast-2:111122223333:database/startup_platform_dev_lake",
        "arn:aws:glue:ap-northeast-2:111122223333:table/startup_platform_dev_lake/events",
    ]


def test_firehose_assumes_the_role_for_this_delivery_only(run: Recorded) -> None:
    (role,) = run.of_type("aws:iam/role:Role")
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "firehose.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {
            "aws:SourceArn": "arn:aws:firehose:ap-northeast-2:111122223333:deliverystream/"
            "startup-platform-dev-lake-events"
        },
    }


def test_alarms_are_on_age_refusals_freshness_and_what_was_not_converted(run: Recorded) -> None:
    found: dict[str, tuple[str, dict[str, str], float, int]] = {}
    for one in run.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        (query,) = one["metricQueries"]
        metric = query["metric"]
        found[metric["metricName"]] = (
            metric["stat"],
            metric["dimensions"],
            one["threshold"],
            one["evaluationPeriods"],
        )
        assert one["comparisonOperator"] == "GreaterThanThreshold"
    stream = {"StreamName": "startup-platform-dev-user-events"}
    delivery = {"DeliveryStreamName": "startup-platform-dev-lake-events"}
    assert found == {
        "GetRecords.IteratorAgeMilliseconds": ("Maximum", stream, 600_000, 5),
        "SubscribeToShardEvent.MillisBehindLatest": (
            "Maximum",
            {**stream, "ConsumerName": "recommendation"},
            600_000,
            5,
        ),
        "WriteProvisionedThroughputExceeded": ("Sum", stream, 0, 5),
        "ReadProvisionedThroughputExceeded": ("Sum", stream, 0, 5),
        "DeliveryToS3.DataFreshness": ("Maximum", delivery, 900, 5),
        "FailedConversion.Records": ("Sum", delivery, 0, 1),
    }


def test_lines_of_a_log_group_come_unpacked_below_the_day_they_came_on(logs: Recorded) -> None:
    delivery = logs.named("service-logs-delivery", FIREHOSE)
    assert delivery["serverSideEncryption"] == {
        "enabled": True,
        "keyType": "CUSTOMER_MANAGED_CMK",
        "keyArn": "lake-key",
    }
    to = delivery["extendedS3Configuration"]
    assert (to["prefix"], to["compressionFormat"]) == ("logs/services/day=!{timestamp:yyyy-MM-dd}/", "GZIP")
    assert [one["type"] for one in to["processingConfiguration"]["processors"]] == [
        "Decompression",
        "CloudWatchLogProcessing",
        "AppendDelimiterToRecord",
    ]
    (subscription,) = logs.of_type("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter")
    assert (subscription["logGroup"], subscription["filterPattern"]) == ("/startup-platform/dev/services", "")
    assert subscription["destinationArn"] == "arn:mock:service-logs-delivery"
    sent = statements(logs, "service-logs-sender")["SendToTheDelivery"]
    assert sent["Action"] == ["firehose:PutRecord", "firehose:PutRecordBatch"]
    assert sent["Resource"] == [
        "arn:aws:firehose:ap-northeast-2:111122223333:deliverystream/startup-platform-dev-lake-services"
    ]
    (trust,) = json.loads(logs.named("service-logs-sender", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "logs.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:logs:ap-northeast-2:111122223333:log-group:/startup-platform/dev/services:*"
    }
