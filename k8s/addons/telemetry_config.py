"""What the collectors are told that the platform alone knows, as data (REQ-O2, REQ-O3): pure.

Traces go to X-Ray, metrics to CloudWatch by EMF, logs to the log group of services; Datadog too where a stage asks for
it. A metric that is not named here reaches nobody, since CloudWatch is paid by the metric.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from components.iam import Statement
from components.naming import PROJECT, Scope

# What services measure by OpenTelemetry's own conventions, and counters of their own for business load (REQ-X5).
# https://opentelemetry.io/docs/specs/semconv/
SERVICE_METRICS = (
    "http.server.request.duration",
    "rpc.server.call.duration",
    "messaging.process.duration",
)
SERVICE_PREFIXES = ("business.",)
# By which a service, canary or stable of it, and what became of a request are told apart: CloudWatch never sums over a
# dimension that is left out, so each set that is read is written.
SERVICE_DIMENSIONS = (("service.name",), ("service.name", "track"), ("service.name", "track", "outcome"))
# gRPC's codes that are the service's fault; https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
FAULTS = ("UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS")
# What is scraped off add-ons; https://karpenter.sh/docs/reference/metrics/ and each add-on's own page.
SCRAPED_METRICS = (
    "argocd_app_info",
    "controller_runtime_reconcile_errors_total",
    "envoy_http_downstream_rq_xx",
    "externalsecret_sync_calls_error",
    "karpenter_nodepools_limit",
    "karpenter_nodepools_usage",
    "keda_scaler_errors_total",
    "rollout_info",
)
SCRAPED_DIMENSIONS = (("namespace", "service"), ("nodepool", "resource_type"), ("envoy_response_code_class",))
SLOW_MS = 500  # a trace this long is always kept; more than twice the p95 of REQ-N2


# CloudWatch's namespace of what services and add-ons measure; a stage has an account of its own.
NAMESPACE = f"{PROJECT}/services"


def metrics_group(scope: Scope) -> str:
    """The log group that EMF passes through."""
    return scope.path("metrics")


def agent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The agent's scrape configuration, with the list of what is kept."""
    (job,) = values["alternateConfig"]["receivers"]["prometheus"]["config"]["scrape_configs"]
    kept = {"source_labels": ["__name__"], "regex": "|".join(SCRAPED_METRICS), "action": "keep"}
    scraped = {"scrape_configs": [{**job, "metric_relabel_configs": [kept]}]}
    return {"alternateConfig": {"receivers": {"prometheus": {"config": scraped}}}}


def gateway(scope: Scope, *, log_group: str, traces_kept_percent: int, datadog: bool) -> dict[str, Any]:
    """The gateway's processors, exporters and pipelines."""
    also = ["datadog"] if datadog else []
    exporters: dict[str, Any] = {
        "awsxray": {"region": scope.region},
        "awsemf": {
            "region": scope.region,
            "namespace": NAMESPACE,
            "log_group_name": metrics_group(scope),
            "log_stream_name": "${env:OTEL_K8S_POD_NAME}",
            "resource_to_telemetry_conversion": {"enabled": True},
            "dimension_rollup_option": "NoDimensionRollup",
            "metric_declarations": [
                _declared(SERVICE_DIMENSIONS, SERVICE_METRICS, SERVICE_PREFIXES),
                _declared(SCRAPED_DIMENSIONS, SCRAPED_METRICS),
            ],
        },
        "awscloudwatchlogs": {
            "region": scope.region,
            "log_group_name": log_group,
            "log_stream_name": "${env:OTEL_K8S_POD_NAME}",
        },
    }
    if datadog:
        exporters["datadog"] = {"api": {"key": "${env:DD_API_KEY}", "site": "datadoghq.com"}}

    def pipeline(processors: Sequence[str], exporter: str) -> dict[str, Any]:
        return {"receivers": ["otlp"], "processors": list(processors), "exporters": [exporter, *also]}

    return {
        "alternateConfig": {
            "processors": {"tail_sampling": _sampling(traces_kept_percent), "transform": _outcomes()},
            "exporters": exporters,
            "service": {
                "pipelines": {
                    "traces": pipeline(["memory_limiter", "tail_sampling", "batch"], "awsxray"),
                    "metrics": pipeline(["memory_limiter", "transform", "batch"], "awsemf"),
                    "logs": pipeline(["memory_limiter", "batch"], "awscloudwatchlogs"),
                }
            },
        }
    }


def _declared(
    dimensions: Sequence[Sequence[str]], names: Sequence[str], prefixes: Sequence[str] = ()
) -> dict[str, Any]:
    whole = [rf"^{name}$".replace(".", r"\.") for name in names]
    begun = [rf"^{prefix}".replace(".", r"\.") for prefix in prefixes]
    return {"dimensions": [list(one) for one in dimensions], "metric_name_selectors": [*whole, *begun]}


def _outcomes() -> dict[str, Any]:
    """What became of a request, in three words: the code of an answer would be a metric of its own each."""
    http, rpc = 'attributes["http.response.status_code"]', 'attributes["rpc.response.status_code"]'
    fault = " or ".join(f'{rpc} == "{code}"' for code in FAULTS)
    outcomes = [
        ("ok", f'{http} != nil or {rpc} != nil or metric.name == "messaging.process.duration"'),
        ("client_error", f"{http} != nil and {http} >= 400"),
        ("client_error", f'{rpc} != nil and {rpc} != "OK"'),
        ("server_error", f"{http} != nil and {http} >= 500"),
        ("server_error", f"{rpc} != nil and ({fault})"),
        ("server_error", 'metric.name == "messaging.process.duration" and attributes["error.type"] != nil'),
    ]
    statements = [f'set(attributes["outcome"], "{outcome}") where {when}' for outcome, when in outcomes]
    return {
        "error_mode": "ignore",
        "metric_statements": [{"context": "datapoint", "statements": statements}],
    }


def _sampling(kept_percent: int) -> dict[str, Any]:
    """Every trace that failed or was slow, and some of the rest."""
    return {
        "decision_wait": "10s",
        "num_traces": 50_000,
        "policies": [
            {"name": "failed", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}},
            {"name": "slow", "type": "latency", "latency": {"threshold_ms": SLOW_MS}},
            {"name": "some", "type": "probabilistic", "probabilistic": {"sampling_percentage": kept_percent}},
        ],
    }


def policies(scope: Scope, log_group: str) -> Mapping[str, Sequence[Statement]]:
    """What the gateway may do; title -> statements."""
    groups = [scope.arn("logs", f"log-group:{name}") for name in (log_group, metrics_group(scope))]
    return {
        "signals": [
            Statement(
                sid="WriteToTheLogGroupsOfThisStage",
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[*groups, *(f"{group}:log-stream:*" for group in groups)],
            ),
            Statement(
                # X-Ray knows no resource for what is sent to it.
                sid="SendTracesOfThisRegion",
                actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                resources=["*"],
                condition={"StringEquals": {"aws:RequestedRegion": scope.region}},
            ),
        ]
    }
