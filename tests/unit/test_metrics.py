"""Every metric that something here reads is one that somebody emits, under the dimensions that are asked for."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.naming import Scope
from tests.charts.render import GOLDEN, Object, objects
from tests.unit.recording import Recorded

ROOT = Path(__file__).resolve().parents[2]
EMITTED: Mapping[str, Any] = yaml.safe_load((ROOT / "k8s" / "metrics.yaml").read_text(encoding="utf-8"))
SERVICES = EMITTED["services"]
STATISTICS = {  # that CloudWatch can tell of what arrives
    "exponential histogram": r"SampleCount|Average|Sum|Minimum|Maximum|p\d+(\.\d+)?",
    "counter": "Sum",
}


@dataclass(frozen=True, kw_only=True)
class Read:
    """One metric as somebody asks CloudWatch for it."""

    by: str
    namespace: str
    name: str
    dimensions: frozenset[str]
    statistic: str
    kind: str = ""  # of the service that reads it of itself


def complaint(read: Read) -> str:
    """Why the metric would never have a value; empty if somebody emits it."""
    ours = read.namespace == SERVICES["namespace"]
    if not ours and read.namespace not in EMITTED["aws"]:
        return f"{read.by}: nobody emits into {read.namespace}"
    emitter = SERVICES if ours else EMITTED["aws"][read.namespace]
    if read.name not in emitter["metrics"]:
        return f"{read.by}: nobody emits {read.namespace} {read.name}"
    if read.dimensions not in [frozenset(each) for each in emitter["dimensions"]]:
        return f"{read.by}: {read.name} is not emitted by {sorted(read.dimensions)}"
    if ours:
        metric = emitter["metrics"][read.name]
        if read.kind not in metric["kinds"]:
            return f"{read.by}: a {read.kind} does not emit {read.name}"
        if not re.fullmatch(STATISTICS[metric["type"]], read.statistic):
            return f"{read.by}: {read.statistic} cannot be told of a {metric['type']}"
    return ""


def alarms(platform: Recorded) -> Iterator[Read]:
    for alarm in platform.of_type("aws:cloudwatch/metricAlarm:MetricAlarm"):
        asked: list[Any] = alarm.get("metricQueries") or []
        queries: list[Any] = [each["metric"] for each in asked if each.get("metric")]
        if alarm.get("metricName"):
            queries.append({**{key: alarm[key] for key in ("namespace", "metricName", "dimensions")}, "stat": ""})
        assert queries, alarm.name
        for each in queries:
            yield Read(
                by=alarm.name,
                namespace=each["namespace"],
                name=each["metricName"],
                dimensions=frozenset(each["dimensions"]),
                statistic=each["stat"],
            )


def dashboards(platform: Recorded) -> Iterator[Read]:
    for page in platform.of_type("aws:cloudwatch/dashboard:Dashboard"):
        for widget in json.loads(page["dashboardBody"])["widgets"]:
            for namespace, name, *dimensions, shown in (
                line for line in widget["properties"].get("metrics", ()) if len(line) > 1
            ):
                yield Read(
                    by=f"{page.name}: {widget['properties']['title']}",
                    namespace=namespace,
                    name=name,
                    dimensions=frozenset(dimensions[::2]),
                    statistic=shown["stat"],
                )


def kind_of(found: Mapping[tuple[str, str], Object]) -> str:
    (rollout,) = [each for (kind, _), each in found.items() if kind == "Rollout"]
    return rollout["metadata"]["labels"]["app.kubernetes.io/component"]


def scalers(found: Mapping[tuple[str, str], Object]) -> Iterator[Read]:
    for (kind, name), each in found.items():
        for trigger in each["spec"]["triggers"] if kind == "ScaledObject" else ():
            asked = trigger["metadata"]
            if trigger["type"] == "aws-cloudwatch":
                yield Read(
                    by=f"{name}: trigger {trigger['name']}",
                    namespace=asked["namespace"],
                    name=asked["metricName"],
                    dimensions=frozenset(asked["dimensionName"].split(";")),
                    statistic=asked["metricStat"],
                    kind=kind_of(found),
                )
            else:  # cpu is metrics-server's, a queue's length SQS's own answer: neither has a name that could be wrong
                assert trigger["type"] in ("cpu", "aws-sqs-queue")


def analyses(found: Mapping[tuple[str, str], Object]) -> Iterator[Read]:
    for (kind, name), each in found.items():
        for metric in each["spec"]["metrics"] if kind == "AnalysisTemplate" else ():
            for query in metric["provider"]["cloudWatch"]["metricDataQueries"]:
                asked = query["metricStat"]
                yield Read(
                    by=f"{name}: {metric['name']} {query['id']}",
                    namespace=asked["metric"]["namespace"],
                    name=asked["metric"]["metricName"],
                    dimensions=frozenset(one["name"] for one in asked["metric"]["dimensions"]),
                    statistic=asked["stat"],
                    kind=kind_of(found),
                )


def charted() -> list[Read]:
    renderings = [objects(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.iterdir())]
    return [read for found in renderings for read in (*scalers(found), *analyses(found))]


def test_every_metric_that_an_alarm_reads_is_emitted(platform: Recorded) -> None:
    reads = list(alarms(platform))
    assert len(reads) > 5
    assert [complaint(read) for read in reads if complaint(read)] == []


def test_every_metric_on_a_dashboard_is_emitted(platform: Recorded) -> None:
    reads = list(dashboards(platform))
    assert {read.by.partition(":")[0] for read in reads} >= {
        f"dashboards-{page}" for page in ("edge", "compute", "data", "messaging", "kpis")
    }
    assert [complaint(read) for read in reads if complaint(read)] == []


def test_every_metric_that_scales_or_judges_a_service_is_emitted_by_its_kind() -> None:
    reads = charted()
    assert {read.name for read in reads} == set(SERVICES["metrics"])  # and nothing is emitted that nobody reads
    assert [complaint(read) for read in reads if complaint(read)] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "http.server.duration"}, "nobody emits startup-platform/services http.server.duration"),
        ({"namespace": "startup-platform"}, "nobody emits into startup-platform"),
        ({"dimensions": frozenset({"service.name", "pod"})}, "is not emitted by ['pod', 'service.name']"),
        ({"kind": "worker"}, "a worker does not emit http.server.request.duration"),
        ({"name": "business.operations", "statistic": "p95"}, "p95 cannot be told of a counter"),
    ],
)
def test_a_metric_that_nobody_emits_is_found(change: Mapping[str, Any], said: str) -> None:
    right: dict[str, Any] = {
        "by": "api",
        "namespace": "startup-platform/services",
        "name": "http.server.request.duration",
        "dimensions": frozenset({"service.name"}),
        "statistic": "p95",
        "kind": "http",
    }
    assert complaint(Read(**right)) == ""
    assert said in complaint(Read(**{**right, **change}))


def test_the_collector_writes_what_is_said_of_it() -> None:
    if not (ROOT / "k8s" / "addons" / "telemetry_config.py").exists():
        pytest.skip("the collector's configuration is not in this tree yet")
    config: Any = importlib.import_module("k8s.addons.telemetry_config")
    scope = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
    gateway: Any = config.gateway(scope, log_group="/services", traces_kept_percent=10, datadog=False)[
        "alternateConfig"
    ]
    exporter: Any = gateway["exporters"]["awsemf"]
    declarations: list[Any] = exporter["metric_declarations"]
    assert exporter["namespace"] == SERVICES["namespace"]
    for name in SERVICES["metrics"]:
        written: list[frozenset[str]] = []
        for declared in declarations:
            selectors: list[str] = declared["metric_name_selectors"]
            if any(re.search(selector, name) for selector in selectors):
                written += [frozenset(each) for each in declared["dimensions"]]
        assert {frozenset(each) for each in SERVICES["dimensions"]} == set(written), name
    assert "outcome" in str(gateway["processors"]["transform"])
    agent: Any = yaml.safe_load((ROOT / "k8s" / "values" / "opentelemetry-agent.yaml").read_text(encoding="utf-8"))
    labels = agent["alternateConfig"]["processors"]["k8sattributes"]["extract"]["labels"]
    assert {each["tag_name"]: each["key"] for each in labels}.items() >= {
        "service.name": "app.kubernetes.io/name",
        "track": "track",
    }.items()
