"""From plan to deployed with the real engine, over the stand-in: what was approved is applied, and nothing else."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.conftest import HEAD, ROOT, Sandbox

pytestmark = pytest.mark.engine

QUEUE = 'aws.sqs.Queue("jobs", name="jobs", visibility_timeout_seconds=60, tags=TAGS, opts=own)\n'
RELEASE = """
import pulumi_kubernetes as k8s
cluster = k8s.Provider("cluster", kubeconfig=pulumi.Output.secret("{}"), enable_server_side_apply=True)
on = pulumi.ResourceOptions(provider=cluster)
k8s.helm.v3.Release("keda", chart="keda", version="0.0.0", namespace="keda", values={"a": 1}, opts=on)
"""
AFTER = "pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[first]))"


class Stack:
    """A project whose `pulumi` on PATH is the sandbox's."""

    def __init__(self, place: Path, sandbox: Sandbox) -> None:
        self.place, self.sandbox = place, sandbox
        self.commands = sandbox.home / "bin"  # the sandbox makes its `pulumi` there, and passes over it itself
        assert sandbox.run("env", cwd=place).returncode == 0

    def write(self, program: str) -> None:
        (self.place / "__main__.py").write_text(HEAD + program)
        names = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
        for words in (["add", "-A"], ["commit", "--allow-empty", "-m", "a change"]):
            subprocess.run(["git", *names, *words], cwd=self.place, check=True, capture_output=True)

    def deliver(self, *words: str, backend: str = "s3://state", faults: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*words),
            cwd=ROOT,
            env=self.environment(backend=backend, faults=faults),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def command(self, *words: str) -> list[str]:
        plan = ["--plan", str(self.place.parent / "plan")]
        return [sys.executable, "-m", "ops.deliver", *words, "--project", str(self.place), *plan]

    def environment(self, *, backend: str = "s3://state", faults: str = "") -> dict[str, str]:
        path = os.pathsep.join([str(self.commands), os.environ["PATH"]])
        return self.sandbox.environment(
            PATH=path, PULUMI_BACKEND_URL=backend, PULUMI_SKIP_CHECKPOINTS="false", SANDBOX_FAULTS=faults
        )

    def type(self, line: str) -> "subprocess.CompletedProcess[str]":
        """What a person types in the project's folder, as it was printed."""
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self.place,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture
def stack(tmp_path: Path, sandbox: Sandbox) -> Stack:
    place = tmp_path / "project"
    place.mkdir()
    (place / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (place / "Pulumi.dev.yaml").write_text("config: {}\n")
    (place / "Pulumi.prod.yaml").write_text("config: {}\n")
    subprocess.run(["git", "init", "--quiet"], cwd=place, check=True)
    return Stack(place, sandbox)


def test_what_was_planned_is_applied_and_a_plan_serves_one_commit(stack: Stack) -> None:
    stack.write(QUEUE)
    outputs = stack.place.parent / "outputs"
    planned = stack.deliver("plan", "--github", str(outputs))
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert int(outputs.read_text().partition("steps=")[2]) >= 1
    assert "## `dev`: 1 to create" in planned.stdout  # the provider is the engine's own, and not shown
    applied = stack.deliver("apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "created" in applied.stdout
    assert stack.deliver("plan", "--github", str(outputs)).returncode == 0
    assert outputs.read_text().splitlines()[-1] == "steps=0"  # so nobody is asked to let nothing happen
    assert stack.deliver("apply").returncode == 0
    stack.write(QUEUE)  # another commit, the same program
    again = stack.deliver("apply")
    assert again.returncode == 1
    assert "deliver: PLAN: it was made of " in again.stderr


def test_the_platforms_delivery_makes_the_stacks_of_new_services_and_a_service_says_so_before(stack: Stack) -> None:
    for name in ("old", "new"):
        service = stack.place / "services" / name
        service.mkdir(parents=True)
        (service / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (service / "Pulumi.dev.yaml").write_text("config: {}\n")
    (stack.place / "services" / "new" / "Pulumi.prod.yaml").write_text("config: {}\n")
    old = stack.type("cd services/old && pulumi stack init dev")
    assert old.returncode == 0, old.stderr
    stack.write(QUEUE)
    before = {each: each.read_text() for each in stack.place.rglob("Pulumi.*.yaml")}
    outputs, summary = stack.place.parent / "outputs", stack.place.parent / "summary"
    reports = ("--github", str(outputs), "--summary", str(summary))
    assert stack.deliver("plan", *reports).returncode == 0
    assert summary.read_text().endswith("\nStacks of services to make, empty: `services/new`.\n")
    for made in (True, False):  # whoever applies it again finds it there
        applied = stack.deliver("apply")
        assert applied.returncode == 0, applied.stdout + applied.stderr
        assert ("made the stack dev of services/new\n" in applied.stdout) is made
    listed = stack.type("pulumi stack ls --all --json")
    assert {each["name"] for each in json.loads(listed.stdout)} == {
        "dev",
        "organization/old/dev",
        "organization/new/dev",
    }
    assert stack.deliver("plan", *reports).returncode == 0
    assert outputs.read_text().splitlines()[-1] == "steps=0"
    assert {each: each.read_text() for each in stack.place.rglob("Pulumi.*.yaml")} == before


def test_a_plan_that_no_longer_matches_is_refused_and_does_nothing(stack: Stack) -> None:
    stack.write(QUEUE)
    assert stack.deliver("plan").returncode == 0
    # The commit is the same, what it says is not: a setting that was changed behind the plan's back.
    (stack.place / "__main__.py").write_text(HEAD + QUEUE + QUEUE.replace("jobs", "more"))
    applied = stack.deliver("apply")
    assert applied.returncode == 1
    assert "deliver: plan: the plan for dev no longer matches" in applied.stderr, applied.stdout


def test_a_job_that_was_killed_in_mid_up_leaves_a_lock_and_the_next_says_the_way_out_which_leads_out(
    stack: Stack,
) -> None:
    stack.write(QUEUE)
    assert stack.deliver("plan").returncode == 0
    killed = stack.deliver("apply", faults="kill@jobs")
    assert killed.returncode == 1
    assert "Traceback" not in killed.stderr
    (lock,) = stack.sandbox.home.glob("**/.pulumi/locks/**/*.json")
    # A job's machine is gone with it; of this machine's own dead the sandbox removes the locks by itself.
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "hostname": "runner-7"}))
    again = stack.deliver("apply")
    assert again.returncode == 1, again.stdout
    assert again.stderr.startswith("deliver: locked: another run works on dev, or one was cancelled and left its lock.")
    (way_out,) = re.findall(r"then: (pulumi cancel .*), and make a new plan", again.stderr)
    assert way_out == "pulumi cancel --stack dev && pulumi refresh --stack dev"
    # What a person is asked there, and answers.
    answered = way_out.replace("cancel", "cancel --yes").replace("refresh", "refresh --yes --clear-pending-creates")
    typed = stack.type(answered)
    assert typed.returncode == 0, typed.stdout + typed.stderr
    assert stack.deliver("plan").returncode == 0
    applied = stack.deliver("apply")
    assert applied.returncode == 0, applied.stdout + applied.stderr


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_cancelled_in_mid_up_ends_what_it_began_and_says_how_to_go_on(
    stack: Stack, by: signal.Signals
) -> None:
    stack.write(QUEUE + QUEUE.replace("jobs", "more").replace("opts=own", "opts=AFTER"))
    program = stack.place / "__main__.py"
    program.write_text(
        program.read_text().replace("aws.sqs.Queue(", "first = aws.sqs.Queue(", 1).replace("AFTER", AFTER)
    )
    assert stack.deliver("plan").returncode == 0
    with subprocess.Popen(
        stack.command("apply"),
        cwd=ROOT,
        env=stack.environment(faults="slow@jobs,times=10"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as job:
        assert job.stdout
        assert job.stderr
        heard = ""
        for line in job.stdout:
            heard += line
            if "still creating" in line or ("creating" in line and "Queue" in line):
                break
        if by is signal.SIGINT:
            os.killpg(job.pid, by)  # as Ctrl-C does
        else:
            job.send_signal(by)
        heard += job.stdout.read()
        said = job.stderr.read()
    assert job.returncode == 1, heard + said
    assert said.startswith("deliver: cancelled: the run on dev was cancelled"), said
    state = stack.sandbox.pulumi("stack", "export", "--stack", "dev", cwd=stack.place).stdout
    assert "::more" not in state  # what came after was not done
    assert stack.deliver("plan").returncode == 0
    assert stack.deliver("apply").returncode == 0


def test_a_plan_that_deletes_data_is_made_and_waits_for_somebodys_word(stack: Stack) -> None:
    stack.write(QUEUE)
    assert stack.deliver("plan").returncode == 0
    assert stack.deliver("apply").returncode == 0
    stack.write("")
    planned = stack.deliver("plan")
    assert planned.returncode == 2
    assert "**1 that holds data would be deleted or replaced**: **`jobs`**." in planned.stdout
    assert stack.deliver("plan", "--accept-destructive").returncode == 0
    assert stack.deliver("apply").returncode == 0


def test_drift_is_found_without_reading_releases_of_helm_and_nothing_is_written(stack: Stack) -> None:
    """They lie among the secrets of the cluster, which the role does not open."""
    stack.write(QUEUE + RELEASE)
    assert stack.deliver("plan").returncode == 0
    assert stack.deliver("apply").returncode == 0
    refused = "throttle@kubernetes:helm.sh/v3:Release,op=read,times=9,retries=1"
    done = stack.deliver("drift", faults=refused)
    assert done.returncode == 0, done.stdout + done.stderr
    unshown = stack.deliver("drift", faults="throttle@aws:sqs/queue:Queue,op=read,times=9,retries=1")
    assert unshown.returncode == 1
    assert "deliver: drift: " in unshown.stderr
    assert "ThrottlingException" in unshown.stderr
    stack.sandbox.run("tamper", "jobs", "visibilityTimeoutSeconds=5", cwd=stack.place)
    for _ in range(2):  # the first look wrote nothing
        found = stack.deliver("drift", faults=refused)
        assert found.returncode == 3, found.stdout + found.stderr
        assert "visibilityTimeoutSeconds" in found.stdout


def test_a_plan_that_was_changed_on_its_way_is_refused(stack: Stack) -> None:
    stack.write(QUEUE)
    assert stack.deliver("plan").returncode == 0
    plan = stack.place.parent / "plan" / "plan.json"
    plan.write_text(plan.read_text().replace("60", "61"))
    assert "deliver: PLAN: plan.json is other than it was when it was made" in stack.deliver("apply").stderr
    assert "deliver: PLAN: it is for dev, not for prod" in stack.deliver("apply", "--stack", "prod").stderr


def test_a_stage_without_a_file_is_one_sentence(stack: Stack) -> None:
    stack.write(QUEUE)
    for doing in ("plan", "apply", "drift"):
        done = stack.deliver(doing, "--stack", "live")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "deliver: STAGE: there is no Pulumi.live.yaml in project; stages here: dev, prod\n"


def test_without_a_backend_nothing_runs(stack: Stack) -> None:
    stack.write(QUEUE)
    done = stack.deliver("plan", backend="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("deliver: PULUMI_BACKEND_URL is not set")
