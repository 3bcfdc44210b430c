"""The platform under the real engine: what a newcomer and the platform team see."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import engine
from sandbox.progress import Progress
from sandbox.workspace import Workspace
from tests.engine import order
from tests.engine.conftest import PACK, ROOT, Project, Sandbox, small_project

pytestmark = pytest.mark.engine


POLICIES = ("--policy-pack", PACK)
ROLE = "aws:iam/role:Role"
# Groups whose definitions are in charts, which take the internet; what is of any other is checked without a cluster.
ONLY_IN_CHARTS = r"argoproj\.io|elbv2\.k8s\.aws|external-secrets\.io"


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """What a preview with --out said, and what it wrote."""

    text: str
    notices: str
    result: dict[str, Any]


@pytest.fixture(scope="module")
def previewed(tmp_path_factory: pytest.TempPathFactory) -> Previewed:
    """prod, in the phase that its file says."""
    place = tmp_path_factory.mktemp("previewed")
    out = place / "deep" / "preview.json"
    done = Sandbox(home=place / "sandbox").run("--out", str(out), "--", "pulumi", "preview", "-s", "prod", *POLICIES)
    assert done.returncode == 0, done.stdout + done.stderr
    return Previewed(text=done.stdout, notices=done.stderr, result=json.loads(out.read_text()))


def test_each_stage_previews_clean_with_the_policies(sandbox: Sandbox, previewed: Previewed) -> None:
    committed = {path: path.read_bytes() for path in ROOT.glob("Pulumi*.yaml")}
    said = [(previewed.text, previewed.notices)]
    for stage in ("dev", "stg"):
        done = sandbox.pulumi("preview", "-s", stage, *POLICIES)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append((done.stdout, done.stderr))
    for text, notices in said:
        assert "to create" in text
        assert "startup-platform" in text.split("Policies:")[1]
        assert "mandatory" not in text
        assert "can't run policy" not in text
        warned = [line.partition("warning: ")[2] for line in text.splitlines() if "warning: " in line]
        assert all(re.match(f"not checked here: ({ONLY_IN_CHARTS})/", each) for each in warned), warned
        assert notices.startswith("sandbox: a local stand-in for AWS, not the cloud. Not checked here:")
    assert {path: path.read_bytes() for path in ROOT.glob("Pulumi*.yaml")} == committed


def test_up_then_up_again_changes_nothing_and_destroy_leaves_an_empty_state_each_in_the_clusters_order(
    sandbox: Sandbox,
) -> None:
    up = sandbox.pulumi("up", "-s", "dev", "--policy-pack", PACK, "--yes")
    assert up.returncode == 0, up.stdout + up.stderr
    again = sandbox.pulumi("up", "-s", "dev", "--policy-pack", PACK, "--yes", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr
    refreshed = sandbox.pulumi("refresh", "-s", "dev", "--yes", "--expect-no-changes")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    outputs = json.loads(sandbox.pulumi("stack", "output", "-s", "dev", "--json").stdout)
    assert outputs["contract_version"] == 1
    assert outputs["vpc_id"].startswith("vpc-")
    assert len(outputs["private_subnet_ids"]) == 3
    assert outputs["key_arns"]["data"].startswith("arn:aws:kms:ap-northeast-2:111122223333:key/")
    made = json.loads(sandbox.pulumi("stack", "export", "-s", "dev").stdout)["deployment"]["resources"]
    down = sandbox.pulumi("destroy", "-s", "dev", "--yes")
    assert down.returncode == 0, down.stdout + down.stderr
    assert order.out_of_order(made, went=down.stdout.splitlines(), came=up.stdout.splitlines()) == []
    state = json.loads(sandbox.pulumi("stack", "export", "-s", "dev").stdout)
    assert state["deployment"].get("resources", []) == []


@pytest.mark.nightly
def test_two_regions_come_up_change_nothing_the_second_time_and_go_without_a_trace(sandbox: Sandbox) -> None:
    both = ["-s", "dev", "--config", "startup-platform:phase=global"]
    up = sandbox.pulumi("up", *both, "--policy-pack", PACK, "--yes")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "mandatory" not in up.stdout
    again = sandbox.pulumi("up", *both, "--policy-pack", PACK, "--yes", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr
    made = json.loads(sandbox.pulumi("stack", "export", "-s", "dev").stdout)["deployment"]["resources"]
    cluster = {
        one["urn"].rpartition("::")[2]: one["outputs"] for one in made if one["type"] == "aws:rds/cluster:Cluster"
    }
    there = cluster["dr-database-cluster"]
    assert there["arn"] == "arn:aws:rds:ap-southeast-1:111122223333:cluster:startup-platform-dev-database"
    assert there["globalClusterIdentifier"] == "startup-platform-dev-database"
    assert there["engineVersion"] == cluster["database-cluster"]["engineVersion"]
    contracts = [one["outputs"]["arn"] for one in made if one["urn"].endswith(("::contract", "::dr-contract"))]
    assert sorted(contracts) == [
        f"arn:aws:ssm:{region}:111122223333:parameter/startup-platform/dev/contract/v1"
        for region in ("ap-northeast-2", "ap-southeast-1")
    ]
    roles = [one for one in made if one["type"] == ROLE]
    assert any(one["urn"].rpartition("::")[2].startswith("dr-") for one in roles)
    assert boundaries(roles) == {"arn:aws:iam::111122223333:policy/startup-platform-dev-boundary"}
    down = sandbox.pulumi("destroy", "-s", "dev", "--yes")
    assert down.returncode == 0, down.stdout + down.stderr
    state = json.loads(sandbox.pulumi("stack", "export", "-s", "dev").stdout)
    assert state["deployment"].get("resources", []) == []


def test_two_runs_of_a_new_stack_make_the_same_ids(tmp_path: Path) -> None:
    program = """
    vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", tags=TAGS, opts=own)
    subnet = aws.ec2.Subnet("sub", vpc_id=vpc.id, cidr_block="10.0.0.0/24", tags=TAGS, opts=own)
    key = aws.kms.Key("key", tags=TAGS, opts=own)
    queue = aws.sqs.Queue("jobs", tags=TAGS, opts=own)
    for name, value in {"subnet": subnet.id, "key": key.arn, "queue": queue.url}.items():
        pulumi.export(name, value)
    """

    def outputs(place: Path) -> str:
        place.mkdir()
        small = small_project(place, Sandbox(home=place / "sandbox")).program(program)
        assert small.pulumi("up", "-s", "dev", "--yes").returncode == 0
        said = small.pulumi("stack", "output", "-s", "dev", "--json").stdout
        assert "subnet-" in said
        return re.sub(r"(?<=-)[0-9a-f]{7}(?=[/\"])", "random", said)  # the engine's own, at the end of a name

    assert outputs(tmp_path / "one") == outputs(tmp_path / "two")


def test_the_engines_json_goes_to_the_file_that_was_asked_for(previewed: Previewed) -> None:
    assert "to create" in previewed.text  # it is still there
    urns = {step["urn"] for step in previewed.result["steps"]}
    assert len(urns) == previewed.result["changeSummary"]["create"]
    assert any(urn.endswith("aws:ec2/vpc:Vpc::network-vpc") for urn in urns)
    assert [one for one in previewed.result["policyViolations"] if one["level"] == "mandatory"] == []


def test_every_role_is_made_below_the_accounts_boundary(previewed: Previewed) -> None:
    """A deployment may make no other (docs/adr/0029)."""
    roles = [step["newState"] for step in previewed.result["steps"] if step["newState"]["type"] == ROLE]
    assert len(roles) > 20
    assert boundaries(roles) == {"arn:aws:iam::777788889999:policy/startup-platform-prod-boundary"}


def boundaries(roles: Sequence[Mapping[str, Any]]) -> set[str | None]:
    return {role["inputs"].get("permissionsBoundary") for role in roles}


def test_pulumi_typed_by_hand_in_the_printed_environment_does_the_same(project: Project) -> None:
    project.program('aws.sqs.Queue("jobs", kms_master_key_id="alias/aws/sqs", tags=TAGS, opts=own)')
    printed = project.sandbox.run("env", cwd=project.place)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("# sandbox: a local stand-in for AWS")
    words = [shlex.split(line) for line in printed.stdout.splitlines() if line.startswith("export ")]
    exported = dict(word.split("=", 1) for _, word in words)
    by_hand = subprocess.run(
        ["/bin/sh", "-c", f"pulumi preview -s dev --policy-pack '{PACK}'"],
        cwd=project.place,
        env=project.sandbox.environment(**exported),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert by_hand.returncode == 0, by_hand.stdout + by_hand.stderr
    assert "to create" in by_hand.stdout
    assert "Policies:" in by_hand.stdout
    assert by_hand.stderr.startswith("sandbox: ")


def test_a_pulumi_on_path_that_brings_its_language_host_is_used_as_it_is(project: Project, tmp_path: Path) -> None:
    ours = engine.ensure(Progress(), leave_out=tmp_path)
    workspace = Workspace(project=ROOT)
    theirs = tmp_path / "theirs"
    shutil.copytree(workspace.with_language_host(ours), theirs)
    path = f"{theirs}{os.pathsep}{os.environ['PATH']}"
    done = project.program("").pulumi("preview", "-s", "dev", env={"PATH": path})
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (project.sandbox.home / "engine").exists()
