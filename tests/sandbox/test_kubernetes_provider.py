"""The Kubernetes stand-in over a real gRPC channel, with the strict schemas behind it."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as protocol

from sandbox.kube.backend import SchemaBackend
from sandbox.kube.charts import Charts
from sandbox.kube.schemas import Schemas
from sandbox.provider.kubernetes import Provider
from sandbox.provider.server import Serving, StandIn, serve_one
from sandbox.provider.wire import encode
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import UNKNOWN, Bag, Secret
from tests.sandbox.plugin_client import Engine, urn

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
NAMESPACE = "kubernetes:core/v1:Namespace"
RELEASE = "kubernetes:helm.sh/v3:Release"
WIDGET = "kubernetes:example.com/v1:Widget"

CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "required": ["size"],
                                "properties": {
                                    "size": {"type": "integer", "maximum": 9},
                                    "colour": {"type": "string", "enum": ["red", "blue"]},
                                    "port": {"x-kubernetes-int-or-string": True},
                                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}
KEDA = """{"chart": "keda", "version": "2.20.0", "source": "", "digest": "",
"keys": ["operator.replicaCount", "resources.operator.limits.cpu", "tolerations"], "open": ["nodeSelector"]}"""


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    project = tmp_path_factory.mktemp("project")
    Path(project, "k8s", "recorded").mkdir(parents=True)
    Path(project, "k8s", "recorded", "keda-2.20.0.json").write_text(KEDA)
    Path(project, "k8s", "recorded", "torn-1.json").write_text("{}")
    cluster = SchemaBackend(schemas=Schemas([CRD]))
    stand_in = Provider(Sdk.installed("kubernetes"), cluster, Charts(project=project))
    serving = serve_one("kubernetes", StandIn(servicer=stand_in))
    yield serving
    serving.stop()


@pytest.fixture
def engine(serving: Serving) -> Iterator[Engine]:
    one = Engine(serving.port, {})
    yield one
    one.close()


def deployment(**spec: Any) -> Bag:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx", **spec}]},
            },
        },
    }


def named(kind: str, api: str = "v1", **more: Any) -> Bag:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "main", "namespace": "shop"}, **more}


def test_what_the_cluster_takes_passes(engine: Engine) -> None:
    resources: Any = {"requests": {"cpu": 1, "memory": "64Mi"}}
    _, refused = engine.check(DEPLOYMENT, deployment(resources=resources, ports=[{"containerPort": 80}]))
    assert refused == {}


@pytest.mark.parametrize(
    ("wrong", "path", "said"),
    [
        ({"imagePullPolcy": "Always"}, "imagePullPolcy", "did you mean 'imagePullPolicy'?"),
        ({"imagePullPolicy": "Sometimes"}, "imagePullPolicy", 'is "Sometimes"; allowed: Always, IfNotPresent, Never'),
        ({"ports": [{"containerPort": "80"}]}, "ports[0].containerPort", 'is "80"; an integer is expected'),
        ({"ports": [{"name": "x"}]}, "ports[0].containerPort", "missing required property"),
        ({"env": {"A": "b"}}, "env", "is an object with A; a list is expected"),
        (
            {"livenessProbe": {"httpGet": {"port": True}}},
            "livenessProbe.httpGet.port",
            "a string or an integer is expected",
        ),
    ],
    ids=["field", "enum", "type", "required", "container", "alternatives"],
)
def test_a_mistake_is_named_by_path_with_what_is_allowed(
    engine: Engine, wrong: dict[str, Any], path: str, said: str
) -> None:
    _, refused = engine.check(DEPLOYMENT, deployment(**wrong))
    (where, why), *more = refused.items()
    assert not more
    assert where == f"spec.template.spec.containers[0].{path}"
    assert said in why


def test_what_is_not_known_yet_is_left_out_and_the_rest_is_checked(engine: Engine) -> None:
    inputs = deployment(image=UNKNOWN, imagePullPolicy=UNKNOWN, ports=[{"containerPort": UNKNOWN, "protocol": "UPD"}])
    _, refused = engine.check(DEPLOYMENT, inputs)
    assert list(refused) == ["spec.template.spec.containers[0].ports[0].protocol"]


def test_a_refused_secret_is_not_shown(engine: Engine) -> None:
    _, refused = engine.check(SECRET, named("Secret", data=Secret(value={"password": 12345678})))
    assert refused == {"data.password": "is a secret; a string is expected"}


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        ("kubernetes:apps/v1:Deploymnet", {}, "did you mean 'Deployment'?"),
        ("kubernetes:apps/v1beta1:Deployment", {}, "has it in apps/v1"),
        ("kubernetes:example.com/v1:Wigdet", {}, "did you mean 'Widget'?"),
    ],
)
def test_a_kind_that_does_not_exist_is_refused(engine: Engine, token: str, inputs: Bag, said: str) -> None:
    _, refused = engine.check(token, inputs)
    assert said in refused["kind"]


def test_an_object_of_another_kind_than_its_type_is_refused(engine: Engine) -> None:
    _, refused = engine.check(SERVICE, {"apiVersion": "v1", "kind": "Pod"})
    assert refused == {"kind": "is 'Pod'; 'Service' is expected of this resource type"}


def test_a_custom_object_is_checked_by_its_crd(engine: Engine) -> None:
    spec: Any = {"size": 3, "colour": "red", "port": "http", "free": {"any": 1}, "labels": {"a": "b"}}
    assert engine.check(WIDGET, {"spec": spec})[1] == {}
    wrong: Any = {"colour": "green", "siz": 1, "port": 1.5, "labels": {"a": 1}}
    _, refused = engine.check(WIDGET, {"spec": wrong})
    assert refused["spec.siz"].endswith("did you mean 'size'?")
    assert refused["spec.size"] == "missing required property 'spec.size'"
    assert refused["spec.colour"] == 'is "green"; allowed: red, blue'
    assert refused["spec.port"] == "is 1.5; an integer or a string is expected"
    assert refused["spec.labels.a"] == "is 1; a string is expected"


def test_a_crd_of_the_program_itself_is_known_from_then_on(engine: Engine) -> None:
    spec = {**CRD["spec"], "group": "own.example", "names": {"kind": "Own", "plural": "owns"}}
    made: Any = {**CRD, "metadata": {"name": "owns.own.example"}, "spec": spec}
    token = "kubernetes:own.example/v1:Own"
    assert engine.check(token, {"spec": {"x": 1}})[1] == {}
    assert engine.check("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", made)[1] == {}
    assert "spec.x" in engine.check(token, {"spec": {"x": 1}})[1]


def test_an_unnamed_object_gets_a_name_that_an_update_keeps_and_a_replacement_does_not(engine: Engine) -> None:
    first, _ = engine.check(DEPLOYMENT, deployment())
    metadata: Any = first["metadata"]
    assert metadata["name"].startswith("main-")
    assert metadata["annotations"] == {"pulumi.com/autonamed": "true"}
    assert engine.check(DEPLOYMENT, deployment(), first, seed=b"other")[0] == first
    another: Any = engine.check(DEPLOYMENT, deployment(), seed=b"other")[0]["metadata"]
    assert another["name"] != metadata["name"]


def test_a_generated_name_is_refused(engine: Engine) -> None:
    _, refused = engine.check(NAMESPACE, {"metadata": {"generateName": "x-"}})
    assert "generateName is not supported" in refused["metadata.name"]


def test_the_providers_namespace_goes_to_what_lies_in_one(serving: Serving) -> None:
    engine = Engine(serving.port, {"namespace": "team"})
    placed: Any = engine.check(CONFIG_MAP, {"data": {"a": "b"}})[0]["metadata"]
    free: Any = engine.check(NAMESPACE, {})[0]["metadata"]
    engine.close()
    assert placed["namespace"] == "team"
    assert "namespace" not in free


@pytest.mark.parametrize(
    ("token", "inputs", "identifier"),
    [
        (CONFIG_MAP, named("ConfigMap"), "shop/main"),
        (CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "main"}}, "default/main"),
        (NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "main"}}, "main"),
        (WIDGET, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "main"}}, "main"),
        (RELEASE, {"chart": "keda", "name": "main", "namespace": "keda"}, "keda/main"),
    ],
)
def test_an_id_is_namespace_and_name(engine: Engine, token: str, inputs: Bag, identifier: str) -> None:
    assert engine.create(token, inputs)[0] == identifier


def test_what_a_secret_holds_stays_secret(engine: Engine) -> None:
    _, outputs = engine.create(SECRET, named("Secret", stringData={"a": "hunter2"}))
    assert outputs["stringData"] == Secret(value={"a": "hunter2"})
    assert outputs["data"] == Secret(value={"a": "aHVudGVyMg=="})


def test_a_preview_knows_the_inputs_and_not_the_status(engine: Engine) -> None:
    _, outputs = engine.create(SERVICE, named("Service", spec={"type": "LoadBalancer"}), preview=True)
    assert outputs["status"] is UNKNOWN
    assert outputs["spec"] == {"type": "LoadBalancer"}


@pytest.mark.parametrize(
    ("token", "before", "after", "replaces"),
    [
        (CONFIG_MAP, {"data": {"a": "1"}}, {"data": {"a": "2"}}, ["data.a"]),
        (SECRET, {"type": "Opaque"}, {"type": "kubernetes.io/tls"}, ["type"]),
        (SERVICE, {"spec": {"clusterIP": "None"}}, {"spec": {"clusterIP": "10.0.0.1"}}, ["spec.clusterIP"]),
        (SERVICE, {"spec": {"type": "ClusterIP"}}, {"spec": {"type": "NodePort"}}, []),
        (
            DEPLOYMENT,
            {"spec": {"selector": {"matchLabels": {"a": "b"}}}},
            {"spec": {"selector": {"matchLabels": {"a": "c"}}}},
            ["spec.selector.matchLabels.a"],
        ),
        (DEPLOYMENT, {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, []),
        (RELEASE, {"namespace": "a"}, {"namespace": "b"}, ["namespace"]),
        (RELEASE, {"version": "1"}, {"version": "2"}, []),
    ],
)
def test_what_cannot_be_changed_replaces(
    engine: Engine, token: str, before: Bag, after: Bag, replaces: list[str]
) -> None:
    response = engine.diff(token, "shop/main", before=before, after=after)
    assert response.changes == protocol.DiffResponse.DIFF_SOME
    assert list(response.replaces) == replaces


def test_a_replacement_of_the_same_name_waits_until_the_name_is_free(engine: Engine) -> None:
    before, after = named("ConfigMap", data={"a": "1"}), named("ConfigMap", data={"a": "2"})
    assert engine.diff(CONFIG_MAP, "shop/main", before=before, after=after).deleteBeforeReplace
    made: Any = engine.check(CONFIG_MAP, {"data": {"a": "1"}})[0]
    changed: Bag = {**made, "data": {"a": "2"}}
    assert not engine.diff(CONFIG_MAP, "shop/main", before=made, after=changed).deleteBeforeReplace


def test_a_provider_that_changes_config_maps_in_place_replaces_only_immutable_ones(serving: Serving) -> None:
    engine = Engine(serving.port, {"enableConfigMapMutable": "true"})
    before: Bag = {"data": {"a": "1"}}
    after: Bag = {"data": {"a": "2"}}
    assert not engine.diff(CONFIG_MAP, "a/b", before=before, after=after).replaces
    fixed: Bag = {"immutable": True}
    assert engine.diff(CONFIG_MAP, "a/b", before={**before, **fixed}, after={**after, **fixed}).replaces
    engine.close()


@pytest.mark.parametrize(
    ("values", "path", "said"),
    [
        ({"operator": {"replicas": 2}}, "values.operator.replicas", "did you mean 'replicaCount'?"),
        ({"replicaCount": 2}, "values.replicaCount", "at the top; there is nodeSelector, operator, resources"),
    ],
)
def test_a_value_that_the_chart_does_not_have_is_refused(
    engine: Engine, values: dict[str, Any], path: str, said: str
) -> None:
    _, refused = engine.check(RELEASE, {"chart": "oci://host/charts/keda", "version": "v2.20.0", "values": values})
    assert said in refused[path]
    assert len(refused) == 1


def test_values_that_the_chart_has_and_what_is_open_pass(engine: Engine) -> None:
    values: Any = {"operator": {"replicaCount": 2}, "nodeSelector": {"any": "thing"}, "tolerations": [{"key": "x"}]}
    inputs, refused = engine.check(RELEASE, {"chart": "keda", "version": "2.20.0", "values": values})
    assert refused == {}
    assert inputs["namespace"] == "default"
    assert inputs["timeout"] == 300


def test_an_argument_that_a_release_does_not_have_is_refused(engine: Engine) -> None:
    _, refused = engine.check(RELEASE, {"chart": "keda", "repositoryOpts": {"url": "https://x"}})
    assert "unknown property 'url'" in refused["repositoryOpts.url"]


def test_a_torn_record_of_a_chart_is_said_by_file(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match=r"k8s/recorded/torn-1\.json: not a chart's record"):
        engine.check(RELEASE, {"chart": "torn", "version": "1", "values": {"a": 1}})


def test_a_release_reports_what_was_deployed_and_counts_its_revisions(engine: Engine) -> None:
    inputs: Bag = {"chart": "oci://host/charts/keda", "version": "2.20.0", "name": "main", "namespace": "keda"}
    identifier, outputs = engine.create(RELEASE, inputs)
    status: Any = outputs["status"]
    assert (status["name"], status["namespace"], status["status"], status["revision"], status["chart"]) == (
        "main",
        "keda",
        "deployed",
        1,
        "keda",
    )
    assert identifier == "keda/main"


@pytest.mark.parametrize("token", ["kubernetes:core/v1:ConfigMapPatch", "kubernetes:core/v1:PodList"])
def test_patches_and_lists_are_refused_by_name(engine: Engine, token: str) -> None:
    with pytest.raises(grpc.RpcError, match="the sandbox does not serve v1"):
        engine.check(token, {})


def test_what_would_render_is_refused_with_what_to_use(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match=r"kubernetes:yaml:decode.*CustomResource"):
        engine.provider.Invoke(protocol.InvokeRequest(tok="kubernetes:yaml:decode"))
    with pytest.raises(grpc.RpcError, match=r"kubernetes:yaml/v2:ConfigFile.*CustomResource"):
        engine.provider.Construct(protocol.ConstructRequest(type="kubernetes:yaml/v2:ConfigFile"))


def test_a_provider_takes_any_kubeconfig_and_refuses_a_wrong_argument(engine: Engine) -> None:
    def failures(inputs: Bag) -> list[str]:
        response = engine.provider.CheckConfig(protocol.CheckRequest(urn=urn("x"), news=encode(inputs)))
        return [each.property for each in response.failures]

    accepted: list[Any] = ["{}", "~/.kube/config", UNKNOWN, Secret(value=UNKNOWN), {"apiVersion": "v1"}]
    for kubeconfig in accepted:
        assert failures({"kubeconfig": kubeconfig, "enableServerSideApply": "true"}) == []
    assert failures({"kubecofig": "{}"}) == ["kubecofig"]
    assert failures({"renderYamlToDirectory": "out"}) == ["renderYamlToDirectory"]
