"""Argo Rollouts: weights by the Gateway API, decisions by CloudWatch."""

import pytest

from k8s import versions
from tests.unit import addons
from tests.unit.addons import RELEASE
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def test_its_plugin_is_pinned_by_version_architecture_and_content(run: Recorded) -> None:
    controller = run.named("add-ons-rollouts-controller", RELEASE)["values"]["controller"]
    (plugin,) = controller["trafficRouterPlugins"]
    assert plugin["name"] == "argoproj-labs/gatewayAPI"
    assert plugin["location"].endswith(f"/download/{versions.ROLLOUTS_PLUGIN}/gatewayapi-plugin-linux-arm64")
    assert plugin["sha256"] == versions.ROLLOUTS_PLUGIN_SHA256
    assert len(plugin["sha256"]) == 64
    assert controller["nodeSelector"] == {"kubernetes.io/arch": "arm64"}, "a program for one architecture"


def test_it_changes_routes_of_the_gateway_api_and_of_nothing_that_is_not_installed(run: Recorded) -> None:
    providers = run.named("add-ons-rollouts-controller", RELEASE)["values"]["providerRBAC"]["providers"]
    assert [name for name, on in providers.items() if on] == ["gatewayAPI"]


def test_it_reads_metrics_and_does_nothing_else_in_aws(run: Recorded) -> None:
    (statement,) = addons.allowed(run, "rollouts").values()
    assert (statement["Action"], statement["Resource"]) == (["cloudwatch:GetMetricData"], ["*"])
    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}}


def test_the_gateways_kinds_are_there_before_its_plugin_watches_them(run: Recorded) -> None:
    assert "add-ons-gateway-controller" in addons.before(run, "add-ons-rollouts-controller")
