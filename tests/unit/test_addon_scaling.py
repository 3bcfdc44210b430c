"""KEDA and metrics-server: what pods are scaled by, and what that may read."""

import pytest

from tests.unit import addons
from tests.unit.addons import HERE, RELEASE
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def test_keda_sees_lengths_of_the_stages_queues_and_metrics_and_nothing_in_them(run: Recorded) -> None:
    found = addons.allowed(run, "scaling")
    assert set(found) == {"SeeHowLongTheQueuesOfThisStageAre", "ReadMetricsOfThisRegion"}
    queues, metrics = found["SeeHowLongTheQueuesOfThisStageAre"], found["ReadMetricsOfThisRegion"]
    assert (queues["Action"], queues["Resource"]) == (
        ["sqs:GetQueueAttributes"],
        [f"arn:aws:sqs:{HERE}:startup-platform-dev-*"],
    )
    assert (metrics["Action"], metrics["Resource"]) == (["cloudwatch:GetMetricData"], ["*"])
    assert metrics["Condition"] == {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}}


def test_triggers_ask_as_the_operator(run: Recorded) -> None:
    (authentication,) = addons.custom(run, "ClusterTriggerAuthentication")
    assert authentication["metadata"] == {"name": "aws"}
    assert authentication["spec"] == {"podIdentity": {"provider": "aws", "identityOwner": "keda"}}
    values = run.named("add-ons-scaling-keda", RELEASE)["values"]
    assert values["serviceAccount"]["operator"]["name"] == "keda-operator"


def test_keda_scales_deployments_and_rollouts_only(run: Recorded) -> None:
    kinds = run.named("add-ons-scaling-keda", RELEASE)["values"]["rbac"]["scaledRefKinds"]
    assert {one["kind"] for one in kinds} == {"deployments", "rollouts"}


def test_the_api_server_verifies_metrics_server_by_a_certificate_that_outlives_us(run: Recorded) -> None:
    values = run.named("add-ons-scaling-metrics", RELEASE)["values"]
    assert values["apiService"]["insecureSkipTLSVerify"] is False
    assert (values["tls"]["type"], int(values["tls"]["helm"]["certDurationDays"])) == ("helm", 3650)
