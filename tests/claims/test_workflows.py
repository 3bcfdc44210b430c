"""Whatever a workflow names is there: targets, paths, actions by their commit, variables of docs/ci.md's table."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import access
from bootstrap.names import environments
from components.foundation.registry import repository_name
from components.service import releasing
from ops.affected.stacks import projects
from sandbox import engine
from tests.unit.services import place

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
STAGES = ("dev", "stg", "prod")
DEFAULT_SESSION = 3600  # of aws-actions/configure-aws-credentials, in seconds
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# What `make` takes is spelled in capitals there.
TAKEN = set(re.findall(r"\$[({]([A-Z_]+)", (ROOT / "Makefile").read_text()))


def read(path: Path) -> dict[str, Any]:
    # BaseLoader, so that `on` stays a word.
    return yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 (makes text only)


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return read(path)["jobs"]


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(path).values():
        yield from job.get("steps", [])


def commands(path: Path) -> Iterator[str]:
    for step in steps(path):
        yield from (line.strip() for line in step.get("run", "").splitlines())


every = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


@every
def test_each_make_target_and_what_it_is_given_exists(path: Path) -> None:
    said = [line for line in commands(path) if line.startswith("make ")]
    named = {target for line in said for target in re.findall(r"^make ([a-z-]+)", line)}
    given = {name for line in said for name in re.findall(r"\b([A-Z]+)=", line)}
    assert named - TARGETS == set()
    assert given - TAKEN == set()


def test_a_target_that_a_matrix_names_exists() -> None:
    assert set(jobs(GITHUB / "workflows" / "nightly.yml")["heavy"]["strategy"]["matrix"]["target"]) <= TARGETS


@pytest.mark.parametrize("path", [*WORKFLOWS, GITHUB / "actions" / "set-up" / "action.yml"], ids=lambda path: path.name)
def test_each_action_is_one_commit_with_its_version_beside_it_or_ours(path: Path) -> None:
    used = re.findall(r"uses: (.+)$", path.read_text(), re.MULTILINE)
    assert used
    for each in used:
        if each.startswith("./"):
            place = ROOT / each
            assert place.is_file() or (place / "action.yml").is_file(), each
        else:
            assert PINNED.fullmatch(each), each


def test_one_action_has_one_commit_everywhere() -> None:
    texts = [path.read_text() for path in [*WORKFLOWS, *(GITHUB / "actions").rglob("*.yml")]]
    found = {
        (name, rest) for text in texts for name, rest in re.findall(r"uses: ([^.@\s]\S+)@(.+)$", text, re.MULTILINE)
    }
    assert len({name for name, _ in found}) == len(found)


@every
def test_each_variable_and_secret_stands_in_the_table_of_the_page(path: Path) -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    listed = set(re.findall(r"^\| `([A-Z_]+)` \| (?:variable|secret) \|", page, re.MULTILINE))
    named = set(re.findall(r"\b(?:vars|secrets)\.(\w+)", path.read_text()))
    assert named - listed == set()


def test_the_table_lists_nothing_that_nobody_reads() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    listed = set(re.findall(r"^\| `([A-Z_]+)` \| (?:variable|secret) \|", page, re.MULTILINE))
    assert listed
    assert listed == {name for path in WORKFLOWS for name in re.findall(r"\b(?:vars|secrets)\.(\w+)", path.read_text())}


@every
def test_nothing_is_permitted_that_a_job_does_not_ask_for(path: Path) -> None:
    assert read(path)["permissions"] == {}
    assert [name for name, job in jobs(path).items() if "permissions" not in job] == []
    may_write = {scope for job in jobs(path).values() for scope, how in job["permissions"].items() if how == "write"}
    assert may_write <= {"id-token", "security-events", "pull-requests", "issues", "contents"}


@every
def test_no_checkout_keeps_a_credential_and_no_job_runs_without_end(path: Path) -> None:
    kept = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in kept if step["with"]["persist-credentials"] != "false"] == []
    assert [name for name, job in jobs(path).items() if "uses" not in job and "timeout-minutes" not in job] == []


@every
def test_a_job_with_a_role_is_behind_an_environment_that_is_checked_in(path: Path) -> None:
    known = json.loads((GITHUB / "environments.json").read_text())
    for name, job in jobs(path).items():
        if job["permissions"].get("id-token") == "write" and "uses" not in job:
            environment = job["environment"] if isinstance(job["environment"], str) else job["environment"]["name"]
            named = environment.replace("${{ inputs.service }}", "{service}")
            assert {re.sub(r"\$\{\{ .*? \}\}", stage, named) for stage in STAGES} <= set(known), name


def test_a_service_is_pushed_to_its_own_repository_by_its_own_role_and_tried_by_its_own_script() -> None:
    service = jobs(GITHUB / "workflows" / "service.yml")
    here = place({})
    own = {"inputs.service": here.spec.name, "inputs.stage": here.scope.stage}

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: own.get(found[1], found[0]), text)

    assert filled(service["image"]["environment"]) == releasing.environment(here)
    (login,) = [step for step in service["image"]["steps"] if "role-to-assume" in step.get("with", {})]
    assert login["with"]["role-to-assume"] == "${{ vars.AWS_RELEASE_ROLE_ARN }}"
    (push,) = [step for step in service["image"]["steps"] if step.get("with", {}).get("push") == "true"]
    repository = filled(push["with"]["tags"]).partition("/")[2].rpartition(":")[0]
    assert repository == repository_name(here.scope, here.spec.name)
    tried = service["smoke"]["steps"][-1]
    assert tried["run"] == 'make smoke SERVICE="$SERVICE" ADDRESS="$ADDRESS"'
    assert service["smoke"]["env"]["ADDRESS"] == "${{ inputs.smoke }}"
    (script,) = set(re.findall(r"services/\$\(SERVICE\)/(\S+\.js)", (ROOT / "Makefile").read_text()))
    look = service["source"]["steps"][-1]["run"]
    assert f'[ ! -f {script} ] || echo "smoke=there"' in look
    assert service["smoke"]["if"] == "inputs.smoke != '' && needs.source.outputs.smoke != ''"
    # What the template's scripts ask for is what make hands on, or what a person may set beside it.
    template = [path.read_text() for path in (ROOT / "templates").glob("**/smoke.js*")]
    assert {name for text in template for name in re.findall(r"__ENV\.(\w+)", text)} <= {"ADDRESS", "TOKEN", "PROTOS"}


def test_a_front_end_is_shipped_by_its_own_role_in_a_job_that_runs_nothing_of_it() -> None:
    site = jobs(GITHUB / "workflows" / "site.yml")
    here = place({}, kind="web", classification="public")
    own = {"inputs.service": here.spec.name, "inputs.stage": here.scope.stage}
    filled = re.sub(r"\$\{\{ (.*?) \}\}", lambda found: own[found[1]], site["ship"]["environment"])
    assert filled == releasing.environment(here)
    (login,) = [step for step in site["ship"]["steps"] if "role-to-assume" in step.get("with", {})]
    assert login["with"]["role-to-assume"] == "${{ vars.AWS_RELEASE_ROLE_ARN }}"
    assert site["files"]["permissions"] == {"contents": "read"}  # a package that is built could ask for a token
    assert "environment" not in site["files"]
    assert [step["run"] for step in site["ship"]["steps"] if "run" in step] == [
        'make ship SERVICE="$SERVICE" STAGE="$STAGE" IN=site DO=yes'
    ]
    (up,) = [step["with"] for step in site["files"]["steps"] if "upload-artifact" in step.get("uses", "")]
    (down,) = [step["with"] for step in site["ship"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert (up["name"], down["path"], up["include-hidden-files"]) == (down["name"], "site", "true")


def test_a_front_ends_files_are_a_frameworks_export_or_the_folder_as_it_is(tmp_path: Path) -> None:
    (look,) = [step for step in jobs(GITHUB / "workflows" / "site.yml")["files"]["steps"] if step.get("id") == "look"]
    output = tmp_path / "output"
    for names, expected in (((), "made=site\n"), (("package.json",), "made=out\n")):
        for name in names:
            (tmp_path / name).write_text("{}")
        output.write_text("")
        environment = {"PATH": "/usr/bin:/bin", "APP": str(tmp_path), "GITHUB_OUTPUT": str(output)}
        subprocess.run(["bash", "-e", "-c", look["run"]], env=environment, check=True)
        assert output.read_text() == expected


def test_an_image_is_built_where_its_dockerfile_says(tmp_path: Path) -> None:
    service = jobs(GITHUB / "workflows" / "service.yml")
    builds = [step["with"] for step in service["image"]["steps"] if "build-push-action" in step.get("uses", "")]
    assert [(each["context"], each["file"]) for each in builds] == [
        (".", "services/${{ inputs.service }}/app/Dockerfile")
    ] * 2
    look = service["source"]["steps"][-1]["run"]
    app, output = tmp_path / "services" / "feed" / "app", tmp_path / "output"
    for files, expected in (((), ""), (("Dockerfile",), "dockerfile=there\n")):
        app.mkdir(parents=True, exist_ok=True)
        for name in files:
            (app / name).write_text("")
        output.write_text("")
        done = subprocess.run(
            ["bash", "-e", "-c", look],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "SERVICE": "feed", "GITHUB_OUTPUT": str(output)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert output.read_text() == expected
        assert "::notice::services/feed has no app/load/smoke.js, nothing is tried" in done.stdout


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["SERVICE=nobody", "ADDRESS=https://dev.example.com"], "there is no services/nobody/app/load/smoke.js"),
        (["SERVICE=feed"], "name where it runs, such as https://dev.example.com"),
        (["SERVICE=feed", "ADDRESS=https://dev.example.com"], ""),
    ],
)
def test_a_service_is_tried_by_hand_as_the_workflow_does(tmp_path: Path, given: list[str], says: str) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    script = tmp_path / "services" / "feed" / "app" / "load" / "smoke.js"
    script.parent.mkdir(parents=True)
    script.write_text("")
    k6 = tmp_path / "bin" / "k6"
    k6.parent.mkdir()
    k6.write_text('#!/bin/sh\necho "$@"\n')
    k6.chmod(0o755)
    path = f"{k6.parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["make", "smoke", *given], cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True, check=False
    )
    if says:
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr
    else:
        assert done.stdout == "run --env ADDRESS=https://dev.example.com services/feed/app/load/smoke.js\n"


def test_a_job_runs_in_the_environment_that_the_account_trusts_and_no_longer_than_it_lets() -> None:
    seconds = {"preview": access.SESSION_SECONDS, "deploy": access.DEPLOY_SECONDS}
    seen: set[str] = set()
    for path in WORKFLOWS:
        for job in jobs(path).values():
            for step in job.get("steps", []):
                given = step.get("with", {})
                (role,) = re.findall(r"vars\.AWS_(\w+)_ROLE_ARN", given.get("role-to-assume", "")) or [""]
                if role.lower() not in seconds:
                    continue
                seen.add(role.lower())
                named = job["environment"] if isinstance(job["environment"], str) else job["environment"]["name"]
                for stage in STAGES:
                    assert re.sub(r"\$\{\{ .*? \}\}", stage, named) == environments(stage)[role.lower()], path.name
                assert int(given.get("role-duration-seconds", DEFAULT_SESSION)) <= seconds[role.lower()]
    assert seen == set(seconds)
    known = json.loads((GITHUB / "environments.json").read_text())
    assert {name for stage in STAGES for name in environments(stage).values()} <= set(known)


def test_no_job_of_a_pull_request_writes_or_deploys() -> None:
    mine = jobs(GITHUB / "workflows" / "pull-request.yml")
    for job in mine.values():
        assert {scope for scope, how in job["permissions"].items() if how == "write"} <= {"security-events", "id-token"}
    assert [name for name, job in mine.items() if job["permissions"].get("id-token") == "write"] == ["preview"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in mine["preview"]["if"]
    assert "make apply" not in (GITHUB / "workflows" / "pull-request.yml").read_text()


def test_only_stacks_in_whose_account_there_is_a_role_are_previewed_for_real() -> None:
    mine = jobs(GITHUB / "workflows" / "pull-request.yml")
    assert mine["preview"]["strategy"]["matrix"] == {"stack": "${{ fromJSON(needs.affected.outputs.real) }}"}
    assert mine["difference"]["strategy"]["matrix"] == {"stack": "${{ fromJSON(needs.affected.outputs.stacks) }}"}
    known = json.loads((GITHUB / "environments.json").read_text())
    (platform, *_) = projects(ROOT)
    assert {f"preview-{stage}" for stage in platform.stages} <= set(known)


def test_what_is_required_is_what_jobs_are_called() -> None:
    (checks,) = [
        rule["parameters"]["required_status_checks"]
        for rule in json.loads((GITHUB / "ruleset.json").read_text())["rules"]
        if rule["type"] == "required_status_checks"
    ]
    called: set[str] = set()
    for path in WORKFLOWS:
        if "pull_request" in read(path)["on"]:
            for job in jobs(path).values():
                languages = job.get("strategy", {}).get("matrix", {}).get("language")
                called |= {f"{job['name']} ({each})" for each in languages} if languages else {job["name"]}
    assert {each["context"] for each in checks} <= called
    everything = jobs(GITHUB / "workflows" / "pull-request.yml")
    assert "settings-check" in everything["settings"]["steps"][-1]["run"]  # a gate that was taken away stops what lands
    assert set(everything["ready"]["needs"]) == everything.keys() - {"ready"}


def test_each_stage_is_delivered_after_the_one_before_it_and_alone() -> None:
    delivery = jobs(GITHUB / "workflows" / "delivery.yml")
    (platform, *_) = projects(ROOT)
    assert set(delivery) == {"services", *(f"{stage}{of}" for stage in platform.stages for of in ("", "-services"))}
    assert [(name, job.get("needs")) for name, job in delivery.items() if name != "services"] == [
        ("dev", None),
        ("dev-services", ["dev", "services"]),
        ("stg", "dev-services"),
        ("stg-services", ["stg", "services"]),
        ("prod", "stg-services"),
        ("prod-services", ["prod", "services"]),
    ]
    for stage in platform.stages:
        assert delivery[stage]["with"]["stage"] == delivery[f"{stage}-services"]["with"]["stage"] == stage
        assert delivery[stage]["concurrency"] == {"group": f"stack-{stage}", "cancel-in-progress": "false"}
        services = delivery[f"{stage}-services"]
        assert services["concurrency"]["group"] == f"stack-{stage}-${{{{ matrix.service.name }}}}"
        assert services["with"]["project"] == "${{ matrix.service.project }}"
        assert services["strategy"]["matrix"] == {"service": "${{ fromJSON(needs.services.outputs.every) }}"}


def test_what_is_applied_is_what_was_planned_behind_the_stages_own_gate() -> None:
    stage = jobs(GITHUB / "workflows" / "stage.yml")
    assert stage["apply"]["if"] == "needs.plan.outputs.steps != '0'"
    assert stage["plan"]["outputs"] == {"steps": "${{ steps.plan.outputs.steps }}"}
    assert stage["apply"]["needs"] == "plan"
    assert stage["apply"]["environment"] == "${{ inputs.stage }}"
    uploaded = [step["with"]["name"] for step in stage["plan"]["steps"] if "upload-artifact" in step.get("uses", "")]
    taken = [step["with"]["name"] for step in stage["apply"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert uploaded == taken != []


def test_ci_installs_the_engine_that_the_sandbox_knows() -> None:
    found = {version for path in WORKFLOWS for version in re.findall(r"pulumi-version: (\S+)", path.read_text())}
    assert found == {engine.VERSION}


def test_only_the_platforms_plan_its_apply_and_drift_wait_for_a_stages_own_runner() -> None:
    delivery, nightly = (jobs(GITHUB / "workflows" / f"{name}.yml") for name in ("delivery", "nightly"))
    for stage in STAGES:
        assert delivery[stage]["with"]["runner"] == f"${{{{ vars.RUNNER_{stage.upper()} }}}}"
        assert "runner" not in delivery[f"{stage}-services"]["with"]  # ADR 0034: they reach nothing in the VPC
    assert nightly["drift"]["strategy"]["matrix"]["include"] == [
        {"stage": stage, "runner": f"${{{{ vars.RUNNER_{stage.upper()} }}}}"} for stage in STAGES
    ]
    # The label that CodeBuild knows a job of a project by; a variable that is empty leaves the job to GitHub.
    label = "format('codebuild-{0}-{1}-{2}', %s, github.run_id, github.run_attempt)"
    waits = {
        (path.name, name): job["runs-on"]
        for path in WORKFLOWS
        for name, job in jobs(path).items()
        if "codebuild" in job.get("runs-on", "")
    }
    assert waits == {
        (file, job): f"${{{{ {whose} && {label % whose} || 'ubuntu-24.04' }}}}"
        for file, job, whose in (
            ("stage.yml", "plan", "inputs.runner"),
            ("stage.yml", "apply", "inputs.runner"),
            ("nightly.yml", "drift", "matrix.runner"),
        )
    }
