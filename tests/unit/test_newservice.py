"""A new service: what is made of a few words, what is refused before anything is written, how the template goes on."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml

from components.service import spec as specs
from components.service.spec import STAGES, SpecError
from ops.errors import OpsError
from ops.newservice.__main__ import again, update
from ops.newservice.template import answers_of, rendered
from ops.newservice.wanted import Wanted, budgets_of, needs_of, spec_of
from ops.ship import files
from tests.unit.newservice import ROOT, files_of, make, repository
from tests.unit.recording import Recorded
from tests.unit.services import built, platform

CHART = ROOT / "k8s" / "charts" / "service"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return repository(tmp_path)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_a_few_words_make_all_files_of_a_service_and_its_line_of_the_code_owners(here: Path) -> None:
    before = files_of(here)
    folder = make(here)
    made = {path.removeprefix("services/demo/") for path in files_of(here).keys() - before.keys()}
    stages = {f"Pulumi.{stage}.yaml" for stage in STAGES} | {f"deploy/{stage}.yaml" for stage in STAGES}
    answered = {".copier-answers.yml", "Pulumi.yaml", "__main__.py", "service.yaml"}
    pages = {"catalog-info.yaml", "runbook.md", "runbook-own.md"}
    assert made >= stages | answered | pages
    assert read(folder / "service.yaml") == {
        "name": "demo",
        "team": "growth",
        "cost_center": "CC-2003",
        "classification": "internal",
        "kind": "http",
        "exposure": "public",
        "needs": {"mysql": "write", "redis": True, "queue": True},
    }
    assert specs.read(folder).needs.named == ["mysql", "redis", "queue"]
    owners = (here / ".github" / "CODEOWNERS").read_text().splitlines()
    assert [line.split() for line in owners[1:3]] == [
        ["/services/", "@acme/core-team"],
        ["/services/demo/", "@acme/growth-team"],
    ]


def test_each_stages_account_region_and_network_are_those_of_the_platforms_own_file(here: Path) -> None:
    platform = here / "Pulumi.prod.yaml"
    platform.write_text(platform.read_text().replace("777788889999", "999900001111").replace("10.30.", "10.77."))
    folder = make(here, budget="prod:350")
    assert read(folder / "Pulumi.prod.yaml")["config"] == {
        "service:account_id": "999900001111",
        "service:region": "ap-northeast-2",
        "service:budget_usd": "350",
    }
    assert read(folder / "Pulumi.dev.yaml")["config"]["service:account_id"] == "111122223333"
    ways = read(folder / "deploy" / "prod.yaml")["network"]["to"]
    assert [way["cidr"] for way in ways if way["port"] == 3306] == [
        "10.77.240.0/22",
        "10.77.244.0/22",
        "10.77.248.0/22",
    ]
    assert {way["port"] for way in ways} == {3306, 6379}


@pytest.mark.parametrize("kind", ["http", "grpc", "worker", "websocket"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_values_for_argocd_are_such_as_the_chart_takes(here: Path, kind: str, stage: str) -> None:
    values = read(make(here, kind=kind, needs="queue") / "deploy" / f"{stage}.yaml")
    default = read(CHART / "values.yaml")
    schema = json.loads((CHART / "values.schema.json").read_text())
    checker = cast("Any", jsonschema).Draft7Validator(schema)
    assert list(checker.iter_errors(default | values)) == []
    assert values["image"]["tag"] == "0.0.0"
    if kind == "worker":
        assert values["scaling"]["queue"]["url"].endswith(f"/startup-platform-{stage}-demo-queue")


@pytest.mark.parametrize(("needs", "migrates"), [("mysql", True), ("mysql:read", False), ("queue", False)])
@pytest.mark.parametrize("kind", ["http", "worker"])
def test_who_writes_into_the_database_has_what_changes_its_tables_run_before_each_release(
    here: Path, kind: str, needs: str, migrates: bool
) -> None:
    folder = make(here, kind=kind, needs=f"{needs},redis,queue".replace("queue,redis,queue", "redis,queue"))
    command = ["python", "-m", "servicekit.migrate", "demo", "app/migrations"]
    for stage in STAGES:
        values = read(folder / "deploy" / f"{stage}.yaml")
        assert values.get("migration") == ({"command": command} if migrates else None)
    assert (folder / "app" / "migrations").exists() is migrates
    assert ("kubectl logs job/demo-migration --namespace growth" in (folder / "runbook.md").read_text()) is migrates


def test_a_front_end_has_nothing_for_the_cluster(here: Path) -> None:
    folder = make(here, name="shop", kind="web", needs="")
    assert not (folder / "deploy").exists()
    assert read(folder / "service.yaml")["classification"] == "public"
    assert set(files.read(folder / "app" / "site", "site")) == {"app.js", "index.html", "style.css"}  # may be shipped


@pytest.mark.parametrize(("kind", "way"), [("web", "site.yml"), ("http", "service.yml"), ("grpc", "service.yml")])
def test_what_is_merged_goes_to_the_first_stage_by_the_way_of_its_kind(here: Path, kind: str, way: str) -> None:
    make(here, kind=kind, needs="")
    workflow = read(here / ".github" / "workflows" / "service-demo.yml")
    (job,) = workflow["jobs"].values()
    assert job["uses"] == f"./.github/workflows/{way}"
    assert (job["with"]["service"], job["with"]["stage"]) == ("demo", "${{ inputs.stage || 'dev' }}")
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    on = workflow[True]  # YAML 1.1 reads `on` as that
    assert on["push"]["branches"] == ["main"]
    assert on["workflow_dispatch"]["inputs"]["stage"]["options"] == list(STAGES)
    takes = read(ROOT / ".github" / "workflows" / way)[True]["workflow_call"]["inputs"]
    assert job["with"].keys() <= takes.keys()
    assert {name for name, given in takes.items() if given.get("required")} <= job["with"].keys()


def alarms(recorded: Recorded) -> set[str]:
    types = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
    return {each.name for each in recorded.registrations if each.type in types}


@pytest.mark.parametrize(
    ("kind", "needs"),
    [("http", "mysql,redis,queue"), ("worker", "stream"), ("websocket", "redis"), ("worker", "queue"), ("web", "")],
)
def test_the_runbook_names_each_alarm_that_the_service_has_and_no_other(here: Path, kind: str, needs: str) -> None:
    folder = make(here, kind=kind, needs=needs)
    page = (folder / "runbook.md").read_text()
    made = alarms(built(specs.read(folder), platform("prod")))
    windows = {"hour", "five-minutes", "six-hours", "half-hour"}
    for alarm in made:
        title = alarm.removeprefix("demo-watching-")
        wanted = f"-{title}" if title in windows or title == "error-budget" else f"`{alarm}`"
        assert wanted in page, alarm
    named = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `demo-")}
    assert named <= made


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "Demo"}, 'make new-service: name = "Demo" is not allowed; give 1 to 28 of a-z, 0-9 and -'),
        ({"name": "a" * 29}, "is not allowed; give 1 to 28 of a-z, 0-9 and -"),
        ({"name": "platform"}, 'name = "platform" is reserved for the platform itself; give another name'),
        ({"team": "sales"}, "TEAM = sales: there is no such team; there is core, discovery, growth"),
        ({"kind": "rest"}, 'kind = "rest" is not allowed; give one of http, grpc, worker, websocket, web'),
        ({"needs": "mongo"}, "needs.mongo is no key; There is: mysql, "),
        ({"needs": "reddis"}, "did you mean redis?"),
        ({"needs": "redis,redis"}, "NEEDS = redis,redis names redis twice; give it once"),
        ({"needs": "mysql:admin"}, "NEEDS = mysql:admin is not allowed; give mysql or mysql:write or mysql:read"),
        ({"kind": "worker", "needs": ""}, "kind = worker has nothing to work on; give needs.queue = true"),
        ({"kind": "worker", "exposure": "public"}, "kind = worker has no route, so exposure = public contradicts it"),
        ({"kind": "web"}, "kind = web has no pod that could use needs.mysql"),
        ({"cost_center": "4711"}, 'cost_center = "4711" is not allowed; give CC- and four digits, such as CC-2001'),
        ({"cost_center": "CC-1001"}, "COST_CENTER = CC-1001 is not that of team growth; give CC-2003"),
        ({"budget": "dev:41"}, "BUDGET = dev:41 is more than team growth has left in dev; give at most 40, or raise"),
        ({"classification": "secret"}, 'classification = "secret" is not allowed; give the worst that it holds'),
        ({"budget": "dev:9999"}, "BUDGET = dev:9999 is more than the whole stage may spend; give at most 262.5"),
        ({"budget": "qa:5"}, "BUDGET = qa:5 is not allowed; give STAGE:DOLLARS, such as dev:15,prod:200"),
        ({"availability": 99.999}, "AVAILABILITY = 99.999 is above what the platform promises in each stage"),
        ({"p95_ms": 0}, "slo.p95_ms = 0 is not allowed; give ms, 1 to 60000"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(
    here: Path, given: Mapping[str, Any], sentence: str
) -> None:
    before = files_of(here)
    with pytest.raises((OpsError, SpecError)) as refused:
        make(here, **given)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert files_of(here) == before


def test_what_a_teams_other_services_may_cost_is_taken_off_what_a_new_one_may(here: Path) -> None:
    make(here, name="first")
    with pytest.raises(OpsError, match="BUDGET = dev:30 is more than team growth has left in dev; give at most 25"):
        make(here, name="second", budget="dev:30")
    assert (make(here, name="third", budget="dev:25") / "service.yaml").exists()


def test_a_stage_that_the_platform_has_no_file_for_is_named(here: Path) -> None:
    (here / "Pulumi.stg.yaml").unlink()
    with pytest.raises(OpsError, match=r"there is no stage 'stg': Pulumi\.stg\.yaml does not exist"):
        make(here)


def test_a_name_in_use_is_refused_and_what_is_there_stays(here: Path) -> None:
    make(here)
    before = files_of(here)
    with pytest.raises(OpsError, match="NAME = demo: services/demo is there already; give another name"):
        make(here, kind="grpc")
    assert files_of(here) == before


def test_without_a_terminal_what_is_missing_is_named_and_without_a_trace(here: Path) -> None:
    command = [sys.executable, "-m", "ops.newservice", "new", "--name", "demo", "--project", str(here)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 1
    assert done.stderr == "TEAM is missing, and nobody can be asked here, since this is no terminal; give TEAM=...\n"


def typed(terminal: int, said: bytes, wanted: str, keys: str) -> bytes:
    """What a terminal has said once it asks; then a person answers."""
    while wanted.encode() not in said:
        said += os.read(terminal, 4096)
    os.write(terminal, keys.encode())
    return said.partition(wanted.encode())[2]


def test_on_a_terminal_what_is_missing_is_asked_for_and_the_files_are_shown_before_they_are_written(here: Path) -> None:
    terminal, program = pty.openpty()
    command = [sys.executable, "-m", "ops.newservice", "new", "--name", "demo", "--project", str(here)]
    run = subprocess.Popen(command, cwd=ROOT, stdin=program, stdout=program, stderr=program)
    os.close(program)
    down = "\x1b[B"
    said = typed(terminal, b"", "Whose is it?", f"{down}{down}\r")
    said = typed(terminal, said, "What is it to its callers?", "\r")
    said = typed(terminal, said, "What does it need?", f"{down} \r")
    said = typed(terminal, said, "services/demo/service.yaml", "")
    assert not (here / "services" / "demo").exists()
    said = typed(terminal, said, "Write these", "y")
    typed(terminal, said, "Next: make preview SERVICE=demo STAGE=dev", "")
    assert run.wait(timeout=30) == 0
    os.close(terminal)
    made = read(here / "services" / "demo" / "service.yaml")
    assert (made["team"], made["kind"], made["needs"]) == ("growth", "http", {"redis": True})


def test_a_stage_without_a_cluster_is_told_and_one_that_has_it_is_previewed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = here / "Pulumi.dev.yaml"
    dev.write_text(dev.read_text().replace("startup-platform:phase: growth", "startup-platform:phase: mvp"))
    make(here)
    said = capsys.readouterr().out
    assert "It comes to dev with phase growth: in phase mvp there is no cluster." in said
    assert said.rstrip().endswith("Next: make preview SERVICE=demo STAGE=stg")


def test_where_no_stage_has_a_cluster_only_a_front_end_is_made(here: Path) -> None:
    for stage in STAGES:
        file = here / f"Pulumi.{stage}.yaml"
        file.write_text(re.sub("startup-platform:phase: .*", "startup-platform:phase: mvp", file.read_text()))
    before = files_of(here)
    with pytest.raises(OpsError, match="KIND = http runs in a cluster, and no stage has one in phase mvp"):
        make(here)
    assert files_of(here) == before
    assert (make(here, kind="web", needs="") / "service.yaml").exists()


def test_needs_are_few_words_with_what_else_there_is_after_a_colon() -> None:
    words = ("events:post.liked", "events:api/post.published", "events:api/post.", "queue", "table", "mysql:read")
    wanted = Wanted(name="demo", team="growth", kind="http", cost_center="CC-2001", needs=words)
    assert needs_of(wanted) == {
        "mysql": "read",
        "queue": True,
        "events": {
            "publishes": ["post.liked"],
            "subscribes": {
                "api-post-published": {"source": "api", "type": "post.published"},
                "api-post": {"source": "api", "type": "post."},
            },
        },
        "table": {"sort_key": False},
    }
    spec_of(wanted)


def test_a_secret_is_named_and_reaches_the_pod_as_a_variable_and_a_schema_that_is_read_is_named() -> None:
    wanted = Wanted(
        name="demo", team="core", kind="http", cost_center="CC-2001", needs=("secret:toss", "secret:sms-key")
    )
    assert needs_of(wanted) == {"secret": {"toss": {}, "sms-key": {}}}
    reads = Wanted(name="demo", team="core", kind="http", cost_center="CC-2001", needs=("mysql", "mysql-reads:api"))
    assert needs_of(reads) == {"mysql": "write", "mysql_reads": ["api"]}
    with pytest.raises(SpecError, match=r"NEEDS = secret has no name; give secret:NAME"):
        needs_of(Wanted(name="demo", team="core", kind="http", cost_center="CC-2001", needs=("secret",)))
    said = {"name": "demo", "team": "core", "cost_center": "CC-2001", "classification": "internal"}
    said |= {"kind": "http", "exposure": "public", "needs": needs_of(wanted)}
    stage: dict[str, Any] = {
        "name": "dev",
        "account_id": "1",
        "region": "r",
        "budget_usd": "1",
        "p95_ms": 200,
        "ports": {},
    }
    files = rendered(ROOT, answers_of(said, "d"), [stage | {"data_cidrs": [], "queue_url": ""}])
    assert yaml.safe_load(files["deploy/dev.yaml"])["secrets"] == {
        "TOSS_SECRET_KEY": "toss",
        "SMS_KEY_SECRET_KEY": "sms-key",
    }


def test_a_budget_that_is_not_said_is_the_small_one() -> None:
    assert budgets_of("prod:350") == {"dev": 15, "stg": 30, "prod": 350}


def test_what_was_made_just_now_is_as_the_template_makes_it(here: Path) -> None:
    make(here)
    files = again(here, "demo")
    assert (files.new, files.changed) == ({}, {})


def test_an_update_brings_back_what_the_template_owns_and_leaves_what_the_team_does(here: Path) -> None:
    folder = make(here)
    wished = files_of(here)
    own = folder / "deploy" / "prod.yaml"
    own.write_text(own.read_text().replace("max: 12", "max: 30"))
    (folder / "Pulumi.dev.yaml").write_text((folder / "Pulumi.dev.yaml").read_text().replace('"15"', '"20"'))
    (folder / "runbook-own.md").write_text("Call the bank first.\n")
    wished |= {path: text for path, text in files_of(here).items() if path.startswith("services/demo/")}
    (folder / "__main__.py").write_text("import pulumi\n")
    (folder / "catalog-info.yaml").unlink()
    (here / ".github" / "CODEOWNERS").write_text("/services/  @acme/core-team\n/services/demo/  @acme/core-team\n")
    with pytest.raises(SystemExit) as ended:
        update("all", project=here)
    assert ended.value.code == 0
    after = files_of(here)
    assert after.pop(".github/CODEOWNERS").decode().split()[2:] == ["/services/demo/", "@acme/growth-team"]
    assert after == {path: text for path, text in wished.items() if path != ".github/CODEOWNERS"}


def test_what_a_team_took_out_of_its_own_folders_stays_away_and_a_folder_that_it_never_had_is_brought(
    here: Path,
) -> None:
    folder = make(here)
    (folder / "deploy" / "prod.yaml").unlink()
    (folder / "app" / "main.py").unlink()
    assert again(here, "demo").new == {}
    shutil.rmtree(folder / "app")
    assert {path.removeprefix("services/demo/").split("/")[0] for path in again(here, "demo").new} == {"app"}


def test_a_need_that_the_team_adds_is_in_the_runbook_after_an_update(here: Path) -> None:
    folder = make(here, needs="redis")
    said = folder / "service.yaml"
    said.write_text(said.read_text() + "  queue: true\n")
    files = again(here, "demo")
    assert set(files.changed) == {
        f"services/demo/{each}" for each in (".copier-answers.yml", "catalog-info.yaml", "runbook.md")
    }
    assert "`demo-queue-failed`" in files.changed["services/demo/runbook.md"]
    assert '"queue": true' in files.changed["services/demo/.copier-answers.yml"]


def test_a_dry_run_of_an_update_writes_nothing_and_fails_if_anything_is_other(here: Path) -> None:
    folder = make(here)
    (folder / "__main__.py").write_text("import pulumi\n")
    before = files_of(here)
    with pytest.raises(SystemExit) as ended:
        update("demo", dry_run=True, project=here)
    assert ended.value.code == 1
    assert files_of(here) == before
