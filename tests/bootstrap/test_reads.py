"""The roles of an account may ask AWS for what the provider asks when it reads what stands: bootstrap/reads.yaml."""

import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.iam.aws_managed_policies import aws_managed_policies_data
from policy_sentry.querying.actions import get_action_data  # pyright: ignore[reportMissingTypeStubs]

from bootstrap import documents, looking
from bootstrap.names import Names
from components.naming import Scope
from docs import sandbox_coverage
from ops.newservice.wanted import spec_of
from tests.unit.conftest import platform_of
from tests.unit.organization import organizations
from tests.unit.pairs import services
from tests.unit.recording import Recorded
from tests.unit.services import built, platform

READS: Mapping[str, Sequence[str]] = yaml.safe_load(
    (Path(__file__).parents[2] / "bootstrap" / "reads.yaml").read_text(encoding="utf-8")
)
ACTIONS = sorted({action for actions in READS.values() for action in actions})
NAMES = Names(scope=Scope(stage="prod", account_id="777788889999", region="ap-northeast-2"))
# What pulumi-eks' component makes, which mocks do not see; tests/engine previews it.
OF_THE_CLUSTER = ("eks/accessPolicyAssociation:AccessPolicyAssociation", "eks/cluster:Cluster")
OPENS = "kms:Decrypt"  # no reading to AWS's tables; what it opens is in the conditions of its statements


@cache
def registered() -> Sequence[Recorded]:
    """What has instances, what has everything else and a channel in Slack, and services with each of their needs."""
    slack = {"workspace_id": "T07EA123LEP", "channel_id": "C07EZ1ABC23"}
    contacts = json.dumps({"alarms": "duty@example.com", "slack": slack})
    return [
        platform_of("prod", phase="growth"),
        platform_of("prod", phase="ipo", contacts=contacts),
        *(built(spec_of(each)[0], platform("prod")) for each in services()),
    ]


def of_type(token: str) -> Sequence[Mapping[str, Any]]:
    """The inputs of all of a type."""
    return [one.inputs for run in registered() for one in run.of_type(f"aws:{token}")]


def types(runs: Iterable[Recorded]) -> set[str]:
    return {one.type.removeprefix("aws:") for run in runs for one in run.registrations if one.type.startswith("aws:")}


def statements(text: str) -> Sequence[Mapping[str, Any]]:
    return json.loads(text)["Statement"]


def matching(action: str, found: Iterable[Mapping[str, Any]], effect: str) -> list[Mapping[str, Any]]:
    """The statements of an effect that name an action."""
    return [
        each
        for each in found
        if each["Effect"] == effect and any(fnmatchcase(action.lower(), one.lower()) for one in listed(each["Action"]))
    ]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@cache
def seen() -> Sequence[Mapping[str, Any]]:
    """Statements of AWS's own policies that the preview role has, as moto's copy of them says."""
    policies = json.loads(aws_managed_policies_data)
    return [
        statement for arn in looking.SEES for statement in policies[arn.rpartition("/")[2]]["Document"]["Statement"]
    ]


def test_every_type_that_a_stage_or_a_service_registers_has_a_row_and_no_other() -> None:
    assert types(registered()) | set(OF_THE_CLUSTER) == set(READS)


def test_every_type_of_any_stage_and_phase_has_a_row() -> None:
    """The page of all types is made of each stage in each phase; the organisation is another account's."""
    page = sandbox_coverage.PAGE.read_text(encoding="utf-8")
    everywhere = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert len(everywhere) > 150
    assert everywhere - set(READS) <= types(organizations())


def test_what_a_read_asks_for_changes_nothing() -> None:
    for action in ACTIONS:
        service, name = action.split(":")
        levels = {row["access_level"] for row in get_action_data(service, name)[service]}
        assert levels <= {"Read", "List"} or action == OPENS, (action, levels)


@pytest.mark.parametrize("token", READS)
def test_the_role_that_looks_for_drift_reads_every_type(token: str) -> None:
    own = statements(looking.preview(NAMES))
    for action in READS[token]:
        assert matching(action, [*seen(), *own], "Allow"), f"{token}: {action} is not allowed"
        assert not matching(action, own, "Deny"), f"{token}: {action} is refused"


def test_the_role_that_looks_for_drift_is_given_what_it_lacks_and_no_more() -> None:
    lacking = {action for action in ACTIONS if not matching(action, seen(), "Allow")} - {OPENS}
    own = {
        action
        for each in statements(looking.preview(NAMES))
        if each["Sid"].startswith(("Refreshes", "ReadsParameters"))
        for action in each["Action"]
    }
    assert own == lacking


@pytest.mark.parametrize("token", READS)
def test_the_role_that_deploys_reads_every_type(token: str) -> None:
    own = statements(documents.deploy(NAMES, regions=["ap-northeast-2", "ap-southeast-1"], linked=[], connection=None))
    limit = statements(documents.boundary(NAMES))
    for action in READS[token]:
        assert matching(action, own, "Allow"), f"{token}: {action} is not allowed"
        assert not matching(action, limit, "Deny"), f"{token}: {action} is beyond the boundary"


def test_no_secret_has_a_value_that_a_read_would_open() -> None:
    versions = of_type("secretsmanager/secretVersion:SecretVersion")
    assert versions
    for inputs in versions:
        assert {"secretStringWo", "secretStringWoVersion"} <= inputs.keys()
        assert not {"secretString", "secretBinary"} & inputs.keys()


@pytest.mark.parametrize(
    ("action", "token", "resource"),
    [
        ("athena:GetNamedQuery", "athena/namedQuery:NamedQuery", "athena::workgroup/{workgroup}"),
        (
            "backup:GetRestoreTestingPlan",
            "backup/restoreTestingPlan:RestoreTestingPlan",
            "backup::restore-testing-plan:{name}-11111111-2222-3333-4444-555555555555",
        ),
        ("budgets:ViewBudget", "budgets/budget:Budget", "budgets:-:budget/{name}"),
        ("glue:GetCrawler", "glue/crawler:Crawler", "glue::crawler/{name}"),
        ("glue:GetDatabase", "glue/catalogDatabase:CatalogDatabase", "glue::database/{name}"),
        ("glue:GetPartitionIndexes", "glue/catalogTable:CatalogTable", "glue::table/{databaseName}/{name}"),
        ("kinesis:ListTagsForResource", "kinesis/stream:Stream", "kinesis::stream/{name}"),
        ("lambda:GetFunction", "lambda/function:Function", "lambda::function:{name}"),
        ("scheduler:GetSchedule", "scheduler/schedule:Schedule", "scheduler::schedule/default/{name}"),
        ("ssm:GetDocument", "ssm/document:Document", "ssm::document/{name}"),
        ("ssm:GetParameter", "ssm/parameter:Parameter", "ssm::parameter{name}"),
    ],
)
def test_what_is_allowed_by_name_is_what_things_are_called(action: str, token: str, resource: str) -> None:
    service, place, rest = resource.split(":", 2)
    region = "" if place == "-" else "ap-southeast-1"
    (statement,) = matching(action, statements(looking.preview(NAMES)), "Allow")
    arns = {NAMES.scope.arn(service, rest.format_map(inputs), region=region) for inputs in of_type(token)}
    assert arns
    for arn in arns:
        assert any(fnmatchcase(arn, pattern) for pattern in statement["Resource"]), arn
        elsewhere = arn.replace("prod", "dev")
        assert not any(fnmatchcase(elsewhere, pattern) for pattern in statement["Resource"]), elsewhere
