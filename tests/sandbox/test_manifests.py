"""Every object that is a file here, against the strict schema of its kind: what the cluster would refuse or drop.

Without CRDs, which are made once a machine, Kubernetes' own kinds; in `make nightly`, those of what is installed too.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.kube import build
from sandbox.kube.backend import SchemaBackend
from sandbox.kube.objects import Kind, kind_of
from sandbox.kube.schemas import Schemas
from sandbox.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/charts/golden", "k8s/gitops", "k8s/projects")
Object = dict[str, Any]

# Of these `make sandbox-kube` makes no CRD (sandbox/kube/crds/packages.go); a kustomization is no object of a cluster.
# A kind that joins or leaves them is said here.
NEVER = frozenset(
    {
        "argoproj.io/v1alpha1 AppProject",
        "argoproj.io/v1alpha1 ApplicationSet",
        "external-secrets.io/v1 ExternalSecret",
        "kustomize.config.k8s.io/v1beta1 Kustomization",
    }
)
WITH_CRDS = frozenset(
    {
        "argoproj.io/v1alpha1 AnalysisTemplate",
        "argoproj.io/v1alpha1 Rollout",
        "gateway.envoyproxy.io/v1alpha1 BackendTrafficPolicy",
        "gateway.networking.k8s.io/v1 GRPCRoute",
        "gateway.networking.k8s.io/v1 HTTPRoute",
        "keda.sh/v1alpha1 ScaledObject",
    }
)


def documents() -> Iterator[tuple[str, Object]]:
    """Every object with where it is."""
    for folder in FOLDERS:
        found = sorted((ROOT / folder).rglob("*.yaml"))
        assert found, folder
        for path in found:
            for each in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                if each:
                    name = each.get("metadata", {}).get("name", "-")
                    yield f"{path.relative_to(ROOT)}: {each['kind']} {name}", each


def kind(each: Mapping[str, Any]) -> Kind:
    return kind_of(each["apiVersion"], each["kind"])


def looked_at(backend: SchemaBackend) -> tuple[list[str], set[str]]:
    """What is wrong, and the kinds that could not be looked at."""
    wrong: list[str] = []
    unchecked: set[str] = set()
    for where, each in documents():
        verdict = backend.check(kind(each), each)
        wrong += [f"{where}: {one.path} {one.reason}" for one in verdict.problems]
        if verdict.unchecked:
            unchecked.add(str(kind(each)))
    return wrong, unchecked


@pytest.fixture(scope="module")
def own() -> SchemaBackend:
    return SchemaBackend(schemas=Schemas())


@pytest.fixture(scope="module")
def all_at_hand() -> SchemaBackend:
    build.make(Progress())
    return SchemaBackend(schemas=Schemas.with_crds_in(build.crds()))


def test_every_object_of_kubernetes_own_kinds_is_one_that_it_takes(own: SchemaBackend) -> None:
    assert looked_at(own) == ([], NEVER | WITH_CRDS)


@pytest.mark.nightly
def test_every_object_of_what_is_installed_is_one_that_its_crd_takes(all_at_hand: SchemaBackend) -> None:
    assert looked_at(all_at_hand) == ([], NEVER)


def first(name: str) -> Object:
    """The first object of a kind."""
    return copy.deepcopy(next(each for _, each in documents() if each["kind"] == name))


def _field_of_policy(one: Object) -> None:
    one["spec"]["podSelectr"] = one["spec"].pop("podSelector")


def _enum_of_policy(one: Object) -> None:
    one["spec"]["policyTypes"] = ["Ingres"]


def _field_of_service(one: Object) -> None:
    one["spec"]["ports"][0]["targtPort"] = 8080


def _enum_of_service(one: Object) -> None:
    one["spec"]["type"] = "ClusterIp"


def _field_of_rollout(one: Object) -> None:
    one["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}


def _enum_of_route(one: Object) -> None:
    one["spec"]["rules"][0]["matches"][0]["path"]["type"] = "Prefix"


def _field_of_scaled(one: Object) -> None:
    one["spec"]["maxReplicas"] = 4


def _enum_of_scaled(one: Object) -> None:
    one["spec"]["fallback"]["behavior"] = "highest"


Plant = Callable[[Object], None]
OWN: tuple[tuple[str, Plant, str, str], ...] = (
    ("NetworkPolicy", _field_of_policy, "spec.podSelectr", "did you mean 'podSelector'?"),
    ("NetworkPolicy", _enum_of_policy, "spec.policyTypes[0]", 'is "Ingres"; allowed: Egress, Ingress'),
    ("Service", _field_of_service, "spec.ports[0].targtPort", "did you mean 'targetPort'?"),
    ("Service", _enum_of_service, "spec.type", 'is "ClusterIp"; allowed: ClusterIP, ExternalName'),
)
CUSTOM: tuple[tuple[str, Plant, str, str], ...] = (
    ("Rollout", _field_of_rollout, "spec.template.spec.containers[0].readinesProbe", "did you mean 'readinessProbe'?"),
    ("HTTPRoute", _enum_of_route, "spec.rules[0].matches[0].path.type", 'is "Prefix"; allowed: Exact, PathPrefix'),
    ("ScaledObject", _field_of_scaled, "spec.maxReplicas", "did you mean 'maxReplicaCount'?"),
    ("ScaledObject", _enum_of_scaled, "spec.fallback.behavior", 'is "highest"; allowed: static, currentReplicas'),
)


def planted(backend: SchemaBackend, name: str, plant: Plant) -> list[tuple[str, str]]:
    one = first(name)
    plant(one)
    return [(each.path, each.reason) for each in backend.check(kind(one), one).problems]


@pytest.mark.parametrize(("name", "plant", "path", "said"), OWN)
def test_a_wrong_field_and_a_wrong_value_of_kubernetes_own_kinds_are_found(
    own: SchemaBackend, name: str, plant: Plant, path: str, said: str
) -> None:
    assert any(at == path and said in reason for at, reason in planted(own, name, plant))


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "plant", "path", "said"), CUSTOM)
def test_a_wrong_field_and_a_wrong_value_of_what_is_installed_are_found(
    all_at_hand: SchemaBackend, name: str, plant: Plant, path: str, said: str
) -> None:
    assert any(at == path and said in reason for at, reason in planted(all_at_hand, name, plant))
