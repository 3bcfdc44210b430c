"""The connection by which CodeBuild hears of GitHub's jobs, for a stage that has a runner in its VPC (REQ-S13, REQ-Y1).

It is made pending, and nothing but a person in the console lets AWS into GitHub: that handshake has no API. So it is
the account's, and not of the stack, whose `up` would fail on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.aws import Aws, as_tags, unless
from bootstrap.names import Names
from bootstrap.plan import Lack, Step
from components.naming import Scope
from components.repository import Repository

PROVIDER = "GitHub"
AVAILABLE = "AVAILABLE"
_SERVICE = "codeconnections"
_GONE = "ResourceNotFoundException"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A connection that is there."""

    arn: str
    status: str  # PENDING, AVAILABLE or ERROR


@dataclass(frozen=True, kw_only=True)
class Connection:
    """The connection of a stage."""

    aws: Aws
    names: Names
    arn: str | None  # as the stage file has it
    repository: Repository
    tags: Mapping[str, str]

    def step(self) -> Step:
        """The connection as it should be."""
        return Step(
            title=f"connection {self.names.connection}",
            look=self.look,
            undo="connection_arn: null and an `up` first, so that nothing uses it; then aws codeconnections "
            "delete-connection --connection-arn ARN",
            ask=self.ask,
        )

    def found(self) -> Found | None:
        """The one that the stage file names, else the one that has the name."""
        if self.arn is not None:
            client = self.aws.client(_SERVICE, self.arn.split(":")[3])  # CodeBuild takes one of another region too
            named = unless(lambda: client.get_connection(ConnectionArn=self.arn), _GONE)
            if named is not None:
                return _as_found(named["Connection"])
        return next((_as_found(each) for each in self._all() if each["ConnectionName"] == self.names.connection), None)

    def look(self) -> Sequence[Lack]:
        """Whether there is none."""
        return [] if self.found() else [Lack(say="make it, pending until you complete it", do=self._make)]

    def ask(self) -> Sequence[str]:
        """What is left to a person: GitHub's word, and the stage file."""
        found = self.found()
        if found is None:
            return []
        asked: list[str] = []
        scope, pending = self.names.scope, found.status != AVAILABLE
        if pending:
            asked.append(
                f"complete the connection {self.names.connection}, which is {found.status}: at {console(scope)} "
                "choose it, Update pending connection, and install the AWS Connector for GitHub for "
                f"{self.repository.owner}/{self.repository.name} alone"
            )
        if found.arn != self.arn:
            asked.append(
                f"write into Pulumi.{scope.stage}.yaml, {'once it is completed: ' * pending}"
                f"startup-platform:deployments.connection_arn: {found.arn}; and run this again, so that the role "
                "deploy may hand it to CodeBuild"
            )
        return asked

    def _all(self) -> Iterator[Mapping[str, Any]]:
        """Page by page: boto3 has no paginator of them."""
        client: Any = self.aws.client(_SERVICE)
        page = client.list_connections(ProviderTypeFilter=PROVIDER)
        yield from page["Connections"]
        while page.get("NextToken"):
            page = client.list_connections(ProviderTypeFilter=PROVIDER, NextToken=page["NextToken"])
            yield from page["Connections"]

    def _make(self) -> None:
        self.aws.client(_SERVICE).create_connection(
            ProviderType=PROVIDER, ConnectionName=self.names.connection, Tags=as_tags(dict(self.tags))
        )


def console(scope: Scope) -> str:
    """Where a person completes it."""
    return f"https://{scope.region}.console.aws.amazon.com/codesuite/settings/connections?region={scope.region}"


def has_runner(aws: Aws, project_name: str) -> bool:
    """Whether an `up` has made the runner."""
    return bool(aws.client("codebuild").batch_get_projects(names=[project_name])["projects"])


def _as_found(told: Mapping[str, Any]) -> Found:
    return Found(arn=told["ConnectionArn"], status=told["ConnectionStatus"])
