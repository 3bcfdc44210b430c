"""Telemetry: three pipelines end in AWS, one identity writes there, and Datadog is a switch."""

from typing import Any

import pytest

from k8s import versions
from k8s.addons import telemetry_config
from tests.unit import addons
from tests.unit.addons import HERE, RELEASE
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def config(run: Recorded, part: str) -> dict[str, Any]:
    return run.named(f"add-ons-telemetry-{part}", RELEASE)["values"]["alternateConfig"]


def test_traces_go_to_xray_metrics_to_cloudwatch_and_logs_to_the_platforms_group(run: Recorded) -> None:
    found = config(run, "gateway")
    pipelines = found["service"]["pipelines"]
    assert {name: one["exporters"] for name, one in pipelines.items()} == {
        "traces": ["awsxray"],
        "metrics": ["awsemf"],
        "logs": ["awscloudwatchlogs"],
    }
    assert found["exporters"]["awscloudwatchlogs"]["log_group_name"] == "/startup-platform/dev/services"
    # The lake's table and the saved questions look for what a line says below `attributes`.
    assert not found["exporters"]["awscloudwatchlogs"].get("raw_log")
    assert found["exporters"]["awsemf"]["namespace"] == "startup-platform/services"
    assert found["exporters"]["awsemf"]["log_group_name"] == "/startup-platform/dev/metrics"
    assert {one["region"] for one in found["exporters"].values()} == {"ap-northeast-2"}


def test_each_pipeline_is_limited_in_memory_first_and_batched_last(run: Recorded) -> None:
    for part in ("agent", "gateway"):
        for name, pipeline in config(run, part)["service"]["pipelines"].items():
            assert pipeline["processors"][0] == "memory_limiter", (part, name)
            assert pipeline["processors"][-1] == "batch", (part, name)


def test_every_component_of_a_pipeline_is_configured(run: Recorded) -> None:
    for part in ("agent", "gateway"):
        found = config(run, part)
        for pipeline in found["service"]["pipelines"].values():
            for kind in ("receivers", "processors", "exporters"):
                assert set(pipeline[kind]) <= set(found[kind]), part
        assert set(found["service"]["extensions"]) == set(found["extensions"])


def test_failed_and_slow_traces_are_kept_and_some_of_the_rest(run: Recorded) -> None:
    policies = {one["name"]: one for one in config(run, "gateway")["processors"]["tail_sampling"]["policies"]}
    assert policies["failed"]["status_code"] == {"status_codes": ["ERROR"]}
    assert int(policies["slow"]["latency"]["threshold_ms"]) == 500
    assert int(policies["some"]["probabilistic"]["sampling_percentage"]) == 5


def test_all_spans_of_a_trace_reach_the_same_gateway_pod(run: Recorded) -> None:
    found = config(run, "agent")
    assert found["service"]["pipelines"]["traces"]["exporters"] == ["loadbalancing"]
    assert found["exporters"]["loadbalancing"]["routing_key"] == "traceID"
    assert found["exporters"]["loadbalancing"]["resolver"] == {"k8s": {"service": "opentelemetry-gateway.telemetry"}}


def test_only_named_metrics_are_scraped_and_all_of_them_are_passed_on(run: Recorded) -> None:
    (job,) = config(run, "agent")["receivers"]["prometheus"]["config"]["scrape_configs"]
    (kept,) = job["metric_relabel_configs"]
    assert kept["action"] == "keep"
    assert set(kept["regex"].split("|")) == set(telemetry_config.SCRAPED_METRICS)
    declared = config(run, "gateway")["exporters"]["awsemf"]["metric_declarations"]
    selected = {name for one in declared for name in one["metric_name_selectors"]}
    assert {f"^{name}$" for name in telemetry_config.SCRAPED_METRICS} < selected
    assert r"^http\.server\.request\.duration$" in selected


def test_each_set_of_dimensions_that_is_read_is_written(run: Recorded) -> None:
    declared = config(run, "gateway")["exporters"]["awsemf"]["metric_declarations"][0]
    assert declared["dimensions"] == [
        ["service.name"],
        ["service.name", "track"],
        ["service.name", "track", "outcome"],
    ]
    assert declared["metric_name_selectors"] == [
        r"^http\.server\.request\.duration$",
        r"^rpc\.server\.call\.duration$",
        r"^messaging\.process\.duration$",
        r"^business\.",
    ]
    labels = config(run, "agent")["processors"]["k8sattributes"]["extract"]["labels"]
    assert {"tag_name": "track", "key": "track", "from": "pod"} in labels


def test_an_answer_is_ok_the_callers_fault_or_the_services_and_the_worst_is_said_last(run: Recorded) -> None:
    (group,) = config(run, "gateway")["processors"]["transform"]["metric_statements"]
    outcomes = [one.split('"outcome"], "')[1].split('"')[0] for one in group["statements"]]
    assert outcomes == ["ok", "client_error", "client_error", "server_error", "server_error", "server_error"]
    assert any(">= 500" in one for one in group["statements"][3:])


def test_the_gateway_writes_to_two_log_groups_and_to_xray_and_the_agent_to_nothing(run: Recorded) -> None:
    found = addons.allowed(run, "telemetry")
    assert set(found) == {"WriteToTheLogGroupsOfThisStage", "SendTracesOfThisRegion"}
    logs, traces = found["WriteToTheLogGroupsOfThisStage"], found["SendTracesOfThisRegion"]
    assert logs["Action"] == ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    groups = [f"arn:aws:logs:{HERE}:log-group:/startup-platform/dev/{name}" for name in ("metrics", "services")]
    assert logs["Resource"] == sorted([*groups, *(f"{group}:log-stream:*" for group in groups)])
    assert (traces["Action"], traces["Resource"]) == (["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"])
    assert traces["Condition"] == {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}}


def test_what_metrics_are_made_from_is_encrypted_and_kept_a_year(run: Recorded) -> None:
    (group,) = run.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert (group["name"], group["kmsKeyId"]) == ("/startup-platform/dev/metrics", addons.LOGS_KEY)
    assert int(group["retentionInDays"]) == 365


def test_datadog_gets_all_three_where_asked_for_by_a_key_that_the_program_never_sees(run: Recorded) -> None:
    assert not [one for one in addons.custom(run, "ExternalSecret") if "datadog" in one.name]
    assert "datadog" not in config(run, "gateway")["exporters"]
    asked = addons.add_ons(datadog=True)
    found = config(asked, "gateway")
    assert found["exporters"]["datadog"]["api"]["key"] == "${env:DD_API_KEY}"
    assert all(one["exporters"][-1] == "datadog" for one in found["service"]["pipelines"].values())
    secret = asked.named("add-ons-telemetry-datadog", "kubernetes:external-secrets.io/v1:ExternalSecret")["spec"]
    assert secret["data"][0]["remoteRef"] == {"key": "datadog", "property": "api_key"}
    gateway = asked.named("add-ons-telemetry-gateway", RELEASE)["values"]
    assert gateway["extraEnvsFrom"] == [{"secretRef": {"name": "datadog"}}]


def test_both_run_the_build_that_has_aws_exporters(run: Recorded) -> None:
    for part in ("agent", "gateway"):
        assert run.named(f"add-ons-telemetry-{part}", RELEASE)["values"]["image"] == {
            "repository": "otel/opentelemetry-collector-contrib",
            "tag": versions.COLLECTOR_IMAGE_TAG,
        }


def test_one_json_object_a_line_is_parsed_and_its_own_logs_are_left_out(run: Recorded) -> None:
    logs = config(run, "agent")["receivers"]["filelog"]
    assert [one["type"] for one in logs["operators"]] == ["container", "json_parser"]
    assert any("opentelemetry-agent" in path for path in logs["exclude"])
    assert logs["storage"] == "file_storage"
