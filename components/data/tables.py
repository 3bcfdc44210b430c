"""What the catalogue says of each table (pure): columns, files, and the places of its partitions.

No partition is ever registered: Athena works out from a day where its files are (partition projection), so a new day
is there when its first file is. The places are those of `layout`, and of whoever writes logs in this stage.
https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.data import layout
from components.data.layout import Layout
from components.naming import Scope

_HIVE = "org.apache.hadoop.hive"
_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUT = f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True, kw_only=True)
class Format:
    """How files are read."""

    input: str
    output: str
    reader: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


PARQUET = Format(
    input=f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat",
    output=f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat",
    reader=f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
)
CSV = Format(
    input=_TEXT_IN,
    output=TEXT_OUT,
    reader=f"{_HIVE}.serde2.lazy.LazySimpleSerDe",
    settings={"field.delim": ",", "serialization.format": ","},
)
# Type, time, load balancer, client, target, three durations, two statuses, bytes in and out, request line, user agent,
# cipher, protocol, target group, trace; what follows is left out.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
ALB_LINE = (
    r"([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*):[0-9]* ([^ ]*) ([-.0-9]*) ([-.0-9]*) ([-.0-9]*) ([0-9]*|-) ([0-9]*|-) "
    r'([-0-9]*) ([-0-9]*) "([^ ]*) ([^ ]*) ([^"]*)" "([^"]*)" ([^ ]*) ([^ ]*) ([^ ]*) "([^"]*)".*'
)
ALB = Format(input=_TEXT_IN, output=TEXT_OUT, reader=f"{_HIVE}.serde2.RegexSerDe", settings={"input.regex": ALB_LINE})


def _json(names: Mapping[str, str] | None = None) -> Format:
    """JSON lines; where a column cannot be called what the key is, the key's exact name."""
    mapped = {f"mapping.{column}": key for column, key in (names or {}).items()}
    return Format(
        input=_TEXT_IN,
        output=TEXT_OUT,
        reader="org.openx.data.jsonserde.JsonSerDe",
        # A line that is no JSON, as a stack trace, is a row of nulls and not the end of the query.
        settings={"ignore.malformed.json": "true", "case.insensitive": "false" if mapped else "true", **mapped},
    )


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table."""

    name: str
    says: str
    columns: Mapping[str, str]  # name -> Hive's type
    partitions: Mapping[str, Mapping[str, str]]  # name -> how its values are worked out; all are strings
    location: str  # s3://...; below it everything that is not partitioned
    template: str = ""  # where a partition is; empty without partitions
    format: Format

    @property
    def parameters(self) -> dict[str, str]:
        """The table's properties."""
        kind = {PARQUET.reader: "parquet", CSV.reader: "csv"}.get(self.format.reader, "json")
        skipped = {"skip.header.line.count": "1"} if self.format is CSV else {}
        if not self.partitions:
            return {"EXTERNAL": "TRUE", "classification": kind, **skipped}
        projected = {
            f"projection.{key}.{what}": value for key, rule in self.partitions.items() for what, value in rule.items()
        }
        return {
            "EXTERNAL": "TRUE",
            "classification": kind,
            "projection.enabled": "true",
            **projected,
            "storage.location.template": self.template,
        }


def days(form: str = "yyyy-MM-dd", first: str = layout.FIRST_DAY) -> dict[str, str]:
    """A partition a day, in a form of Java's, from the first one to tomorrow."""
    return {
        "type": "date",
        "format": form,
        "range": f"{first},NOW+1DAYS",
        "interval": "1",
        "interval.unit": "DAYS",
    }


def _number(low: int, high: int, digits: int) -> dict[str, str]:
    return {"type": "integer", "range": f"{low},{high}", "digits": str(digits)}


def events(scope: Scope) -> Table:
    """REQ-T1's events, by the day on which they happened (REQ-T2)."""
    place = f"s3://{Layout(scope=scope).bucket('raw')}/{layout.EVENTS}"
    return Table(
        name=layout.EVENTS,
        says="What users did, and incidents, by day (UTC), minutes after it happened (REQ-T1, REQ-T2, REQ-T3)",
        columns={"user_id": "bigint", "type": "string", "metadata_json": "string", "ts": "timestamp"},
        partitions={"day": days()},
        location=f"{place}/",
        template=f"{place}/day=${{day}}/",
        format=PARQUET,
    )


# Without `email`: it is in the files, and no question that we ask needs it.
SNAPSHOTS: Mapping[str, Mapping[str, str]] = {
    "users": {"id": "bigint", "plan": "string", "locale": "string", "created_at": "timestamp"},
    "subscriptions": {"user_id": "bigint", "plan": "string", "status": "string", "renewed_at": "timestamp"},
    "posts": {"id": "bigint", "user_id": "bigint", "title": "string", "tags": "string", "created_at": "timestamp"},
}


def snapshot(scope: Scope, name: str) -> Table:
    """A table of the database as it was on a day; each day has all of it.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-data.Considerations.html
    """
    place = f"s3://{Layout(scope=scope).bucket('raw')}/{layout.SNAPSHOTS}"
    return Table(
        name=name,
        says=f"{name} of the database, whole, by the day (UTC) of the snapshot: 6 to 30 hours old when it is asked for",
        columns=SNAPSHOTS[name],
        partitions={"day": days()},
        location=f"{place}/",
        template=f"{place}/{layout.DATABASE}-${{day}}/{layout.DATABASE}/{layout.DATABASE}.{name}/",
        format=PARQUET,
    )


def marketing_spend(scope: Scope) -> Table:
    """What was spent to win users; somebody puts a file there each month, since no system of ours knows it."""
    return Table(
        name=layout.SPEND,
        says="Spent on winning users: month (2026-11), channel, won; CSV with a header, put there by hand",
        columns={"month": "string", "channel": "string", "spend_krw": "bigint"},
        partitions={},
        location=f"s3://{Layout(scope=scope).bucket('curated')}/{layout.SPEND}/",
        format=CSV,
    )


# Of some hundred columns those that a question of ours needs, and what makes it possible to look further.
COST_COLUMNS: Mapping[str, str] = {
    "line_item_usage_start_date": "timestamp",
    "line_item_line_item_type": "string",
    "line_item_product_code": "string",
    "line_item_usage_type": "string",
    "line_item_operation": "string",
    "line_item_resource_id": "string",
    "line_item_usage_amount": "double",
    "line_item_unblended_cost": "double",
    "resource_tags": "map<string,string>",
}


def costs(scope: Scope) -> Table:
    """The cost and usage export (CUR 2.0), in US dollars.

    https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
    """
    where = Layout(scope=scope)
    place = f"s3://{where.bucket('raw')}/{layout.COSTS}/{where.export}/data"
    return Table(
        name="costs",
        says="Every line of the bill, by billing period (2026-11); a day is whole two days later",
        columns=COST_COLUMNS,
        partitions={
            "billing_period": {
                "type": "date",
                "format": "yyyy-MM",
                "range": f"{layout.FIRST_DAY[:7]},NOW+1MONTHS",
                "interval": "1",
                "interval.unit": "MONTHS",
            }
        },
        location=f"{place}/",
        template=f"{place}/BILLING_PERIOD=${{billing_period}}/",
        format=PARQUET,
    )


def balancer_logs(scope: Scope, bucket: str) -> Table:
    """Requests at the load balancer, which writes them every five minutes."""
    place = f"s3://{bucket}/AWSLogs/{scope.account_id}/elasticloadbalancing/{scope.region}"
    return Table(
        name="alb_logs",
        says="Requests at the load balancer, by day (UTC, 2026/11/25), 5 minutes after they came",
        columns={
            "type": "string",
            "time": "string",
            "elb": "string",
            "client_ip": "string",
            "target": "string",
            "request_processing_time": "double",
            "target_processing_time": "double",
            "response_processing_time": "double",
            "elb_status_code": "int",
            "target_status_code": "string",
            "received_bytes": "bigint",
            "sent_bytes": "bigint",
            "request_verb": "string",
            "request_url": "string",
            "request_protocol": "string",
            "user_agent": "string",
            "ssl_cipher": "string",
            "ssl_protocol": "string",
            "target_group_arn": "string",
            "trace_id": "string",
        },
        partitions={"day": days("yyyy/MM/dd", layout.FIRST_DAY.replace("-", "/"))},
        location=f"{place}/",
        template=f"{place}/${{day}}/",
        format=ALB,
    )


_CLOUDFRONT: Mapping[str, tuple[str, str]] = {  # column -> key of the log, Hive's type
    "date": ("date", "string"),
    "time": ("time", "string"),
    "x_edge_location": ("x-edge-location", "string"),
    "sc_bytes": ("sc-bytes", "bigint"),
    "c_ip": ("c-ip", "string"),
    "cs_method": ("cs-method", "string"),
    "cs_uri_stem": ("cs-uri-stem", "string"),
    "sc_status": ("sc-status", "int"),
    "cs_user_agent": ("cs(User-Agent)", "string"),
    "x_edge_result_type": ("x-edge-result-type", "string"),
    "x_edge_detailed_result_type": ("x-edge-detailed-result-type", "string"),
    "x_edge_request_id": ("x-edge-request-id", "string"),
    "x_host_header": ("x-host-header", "string"),
    "cs_bytes": ("cs-bytes", "bigint"),
    "time_taken": ("time-taken", "double"),
    "time_to_first_byte": ("time-to-first-byte", "double"),
    "sc_content_type": ("sc-content-type", "string"),
}


def cloudfront_logs(scope: Scope, bucket: str, distribution_id: str) -> Table:
    """Requests at CloudFront, whose delivery names folders as Hive does; below a day there are hours.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
    """
    place = f"s3://{bucket}/AWSLogs/aws-account-id={scope.account_id}/CloudFront/DistributionId={distribution_id}"
    return Table(
        name="cloudfront_logs",
        says="Requests at CloudFront, by year, month and day (UTC), minutes to an hour after they came",
        columns={column: kind for column, (_, kind) in _CLOUDFRONT.items()},
        partitions={
            "year": _number(int(layout.FIRST_DAY[:4]), 2099, 4),
            "month": _number(1, 12, 2),
            "day": _number(1, 31, 2),
        },
        location=f"{place}/",
        template=f"{place}/year=${{year}}/month=${{month}}/day=${{day}}/",
        format=_json({column: key for column, (key, _) in _CLOUDFRONT.items() if column != key}),
    )


# What services write of themselves (servicekit/logs.py), and Argo Rollouts of what it does (utils/record, v1.9). The
# collector puts what a line says below `attributes` (awscloudwatchlogs exporter, 0.158), where it says JSON at all.
_SAID = ("timestamp", "level", "service", "trace_id", "message")
_SAID_BY_ROLLOUTS = ("time", "event_reason", "namespace", "rollout", "msg")
LOGS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "services": (
        "service_logs",
        {
            "body": "string",
            "attributes": f"struct<{','.join(f'{name}:string' for name in (*_SAID, *_SAID_BY_ROLLOUTS))}>",
        },
    ),
    "firewall": (
        "waf_logs",
        {
            "timestamp": "bigint",
            "webaclid": "string",
            "terminatingruleid": "string",
            "action": "string",
            "httprequest": "struct<clientip:string,country:string,uri:string,httpmethod:string,requestid:string>",
        },
    ),
}


def log_lines(scope: Scope, title: str) -> Table:
    """Lines of a log group, as `log_lake` brings them."""
    name, columns = LOGS[title]
    place = f"s3://{Layout(scope=scope).bucket('raw')}/{layout.LOGS}/{title}"
    return Table(
        name=name,
        says=f"Lines of the log group of {title}, by the day (UTC) on which they came, minutes after",
        columns=columns,
        partitions={"day": days()},
        location=f"{place}/",
        template=f"{place}/day=${{day}}/",
        format=_json(),
    )
