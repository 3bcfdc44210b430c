"""Programs with pulumi_kubernetes resources on the real engine, with the strict schemas behind the stand-in.

With the real API server behind it, the same in `make nightly`.
"""

import json
import subprocess

import pytest

from sandbox.kube import build
from sandbox.kube.cluster import CHOICE
from sandbox.ledger import Ledger
from sandbox.progress import Progress
from tests.engine.conftest import Project

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi_kubernetes as k8s

cluster = k8s.Provider("cluster", kubeconfig=pulumi.Output.secret("{{}}"), enable_server_side_apply=True)
on = pulumi.ResourceOptions(provider=cluster)
place = k8s.core.v1.Namespace("shop", metadata={{"name": "shop"}}, opts=on)
web = k8s.apps.v1.Deployment(
    "web",
    metadata={{"namespace": place.metadata.name}},
    spec={{
        "selector": {{"match_labels": {{"app": "web"}}}},
        "template": {{
            "metadata": {{"labels": {{"app": "web"}}}},
            "spec": {{"containers": [{{"name": "web", "image": "registry.example/web@sha256:0", {container}}}]}},
        }},
    }},
    opts=on,
)
pulumi.export("name", web.metadata.name)
k8s.apiextensions.CustomResource(
    "thing", api_version="example.com/v1", kind="Thing", metadata={{"name": "thing"}}, spec={{"a": 1}}, opts=on
)
k8s.helm.v3.Release("keda", chart="keda", version="0.0.0", namespace="keda", values={{"a": 1}}, opts=on)
"""


@pytest.mark.parametrize("backend", ["strict schemas", pytest.param("a real API server", marks=pytest.mark.nightly)])
def test_a_program_goes_up_is_refreshed_and_goes_down_again(project: Project, backend: str) -> None:
    if backend == "a real API server":
        build.make(Progress())
    wish = {CHOICE: "schemas" if backend == "strict schemas" else ""}

    def pulumi(*words: str) -> "subprocess.CompletedProcess[str]":
        return project.pulumi(*words, "-s", "dev", env=wish)

    project.program(PROGRAM.format(container=""))
    preview = pulumi("preview")
    assert preview.returncode == 0, preview.stdout
    assert preview.stderr.splitlines()[1].startswith(f"Kubernetes: {backend}")
    assert preview.stdout.count("not checked here: example.com/v1 Thing: no schema") == 2  # live, and in the end
    assert "the values of chart keda 0.0.0: there is no k8s/recorded/keda-0.0.0.json" in preview.stdout
    up = pulumi("up", "--yes")
    assert up.returncode == 0, up.stdout
    assert 'name: "web-' in up.stdout
    assert {"kubernetes:core/v1:Namespace", "kubernetes:apps/v1:Deployment"} <= living(project)
    for words in (("up", "--yes"), ("refresh", "--yes")):
        again = pulumi(*words)
        assert again.returncode == 0, again.stdout
        assert "unchanged" in again.stdout
        assert not any(word in again.stdout for word in ("to update", "updated", "to replace"))
    down = pulumi("destroy", "--yes")
    assert down.returncode == 0, down.stdout
    state = json.loads(pulumi("stack", "export").stdout)
    assert state["deployment"].get("resources", []) == []
    assert living(project) == set()


def living(project: Project) -> set[str]:
    """The types of what the sandbox's ledger says exists."""
    return {each.type for each in Ledger(project.sandbox.home / "ledger").living("urn:pulumi:dev::small::x::x")}


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ('"image_pul_policy": "Always"', "did you mean 'imagePullPolicy'?"),
        ('"image_pull_policy": "Sometimes"', 'is "Sometimes"; allowed: Always, IfNotPresent, Never'),
    ],
    ids=["field", "enum"],
)
def test_a_mistake_in_a_manifest_fails_the_preview(project: Project, container: str, said: str) -> None:
    done = project.program(PROGRAM.format(container=container)).pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert said in done.stdout
    assert "spec.template.spec.containers[0]" in done.stdout


def test_a_mistake_in_a_manifest_fails_the_first_preview_when_the_cluster_is_not_there_yet(project: Project) -> None:
    # Of a provider with an unknown kubeconfig the engine asks nothing, so nothing would be checked until `up`.
    program = 'import pulumi_aws as aws\ngroup = aws.cloudwatch.LogGroup("later")\n' + PROGRAM.replace(
        'pulumi.Output.secret("{{}}")', "group.arn"
    )
    done = project.program(program.format(container='"image_pul_policy": "Always"')).pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert "did you mean 'imagePullPolicy'?" in done.stdout
