"""The connection to GitHub: made once, completed by a person, and what the doctor says until a runner stands on it.

moto knows nothing of CodeConnections, so botocore's stubs answer for it: they hold each call against AWS's own model.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from bootstrap import doctor, stage
from bootstrap.account import Account
from bootstrap.aws import Aws
from bootstrap.connection import Connection
from components.phases import PhaseName
from components.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
REGION = "ap-northeast-2"
OURS = f"arn:aws:codeconnections:{REGION}:777788889999:connection/0a1b2c3d-0000-4000-8000-000000000001"
OTHER = f"arn:aws:codeconnections:{REGION}:777788889999:connection/0a1b2c3d-0000-4000-8000-000000000002"
NAME = "startup-platform-prod"
WHERE = "Pulumi.prod.yaml: startup-platform:"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "777788889999")
    with mock_aws():
        yield


def nobody(_: str) -> None:
    """Nobody answers for the public DNS."""


def as_told(arn: str = OURS, status: str = "AVAILABLE", name: str = NAME) -> dict[str, Any]:
    return {"ConnectionArn": arn, "ConnectionName": name, "ConnectionStatus": status, "ProviderType": "GitHub"}


class Prod:
    """The account of prod, with a connection of the stage file's and what AWS says of connections."""

    def __init__(self, arn: str | None, *, endpoint: str = "private", phase: PhaseName = PhaseName.SCALEUP) -> None:
        self.aws = Aws.of(REGION)
        self.says: Any = Stubber(self.aws.client("codeconnections"))
        self.says.activate()
        self.account = Account(
            settings=_otherwise(stage.read("prod", ROOT), arn, endpoint, phase),
            aws=self.aws,
            project=ROOT,
            servers_of=nobody,
        )

    @property
    def connection(self) -> Connection:
        found = self.account.connection
        assert found is not None
        return found

    def is_there(self, *, status: str = "AVAILABLE", times: int = 1) -> None:
        """The one that the stage file names."""
        for _ in range(times):
            self.says.add_response("get_connection", {"Connection": as_told(status=status)}, {"ConnectionArn": OURS})

    def is_not_there(self) -> None:
        self.says.add_client_error(
            "get_connection", "ResourceNotFoundException", expected_params={"ConnectionArn": ANY}
        )

    def lists(self, *pages: list[dict[str, Any]]) -> None:
        for number, page in enumerate(pages):
            asked = {"ProviderTypeFilter": "GitHub"} | ({"NextToken": f"page-{number}"} if number else {})
            more = {"NextToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
            self.says.add_response("list_connections", {"Connections": page, **more}, asked)

    def said(self) -> list[tuple[str, str]]:
        """What the doctor says of it; all that was to be asked was asked."""
        examined = doctor.examine(self.aws, self.account.settings, self.account.zone, self.account.connection)
        found = [
            (each.kind, each.sentence)
            for each in examined
            if "connection" in each.sentence or "cluster.endpoint" in each.sentence
        ]
        self.says.assert_no_pending_responses()
        return found


def _otherwise(read: Settings, arn: str | None, endpoint: str, phase: PhaseName) -> Settings:
    cluster = read.cluster.model_copy(update={"endpoint": endpoint})
    deployments = read.deployments.model_copy(update={"connection_arn": arn})
    return read.model_copy(update={"cluster": cluster, "deployments": deployments, "phase": phase})


def project_made() -> None:
    """The runner, as an `up` leaves it."""
    made = cast("Any", boto3).client("codebuild", region_name=REGION)
    made.create_project(
        name="startup-platform-prod-runner",
        source={"type": "GITHUB", "location": "https://github.com/example/startup-platform.git"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "ARM_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_MEDIUM"},
        serviceRole="arn:aws:iam::777788889999:role/service-role/runner",
    )


@pytest.mark.usefixtures("cloud")
def test_it_is_made_pending_with_its_tags_and_a_person_is_told_where_to_complete_it() -> None:
    prod = Prod(None)
    prod.lists([as_told(OTHER, name="of-another-stage")])
    (lack,) = prod.connection.look()
    assert lack.say == "make it, pending until you complete it"
    asked = {"ProviderType": "GitHub", "ConnectionName": NAME, "Tags": ANY}
    prod.says.add_response("create_connection", {"ConnectionArn": OURS}, asked)
    lack.do()
    prod.lists([as_told(status="PENDING")])
    complete, write = prod.connection.ask()
    assert complete == (
        "complete the connection startup-platform-prod, which is PENDING: at "
        "https://ap-northeast-2.console.aws.amazon.com/codesuite/settings/connections?region=ap-northeast-2 choose it, "
        "Update pending connection, and install the AWS Connector for GitHub for example/startup-platform alone"
    )
    assert write.startswith(
        "write into Pulumi.prod.yaml, once it is completed: startup-platform:deployments.connection_arn: " + OURS
    )
    prod.says.assert_no_pending_responses()


@pytest.mark.usefixtures("cloud")
def test_one_that_is_completed_and_named_is_left_alone() -> None:
    prod = Prod(OURS)
    prod.is_there(times=2)
    assert prod.connection.look() == []
    assert prod.connection.ask() == []
    prod.says.assert_no_pending_responses()


@pytest.mark.usefixtures("cloud")
def test_an_earlier_runs_is_found_by_its_name_on_whatever_page_and_not_made_twice() -> None:
    prod = Prod(OTHER)
    prod.is_not_there()
    prod.lists([as_told(OTHER, name="of-another-stage")], [as_told()])
    assert prod.connection.look() == []
    prod.is_not_there()
    prod.lists([as_told()])
    (write,) = prod.connection.ask()
    assert write.startswith(
        f"write into Pulumi.prod.yaml, startup-platform:deployments.connection_arn: {OURS}; and run"
    )
    prod.says.assert_no_pending_responses()


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("arn", "endpoint", "phase", "wanted"),
    [
        (None, "public", PhaseName.SCALEUP, False),  # GitHub's own machines reach it
        (None, "private", PhaseName.MVP, True),  # there will be a cluster, and a runner before it
        (OURS, "public", PhaseName.SCALEUP, True),
    ],
)
def test_the_step_is_there_where_a_runner_is_or_will_have_to_be(
    arn: str | None, endpoint: str, phase: PhaseName, wanted: bool
) -> None:
    one = Prod(arn, endpoint=endpoint, phase=phase).account
    assert (f"connection {NAME}" in [step.title for step in one.steps()]) is wanted


@pytest.mark.usefixtures("cloud")
def test_a_private_api_without_a_connection_is_said_before_the_first_up_needs_it() -> None:
    prod = Prod(None)
    prod.lists([])
    ((kind, sentence),) = prod.said()
    assert kind == "bad"
    assert sentence.startswith(f"{WHERE}cluster.endpoint = private beside deployments.connection_arn = null: what")
    before = Prod(None, phase=PhaseName.MVP)  # no cluster yet, and so nothing that could not be reached
    before.lists([])
    assert before.said() == []


@pytest.mark.usefixtures("cloud")
def test_a_connection_that_an_up_would_fail_on_is_said() -> None:
    gone = Prod(OTHER)
    gone.is_not_there()
    gone.lists([])
    ((kind, sentence),) = gone.said()
    assert kind == "bad"
    assert sentence.startswith(f"{WHERE}deployments.connection_arn = {OTHER} is no connection of this account")
    pending = Prod(OURS)
    pending.is_there(status="PENDING")
    ((kind, sentence),) = pending.said()
    assert kind == "bad"
    assert sentence.startswith(f"{WHERE}deployments.connection_arn is PENDING: an `up` would fail on it until you have")


@pytest.mark.usefixtures("cloud")
def test_a_private_api_is_all_right_once_the_runner_is_there() -> None:
    early = Prod(OURS)
    early.is_there()
    (good, bad) = early.said()
    assert good == ("good", f"the connection {OURS} to GitHub is AVAILABLE")
    assert bad[0] == "bad"
    assert bad[1].startswith(
        f"{WHERE}cluster.endpoint = private, and there is no runner startup-platform-prod-runner yet"
    )
    project_made()
    late = Prod(OURS)
    late.is_there()
    assert late.said() == [good]
