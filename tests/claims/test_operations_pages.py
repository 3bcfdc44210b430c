"""What an operator reads in a bad hour is so: names, numbers, commands of the pages for it."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest
from botocore import xform_name  # pyright: ignore[reportUnknownVariableType]

from components.contract import Contract
from components.operations import recovery, toggles
from components.phases import PHASES, PhaseName
from docs.fulfilment import Facts, Row, complaints, facts, resources
from tests.unit.conftest import platforms

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("restore.md", "data-growth.md", "runbooks.md")}
DECISION = (DOCS / "adr" / "0026-toggles-locks-and-rehearsals.md").read_text(encoding="utf-8")
CLAIM = re.compile(r"`([a-z]+:[\w/]+:\w+ [\w-]+(?: (?:from|until|in) \w+)*)`")
# What every command of the AWS CLI takes, or that the CLI makes of a positional output file.
COMMON = {"query", "output", "region"}


def claims(page: str = "data-growth.md") -> list[str]:
    return CLAIM.findall(PAGES[page])


def about(row: Row) -> list[str]:
    there = facts()
    asked = Facts(
        requirements={"Page": {"K2": "the page"}},
        registered=there.registered,
        tests=there.tests,
        rules=there.rules,
        targets=there.targets,
    )
    return [wrong for _, wrong in complaints({"K2": row}, asked)]


def test_every_line_about_growth_names_a_resource_that_is_there_in_its_phases() -> None:
    lines = [line for line in PAGES["data-growth.md"].splitlines() if line.startswith("| ")]
    told = [line for line in lines if not re.match(r"\| (what|where) \|", line)]
    assert len(told) == len([line for line in told if CLAIM.search(line)]) == len(claims()) >= 20
    assert all(resources(claim) for claim in claims())
    assert about(Row(by=claims(), tests=["tests/claims/test_operations_pages.py"])) == []


def test_every_step_of_a_runbook_has_something_to_look_at() -> None:
    steps = [line for line in PAGES["runbooks.md"].splitlines() if re.match(r"\| \d \|", line)]
    assert [line for line in steps if not CLAIM.search(line)] == [
        line for line in steps if "status page" in line and "outside of this account" in line
    ]
    assert len(claims("runbooks.md")) >= 20
    assert about(Row(by=claims("runbooks.md"), tests=["tests/claims/test_operations_pages.py"])) == []


def test_a_line_whose_resource_is_gone_is_found() -> None:
    gone = [claim.replace("toggles-emergency", "toggles-panic") for claim in claims()]
    (wrong,) = about(Row(by=gone, tests=["tests/claims/test_operations_pages.py"]))
    assert "toggles-panic" in wrong


def test_each_output_that_the_pages_name_is_in_the_contract() -> None:
    named = set(re.findall(r"`((?:\w+_)+(?:endpoint|url|name|workgroup))`", PAGES["data-growth.md"]))
    named |= set(re.findall(r"<(?:\w+ of )?(toggles_\w+|key_arns)>", PAGES["data-growth.md"]))
    assert {"database_reader_endpoint", "database_endpoint", "toggles_application_id", "toggles_strategy_ids"} <= named
    assert named - set(Contract.__dataclass_fields__) == set()


@pytest.mark.parametrize("phase", PhaseName)
def test_hot_places_are_spread_as_the_page_says(phase: PhaseName) -> None:
    run = platforms()["prod", phase]
    assert run.named("sessions-table", "aws:dynamodb/table:Table")["billingMode"] == "PAY_PER_REQUEST"
    assert run.named("cache-group", "aws:elasticache/replicationGroup:ReplicationGroup")["clusterMode"] == "enabled"
    size = PHASES[phase].sizes.streaming
    streams = run.of_type("aws:kinesis/stream:Stream")
    assert [one["streamModeDetails"]["streamMode"] for one in streams] == (
        [] if size is None else ["ON_DEMAND" if size.shards is None else "PROVISIONED"]
    )


def commands(page: str) -> Iterator[list[str]]:
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["aws"]:
                yield words[1:]


def options_of(service: str, operation: str) -> set[str]:
    """What an operation takes, by the CLI's spelling; empty where there is none of this name."""
    model = cast("Any", botocore.session).get_session().get_service_model("s3" if service == "s3api" else service)
    for name in model.operation_names:
        if xform_name(name, "-") == operation:
            shape = model.operation_model(name).input_shape
            return {xform_name(member, "-") for member in shape.members}
    return set()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_of_the_cli_with_options_that_it_has(page: str) -> None:
    found = list(commands(PAGES[page]))
    assert len(found) >= 3
    for service, operation, *rest in found:
        if operation == "wait":
            waiters = cast("Any", botocore.session).get_session().get_waiter_model(service).waiter_names
            assert rest[0] in {xform_name(name, "-") for name in waiters}
            continue
        taken = options_of(service, operation)
        assert taken, f"aws {service} {operation} does not exist"
        used = {word[2:] for word in rest if word.startswith("--")} - COMMON
        assert used - taken == set(), f"aws {service} {operation}"


def test_the_commands_name_what_the_platform_makes() -> None:
    run = platforms()["prod", PhaseName.GLOBAL]
    real = {
        run.named("database-cluster", "aws:rds/cluster:Cluster")["clusterIdentifier"],
        run.named("sessions-table", "aws:dynamodb/table:Table")["name"],
        run.named("recovery-vault", "aws:backup/vault:Vault")["name"],
        run.named("recovery-rehearsal", "aws:backup/restoreTestingPlan:RestoreTestingPlan")["name"],
    }
    said = set(re.findall(r"startup[-_]platform[-_]<stage>[-_]\w+(?!-restored)\b", PAGES["restore.md"]))
    named = {one.replace("<stage>", "prod") for one in said} - {"startup-platform-prod-restored"}
    assert named == real


def test_the_numbers_on_the_pages_are_those_of_the_program() -> None:
    assert recovery.REHEARSAL_SCHEDULE == "cron(0 9 15 1,4,7,10 ? *)"
    assert "On the 15th of January, April, July and October at 09:00 in Korea" in PAGES["restore.md"]
    assert (recovery.EXAMINED_HOURS, "keeps it for four hours" in PAGES["restore.md"]) == (4, True)
    assert f"kept for less than {recovery.LOCKED_DAYS} days" in DECISION
    assert (recovery.KEPT_DAYS, "storage for thirteen weeks" in DECISION) == (13 * 7 + 1, True)
    assert (toggles.STAGED_MINUTES, toggles.STEP_PERCENT, toggles.BAKE_MINUTES) == (10, 20.0, 10)
    assert "a fifth more every two minutes and is watched ten minutes longer" in DECISION
