"""The gateway: what comes in, who may be routed to, what services are spared, and what it is bound to."""

from typing import Any

import pytest

from components.edge import entrance
from components.phases import PhaseName
from k8s.addons import gateway
from tests.unit import addons
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def spec(run: Recorded, kind: str, name: str = "front") -> dict[str, Any]:
    (one,) = [one for one in addons.custom(run, kind) if one["metadata"]["name"] == name]
    return one["spec"]


def test_its_pods_are_bound_to_the_platforms_target_group_on_the_right_port(run: Recorded) -> None:
    (binding,) = addons.custom(run, "TargetGroupBinding")
    assert binding["metadata"] == {"name": "front", "namespace": "envoy-gateway-system"}
    # Without `networking`: the line between the security groups is the platform's.
    assert binding["spec"] == {
        "serviceRef": {"name": "front", "port": 8080},
        "targetGroupARN": addons.TARGETS,
        "targetType": "ip",
    }
    service = spec(run, "EnvoyProxy")["provider"]["kubernetes"]["envoyService"]
    assert service == {"name": "front", "type": "ClusterIP"}


def test_it_agrees_with_the_load_balancer_on_port_health_and_silence() -> None:
    assert (gateway.PORT, gateway.HEALTH_PATH) == (entrance.SERVICE_PORT, entrance.HEALTH_PATH)
    assert f"{entrance.DRAIN_SECONDS}s" == gateway.DRAIN
    assert int(gateway.CLIENT_IDLE.removesuffix("s")) > entrance.IDLE_SECONDS
    assert int(gateway.STREAM_IDLE.removesuffix("s")) >= entrance.IDLE_SECONDS


def test_it_takes_http_from_outside_and_grpc_from_inside(run: Recorded) -> None:
    for name, listener, port, route in (("front", "http", 8080, "HTTPRoute"), ("internal", "grpc", 50051, "GRPCRoute")):
        found = spec(run, "Gateway", name)
        (only,) = found["listeners"]
        assert (only["name"], int(only["port"]), only["protocol"]) == (listener, port, "HTTP")
        assert only["allowedRoutes"] == {
            "namespaces": {"from": "Selector", "selector": {"matchLabels": {"holds": "services"}}},
            "kinds": [{"group": "gateway.networking.k8s.io", "kind": route}],
        }
        assert found["infrastructure"]["parametersRef"]["name"] == name
        assert found["gatewayClassName"] == "envoy"


def test_the_class_is_envoys_and_gateways_have_a_namespace_of_their_own(run: Recorded) -> None:
    found = spec(run, "GatewayClass", "envoy")
    assert found == {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"}
    for kind in ("Gateway", "EnvoyProxy", "BackendTrafficPolicy"):
        assert {one["metadata"]["namespace"] for one in addons.custom(run, kind)} == {"gateway"}, kind


def test_services_among_themselves_are_not_limited_by_address(run: Recorded) -> None:
    assert "rateLimit" not in spec(run, "BackendTrafficPolicy", "internal")
    assert "circuitBreaker" in spec(run, "BackendTrafficPolicy", "internal")


def test_its_pods_run_on_demand_and_scale_at_sixty_percent(run: Recorded) -> None:
    runs = spec(run, "EnvoyProxy")["provider"]["kubernetes"]
    pod = runs["envoyDeployment"]["pod"]
    assert pod["nodeSelector"] == {"karpenter.sh/nodepool": "critical"}
    assert pod["tolerations"] == [{"key": "critical", "operator": "Exists"}]
    (metric,) = runs["envoyHpa"]["metrics"]
    assert metric["resource"]["target"] == {"type": "Utilization", "averageUtilization": 60}
    assert (int(runs["envoyHpa"]["minReplicas"]), int(runs["envoyHpa"]["maxReplicas"])) == (3, 20)
    growth = spec(addons.add_ons(PhaseName.GROWTH), "EnvoyProxy")["provider"]["kubernetes"]["envoyHpa"]
    assert (int(growth["minReplicas"]), int(growth["maxReplicas"])) == (2, 6)


def test_one_address_is_limited_by_itself_and_is_the_users_not_cloudfronts(run: Recorded) -> None:
    (rule,) = spec(run, "BackendTrafficPolicy")["rateLimit"]["local"]["rules"]
    assert rule["clientSelectors"] == [{"sourceCIDR": {"type": "Distinct", "value": "0.0.0.0/0"}}]
    assert {key: str(value).removesuffix(".0") for key, value in rule["limit"].items()} == {
        "requests": "50",
        "unit": "Second",
    }
    clients = spec(run, "ClientTrafficPolicy")
    assert int(clients["clientIPDetection"]["xForwardedFor"]["numTrustedHops"]) == 2
    assert clients["healthCheck"] == {"path": "/healthz"}


def test_a_service_that_fails_is_left_out_and_nothing_is_done_twice(run: Recorded) -> None:
    found = spec(run, "BackendTrafficPolicy")
    assert found["targetRefs"] == [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "front"}]
    assert int(found["circuitBreaker"]["maxParallelRequests"]) == 4096
    assert int(found["healthCheck"]["passive"]["consecutive5XxErrors"]) == 5
    assert found["retry"]["retryOn"]["triggers"] == ["connect-failure", "refused-stream"]
    assert found["httpUpgrade"] == [{"type": "websocket"}]
    assert "requestTimeout" not in found["timeout"]["http"], "streams and WebSockets are meant to last"


def test_a_service_cannot_write_into_envoys_configuration(run: Recorded) -> None:
    config = run.named("add-ons-gateway-controller", addons.RELEASE)["values"]["config"]["envoyGateway"]
    assert config["extensionApis"] == {"enableEnvoyPatchPolicy": False, "enableBackend": False}
