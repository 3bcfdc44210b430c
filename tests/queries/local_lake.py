"""The lake on a disk: objects at the very keys that their writers use, and tables that find them as Athena does."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any, cast

import duckdb
import jq
import sqlglot
from sqlglot import exp

from components.data import layout, questions, tables
from components.data.layout import Layout
from components.data.tables import Table
from components.naming import Scope

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
WHERE = Layout(scope=SCOPE)
TODAY = date(2026, 11, 25)  # UTC; a Wednesday
ACCESS_LOGS = SCOPE.name("access-logs", SCOPE.account_id, SCOPE.region)
DISTRIBUTION = "E2EXAMPLE"
KINDS = {"bigint": "BIGINT", "int": "INTEGER", "double": "DOUBLE", "string": "VARCHAR", "timestamp": "TIMESTAMP"}

ALL: Mapping[str, Table] = {
    each.name: each
    for each in (
        tables.events(SCOPE),
        *(tables.snapshot(SCOPE, name) for name in layout.SNAPSHOT_TABLES),
        tables.marketing_spend(SCOPE),
        tables.costs(SCOPE),
        tables.balancer_logs(SCOPE, ACCESS_LOGS),
        tables.cloudfront_logs(SCOPE, ACCESS_LOGS, DISTRIBUTION),
        *(tables.log_lines(SCOPE, title) for title in tables.LOGS),
    )
}


def kind_of(hive: str) -> str:
    """DuckDB's name for one of Hive's types."""
    if hive.startswith("map<"):
        key, value = hive.removeprefix("map<").removesuffix(">").split(",")
        return f"MAP({KINDS[key]}, {KINDS[value]})"
    if hive.startswith("struct<"):
        return f"STRUCT({', '.join(f'{_quoted(name)} {KINDS[kind]}' for name, kind in fields_of(hive).items())})"
    return KINDS[hive]


def fields_of(hive: str) -> dict[str, str]:
    """What a struct of Hive's has: name -> type."""
    pairs = (pair.split(":") for pair in hive.removeprefix("struct<").removesuffix(">").split(","))
    return dict(pairs)


def _quoted(name: str) -> str:
    return f'"{name}"'


def event_key(event: str) -> str:
    """The key that Firehose gives the file of an event: what jq finds in it, put into the prefix."""
    program = cast("Any", jq.compile(layout.DAY_OF_EVENT))  # pyright: ignore[reportUnknownMemberType]
    found: dict[str, str] = program.input_text(event).first()
    return re.sub(r"!\{partitionKeyFromQuery:(\w+)\}", lambda key: found[key[1]], layout.EVENT_PREFIX)


class LocalLake:
    """Buckets below a folder, and DuckDB over them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._engine = duckdb.connect()
        self._engine.execute(f'CREATE SCHEMA "{WHERE.database}"')
        self._files = 0

    def put(self, bucket: str, key: str, text: str) -> None:
        """An object of text, zipped where its name says so."""
        path = self._root / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if key.endswith(".gz") else text.encode())

    def put_parquet(self, bucket: str, folder: str, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows as a Parquet file of the table's columns; a column that a row has and the table has not is text."""
        self._files += 1
        path = self._root / bucket / folder / f"part-{self._files:05}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.with_suffix(".json")
        lines.write_text("\n".join(json.dumps(row) for row in rows))
        more = {key: "VARCHAR" for row in rows for key in row if key not in table.columns}
        columns = {column: kind_of(hive) for column, hive in table.columns.items()} | more
        typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        self._engine.execute(
            f"COPY (SELECT * FROM read_json('{lines}', format='newline_delimited', columns={{{typed}}})) "  # noqa: S608
            f"TO '{path}' (FORMAT parquet)"
        )
        lines.unlink()

    def happened(self, *events: Mapping[str, Any]) -> None:
        """Events, as services put them onto the stream and Firehose writes them."""
        for event in events:
            self.put_parquet(WHERE.bucket("raw"), event_key(json.dumps(event)), ALL["events"], [event])

    def snapshot(self, name: str, day: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A table of the database, where RDS's export puts it under the name that the state machine gives it."""
        export = f"{layout.DATABASE}-{day}"
        folder = f"{layout.SNAPSHOTS}/{export}/{layout.DATABASE}/{layout.DATABASE}.{name}/1"
        self.put_parquet(WHERE.bucket("raw"), folder, ALL[name], rows)
        self.put(WHERE.bucket("raw"), f"{layout.SNAPSHOTS}/{export}/export_info_{export}.json", "{}")

    def ask(self, title: str, *, budget_manwon: int = 710) -> list[tuple[Any, ...]]:
        """The rows that a deployed query answers with, on TODAY."""
        for name in questions.TABLES:
            self._define(ALL[name])
        deployed = questions.text(title, database=WHERE.database, budget_manwon=budget_manwon)
        (parsed,) = sqlglot.parse(deployed, dialect="trino", error_level=sqlglot.ErrorLevel.RAISE)
        assert parsed is not None
        fixed = parsed.transform(_today)
        return self._engine.execute(fixed.sql(dialect="duckdb")).fetchall()

    def _define(self, table: Table) -> None:
        columns = [f'"{column}" {kind_of(hive)}' for column, hive in table.columns.items()]
        columns += [f'"{key}" VARCHAR' for key in table.partitions]
        name = f'"{WHERE.database}"."{table.name}"'
        self._engine.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(columns)})")
        for values, folder in partitions(table):
            place = self._root / folder.removeprefix("s3://")
            for path in sorted(each for each in place.rglob("*") if each.is_file()) if place.is_dir() else []:
                self._read(table, name, path, values)

    def _read(self, table: Table, name: str, path: Path, values: Mapping[str, str]) -> None:
        if table.format is tables.PARQUET:
            wanted = ", ".join([*(f'"{column}"' for column in table.columns), *(f"'{one}'" for one in values.values())])
            self._engine.execute(f"INSERT INTO {name} SELECT {wanted} FROM read_parquet('{path}')")  # noqa: S608
            return
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        for row in _rows(table, text.splitlines()):
            slots = ", ".join("?" for _ in (*row, *values))
            self._engine.execute(f"INSERT INTO {name} VALUES ({slots})", [*row, *values.values()])  # noqa: S608


def _rows(table: Table, lines: Sequence[str]) -> Iterator[Sequence[Any]]:
    """What the table's reader makes of lines."""
    settings = table.format.settings
    if table.format is tables.ALB:
        for line in lines:
            matched = re.fullmatch(settings["input.regex"], line)
            # What does not match is a row of nulls, as RegexSerDe has it.
            yield matched.groups() if matched else [None] * len(table.columns)
    elif table.format is tables.CSV:
        for line in lines[int(table.parameters["skip.header.line.count"]) :]:
            yield line.split(settings["field.delim"])
    else:
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            yield [
                _only(said.get(settings.get(f"mapping.{column}", column)), kind)
                for column, kind in table.columns.items()
            ]


def _only(value: Any, kind: str) -> Any:
    """Of an object the fields that the struct has; the reader passes over the others."""
    if kind.startswith("struct<") and value is not None:
        return {name: value.get(name) for name in fields_of(kind)}
    return value


def partitions(table: Table) -> Iterator[tuple[dict[str, str], str]]:
    """Each partition that Athena would work out up to tomorrow, and where it looks for it."""
    if not table.partitions:
        yield {}, table.location
        return
    parameters = table.parameters
    assert parameters["projection.enabled"] == "true"
    choices = [[*_values(parameters, key)] for key in table.partitions]
    for values in product(*choices):
        named = dict(zip(table.partitions, values, strict=True))
        place = re.sub(r"\$\{(\w+)\}", lambda key, of=named: of[key[1]], parameters["storage.location.template"])
        yield named, place


def _values(parameters: Mapping[str, str], key: str) -> Iterator[str]:
    rule = {
        name.removeprefix(f"projection.{key}."): value
        for name, value in parameters.items()
        if name.startswith(f"projection.{key}.")
    }
    first, last = rule["range"].split(",")
    if rule["type"] == "integer":
        yield from (str(number).zfill(int(rule["digits"])) for number in range(int(first), min(int(last), 2027) + 1))
        return
    form = rule["format"].replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d")
    assert last in ("NOW+1DAYS", "NOW+1MONTHS")
    day, seen = date(2026, 1, 1), set[str]()
    while day <= TODAY + timedelta(days=1):
        value = day.strftime(form)
        if value not in seen:
            seen.add(value)
            yield value
        day += timedelta(days=1)


def _today(node: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Literal.string(TODAY.isoformat()), "date") if isinstance(node, exp.CurrentDate) else node
