"""The chart of services, rendered by the real Helm: what a service gets, and what is refused."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.data.schemas.statements import migrator_of
from components.edge import entrance
from sandbox import cache
from sandbox import helm as helms
from sandbox.errors import SandboxError
from sandbox.helm import Helm
from sandbox.progress import Progress
from tests.charts.render import CHART, EXAMPLES, GOLDEN, ROOT, Object, objects, text_of
from tests.unit.services import built, described

Made = Callable[..., Mapping[tuple[str, str], Object]]
ROUTED = ("api", "feed", "notification", "ranking")


def pods(found: Mapping[tuple[str, str], Object]) -> list[Object]:
    return [each["spec"]["template"] for each in found.values() if each["kind"] in ("Rollout", "Job")]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_what_a_person_has_read(helm: Helm, example: Path) -> None:
    golden = (GOLDEN / example.name).read_text(encoding="utf-8")
    assert objects(text_of(helm, example)) == objects(golden), "if the change is meant: make golden, and read it"


def test_each_kind_has_an_example_and_each_golden_file_an_example() -> None:
    kinds = {yaml.safe_load(path.read_text(encoding="utf-8"))["kind"] for path in EXAMPLES}
    assert kinds == {"http", "grpc", "worker", "websocket"}
    assert {path.name for path in GOLDEN.iterdir()} == {path.name for path in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_helm_lint_has_nothing_to_say(helm: Helm, example: Path) -> None:
    done = helm.run("lint", str(CHART), "--strict", "--values", str(example), cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "values", sorted((ROOT / "services").glob("*/deploy/*.yaml")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_the_chart_takes_what_each_service_says_for_each_stage(helm: Helm, values: Path) -> None:
    found = objects(text_of(helm, values))
    assert ("Rollout", values.parts[-3]) in found


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"scaling": {"cpuPercnt": 70}}, "at '/scaling': additional properties 'cpuPercnt' not allowed"),
        ({"replicas": 3}, "at '': additional properties 'replicas' not allowed"),
        ({"kind": "htttp"}, "at '/kind': value must be one of 'http', 'grpc', 'worker', 'websocket'"),
        ({"image": {"tag": "latest"}}, "at '/image/tag': 'latest' does not match pattern"),
        ({"scaling": {"cpuPercent": 99}}, "at '/scaling/cpuPercent': maximum: got 99, want 90"),
        ({"resources": {"memory": "512M"}}, "at '/resources/memory': '512M' does not match pattern"),
        ({"env": {"lower": "x"}}, "at '/env': additional properties 'lower' not allowed"),
        ({"rollout": {"steps": [{"weight": 100, "minutes": 5}]}}, "at '/rollout/steps/0/weight': maximum: got 100"),
        ({"network": {"to": [{"cidr": "0.0.0.0/0", "port": 3306}]}}, "at '/network/to/0/cidr': '0.0.0.0/0' does not"),
        (
            {"network": {"calls": [{"team": "core", "service": "x", "port": 9}]}},
            "at '/network/calls/0/port': value must be",
        ),
        ({"secrets": {"TOKEN": "../feed/token"}}, "at '/secrets/TOKEN': '../feed/token' does not match pattern"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_value_is_refused_by_name(changed: Callable[..., str], values: Mapping[str, Any], said: str) -> None:
    assert said in changed("api", **values)


@pytest.mark.parametrize(
    ("example", "values", "said"),
    [
        ("recommendation", {"route": {"paths": ["/x"]}}, "nobody calls a worker; drop route"),
        ("recommendation", {"rollout": {"strategy": "blueGreen"}}, "so it has no blueGreen"),
        ("recommendation", {"scaling": {"requestsPerSecond": 5}}, "scale it by scaling.queue"),
        ("ranking", {"route": {"paths": ["/x"]}}, "drop route.paths, which is for http"),
        ("api", {"route": {"services": ["a.B"]}}, "drop route.services, which is for grpc"),
        ("notification", {"route": {"timeoutSeconds": 5}}, "would cut every connection"),
        ("notification", {"scaling": {"requestsPerSecond": 5}}, "whose connections last"),
        ("api", {"env": {"AWS_PROFILE": "me"}}, "the variable AWS_PROFILE is the platform's to set"),
        ("api", {"secrets": {"OTEL_SERVICE_NAME": "x"}}, "the variable OTEL_SERVICE_NAME is the platform's to set"),
        ("api", {"scaling": {"min": 41}}, "api: scaling.min 41 is above scaling.max 40"),
    ],
)
def test_values_that_contradict_each_other_are_refused_in_one_sentence(
    changed: Callable[..., str], example: str, values: Mapping[str, Any], said: str
) -> None:
    assert said in changed(example, **values)


@pytest.mark.parametrize("value", ["name", "team", "kind", "image", "resources"])
def test_what_only_a_service_can_know_has_no_default(changed: Callable[..., str], value: str) -> None:
    assert value in changed("api", **{value: None})
    assert "Error" in changed("api", **{value: None})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_no_pod_is_root_or_writes_or_has_a_capability_or_a_token(helm: Helm, example: Path) -> None:
    found = pods(objects(text_of(helm, example)))
    assert found
    for pod in found:
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["spec"]["automountServiceAccountToken"] is False
        for container in pod["spec"]["containers"]:
            secured = container["securityContext"]
            assert secured["readOnlyRootFilesystem"] is True
            assert secured["allowPrivilegeEscalation"] is False
            assert secured["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]
            assert "cpu" not in container["resources"]["limits"]


@pytest.mark.parametrize("example", ROUTED)
def test_a_route_is_the_services_own_and_has_one_rule_for_the_plugin_to_weigh(made: Made, example: str) -> None:
    found = made(example)
    route = next(each for each in found.values() if each["kind"] in ("HTTPRoute", "GRPCRoute"))
    assert route["metadata"]["name"] == example
    (rule,) = route["spec"]["rules"]
    services = [each["name"] for each in rule["backendRefs"]]
    strategy = found["Rollout", example]["spec"]["strategy"]
    if "canary" in strategy:
        assert [each["weight"] for each in rule["backendRefs"]] == [100, 0]
        assert services == [strategy["canary"]["stableService"], strategy["canary"]["canaryService"]]
        plugin = strategy["canary"]["trafficRouting"]["plugins"]["argoproj-labs/gatewayAPI"]
        assert plugin["namespace"] == "core"
        assert plugin["grpcRoutes" if example == "ranking" else "httpRoutes"] == [{"name": example}]
        assert set(strategy["canary"]["trafficRouting"]) == {"plugins"}
    else:
        assert services == [strategy["blueGreen"]["activeService"]]
    assert all(("Service", name) in found for name in services)


def test_a_worker_has_neither_route_nor_service_and_lets_nobody_in(made: Made) -> None:
    found = made("recommendation")
    assert {kind for kind, _ in found} & {"HTTPRoute", "GRPCRoute", "Service", "BackendTrafficPolicy"} == set()
    assert found["NetworkPolicy", "recommendation"]["spec"]["ingress"] == []
    assert "trafficRouting" not in found["Rollout", "recommendation"]["spec"]["strategy"]["canary"]


def test_ports_are_those_that_the_platform_knows(made: Made) -> None:
    assert made("api")["Service", "api"]["spec"]["ports"][0]["port"] == entrance.SERVICE_PORT
    (port,) = made("ranking")["Service", "ranking"]["spec"]["ports"]
    assert (port["port"], port["appProtocol"]) == (50051, "kubernetes.io/h2c")


def test_one_autoscaler_has_every_measure_and_the_rollout_no_count_of_its_own(made: Made) -> None:
    queue = {"url": "https://sqs.ap-northeast-2.amazonaws.com/111122223333/work", "messages": 100}
    found = made("api", scaling={"queue": queue, "operationsPerSecond": 5})
    assert "replicas" not in found["Rollout", "api"]["spec"]
    assert ("HorizontalPodAutoscaler", "api") not in found
    triggers = {each.get("name", each["type"]): each for each in found["ScaledObject", "api"]["spec"]["triggers"]}
    assert list(triggers) == ["cpu", "requests", "operations", "queue"]
    assert triggers["cpu"]["metadata"] == {"value": "60"}
    assert triggers["requests"]["metadata"]["targetMetricValue"] == str(50 * 60)  # requests in a period of a minute
    assert triggers["operations"]["metadata"]["metricName"] == "business.operations"
    assert triggers["operations"]["metadata"]["targetMetricValue"] == str(5 * 60)
    assert triggers["queue"]["metadata"]["queueURL"] == queue["url"]
    assert all(isinstance(value, str) for each in triggers.values() for value in each["metadata"].values())
    asks = [each["authenticationRef"] for each in triggers.values() if each["type"] != "cpu"]
    assert asks == [{"kind": "ClusterTriggerAuthentication", "name": "aws"}] * 3


def test_a_canary_is_judged_by_its_own_metrics_at_each_step(made: Made) -> None:
    found = made("api")
    canary = found["Rollout", "api"]["spec"]["strategy"]["canary"]
    assert canary["canaryMetadata"]["labels"] == {"track": "canary"}
    assert canary["stableMetadata"]["labels"] == {"track": "stable"}
    kinds = [next(iter(step)) for step in canary["steps"]]
    assert kinds == ["setWeight", "pause", "analysis"] * 2
    judged = canary["steps"][2]["analysis"]
    assert judged["args"] == [{"name": "track", "value": "canary"}]
    template = found["AnalysisTemplate", judged["templates"][0]["templateName"]]
    for metric in template["spec"]["metrics"]:
        for query in metric["provider"]["cloudWatch"]["metricDataQueries"]:
            sizes = {each["name"]: each["value"] for each in query["metricStat"]["metric"]["dimensions"]}
            assert (sizes["service.name"], sizes["track"]) == ("api", "{{args.track}}")


def test_without_traffic_a_canary_waits_for_a_person_unless_the_service_says_otherwise(made: Made) -> None:
    def conditions(found: Mapping[tuple[str, str], Object]) -> list[tuple[bool, bool]]:
        metrics = found["AnalysisTemplate", "api"]["spec"]["metrics"]
        return [
            (each["successCondition"].endswith(": true"), each["failureCondition"].endswith(": true"))
            for each in metrics
        ]

    assert conditions(made("api")) == [(False, False)] * 2
    relaxed = made("api", rollout={"analysis": {"withoutTraffic": "pass"}})
    assert conditions(relaxed) == [(True, False)] * 2


def test_blue_green_is_judged_after_the_switch_which_a_person_makes(made: Made) -> None:
    strategy = made("feed")["Rollout", "feed"]["spec"]["strategy"]["blueGreen"]
    assert strategy["autoPromotionEnabled"] is False
    assert strategy["postPromotionAnalysis"]["args"] == [{"name": "track", "value": "stable"}]
    assert strategy["activeMetadata"]["labels"] == {"track": "stable"}
    assert "prePromotionAnalysis" not in strategy


def test_all_that_a_migration_needs_is_there_before_it(made: Made) -> None:
    found = made("api")
    hooks = {
        key: each for key, each in found.items() if "argocd.argoproj.io/hook" in each["metadata"].get("annotations", {})
    }
    waves = {
        kind: int(each["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for (kind, _), each in hooks.items()
    }
    assert waves == {"ServiceAccount": -3, "NetworkPolicy": -3, "Job": -1}
    assert {each["metadata"]["annotations"]["argocd.argoproj.io/hook"] for each in hooks.values()} == {"PreSync"}
    job = found["Job", "api-migration"]["spec"]["template"]
    assert ("ServiceAccount", job["spec"]["serviceAccountName"]) in hooks
    allowed = found["NetworkPolicy", "api-migration"]["spec"]["podSelector"]["matchLabels"]
    assert allowed.items() <= job["metadata"]["labels"].items()


def test_a_migration_logs_in_as_the_user_and_with_the_role_that_the_services_stack_makes_for_it(made: Made) -> None:
    found = made("api", name="notification-ws", team="growth")
    job = found["Job", "notification-ws-migration"]["spec"]["template"]["spec"]
    stack = built(described({"mysql": "write"}, name="notification-ws", team="growth"))
    account = stack.named("notification-ws-migration-job", "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert job["serviceAccountName"] == account["serviceAccount"]
    (container,) = job["containers"]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["DATABASE_USER"] == migrator_of("notification-ws")
    assert "envFrom" not in container  # no password, and no secret of the service's
    assert "DATABASE_USER" not in json.dumps(found["Rollout", "notification-ws"])


def test_nothing_migrates_before_there_is_an_image(made: Made) -> None:
    assert ("Job", "api-migration") not in made("api", image={"tag": "0.0.0"})
    assert ("Job", "api-migration") in made("api", image={"tag": "0.0.1"})


def test_no_node_is_taken_away_below_a_migration(made: Made) -> None:
    job = made("api")["Job", "api-migration"]["spec"]
    assert job["backoffLimit"] == 0  # so whatever ends its pod ends it half way
    assert job["template"]["metadata"]["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}
    assert job["template"]["spec"]["nodeSelector"]["karpenter.sh/capacity-type"] == "on-demand"


def test_no_service_sends_requests_to_a_migration(made: Made) -> None:
    found = made("api")
    labels = found["Job", "api-migration"]["spec"]["template"]["metadata"]["labels"]
    for name in ("api", "api-canary"):
        assert not found["Service", name]["spec"]["selector"].items() <= labels.items()


def test_secrets_lie_below_the_services_own_name(made: Made) -> None:
    found = made("api")
    for each in found["ExternalSecret", "api"]["spec"]["data"]:
        assert each["remoteRef"]["key"].startswith("api/")
    assert found["ExternalSecret", "api"]["spec"]["secretStoreRef"]["name"] == "services"


def test_nobody_reaches_the_nodes_metadata_and_everybody_gets_credentials_and_telemetry_out(made: Made) -> None:
    for rule in (found := made("api"))["NetworkPolicy", "api"]["spec"]["egress"]:
        for peer in rule["to"]:
            block = peer.get("ipBlock", {})
            if block.get("cidr") == "0.0.0.0/0":
                assert block["except"] == ["169.254.0.0/16"]
                assert rule["ports"] == [{"protocol": "TCP", "port": 443}]
    reached = [str(peer) for rule in found["NetworkPolicy", "api"]["spec"]["egress"] for peer in rule["to"]]
    assert any("169.254.170.23/32" in peer for peer in reached)  # EKS Pod Identity agent
    assert any("kube-system" in peer for peer in reached)


def test_only_named_callers_and_the_gateway_come_in(made: Made) -> None:
    (rule,) = made("ranking")["NetworkPolicy", "ranking"]["spec"]["ingress"]
    gateway, caller = rule["from"]
    assert gateway["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "envoy-gateway-system"}
    assert caller["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "feed"}
    assert rule["ports"] == [{"protocol": "TCP", "port": 50051}]


def test_a_way_from_service_to_service_is_open_at_both_ends(helm: Helm) -> None:
    made = {path.stem: objects(text_of(helm, path)) for path in EXAMPLES}
    by_name = {name: found["NetworkPolicy", name]["spec"] for name, found in made.items()}
    goes_out = {
        (name, peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], port["port"])
        for name, spec in by_name.items()
        for rule in spec["egress"]
        for peer in rule["to"]
        if "podSelector" in peer
        for port in rule["ports"]
    }
    comes_in = {
        (peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], name, port["port"])
        for name, spec in by_name.items()
        for rule in spec["ingress"]
        for peer in rule["from"]
        if "podSelector" in peer
        for port in rule["ports"]
    }
    assert goes_out == comes_in == {("feed", "ranking", 50051)}


def test_a_digest_is_pinned_by_at_and_a_version_by_colon(made: Made) -> None:
    digest = "sha256:" + "a" * 64
    (one,) = made("feed", image={"tag": digest})["Rollout", "feed"]["spec"]["template"]["spec"]["containers"]
    assert one["image"].endswith(f"/feed@{digest}")
    (two,) = made("feed")["Rollout", "feed"]["spec"]["template"]["spec"]["containers"]
    assert two["image"].endswith("/feed:2.0.1")


def test_a_pod_outlives_its_drain(made: Made) -> None:
    pod = made("notification")["Rollout", "notification"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    wait = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] == 300 + wait


def test_helm_is_built_at_the_version_that_it_says(helm: Helm) -> None:
    assert f"helm.sh/helm/v3 v{helms.VERSION}" in (helms.PINS / "go.mod").read_text()
    assert helm.version.startswith(f"{helms.MAJOR}.")


def test_without_helm_and_without_go_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SandboxError, match=r"^no Helm, and no way to make one: .*https://helm.sh/docs/intro/install/"):
        helms.ensure(Progress())
