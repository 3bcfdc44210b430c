"""Workloads in the cluster (S10): what they take of a node, which image they are, and how they outlive a node."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    Finding,
    Outcome,
    Severity,
    rule,
    stack_rule,
)
from policy.pods import (
    DAEMON_SETS,
    EVERY_POD,
    LASTING,
    SERVING,
    WORKLOADS,
    are_together,
    each_container,
    has_template,
    name_of,
    pod,
    runs_windows,
    selects,
    tokens,
)
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource, Stack, any_of

AUTOSCALERS = tokens(
    "HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2", "autoscaling/v2beta1", "autoscaling/v2beta2"
)
SCALED_OBJECTS = tokens("ScaledObject", "keda.sh/v1alpha1")
DISRUPTION_BUDGETS = tokens("PodDisruptionBudget", "policy/v1", "policy/v1beta1")
SERVICE_ACCOUNTS = tokens("ServiceAccount", "core/v1")

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
TAG = re.compile(r":(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$")
FLOATING_TAGS = frozenset(
    {
        *("latest", "stable", "edge", "nightly", "canary", "current", "snapshot", "head", "release", "lts"),
        *(
            "main",
            "master",
            "trunk",
            "dev",
            "develop",
            "development",
            "test",
            "qa",
            "stg",
            "staging",
            "prod",
            "production",
        ),
    }
)


@rule(
    "K8S-015",
    on=WORKLOADS,
    says="a container says how much processor and memory it needs, and how much memory it may take",
    fix="set resources.requests for cpu and memory, and resources.limits for memory",
    isms_p=["2.9.2"],
    soc2=["A1.1"],
    requirements=["REQ-S10", "REQ-N5"],
    severity=Severity.MEDIUM,
    level=ADVISORY_IN_DEV,
)
def containers_state_their_size(workload: Resource) -> Iterator[Outcome]:
    """Without, one pod starves its node and Karpenter cannot size one.

    A limit stands for a request that is not given. A limit on the processor only slows a pod down, so none is asked.
    """

    def is_given(container: Node, *places: str) -> bool:
        nodes = [holder.at(f"resources.{place}") for holder in (container, pod(workload)) for place in places]
        return any_of(nodes, lambda node: node.known("") not in (None, "", 0))

    def states(container: Node) -> Iterator[Outcome]:
        for place, instead in (
            ("requests.cpu", "limits.cpu"),
            ("requests.memory", "limits.memory"),
            ("limits.memory", "limits.memory"),
        ):
            if not is_given(container, place, instead):
                yield Finding(path=f"{container.path}.resources.{place}")

    yield from each_container(workload, states, LASTING)


@rule(
    "K8S-016",
    on=EVERY_POD,
    says="an image has a tag that stays, or a digest",
    fix="name the version, or name@sha256:digest; not latest",
    isms_p=["2.10.2", "2.9.1"],
    soc2=["CC8.1", "CC6.8"],
    requirements=["REQ-S10", "REQ-Q3"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def images_are_pinned(workload: Resource) -> Iterator[Outcome]:
    """With a tag that moves, two pods of one workload run two programs, and nobody can go back."""

    def is_pinned(container: Node) -> Iterator[Outcome]:
        image = container.at("image").text()
        if not image or DIGEST.search(image):
            return
        # A colon before the last slash is the registry's port; what follows an @ and is no digest names nothing.
        tag = None if "@" in image else TAG.search(image.rpartition("/")[2])
        if tag is None or tag["tag"].lower() in FLOATING_TAGS:
            yield Finding(path=f"{container.path}.image", seen="a tag that moves" if tag else "without a tag")

    yield from each_container(workload, is_pinned)


@stack_rule(
    "K8S-017",
    on=WORKLOADS,
    says="a pod gets a token of the Kubernetes API only if it says so and has a service account of its own",
    fix="set automountServiceAccountToken to false in the pod; a controller sets it to true and names its account",
    isms_p=["2.5.5", "2.10.2"],
    soc2=["CC6.3"],
    requirements=["REQ-S10", "REQ-N3"],
    severity=Severity.MEDIUM,
    level=ADVISORY_IN_DEV,
)
def tokens_are_asked_for(workload: Resource, stack: Stack) -> Iterator[Outcome]:
    """Kubernetes mounts one into every pod unless the pod, or its account, says otherwise."""
    if not has_template(workload):
        return
    place = pod(workload).at("automountServiceAccountToken")
    account = pod(workload).get("serviceAccountName") or pod(workload).get("serviceAccount")
    mounts = place.known("")
    if mounts is False or (mounts is True and account not in (None, "", "default")):
        return
    if mounts is None and any(_refuses_tokens(each, workload) for each in stack.of_type(SERVICE_ACCOUNTS)):
        return
    yield Finding(path=place.path, got=mounts)


def _refuses_tokens(account: Resource, workload: Resource) -> bool:
    name = pod(workload).get("serviceAccountName") or "default"
    is_its_own = account.urn in workload.depends.get("spec", frozenset()) or (
        name is not UNKNOWN and name == name_of(account)
    )
    return is_its_own and are_together(account, workload) and account.get("automountServiceAccountToken") is False


@rule(
    "K8S-024",
    on=[*SERVING, *DAEMON_SETS],
    says="a container says when it is ready and when it hangs",
    fix="set readinessProbe and livenessProbe",
    isms_p=["2.9.2"],
    soc2=["A1.1", "CC7.2"],
    requirements=["REQ-N1", "REQ-N5"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def containers_have_probes(workload: Resource) -> Iterator[Outcome]:
    """Without, requests reach a pod that is not up yet, and one that hangs stays."""

    def is_probed(container: Node) -> Iterator[Outcome]:
        for probe in ("readinessProbe", "livenessProbe"):
            if container.get(probe) is None:
                yield Finding(path=f"{container.path}.{probe}")

    yield from each_container(workload, is_probed, LASTING[:1])


@stack_rule(
    "K8S-021",
    on=SERVING,
    says="a workload runs in more than one pod",
    fix="set replicas to 2 or more, or give it a HorizontalPodAutoscaler with minReplicas of 2 or more",
    isms_p=["2.9.2", "2.12.1"],
    soc2=["A1.2"],
    requirements=["REQ-N1", "REQ-X5"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def workloads_have_replicas(workload: Resource, stack: Stack) -> Iterator[Outcome]:
    """One pod is down whenever its node is."""
    if any(_scales(each, workload) for each in stack.of_type([*AUTOSCALERS, *SCALED_OBJECTS])):
        return
    replicas = workload.known("spec.replicas")
    if not isinstance(replicas, int | float) or 0 < replicas < 2:  # 0 is turned off on purpose
        yield Finding(path="spec.replicas", got=replicas)


def _scales(scaler: Resource, workload: Resource) -> bool:
    target = scaler.get("spec.scaleTargetRef.name")
    minimum = scaler.get("spec.minReplicas") if scaler.type in AUTOSCALERS else scaler.get("spec.minReplicaCount")
    is_its_own = workload.urn in scaler.depends.get("spec", frozenset()) or (
        target is not UNKNOWN and target is not None and target == name_of(workload)
    )
    return is_its_own and are_together(scaler, workload) and minimum not in (None, 0, 1)


@stack_rule(
    "K8S-023",
    on=SERVING,
    says="a workload of several pods keeps some of them while nodes are replaced",
    fix="add a PodDisruptionBudget whose selector chooses its pods",
    isms_p=["2.9.2", "2.12.1"],
    soc2=["A1.2"],
    requirements=["REQ-N1", "REQ-X3"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def workloads_have_a_disruption_budget(workload: Resource, stack: Stack) -> Iterator[Outcome]:
    """Karpenter empties nodes all day, and asks the budget first. A budget that says no for ever is K8S-034's."""
    replicas = workload.get("spec.replicas")
    if replicas is UNKNOWN:
        raise CannotJudgeError("spec.replicas")
    if (isinstance(replicas, int | float) and replicas < 2) or not has_template(workload):
        return
    if not any(
        are_together(budget, workload) and selects(budget.at("spec.selector"), workload)
        for budget in stack.of_type(DISRUPTION_BUDGETS)
    ):
        yield Finding(path="spec", key="PodDisruptionBudget", seen="without a budget")


@rule(
    "K8S-034",
    on=DISRUPTION_BUDGETS,
    says="a disruption budget lets a node be emptied",
    fix="set maxUnavailable to 1, or minAvailable below the number of pods",
    isms_p=["2.9.2", "2.10.8"],
    soc2=["A1.2", "CC7.1"],
    requirements=["REQ-N1", "REQ-X3"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def budgets_let_nodes_go(budget: Resource) -> Iterator[Outcome]:
    """A node that cannot be emptied is neither patched nor replaced."""
    for place, blocking in (("spec.maxUnavailable", (0, "0", "0%")), ("spec.minAvailable", ("100%",))):
        if budget.known(place) in blocking and budget.known(place) is not False:
            yield Finding(path=place, got=budget.get(place))


@rule(
    "K8S-031",
    on=WORKLOADS,
    says="a container cannot write to its own file system",
    fix="set readOnlyRootFilesystem to true, and mount an emptyDir where the program writes",
    isms_p=["2.10.2"],
    soc2=["CC6.8"],
    requirements=["REQ-S10", "REQ-N3"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def file_systems_are_read_only(workload: Resource) -> Iterator[Outcome]:
    """What an intruder cannot store he cannot start. No Pod Security Standard asks for it; CIS and the NSA do."""

    def is_read_only(container: Node) -> Iterator[Outcome]:
        place = container.at("securityContext.readOnlyRootFilesystem")
        if place.known("") is not True:
            yield Finding(path=place.path, got=place.value)

    if not runs_windows(workload):
        yield from each_container(workload, is_read_only, LASTING)


CHARTS = (*tokens("Release", "helm.sh/v3"), *tokens("Chart", "helm.sh/v3", "helm.sh/v4"))
EXACT_VERSION = re.compile(r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")


@rule(
    "K8S-026",
    on=CHARTS,
    says="a Helm chart's version is exact, and it comes by TLS",
    fix="set version to one release such as 1.2.3, and an https or oci repository",
    isms_p=["2.10.2", "2.9.1"],
    soc2=["CC8.1"],
    requirements=["REQ-S10", "REQ-Q3"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def charts_are_pinned(release: Resource) -> Iterator[Outcome]:
    """Otherwise the next preview installs whatever was published last; a chart in a file or by digest is what it is."""
    chart = release.at("chart").text()
    repository = release.at("repositoryOpts.repo")
    for place in (release.at("chart"), repository):
        if place.value is not UNKNOWN and place.text().lower().startswith("http://"):
            yield Finding(path=place.path, key="Repository::http", seen="an address without TLS")
    if not chart:  # a component, whose children are judged
        return
    if chart.startswith((".", "/")) or chart.endswith(".tgz") or DIGEST.search(chart):
        return
    version = release.at("version")
    if not EXACT_VERSION.fullmatch(version.text()):
        yield Finding(path=version.path, got=version.value)
