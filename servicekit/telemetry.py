"""Traces and metrics by OpenTelemetry (REQ-O1, REQ-O2), to the collector that the environment names.

The names of the durations are those that alarms, canaries and autoscalers read (k8s/metrics.yaml). Without
OTEL_EXPORTER_OTLP_ENDPOINT nothing is sent, and traces still have their ids.
"""

import os

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
EXPORT_MILLISECONDS = 15_000  # four points a minute, which a canary of five minutes is judged by
# What the chart sets in each pod; the same is right outside of one.
_DEFAULTS = {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": "base2_exponential_bucket_histogram",
}
_INSTRUMENTS = "servicekit"


def start(service: str) -> None:
    """Once a process, before the first span."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or service})
    traces = TracerProvider(resource=resource)  # what is sampled, OTEL_TRACES_SAMPLER says
    readers: list[MetricReader] = []
    if os.environ.get(ENDPOINT):
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter(), EXPORT_MILLISECONDS))
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(MeterProvider(metric_readers=readers, resource=resource))


def tracer() -> trace.Tracer:
    """Begins spans."""
    return trace.get_tracer(_INSTRUMENTS)


def operations() -> Counter:
    """What matters to the business, counted (REQ-X5): `operations().add(1, {"operation": "order"})`."""
    return metrics.get_meter(_INSTRUMENTS).create_counter("business.operations", unit="1")


def rpc_duration() -> Histogram:
    """https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/ ."""
    return metrics.get_meter(_INSTRUMENTS).create_histogram("rpc.server.call.duration", unit="s")


def messaging_duration() -> Histogram:
    """https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/ ."""
    return metrics.get_meter(_INSTRUMENTS).create_histogram("messaging.process.duration", unit="s")


def request_duration() -> Histogram:
    """For WebSocket handshakes, which the library does not measure; requests it does, under the same name."""
    return metrics.get_meter(_INSTRUMENTS).create_histogram("http.server.request.duration", unit="s")


def cache_reads() -> Counter:
    """Reads through the cache, by whether it had the value (REQ-X6)."""
    return metrics.get_meter(_INSTRUMENTS).create_counter("cache.reads", unit="1")
