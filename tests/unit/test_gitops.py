"""What ArgoCD reads: who may deploy what and where, in which order it comes and goes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.naming import Scope
from sandbox import helm as helms
from sandbox.progress import Progress
from tests.charts.render import CHART, EXAMPLES, GOLDEN, objects, rendered

ROOT = Path(__file__).resolve().parents[2]
GITOPS = ROOT / "k8s" / "gitops"
PROJECTS = ROOT / "k8s" / "projects"
WAVE = "argocd.argoproj.io/sync-wave"
CASCADE = "resources-finalizer.argocd.argoproj.io"
SERVER = "https://kubernetes.default.svc"

Object = dict[str, Any]

# What Pulumi writes on the cluster's secret.
ANNOTATIONS = {
    "platform/stage": "prod",
    "platform/region": "ap-northeast-2",
    "platform/registry": "777788889999.dkr.ecr.ap-northeast-2.amazonaws.com/startup-platform/prod",
    "platform/repository": "https://github.com/example/startup-platform",
    "platform/revision": "main",
    "platform/telemetry-endpoint": "http://opentelemetry-agent.kube-system:4317",
}


def manifests(folder: Path) -> list[Object]:
    found: list[Object] = []
    for path in sorted(folder.rglob("*.yaml")):
        found += [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]
    assert found
    return found


def of_kind(kind: str, folder: Path = GITOPS) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in manifests(folder) if each["kind"] == kind}


def group(each: Mapping[str, Any]) -> str:
    before, _, _ = each["apiVersion"].rpartition("/")
    return before


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from texts(key)  # pyright: ignore[reportUnknownArgumentType]
            yield from texts(each)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for each in value:  # pyright: ignore[reportUnknownVariableType]
            yield from texts(each)  # pyright: ignore[reportUnknownArgumentType]


def filled(text: str, service: str, team: str) -> str:
    """A template of an application set, for the few forms that ours use; another form is left, and then found."""
    known = {
        **{f'index .metadata.annotations "{key}"': value for key, value in ANNOTATIONS.items()},
        "index .path.segments 1": service,
        ".path.path": f"services/{service}/deploy",
        ".path.filename": "prod.yaml",
        ".server": SERVER,
        ".team": team,
    }
    return re.sub(r"\{\{ (.*?) \}\}", lambda found: known.get(found[1], found[0]), text)


def application(name: str, service: str = "api", team: str = "core") -> Object:
    """The Application that a set makes."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {filled(key, service, team): fill(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if isinstance(value, list):
            return [fill(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        return filled(value, service, team) if isinstance(value, str) else value

    made = fill(of_kind("ApplicationSet")[name]["spec"]["template"])
    assert [each for each in texts(made) if "{{" in each] == []
    return made


def files(folder: Path) -> list[Object]:
    """What lies in a folder itself: ArgoCD looks no deeper."""
    return [each for path in sorted(folder.glob("*.yaml")) for each in yaml.safe_load_all(path.read_text())]


def test_the_root_makes_application_sets_in_argocds_namespace_and_nothing_else() -> None:
    made = {(each["kind"], each["metadata"]["name"], each["metadata"]["namespace"]) for each in files(GITOPS)}
    assert made == {("ApplicationSet", name, "argocd") for name in ("projects", "baseline", "services")}


def test_the_baseline_is_what_its_project_allows_and_where() -> None:
    spec = of_kind("AppProject", PROJECTS)["baseline"]["spec"]
    wide = {(each["group"], each["kind"]) for each in spec["clusterResourceWhitelist"]}
    within = {(each["group"], each["kind"]) for each in spec["namespaceResourceWhitelist"]}
    made = files(GITOPS / "baseline")
    assert {(group(each), each["kind"]) for each in made if "namespace" not in each["metadata"]} == wide
    assert {(group(each), each["kind"]) for each in made if "namespace" in each["metadata"]} == within
    assert wide == {("", "Namespace"), ("scheduling.k8s.io", "PriorityClass")}
    places = {(each["server"], each["namespace"]) for each in spec["destinations"]}
    assert places == {(SERVER, each["metadata"]["namespace"]) for each in made if "namespace" in each["metadata"]}
    assert "*" not in set(texts(spec))
    assert ROOT / application("baseline")["spec"]["source"]["path"] == GITOPS / "baseline"
    assert application("baseline")["spec"]["project"] == "baseline"


def test_a_project_outlives_the_last_application_that_names_it() -> None:
    for project in of_kind("AppProject", PROJECTS).values():
        assert project["metadata"]["finalizers"] == [CASCADE]


TEAMS = {name: each for name, each in of_kind("AppProject", PROJECTS).items() if name != "baseline"}


@pytest.mark.parametrize("project", TEAMS.values(), ids=list(TEAMS))
def test_a_team_reaches_its_own_namespace_and_makes_what_the_chart_makes(project: Object) -> None:
    name, spec = project["metadata"]["name"], project["spec"]
    assert spec["destinations"] == [{"server": SERVER, "namespace": name}]
    assert spec["clusterResourceWhitelist"] == []
    assert spec["sourceRepos"] == []
    assert "*" not in set(texts(spec))
    charted = {
        (group(each), each["kind"])
        for golden in GOLDEN.iterdir()
        for each in objects(golden.read_text(encoding="utf-8")).values()
    }
    allowed = {(each["group"], each["kind"]) for each in spec["namespaceResourceWhitelist"]}
    assert allowed == charted
    assert not {kind for _, kind in allowed} & {"Secret", "Role", "RoleBinding", "ResourceQuota"}


def test_each_team_has_a_project_and_a_namespace_and_is_in_the_kustomization() -> None:
    teams = set(TEAMS)
    assert teams == set(of_kind("Namespace"))
    assert teams >= {yaml.safe_load(path.read_text(encoding="utf-8"))["team"] for path in EXAMPLES}
    listed = yaml.safe_load((PROJECTS / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert {f"{name}.yaml" for name in (*teams, "baseline")} == set(listed)


@pytest.mark.parametrize("team", of_kind("Namespace"))
def test_a_namespace_denies_all_but_dns_and_keeps_to_the_restricted_standard(team: str) -> None:
    space = of_kind("Namespace")[team]["metadata"]["labels"]
    assert {space[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")} == {"restricted"}
    inside = [each for each in manifests(GITOPS) if each["metadata"].get("namespace") == team]
    assert space["holds"] == "services"  # what Gateways and the store of secrets look for
    policies = {each["metadata"]["name"]: each["spec"] for each in inside if each["kind"] == "NetworkPolicy"}
    assert policies["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert set(policies) == {"nobody", "dns"}
    (way,) = policies["dns"]["egress"]
    assert {each["port"] for each in way["ports"]} == {53}
    assert "ingress" not in policies["dns"]
    (quota,) = [each["spec"]["hard"] for each in inside if each["kind"] == "ResourceQuota"]
    assert (quota["services.loadbalancers"], quota["services.nodeports"]) == ("0", "0")
    assert [each["kind"] for each in inside].count("LimitRange") == 1


def test_every_priority_that_the_chart_offers_exists() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert set(of_kind("PriorityClass")) == set(schema["properties"]["priority"]["enum"])
    assert [each.get("globalDefault", False) for each in of_kind("PriorityClass").values()].count(True) == 1


def test_what_is_needed_comes_first_and_goes_last() -> None:
    waves = {
        (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")): int(
            each["metadata"]["annotations"][WAVE]
        )
        for each in manifests(GITOPS)
    }
    spaces = [wave for (kind, _, _), wave in waves.items() if kind in ("Namespace", "PriorityClass")]
    within = [wave for (kind, _, _), wave in waves.items() if kind in ("NetworkPolicy", "ResourceQuota", "LimitRange")]
    assert max(spaces) < min(within)  # of one application, the baseline
    sets = [waves["ApplicationSet", name, "argocd"] for name in ("projects", "baseline", "services")]
    assert sets == sorted(set(sets))


@pytest.mark.parametrize("name", ["projects", "baseline", "services"])
def test_what_a_set_made_goes_with_it_and_takes_along_what_it_made_itself(name: str) -> None:
    whole = of_kind("ApplicationSet")[name]["spec"]
    assert whole["template"]["metadata"]["finalizers"] == [CASCADE]
    assert whole.get("syncPolicy", {}).get("preserveResourcesOnDeletion", False) is False
    assert whole["goTemplateOptions"] == ["missingkey=error"]


def test_the_projects_take_the_one_repository_of_this_cluster() -> None:
    made = application("projects")["spec"]
    assert made["project"] == "root"
    assert made["destination"] == {"server": SERVER, "namespace": "argocd"}
    assert (ROOT / made["source"]["path"] / "kustomization.yaml").is_file()
    (patch,) = made["source"]["kustomize"]["patches"]
    (operation,) = yaml.safe_load(patch["patch"])
    assert operation == {"op": "replace", "path": "/spec/sourceRepos", "value": [ANNOTATIONS["platform/repository"]]}


def test_services_are_found_by_their_values_file_of_this_stage() -> None:
    (matrix,) = of_kind("ApplicationSet")["services"]["spec"]["generators"]
    clusters, git = matrix["matrix"]["generators"]
    assert clusters["clusters"]["selector"]["matchLabels"] == {"argocd.argoproj.io/secret-type": "cluster"}
    (files,) = git["git"]["files"]
    assert filled(files["path"], "", "") == "services/*/deploy/prod.yaml"


def test_a_service_is_in_its_teams_project_and_namespace_and_called_like_its_folder() -> None:
    made = application("services", service="feed", team="discovery")
    assert (made["metadata"]["name"], made["spec"]["project"]) == ("feed", "discovery")
    assert made["spec"]["destination"] == {"server": SERVER, "namespace": "discovery"}
    helm = made["spec"]["source"]["helm"]
    assert helm["valueFiles"] == ["/services/feed/deploy/prod.yaml"]
    assert helm["valuesObject"]["name"] == "feed"


def test_what_the_set_hands_over_is_what_the_chart_takes_and_a_service_cannot_say_otherwise(tmp_path: Path) -> None:
    made = application("services")
    assert ROOT / made["spec"]["source"]["path"] == CHART
    mine, last = tmp_path / "prod.yaml", tmp_path / "set.yaml"
    values = yaml.safe_load((CHART / "examples" / "api.yaml").read_text(encoding="utf-8"))
    mine.write_text(yaml.safe_dump({**values, "name": "feed", "platform": {"stage": "dev"}}), encoding="utf-8")
    last.write_text(yaml.safe_dump(made["spec"]["source"]["helm"]["valuesObject"]), encoding="utf-8")
    helm = helms.ensure(Progress())
    found = objects(rendered(helm, "--values", str(mine), "--values", str(last)))
    (container,) = found["Rollout", "api"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{ANNOTATIONS['platform/registry']}/api:1.4.0"
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["STAGE"] == "prod"


def test_the_registry_that_a_stage_says_is_the_platforms_own() -> None:
    scope = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
    assert ANNOTATIONS["platform/registry"].endswith(f"/startup-platform/{scope.stage}")
    assert ANNOTATIONS["platform/registry"].startswith(f"{scope.account_id}.dkr.ecr.{scope.region}.")


def test_what_controllers_write_is_no_difference_and_no_sync_undoes_it_without_cause() -> None:
    made = application("services")["spec"]
    ignored = {
        each["kind"]: [*each.get("jqPathExpressions", ()), *each.get("jsonPointers", ())]
        for each in made["ignoreDifferences"]
    }
    for kind in ("HTTPRoute", "GRPCRoute"):
        assert ".spec.rules[]?.backendRefs[]?.weight" in ignored[kind]
    assert ignored["Rollout"] == ["/spec/replicas"]
    options = made["syncPolicy"]["syncOptions"]
    assert "ApplyOutOfSyncOnly=true" in options
    assert "RespectIgnoreDifferences=true" not in options  # it would take a route's rules from the cluster for good


def test_a_change_to_services_cluster_or_policies_has_somebody_who_must_agree() -> None:
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    owners = {each.split()[0]: each.split()[1:] for each in lines if each and not each.startswith("#")}
    for folder in ("/services/", "/k8s/", "/policy/"):
        assert owners[folder], folder
        assert all(re.fullmatch(r"@[\w-]+/[\w-]+", each) for each in owners[folder])
    teams = {name for name in of_kind("AppProject", PROJECTS) if name != "baseline"}
    assert set(owners["/services/"]) == {f"@example/{each}-team" for each in teams}
