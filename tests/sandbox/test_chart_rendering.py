"""What a chart that is at hand makes of a release's values is checked like any other object."""

from pathlib import Path

import pytest

from k8s.versions import Chart
from sandbox import helm as helms
from sandbox.errors import SandboxError
from sandbox.kube import archives, rendering
from sandbox.kube.backend import SchemaBackend
from sandbox.kube.schemas import Schemas
from sandbox.progress import Progress
from sandbox.schema.values import UNKNOWN, Value

CHART = "apiVersion: v2\nname: probe\nversion: 1.0.0\n"
DEPLOYMENT = """
{{- if eq (toString .Values.image) "" }}{{ fail "image is required" }}{{ end }}
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}, labels: {of: {{ .Values.team | quote }}}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: probe}}
  template:
    metadata: {labels: {app: probe}}
    spec: {containers: [{name: probe, image: {{ .Values.image }}}]}
"""
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: probes.example.com}
spec:
  group: example.com
  names: {kind: Probe, plural: probes}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SchemaBackend:
    """With a cache in which the chart is at hand."""
    helm = helms.ensure(Progress())
    chart = tmp_path / "probe"
    for name, content in {
        "Chart.yaml": CHART,
        "values.yaml": "{replicas: 1, image: '', team: ''}",
        "templates/deployment.yaml": DEPLOYMENT,
        "crds/probe.yaml": CRD,
    }.items():
        (chart / name).parent.mkdir(parents=True, exist_ok=True)
        (chart / name).write_text(content, encoding="utf-8")
    monkeypatch.setenv("PATH", str(helm.binary.parent), prepend=":")
    monkeypatch.setenv("STARTUP_PLATFORM_CACHE", str(tmp_path / "cache"))
    assert helm.run("package", str(chart), "--destination", str(archives.folder()), cwd=tmp_path).returncode == 0
    return SchemaBackend(schemas=Schemas())


def said(cluster: SchemaBackend, **values: Value) -> list[str]:
    inputs: dict[str, Value] = {"chart": "probe", "version": "1.0.0", "name": "p", "namespace": "n", "values": values}
    verdict = rendering.check(cluster, inputs)
    return [*(each.reason for each in verdict.problems), *([verdict.unchecked] if verdict.unchecked else [])]


def test_values_that_make_good_objects_pass(cluster: SchemaBackend) -> None:
    assert said(cluster, replicas=2, image="probe:1") == []


def test_a_value_that_makes_an_object_which_the_cluster_refuses_is_refused(cluster: SchemaBackend) -> None:
    (only,) = said(cluster, replicas="two", image="probe:1")
    assert only == 'its Deployment p then has spec.replicas: is "two"; an integer is expected'


def test_a_chart_that_refuses_its_values_says_so_itself(cluster: SchemaBackend) -> None:
    (only,) = said(cluster, replicas=1)
    assert only.startswith("the chart does not render: ")
    assert "image is required" in only


def test_what_is_not_known_yet_is_no_mistake(cluster: SchemaBackend) -> None:
    assert said(cluster, replicas=UNKNOWN, image="probe:1", team=UNKNOWN) == []


def test_a_chart_that_is_not_at_hand_is_not_rendered(cluster: SchemaBackend) -> None:
    assert (
        rendering.check(cluster, {"chart": "probe", "version": "1.0.1", "values": {"replicas": "two"}}).problems == []
    )


@pytest.mark.usefixtures("cluster")
def test_what_is_at_hand_is_not_fetched_and_gives_its_crds_and_what_cannot_be_had_is_named() -> None:
    nowhere = "http://127.0.0.1:9/charts"
    pinned = [Chart(name=name, repository=nowhere, version="1.0.0") for name in ("probe", "other")]
    with pytest.raises(
        SandboxError, match=r"charts that are not at hand:\n  other 1\.0\.0 from http://127\.0\.0\.1:9/"
    ):
        archives.pull(helms.ensure(Progress()), pinned, Progress())
    assert [path.name for path in archives.crds().iterdir()] == ["probes.example.com.yaml"]
    kinds = Schemas.with_crds_in(archives.crds())
    assert kinds.refusal(rendering.kind_of("example.com/v1", "Prob")) == (
        "there is no kind 'Prob' in example.com; did you mean 'Probe'?"
    )
