"""What careful engineers write for Kubernetes is let pass, and what takes several resources to see is seen."""

import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import pytest

from tests.policy import cases_cluster, cases_kubernetes
from tests.policy.case import GONE, changed
from tests.policy.cases_cluster import NAMESPACE, RELEASE, SERVICE, denial, namespace, release, service
from tests.policy.cases_kubernetes import DEPLOYMENT, DIGEST, NOTHING, ONE, POD, budget, deployment, labels
from tests.policy.server import UNKNOWN, Pack, Registered

FREE = ("labels", "annotations", "matchLabels", "requests", "limits")  # whose keys the user chooses


def known_names() -> set[str]:
    """Every property that the Kubernetes SDK has a name for, as it is sent to the engine."""
    spec = find_spec("pulumi_kubernetes")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    text = "".join(path.read_text(encoding="utf-8") for path in root.glob("**/_inputs.py"))
    text += "".join(path.read_text(encoding="utf-8") for path in root.glob("*/v*/[A-Z]*.py"))
    return set(re.findall(r'pulumi\.getter\(name="(\w+)"', text)) | set(re.findall(r"def (\w+)\(self\)", text))


def names(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            yield name
            if name not in FREE:
                yield from names(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from names(item)


def test_a_good_resource_has_only_properties_that_the_sdk_knows() -> None:
    used = {name for case in [*cases_kubernetes.CASES, *cases_cluster.CASES] for name in names(case.good)}
    assert used - known_names() == {"jobTargetRef"}  # KEDA's own


def pods(change: Mapping[str, object]) -> list[Registered]:
    return [Registered(type=DEPLOYMENT, props=changed(deployment, change)), budget]


def scaler(minimum: int) -> Registered:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    spec = {"minReplicas": minimum, "maxReplicas": 9, "scaleTargetRef": target}
    return Registered(
        type="kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        name="scaler",
        props={"metadata": {"name": "api", "namespace": "feed"}, "spec": spec},
    )


def account(automount: object) -> Registered:
    return Registered(
        type="kubernetes:core/v1:ServiceAccount",
        name="account",
        props={"metadata": {"name": "api", "namespace": "feed"}, "automountServiceAccountToken": automount},
    )


named_account = {f"{POD}.automountServiceAccountToken": GONE, f"{POD}.serviceAccountName": "api"}

FAIR: dict[str, list[Registered]] = {
    "an image by digest": pods({f"{ONE}.image": f"registry.example.com:5000/feed/api@{DIGEST}"}),
    "an image by tag and digest": pods({f"{ONE}.image": f"api:1.0@{DIGEST}"}),
    "a controller that asks for its token": pods(
        {f"{POD}.automountServiceAccountToken": True, f"{POD}.serviceAccountName": "controller"}
    ),
    "a token that the account refuses": [*pods(named_account), account(False)],
    "an autoscaler in place of replicas": [*pods({"spec.replicas": GONE}), scaler(2)],
    "limits in place of requests": pods({f"{ONE}.resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}),
    "each container says for itself who it runs as": pods(
        {
            f"{POD}.securityContext": GONE,
            **{
                f"{POD}.{kind}.0.securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                    "readOnlyRootFilesystem": True,
                    "runAsNonRoot": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                }
                for kind in ("containers", "initContainers")
            },
        }
    ),
    "a namespace whose name Pulumi makes up": [
        Registered(type=NAMESPACE, props=changed(namespace, {"metadata.name": UNKNOWN})),
        Registered(
            type=denial.type,
            name="deny",
            props={**denial.props, "metadata": {"namespace": UNKNOWN}},
            depends={"metadata": [Registered(type=NAMESPACE, props=NOTHING).urn]},
        ),
    ],
    "an internal load balancer": [
        Registered(
            type=SERVICE,
            props=changed(
                service,
                {
                    "spec.type": "LoadBalancer",
                    "metadata.annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
                },
            ),
        )
    ],
    "a chart in a folder": [Registered(type=RELEASE, props={"chart": "./charts/api"})],
    "a chart with a build": [Registered(type=RELEASE, props=changed(release, {"version": "v1.8.2-rc.1+build.5"}))],
    "a workload that is turned off": pods({"spec.replicas": 0}),
}


@pytest.mark.parametrize("stack", FAIR.values(), ids=FAIR)
def test_what_is_right_in_another_way_is_let_pass(stack: list[Registered], pack: Pack) -> None:
    assert [each.message for each in pack.judge(*stack)] == []


def found(pack: Pack, stack: list[Registered]) -> set[str]:
    return {each.id for each in pack.judge(*stack)}


def test_an_autoscaler_that_goes_down_to_one_is_no_replica(pack: Pack) -> None:
    assert found(pack, [*pods({"spec.replicas": GONE}), scaler(1)]) == {"K8S-021[spec.replicas]"}


def test_an_account_that_says_nothing_refuses_no_token(pack: Pack) -> None:
    found_ids = found(pack, [*pods(named_account), account(None)])
    assert found_ids == {f"K8S-017[{POD}.automountServiceAccountToken]"}


def test_a_budget_in_another_namespace_is_none(pack: Pack) -> None:
    moved = Registered(
        type=budget.type,
        name="budget",
        props={"metadata": {"namespace": "ads"}, "spec": {"selector": {"matchLabels": labels}}},
    )
    assert found(pack, [pods(NOTHING)[0], moved]) == {"K8S-023[PodDisruptionBudget]"}


def test_an_unknown_pod_is_not_judged_and_not_let_pass(pack: Pack) -> None:
    ids = found(pack, pods({POD: UNKNOWN}))
    assert {f"K8S-{number:03}" for number in (*range(1, 18), 22, 24)} <= ids
    assert not [each for each in ids if "[" in each]
