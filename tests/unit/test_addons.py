"""All add-ons together: order, pins, values as they arrive, namespaces, identities."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from components.phases import PhaseName
from k8s import versions
from k8s.addons import charts
from tests.unit import addons
from tests.unit.addons import RELEASE
from tests.unit.recording import Recorded
from tests.unit.test_chart_values import recorded, unknown

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


@pytest.fixture(scope="module", params=[PhaseName.GROWTH, PhaseName.SCALEUP])
def each_size(request: pytest.FixtureRequest) -> Recorded:
    return addons.add_ons(request.param, datadog=True)


def test_every_pinned_chart_is_installed_at_its_pin_and_no_other(run: Recorded) -> None:
    installed = {(one["chart"].rsplit("/", 1)[-1], one["version"]) for one in run.of_type(RELEASE)}
    assert installed == {(chart.name, chart.version) for chart in versions.CHARTS}
    assert all(one["atomic"] is True for one in run.of_type(RELEASE))


def test_a_chart_of_a_registry_is_named_in_one_piece_and_one_of_a_repository_by_both(run: Recorded) -> None:
    gateway = run.named("add-ons-gateway-controller", RELEASE)
    assert (gateway["chart"], gateway.get("repositoryOpts")) == ("oci://docker.io/envoyproxy/gateway-helm", None)
    keda = run.named("add-ons-scaling-keda", RELEASE)
    assert (keda["chart"], keda["repositoryOpts"]) == ("keda", {"repo": "https://kedacore.github.io/charts"})


def test_what_arrives_at_a_chart_means_something_to_it_too(each_size: Recorded) -> None:
    by_name = {chart.name: chart for chart in versions.CHARTS}
    for release in each_size.of_type(RELEASE):
        chart = by_name[release["chart"].rsplit("/", 1)[-1]]
        assert list(unknown(release["values"], recorded(chart))) == [], release.name


def test_our_values_reach_the_chart_beside_what_the_platform_adds(run: Recorded) -> None:
    for release in run.of_type(RELEASE):
        name = release["name"]
        ours = charts.values(name if (charts.VALUES / f"{name}.yaml").exists() else release["chart"])
        assert_within(ours, release["values"], release.name)


def assert_within(ours: Any, arrived: Any, where: str) -> None:
    for key, value in ours.items():
        if hasattr(value, "items"):
            assert_within(value, arrived[key], f"{where}.{key}")
        elif key not in ("replicas", "replicaCount", "enabled", "tag", "scrape_configs"):
            assert arrived[key] == value, f"{where}.{key}"


def test_merging_keeps_what_only_one_side_says() -> None:
    assert charts.merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2], "e": 4}) == {
        "a": {"b": 3, "c": 2},
        "d": [2],
        "e": 4,
    }


def test_git_comes_last_and_so_goes_first(run: Recorded) -> None:
    root = addons.before(run, "add-ons-argocd-root")
    releases = {one.name for one in run.of_type(RELEASE)}
    assert releases <= root, "controllers that have to let go of something outlive what Git made"
    assert {"add-ons-gateway-binding", "add-ons-karpenter-pool-general"} <= root
    assert "add-ons-argocd-root" not in {
        urn.rsplit("::", 1)[-1] for one in run.registrations for urn in one.dependencies
    }


def test_a_controller_outlives_what_has_its_finalizer(run: Recorded) -> None:
    assert "add-ons-load-balancer-controller" in addons.before(run, "add-ons-gateway-binding")
    for pool in ("general", "critical", "inference"):
        assert {"add-ons-karpenter-definitions", "add-ons-karpenter-controller"} <= addons.before(
            run, f"add-ons-karpenter-pool-{pool}"
        )
    assert "add-ons-secrets-controller" in addons.before(run, "add-ons-argocd-repository")


def test_the_gateway_waits_for_nodes_and_nodes_wait_for_no_gateway(run: Recorded) -> None:
    assert "add-ons-karpenter-pool-critical" in addons.before(run, "add-ons-gateway-front")
    assert not any("gateway" in name for name in addons.before(run, "add-ons-karpenter-pool-critical"))


def test_an_identity_is_there_before_the_pod_that_asks_for_it(run: Recorded) -> None:
    for association in run.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation"):
        add_on = association.name.removesuffix("-identity-association")
        releases = [one.name for one in run.of_type(RELEASE) if one.name.startswith(f"{add_on}-")]
        assert any(association.name in addons.before(run, name) for name in releases), add_on


def test_every_identity_is_one_service_accounts_and_it_runs_under_that_name(run: Recorded) -> None:
    found = {
        (one["namespace"], one["serviceAccount"])
        for one in run.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    }
    assert found == {
        ("kube-system", "karpenter"),
        ("kube-system", "aws-load-balancer-controller"),
        ("external-secrets", "external-secrets"),
        ("keda", "keda-operator"),
        ("argo-rollouts", "argo-rollouts"),
        ("telemetry", "opentelemetry-gateway"),
    }
    for role in run.of_type("aws:iam/role:Role"):
        (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
        tags = trust["Condition"]["StringEquals"]
        assert (tags["aws:RequestTag/kubernetes-namespace"], tags["aws:RequestTag/kubernetes-service-account"]) in found


def test_only_named_actions_have_no_resource_to_name(run: Recorded) -> None:
    unscoped = {
        action
        for policy in run.of_type("aws:iam/policy:Policy")
        for statement in json.loads(policy["policy"])["Statement"]
        if statement["Resource"] == ["*"]
        for action in statement["Action"]
        if not action.split(":")[1].startswith(("Describe", "List"))
    }
    # By AWS's Service Authorization Reference none of these takes a resource.
    assert unscoped == {
        "arc-zonal-shift:GetManagedResource",
        "cloudwatch:GetMetricData",
        "pricing:GetProducts",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


def test_every_namespace_is_restricted_and_closed_both_ways(run: Recorded) -> None:
    spaces = {one["metadata"]["name"]: one["metadata"]["labels"] for one in run.of_type(NAMESPACE)}
    assert set(spaces) == {
        "argo-rollouts",
        "argocd",
        "envoy-gateway-system",
        "external-secrets",
        "gateway",
        "keda",
        "telemetry",
    }
    closed = {
        one["metadata"]["namespace"]
        for one in run.of_type(POLICY)
        if one["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    }
    assert closed == set(spaces)
    for labels in spaces.values():
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_line_in_names_a_port_and_a_caller(run: Recorded) -> None:
    some = [one for one in run.of_type(POLICY) if one["metadata"]["name"] == "some"]
    for policy in some:
        for line in policy["spec"]["ingress"]:
            assert line["from"]
            assert line.get("ports") or line["from"] == [{"podSelector": {}}], policy.name


def test_each_release_lives_in_a_namespace_that_is_there_first(run: Recorded) -> None:
    spaces = {one["metadata"]["name"]: one.name for one in run.of_type(NAMESPACE)}
    for release in run.of_type(RELEASE):
        if release["namespace"] != "kube-system":
            room = spaces[release["namespace"]].removesuffix("-namespace")
            assert any(name.startswith(room) for name in addons.before(run, release.name)), release.name


def test_controllers_stand_on_tainted_system_nodes_and_may_be_drained_one_by_one() -> None:
    for path in sorted(Path(charts.VALUES).glob("*.yaml")):
        if path.stem in ("karpenter-crd", "karpenter", "opentelemetry-agent"):
            continue  # no pod; the chart's own toleration; every node
        assert "CriticalAddonsOnly" in path.read_text(), path.stem


def test_larger_sizes_have_more_replicas(each_size: Recorded) -> None:
    replicas = each_size.named("add-ons-secrets-controller", RELEASE)["values"]["replicaCount"]
    gateway = each_size.named("add-ons-gateway-controller", RELEASE)["values"]
    assert replicas in (2, 3)
    assert gateway["deployment"]["replicas"] == replicas
    assert gateway["podDisruptionBudget"]["minAvailable"] == replicas - 1
    argocd = each_size.named("add-ons-argocd-controller", RELEASE)["values"]
    assert argocd["redis-ha"]["enabled"] is (replicas == 3)


def test_add_ons_know_pure_modules_of_the_platform_only() -> None:
    found = {
        node.module
        for path in Path(versions.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "components"
    }
    assert found <= {"components", "components.iam", "components.naming", "components.sizes"}
