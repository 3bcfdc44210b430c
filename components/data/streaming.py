"""Streaming tier: live events (REQ-S9, REQ-T1) on a stream, and from there as Parquet into the lake (REQ-D3, REQ-T2).

Services put an event as JSON (`user_id`, `type`, `metadata_json`, `ts`) onto the stream. The recommendation worker
reads it with a throughput of its own; Firehose reads it too, finds the day in `ts`, and writes it below that day.
What it cannot read or convert goes to the errors of the raw bucket, and raises an alarm.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import firehose, layout
from components.data.firehose import Delivery
from components.data.layout import Layout
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, Statistic, raise_alarm
from components.sizes import StreamingSize

APPLICATION = "streaming"
CONSUMER = "recommendation"
TITLE = "events"

BEHIND_MINUTES = 10  # of the hours that the stream keeps; a live feature (REQ-S9) is stale long before data is lost
FRESHNESS_SECONDS = 900  # three buffers of Firehose

_Processor = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgs
_Parameter = aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorParameterArgs


@dataclass(frozen=True, kw_only=True)
class StreamingArgs:
    """How much the stream takes, where events go, and whom alarms tell."""

    scope: Scope
    size: StreamingSize
    raw_bucket: pulumi.Input[str]  # known once it may be written to
    events_table: pulumi.Input[str]  # whose columns are those of the Parquet files
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arn: pulumi.Input[str]
    destroy_protection: bool


class Streaming(pulumi.ComponentResource):
    """A stream, a reader of its own for the worker, the way into the lake, and alarms."""

    stream_name: str
    stream_arn: str
    arn: pulumi.Output[str]  # the same, once it is there
    consumer_arn: pulumi.Output[str]  # what the worker subscribes to shards with

    def __init__(self, name: str, args: StreamingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Streaming", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        self.stream_arn = Layout(scope=args.scope).stream_arn
        self.stream_name = self.stream_arn.rpartition("/")[2]
        self._delivery = Delivery(scope=args.scope, title=TITLE, prefix=layout.EVENTS, key_alias=args.key_alias)
        stream = self._stream()
        consumer = aws.kinesis.StreamConsumer(
            f"{name}-{CONSUMER}", name=CONSUMER, stream_arn=stream.arn, tags=self._tags, opts=self._child
        )
        self._into_the_lake(stream)
        self._alarms()
        self.arn, self.consumer_arn = stream.arn, consumer.arn
        self.register_outputs({"streamName": self.stream_name, "consumerArn": self.consumer_arn})

    def _stream(self) -> aws.kinesis.Stream:
        size = self._args.size
        mode = "ON_DEMAND" if size.shards is None else "PROVISIONED"
        return aws.kinesis.Stream(
            f"{self._name}-stream",
            name=self.stream_name,
            stream_mode_details=aws.kinesis.StreamStreamModeDetailsArgs(stream_mode=mode),
            shard_count=size.shards,
            retention_period=size.retention_hours,
            encryption_type="KMS",
            kms_key_id=self._args.key_arn,
            shard_level_metrics=["IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded"],
            # The worker's consumer would otherwise keep it from being deleted on purpose.
            enforce_consumer_deletion=not self._args.destroy_protection,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.destroy_protection),
        )

    def _into_the_lake(self, stream: aws.kinesis.Stream) -> None:
        name, args, delivery = self._name, self._args, self._delivery
        role, permission = firehose.delivery_role(
            f"{name}-delivery", delivery, more=_reads(args.scope), tags=self._tags, opts=self._child
        )
        log = firehose.delivery_log(
            f"{name}-delivery",
            delivery,
            key_arn=args.logs_key_arn,
            retention_days=args.log_retention_days,
            tags=self._tags,
            opts=self._child,
        )
        aws.kinesis.FirehoseDeliveryStream(
            f"{name}-delivery",
            name=delivery.stream_name,
            destination="extended_s3",
            kinesis_source_configuration=aws.kinesis.FirehoseDeliveryStreamKinesisSourceConfigurationArgs(
                kinesis_stream_arn=stream.arn, role_arn=role.arn
            ),
            extended_s3_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
                role_arn=role.arn,
                bucket_arn=pulumi.Output.concat("arn:aws:s3:::", args.raw_bucket),
                prefix=layout.EVENT_PREFIX,
                error_output_prefix=delivery.error_prefix,
                buffering_size=firehose.BUFFER_MEGABYTES,
                buffering_interval=firehose.BUFFER_SECONDS,
                compression_format="UNCOMPRESSED",  # Parquet compresses inside
                kms_key_arn=args.key_arn,
                dynamic_partitioning_configuration=(
                    aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDynamicPartitioningConfigurationArgs(
                        enabled=True, retry_duration=firehose.RETRY_SECONDS
                    )
                ),
                processing_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationArgs(
                    enabled=True, processors=[_day_of_event()]
                ),
                data_format_conversion_configuration=_to_parquet(args, role.arn),
                cloudwatch_logging_options=log,
            ),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _alarms(self) -> None:
        for title, alarm in alarms(self.stream_name, self._delivery.stream_name).items():
            raise_alarm(
                f"{self._name}-{title}", alarm, tell=self._args.alarm_topic_arn, tags=self._tags, opts=self._child
            )


def _reads(scope: Scope) -> list[iam.Statement]:
    """What the delivery of events may beyond any delivery: the stream, and what the table says of columns."""
    where = Layout(scope=scope)
    return [
        iam.Statement(
            sid="ReadTheStream",
            actions=["kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"],
            resources=[where.stream_arn],
        ),
        iam.Statement(
            sid="ReadTheColumnsOfTheEvents",
            actions=["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
            resources=[*where.catalog_arns[:2], scope.arn("glue", f"table/{where.database}/{layout.EVENTS}")],
        ),
        iam.by_key(
            scope, "ReadTheEncryptedCatalogue", ["kms:Decrypt"], alias=f"alias/{scope.name('lake')}", through="glue"
        ),
    ]


def _day_of_event() -> _Processor:
    return _Processor(
        type="MetadataExtraction",
        parameters=[
            _Parameter(parameter_name="JsonParsingEngine", parameter_value="JQ-1.6"),
            _Parameter(parameter_name="MetadataExtractionQuery", parameter_value=layout.DAY_OF_EVENT),
        ],
    )


def _to_parquet(
    args: StreamingArgs, role_arn: pulumi.Input[str]
) -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationArgs:
    """OpenX reads the ISO 8601 times of `ts`; Hive's own reader does not."""
    return aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationArgs(
        enabled=True,
        input_format_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationInputFormatConfigurationArgs(
            deserializer=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationInputFormatConfigurationDeserializerArgs(
                open_x_json_ser_de=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationInputFormatConfigurationDeserializerOpenXJsonSerDeArgs(
                    case_insensitive=True
                )
            )
        ),
        output_format_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationOutputFormatConfigurationArgs(
            serializer=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationOutputFormatConfigurationSerializerArgs(
                parquet_ser_de=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationOutputFormatConfigurationSerializerParquetSerDeArgs(
                    compression="SNAPPY"
                )
            )
        ),
        schema_configuration=aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationSchemaConfigurationArgs(
            role_arn=role_arn,
            database_name=Layout(scope=args.scope).database,
            table_name=args.events_table,
            region=args.scope.region,
            version_id="LATEST",
        ),
    )


def alarms(stream: str, delivery: str) -> dict[str, Alarm]:
    """What an operator must hear of."""

    def of_stream(name: str, statistic: Statistic) -> Metric:
        return Metric(namespace="AWS/Kinesis", name=name, dimensions={"StreamName": stream}, statistic=statistic)

    def of_delivery(name: str, statistic: Statistic) -> Metric:
        return Metric(
            namespace="AWS/Firehose", name=name, dimensions={"DeliveryStreamName": delivery}, statistic=statistic
        )

    behind = BEHIND_MINUTES * 60_000
    worker = Metric(
        namespace="AWS/Kinesis",
        name="SubscribeToShardEvent.MillisBehindLatest",
        dimensions={"StreamName": stream, "ConsumerName": CONSUMER},
        statistic="Maximum",
    )
    return {
        "age": Alarm(
            says=f"{stream}: a reader is more than {BEHIND_MINUTES} minutes behind the newest event",
            metrics={"age": of_stream("GetRecords.IteratorAgeMilliseconds", "Maximum")},
            above=behind,
            minutes=5,
        ),
        "worker-age": Alarm(
            says=f"{stream}: the recommendation worker is more than {BEHIND_MINUTES} minutes behind",
            metrics={"age": worker},
            above=behind,
            minutes=5,
        ),
        "refused": Alarm(
            says=f"{stream}: events are refused for want of shards; give more, or spread the partition keys",
            metrics={"refused": of_stream("WriteProvisionedThroughputExceeded", "Sum")},
            above=0,
            minutes=5,
        ),
        "unread": Alarm(
            says=f"{stream}: readers are refused for want of throughput",
            metrics={"refused": of_stream("ReadProvisionedThroughputExceeded", "Sum")},
            above=0,
            minutes=5,
        ),
        "freshness": Alarm(
            says=f"{delivery}: an event has waited for the lake for more than {FRESHNESS_SECONDS // 60} minutes",
            metrics={"oldest": of_delivery("DeliveryToS3.DataFreshness", "Maximum")},
            above=FRESHNESS_SECONDS,
            minutes=5,
        ),
        "unconverted": Alarm(
            says=f"{delivery}: events could not be converted; mend what is in the errors, and send it again",
            metrics={"failed": of_delivery("FailedConversion.Records", "Sum")},
            above=0,
            minutes=1,
        ),
    }
