"""The load balancer controller: it fills one target group, and could do nothing else."""

import pytest

from tests.unit import addons
from tests.unit.addons import HERE, RELEASE
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def test_it_puts_addresses_into_the_clusters_target_group_and_no_other(run: Recorded) -> None:
    found = addons.allowed(run, "load-balancer")
    assert set(found) == {"SeeTargetGroupsAndTheNetwork", "FillTheClustersTargetGroupOfThisStage"}
    fill = found["FillTheClustersTargetGroupOfThisStage"]
    assert fill["Action"] == ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
    assert fill["Resource"] == [f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/*/*"]
    assert fill["Condition"] == {
        "StringEquals": {
            "aws:ResourceTag/Environment": "dev",
            "aws:ResourceTag/Application": "entrance",
            "aws:ResourceTag/Name": "startup-platform-dev-entrance-cluster",
        }
    }
    see = found["SeeTargetGroupsAndTheNetwork"]
    assert all(action.split(":")[1].startswith("Describe") for action in see["Action"])
    assert (see["Resource"], see["Condition"]) == (
        ["*"],
        {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}},
    )


def test_the_tags_that_its_role_asks_for_are_those_of_the_entrances_target_group(dev: Recorded) -> None:
    group = dev.named("entrance-cluster", "aws:lb/targetGroup:TargetGroup")
    assert (group["tags"]["Name"], group["tags"]["Application"]) == (
        "startup-platform-dev-entrance-cluster",
        "entrance",
    )


def test_it_holds_up_nobody_elses_services_and_makes_no_load_balancer(run: Recorded) -> None:
    values = run.named("add-ons-load-balancer-controller", RELEASE)["values"]
    assert values["enableServiceMutatorWebhook"] is False
    assert values["keepTLSSecret"] is True
    assert (values["createIngressClassResource"], values["ingressClassParams"]) == (False, {"create": False})
    assert values["controllerConfig"]["featureGates"]["EnableServiceController"] is False


def test_it_is_told_what_the_metadata_service_would_not_tell_a_pod(run: Recorded) -> None:
    values = run.named("add-ons-load-balancer-controller", RELEASE)["values"]
    assert (values["clusterName"], values["region"], values["vpcId"]) == (
        "startup-platform-dev",
        "ap-northeast-2",
        "vpc-0a1b2c3d4e5f60001",
    )
