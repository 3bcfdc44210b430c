"""Each stage's shape comes up on the real API server and goes again: no state, no object, no process is left."""

import json
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from sandbox.kube import build
from sandbox.kube.apiserver import ApiServer
from sandbox.progress import Progress
from tests.engine.conftest import PACK, Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.nightly]

# What an API server keeps of its own accord, and changes while it runs.
ITS_OWN = frozenset({"events", "leases", "endpointslices", "endpoints", "apiservices"})
LIFTED = ("--config", "startup-platform:destroy_protection=false")


@contextmanager
def served(sandbox: Sandbox, stage: str) -> Generator[ApiServer]:
    binaries = build.binaries()
    assert binaries
    server = ApiServer(binaries, sandbox.home / "kube" / f"startup-platform.{stage}")
    yield server
    server.stop()


def objects(server: ApiServer) -> set[str]:
    """Every object of every kind that can be listed, as `kind namespace/name`."""
    groups = server.call("GET", "/apis").body["groups"]
    roots = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    found: set[str] = set()
    for root in roots:
        for each in server.call("GET", root).body["resources"]:
            if "list" not in each["verbs"] or each["name"] in ITS_OWN:
                continue
            items = server.call("GET", f"{root}/{each['name']}").body.get("items") or ()
            found |= {
                f"{each['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}" for item in items
            }
    return found


@pytest.mark.parametrize("stage", ["dev", "stg", "prod"])
def test_a_stage_comes_up_on_the_real_api_server_and_leaves_nothing(sandbox: Sandbox, stage: str) -> None:
    build.make(Progress())
    with served(sandbox, stage) as server:
        before = objects(server)
    on = ("--stack", stage, "--yes")
    real = {"STARTUP_PLATFORM_KUBERNETES": ""}
    up = sandbox.pulumi("up", *on, "--policy-pack", PACK, env=real)
    assert up.returncode == 0, up.stdout + up.stderr
    assert "Kubernetes: a real API server" in up.stderr
    with served(sandbox, stage) as server:
        assert {"NodePool /general", "Namespace /argocd"} <= objects(server), "it holds what was applied"
    if stage != "dev":
        refused = sandbox.pulumi("destroy", *on, env=real)
        assert refused.returncode != 0, "a protected stage is not taken down by one command"
        assert sandbox.pulumi("up", *on, *LIFTED, env=real).returncode == 0
        assert sandbox.pulumi("state", "unprotect", "--all", *on).returncode == 0
    down = sandbox.pulumi("destroy", *on, env=real)
    assert down.returncode == 0, down.stdout + down.stderr
    state = json.loads(sandbox.pulumi("stack", "export", "--stack", stage).stdout)
    assert state["deployment"].get("resources", []) == []
    with served(sandbox, stage) as server:
        left = {each for each in objects(server) - before if not each.startswith("CustomResourceDefinition ")}
    assert left == set()
