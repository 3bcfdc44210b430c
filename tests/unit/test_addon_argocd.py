"""ArgoCD: what Git it follows, who gets in, and what goes when it goes."""

import json
from typing import Any

import pytest
import yaml

from components.phases import PhaseName
from tests.unit import addons
from tests.unit.addons import RELEASE, REPOSITORY
from tests.unit.recording import Recorded


@pytest.fixture(scope="module")
def run() -> Recorded:
    return addons.add_ons()


def values(run: Recorded) -> dict[str, Any]:
    return run.named("add-ons-argocd-controller", RELEASE)["values"]


def test_one_application_points_at_this_repositorys_tree_and_takes_along_what_it_made(run: Recorded) -> None:
    (root,) = addons.custom(run, "Application")
    assert root["metadata"] == {
        "name": "root",
        "namespace": "argocd",
        "finalizers": ["resources-finalizer.argocd.argoproj.io"],
    }
    assert root["spec"]["source"] == {
        "repoURL": REPOSITORY,
        "targetRevision": "main",
        "path": "k8s/gitops",
    }
    assert root["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


def test_the_root_makes_argocds_own_objects_in_its_own_namespace_and_nothing_else(run: Recorded) -> None:
    (project,) = addons.custom(run, "AppProject")
    assert project["spec"]["sourceRepos"] == [REPOSITORY]
    assert project["spec"]["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "argocd"}]
    assert project["spec"]["clusterResourceWhitelist"] == []
    assert project["spec"]["namespaceResourceWhitelist"] == [
        {"group": "argoproj.io", "kind": kind} for kind in ("AppProject", "Application", "ApplicationSet")
    ]


def test_nobody_logs_in_by_password_and_a_stranger_sees_nothing(run: Recorded) -> None:
    configs = values(run)["configs"]
    assert (configs["cm"]["admin.enabled"], configs["cm"]["exec.enabled"]) == (False, False)
    assert configs["rbac"]["policy.default"] == ""
    assert values(run)["dex"] == {"enabled": False}


def test_single_sign_on_is_the_companys_and_its_secret_is_named_not_written(run: Recorded) -> None:
    configs = values(run)["configs"]
    provider = json.loads(configs["cm"]["oidc.config"])
    assert (provider["issuer"], provider["clientID"]) == ("https://id.example.com", "argocd")
    assert provider["clientSecret"] == "$argocd-sign-on:clientSecret"
    assert configs["rbac"]["policy.csv"] == "g, platform, role:admin"
    without = values(addons.add_ons(sign_on=None))["configs"]
    assert "oidc.config" not in without["cm"]
    assert without["cm"]["admin.enabled"] is False


def test_the_repositorys_credentials_are_a_github_apps_and_come_from_secrets_manager(run: Recorded) -> None:
    found = run.named("add-ons-argocd-repository", "kubernetes:external-secrets.io/v1:ExternalSecret")["spec"]
    assert found["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "platform"}
    assert {one["remoteRef"]["key"] for one in found["data"]} == {"repository"}
    template = found["target"]["template"]
    assert template["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "repo-creds"}
    assert (template["data"]["type"], template["data"]["url"]) == ("git", REPOSITORY)
    assert {"githubAppID", "githubAppInstallationID", "githubAppPrivateKey"} < set(template["data"])


def test_git_knows_of_the_stage_what_its_application_sets_ask_for(run: Recorded) -> None:
    (cluster,) = values(run)["configs"]["clusterCredentials"].values()
    assert cluster["server"] == "https://kubernetes.default.svc"
    assert cluster["config"] == {"tlsClientConfig": {"insecure": False}}
    assert cluster["annotations"] == {
        "platform/stage": "dev",
        "platform/region": "ap-northeast-2",
        "platform/registry": "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/startup-platform/dev",
        "platform/repository": REPOSITORY,
        "platform/revision": "main",
        "platform/telemetry-endpoint": "http://opentelemetry-agent.kube-system:4317",
    }


def test_it_leaves_alone_what_controllers_write(run: Recorded) -> None:
    cm = values(run)["configs"]["cm"]
    assert "weight" in cm["resource.customizations.ignoreDifferences.gateway.networking.k8s.io_HTTPRoute"]
    assert "/spec/replicas" in cm["resource.customizations.ignoreDifferences.argoproj.io_Rollout"]


def test_from_scale_up_everything_that_can_is_there_three_times(run: Recorded) -> None:
    found = values(run)
    assert {int(found[part]["replicas"]) for part in ("server", "repoServer")} == {3}
    assert found["redis-ha"]["enabled"] is True
    growth = values(addons.add_ons(PhaseName.GROWTH))
    assert (int(growth["server"]["replicas"]), growth["redis-ha"]["enabled"]) == (2, False)


def test_a_wave_waits_until_the_applications_of_the_one_before_are_healthy(run: Recorded) -> None:
    says = values(run)["configs"]["cm"]["resource.customizations.health.argoproj.io_Application"]
    lines = [line.strip() for line in says.splitlines()]
    assert lines[0].startswith('local health = { status = "Progressing"')  # what has no health yet is waited for
    assert "health.status = obj.status.health.status" in lines
    assert lines[-1] == "return health"


def test_weights_that_the_rollouts_plugin_shifts_are_not_shifted_back(run: Recorded) -> None:
    configured = values(run)["configs"]["cm"]
    for kind in ("HTTPRoute", "GRPCRoute"):  # both kinds of route that the chart of services makes
        ignored = configured[f"resource.customizations.ignoreDifferences.gateway.networking.k8s.io_{kind}"]
        assert yaml.safe_load(ignored) == {"jqPathExpressions": [".spec.rules[]?.backendRefs[]?.weight"]}
