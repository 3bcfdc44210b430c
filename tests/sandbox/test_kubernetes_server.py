"""The real API server, and what the schema backend says held against it; built if need be: in `make nightly` only."""
# What the API server answers has no types a checker could follow.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from components.compute.cluster import access
from k8s.addons import preview
from sandbox.errors import SandboxError
from sandbox.kube import build
from sandbox.kube.apiserver import Answer, ApiServer
from sandbox.kube.backend import SchemaBackend
from sandbox.kube.enums import ENUMS
from sandbox.kube.objects import Kind, kind_of
from sandbox.kube.schemas import Schemas
from sandbox.kube.served import ServedBackend
from sandbox.progress import Progress
from tests.sandbox.test_kubernetes_provider import CRD, deployment

pytestmark = pytest.mark.nightly

# Their values are in the API server's code, not in the schemas it serves.
IN_CODE = frozenset(
    {
        "HPAScalingPolicy",
        "HPAScalingRules",
        "MetricSpec",
        "MetricTarget",
        "StatefulSetPersistentVolumeClaimRetentionPolicy",
    }
)
AUTOSCALERS = "namespaces/default/horizontalpodautoscalers"
HEAD = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}
DEPLOYMENT = kind_of("apps/v1", "Deployment")
NAMESPACE = kind_of("v1", "Namespace")
CONFIG_MAP = kind_of("v1", "ConfigMap")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    build.make(Progress())
    binaries = build.binaries()
    assert binaries
    one = ApiServer(binaries, tmp_path_factory.mktemp("kube"))
    yield one
    one.stop()
    left = [each.name() for each in psutil.Process().children(recursive=True)]
    assert not set(left) & {"etcd", "kube-apiserver", "kube-controller-manager"}


@pytest.fixture(scope="module")
def cluster(server: ApiServer) -> ServedBackend:
    schemas = Schemas.with_crds_in(build.crds())
    return ServedBackend(server, build.version(), SchemaBackend(schemas=schemas), build.crds())


def make_namespace(cluster: ServedBackend, name: str) -> None:
    cluster.apply(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, seed=name)


def complete(namespace: str, **container: Any) -> dict[str, Any]:
    made: Any = deployment(**container)
    return {**made, "metadata": {"name": "web", "namespace": namespace}}


def test_each_row_of_allowed_values_is_what_the_api_server_says(server: ApiServer) -> None:
    documents: dict[str, Any] = {}
    for path in server.call("GET", "/openapi/v3").body["paths"].values():
        documents |= server.call("GET", path["serverRelativeURL"]).body.get("components", {}).get("schemas", {})
    wrong: dict[tuple[str, str], Any] = {}
    for (definition, name), values in ENUMS.items():
        found = documents[f"io.k8s.{definition}"]["properties"][name]
        served = found.get("items", found).get("enum")
        if definition.rpartition(".")[2] not in IN_CODE and set(served or ()) - {""} != set(values):
            wrong[definition, name] = served
    assert wrong == {}


def test_the_rows_that_its_schemas_leave_out_are_what_its_code_says(server: ApiServer) -> None:
    scaling = {"selectPolicy": "X", "policies": [{"type": "X", "value": 1, "periodSeconds": 1}]}
    metrics = [{"type": "X"}, {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "X"}}}]
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
    autoscaler = {"scaleTargetRef": target, "maxReplicas": 2, "metrics": metrics, "behavior": {"scaleUp": scaling}}
    retention = {"whenDeleted": "X", "whenScaled": "X"}
    pods = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    stateful = {
        "selector": {"matchLabels": {"a": "b"}},
        "serviceName": "a",
        "template": pods,
        "persistentVolumeClaimRetentionPolicy": retention,
    }
    said: list[str] = []
    for path, kind, spec in (
        (f"autoscaling/v2/{AUTOSCALERS}", "HorizontalPodAutoscaler", autoscaler),
        ("apps/v1/namespaces/default/statefulsets", "StatefulSet", stateful),
    ):
        body = {"kind": kind, "apiVersion": "/".join(path.split("/")[:2]), "metadata": {"name": "a"}, "spec": spec}
        answer = server.call("POST", f"/apis/{path}?dryRun=All", body)
        said += [each["message"] for each in answer.body["details"]["causes"] if "supported values" in each["message"]]
    allowed = {frozenset(re.findall(r'"(\w+)"', each.partition("supported values")[2])) for each in said}
    spec = {**autoscaler, "metrics": metrics[1:]}
    answer = server.call("POST", f"/apis/autoscaling/v2/{AUTOSCALERS}?dryRun=All", {**HEAD, "spec": spec})
    (found,) = [each["message"] for each in answer.body["details"]["causes"] if "must be either" in each["message"]]
    allowed.add(frozenset(re.findall(r"\b[A-Z]\w+", found.partition("must be either")[2])))
    rows = {frozenset(values) for (each, _), values in ENUMS.items() if each.rpartition(".")[2] in IN_CODE}
    assert rows == allowed


def test_what_lies_in_no_namespace_is_what_the_api_server_says(server: ApiServer) -> None:
    schemas = Schemas()
    groups = [
        f"/apis/{each['preferredVersion']['groupVersion']}" for each in server.call("GET", "/apis").body["groups"]
    ]
    wrong: list[str] = []
    for path in ("/api/v1", *groups):
        group = path.removeprefix("/apis/").removeprefix("/api/")
        for each in server.call("GET", path).body["resources"]:
            kind = kind_of(group, each["kind"])
            said = schemas.is_namespaced(kind)
            if "/" not in each["name"] and said is not None and said != each["namespaced"]:
                wrong.append(str(kind))
    assert wrong == []


def test_rules_across_fields_are_checked_even_where_the_namespace_is_yet_to_come(cluster: ServedBackend) -> None:
    wrong = complete("not-there-yet")
    wrong["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    (problem,) = cluster.check(DEPLOYMENT, wrong).problems
    assert problem.path == "spec.template.metadata.labels"
    assert "does not match template" in problem.reason
    assert cluster.check(DEPLOYMENT, complete("not-there-yet")).problems == []


def test_a_mistake_is_still_answered_with_a_suggestion(cluster: ServedBackend) -> None:
    (problem,) = cluster.check(DEPLOYMENT, complete("default", imagePullPolcy="Always")).problems
    assert "did you mean 'imagePullPolicy'?" in problem.reason


def test_what_cannot_be_changed_is_refused_unless_the_provider_replaces_it(cluster: ServedBackend) -> None:
    make_namespace(cluster, "fixed")
    cluster.apply(DEPLOYMENT, complete("fixed"), seed="web")
    changed = complete("fixed")
    changed["spec"]["selector"] = {"matchLabels": {"app": "new"}}
    changed["spec"]["template"]["metadata"]["labels"] = {"app": "new"}
    assert cluster.check(DEPLOYMENT, changed).problems == []
    storage = kind_of("storage.k8s.io/v1", "StorageClass")
    made: Any = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "a"}}
    made |= {"provisioner": "ebs.csi.aws.com", "volumeBindingMode": "Immediate"}
    cluster.apply(storage, made, seed="a")
    assert cluster.check(storage, {**made, "provisioner": "another.example"}).problems == []
    (problem,) = cluster.check(storage, {**made, "volumeBindingMode": "WaitForFirstConsumer"}).problems
    assert "immutable" in problem.reason


def test_what_is_gone_reads_as_gone(cluster: ServedBackend) -> None:
    assert cluster.read(CONFIG_MAP, "default", "never-made", {"kind": "ConfigMap"}) is None


def test_a_namespace_is_deleted_with_all_that_lies_in_it(cluster: ServedBackend) -> None:
    make_namespace(cluster, "doomed")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "doomed"}}
    live = cluster.apply(CONFIG_MAP, made, seed="a")
    assert live["metadata"]["uid"]
    assert "managedFields" not in live["metadata"]
    assert cluster.delete(NAMESPACE, "", "doomed") == ""
    assert cluster.read(CONFIG_MAP, "doomed", "a", {}) is None


def test_a_finalizer_of_an_absent_controller_is_cleared_and_said(cluster: ServedBackend) -> None:
    metadata = {"name": "held", "namespace": "default", "finalizers": ["karpenter.sh/termination"]}
    cluster.apply(CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, seed="held")
    said = cluster.delete(CONFIG_MAP, "default", "held")
    assert "karpenter.sh/termination" in said
    assert cluster.read(CONFIG_MAP, "default", "held", {}) is None


def test_what_a_run_that_was_lost_had_begun_to_delete_is_gone_when_the_next_one_reads_it(
    cluster: ServedBackend, server: ApiServer
) -> None:
    make_namespace(cluster, "begun")
    metadata = {"name": "held", "namespace": "begun", "finalizers": ["karpenter.sh/termination"]}
    cluster.apply(CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, seed="held")
    # All that the lost run did: it asked for both, and waited for neither.
    for path in ("/api/v1/namespaces/begun/configmaps/held", "/api/v1/namespaces/begun"):
        assert server.call("DELETE", path).status < 300
    assert cluster.read(CONFIG_MAP, "begun", "held", {}) is None
    assert cluster.read(NAMESPACE, "", "begun", {}) is None
    make_namespace(cluster, "begun")
    again = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": "begun"}}
    cluster.apply(CONFIG_MAP, again, seed="held")  # no "because it is being terminated"


def test_an_object_of_a_crd_that_the_program_has_just_made_is_served(cluster: ServedBackend) -> None:
    crds = kind_of("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert cluster.check(crds, CRD).problems == []
    cluster.apply(crds, CRD, seed="crd")
    widget = Kind(group="example.com", version="v1", kind="Widget")
    made: Any = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3}}
    assert cluster.apply(widget, made, seed="w")["metadata"]["generation"] == 1
    with pytest.raises(SandboxError, match="size"):
        cluster.apply(widget, {**made, "spec": {"size": 10}}, seed="w")


def test_every_crd_of_what_the_platform_installs_is_served(cluster: ServedBackend, server: ApiServer) -> None:
    names = {path.stem for path in build.crds().glob("*.yaml")}
    assert any("nodepools" in each for each in names)
    cluster.read(CONFIG_MAP, "default", "any", {})  # the first call puts them in
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    served = server.call("GET", path).body["items"]
    assert len(served) >= len(names)
    assert all(any(c["type"] == "Established" for c in each["status"]["conditions"]) for each in served)


def test_the_platforms_custom_kinds_are_checked_by_both_backends(cluster: ServedBackend) -> None:
    kind = kind_of("karpenter.sh/v1", "NodePool")
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    requirement = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]}
    template = {"spec": {"nodeClassRef": reference, "requirements": [requirement]}}
    pool: Any = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "default"}}
    pool["spec"] = {"template": template, "limits": {"cpu": "100"}, "disruption": {"consolidateAfter": "5m"}}
    schemas = SchemaBackend(schemas=Schemas.with_crds_in(build.crds()))
    for backend in (schemas, cluster):
        requirement["operator"] = "In"
        assert backend.check(kind, pool).problems == []
        requirement["operator"] = "Inn"
        (problem,) = backend.check(kind, pool).problems
        assert problem.path == "spec.template.spec.requirements[0].operator"
        assert "allowed: Gte, Lte, In, NotIn" in problem.reason
    requirement |= {"operator": "In", "key": "karpenter.sh/nodepool"}  # what only CEL forbids
    assert schemas.check(kind, pool).problems == []
    assert cluster.check(kind, pool).problems


APPLY = "application/apply-patch+yaml"
POLICY = kind_of("networking.k8s.io/v1", "NetworkPolicy")
GUARD = "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"


@pytest.fixture(scope="module")
def guarded(cluster: ServedBackend, server: ApiServer) -> ApiServer:
    """The cluster with what a preview may do in it, in force."""
    rights = {"apiGroup": preview.RBAC, "kind": "ClusterRole", "name": preview.NAME}
    previewers = {"apiGroup": preview.RBAC, "kind": "Group", "name": access.PREVIEWERS}
    made: list[tuple[str, str, dict[str, Any]]] = [
        (*GUARD, {"spec": preview.policy_spec(access.PREVIEWERS)}),
        (GUARD[0], f"{GUARD[1]}Binding", {"spec": {"policyName": preview.NAME, "validationActions": ["Deny"]}}),
        (f"{preview.RBAC}/v1", "ClusterRole", {"rules": preview.rules()}),
        (f"{preview.RBAC}/v1", "ClusterRoleBinding", {"roleRef": rights, "subjects": [previewers]}),
    ]
    for version, name, body in made:
        manifest: Any = {"apiVersion": version, "kind": name, "metadata": {"name": preview.NAME}, **body}
        assert cluster.check(kind_of(version, name), manifest).problems == []
        cluster.apply(kind_of(version, name), manifest, seed=name)
    make_namespace(cluster, "guarded")
    # The API server takes a moment to learn of a policy; what is written meanwhile is not what this asks about.
    answer = again_until(lambda one: "only a dry-run" in one.message, lambda: ask(server, "probe", dry_run=False))
    assert answer.status == 403, answer.message
    return server


def again_until(enough: Callable[[Answer], bool], asking: Callable[[], Answer]) -> Answer:
    """The last answer; the first that is enough, if one comes."""
    answer = asking()
    for _ in range(300):
        if enough(answer):
            break
        time.sleep(0.2)
        answer = asking()
    return answer


def ask(server: ApiServer, name: str, *, dry_run: bool, method: str = "PATCH") -> Answer:
    path = f"/apis/networking.k8s.io/v1/namespaces/guarded/networkpolicies/{name}"
    manifest: Any = {"apiVersion": POLICY.api_version, "kind": POLICY.kind, "metadata": {"name": name}}
    manifest["spec"] = {"podSelector": {}, "policyTypes": ["Ingress"]}
    options = f"?fieldManager=preview&force=true{'&dryRun=All' if dry_run else ''}"
    return server.call(method, path + options, manifest, APPLY, group=access.PREVIEWERS)


def test_a_preview_asks_and_nothing_of_it_happens(guarded: ApiServer, cluster: ServedBackend) -> None:
    asked = ask(guarded, "new", dry_run=True)
    assert (asked.status, asked.body["metadata"]["name"]) == (201, "new")
    assert cluster.read(POLICY, "guarded", "new", {}) is None


def test_a_write_of_a_preview_is_refused_in_one_sentence(guarded: ApiServer, cluster: ServedBackend) -> None:
    refused = ask(guarded, "real", dry_run=False)
    assert refused.status == 403
    assert "startup-platform:preview looks and asks: only a dry-run is let through" in refused.message
    assert cluster.read(POLICY, "guarded", "real", {}) is None


def test_a_preview_can_neither_lift_the_policy_nor_read_a_secret(guarded: ApiServer) -> None:
    for path in (
        f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/{preview.NAME}",
        f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/{preview.NAME}",
        f"/apis/{preview.RBAC}/v1/clusterroles/{preview.NAME}",
    ):
        assert guarded.call("GET", path, group=access.PREVIEWERS).status == 200
        assert guarded.call("DELETE", path, group=access.PREVIEWERS).status == 403
        assert guarded.call("DELETE", f"{path}?dryRun=All", group=access.PREVIEWERS).status == 403
        assert guarded.call("GET", path).status == 200
    assert guarded.call("GET", "/api/v1/namespaces/guarded/secrets", group=access.PREVIEWERS).status == 403


@pytest.fixture
def administrating(guarded: ApiServer, cluster: ServedBackend) -> Iterator[None]:
    """While this lasts, somebody has bound the group to all rights there are."""
    kind = kind_of(f"{preview.RBAC}/v1", "ClusterRoleBinding")
    role = {"apiGroup": preview.RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
    group = {"apiGroup": preview.RBAC, "kind": "Group", "name": access.PREVIEWERS}
    binding: Any = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "more"}}
    cluster.apply(kind, {**binding, "roleRef": role, "subjects": [group]}, seed="more")
    secrets = "/api/v1/namespaces/guarded/secrets"
    yield
    cluster.delete(kind, "", "more")
    again_until(lambda one: one.status == 403, lambda: guarded.call("GET", secrets, group=access.PREVIEWERS))


@pytest.mark.usefixtures("administrating")
def test_the_policy_holds_even_where_somebody_gives_the_group_more_rights(
    guarded: ApiServer,
) -> None:
    path = "/api/v1/namespaces/guarded/configmaps"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    dry = again_until(
        lambda one: one.status == 201,
        lambda: guarded.call("POST", f"{path}?dryRun=All", body, group=access.PREVIEWERS),
    )
    assert dry.status == 201, dry.message
    assert "only a dry-run" in guarded.call("POST", path, body, group=access.PREVIEWERS).message
    assert guarded.call("POST", path, body).status == 201
    assert "only a dry-run" in guarded.call("DELETE", f"{path}/one", group=access.PREVIEWERS).message
    assert guarded.call("DELETE", f"{path}/one").status == 200  # whoever else may, still may
