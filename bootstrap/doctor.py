"""Who is asking, and what stands in the way: read-only, and before anything else (REQ-E2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bootstrap.aws import Aws, unless
from bootstrap.connection import AVAILABLE, Connection, has_runner
from bootstrap.domain import Zone
from bootstrap.errors import BootstrapError, explained
from bootstrap.quotas import Quota, needed
from components.naming import runner_name
from components.settings import Settings

# AWS keeps these for documentation: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
DOCUMENTATION = ("111122223333", "444455556666", "777788889999", "123456789012")
PAGE = "docs/bootstrap.md"
_UNKNOWN = ("AccessDenied", "AccessDeniedException", "NoSuchResourceException", "UnknownOperationException")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One finding."""

    # bad: somebody has to change it; wrong: in the stage file, and before all else
    kind: Literal["good", "bad", "wrong", "unknown"]
    sentence: str


def identity(aws: Aws, settings: Settings) -> str:
    """Who is asking.

    Raises:
        BootstrapError: it is somebody of another account, or nobody.
    """
    with explained("who you are"):
        found: Any = aws.client("sts").get_caller_identity()
    if found["Account"] != settings.account_id:
        raise BootstrapError(
            f"Pulumi.{settings.stage}.yaml: startup-platform:account_id = {settings.account_id}, and you are "
            f"{found['Arn']} of {found['Account']}; log in to the stage's account, or put its number there"
        )
    return str(found["Arn"])


def examine(aws: Aws, settings: Settings, zone: Zone, connection: Connection | None) -> Iterator[Said]:
    """What an apply would not put right by itself; `connection` is that of a stage that has one, or needs one."""
    yield Said(kind="good", sentence=f"you are {identity(aws, settings)}, in the stage's account")
    numbers = settings.deployments
    if 1 in (numbers.owner_id, numbers.repository_id):
        yield Said(
            kind="wrong",
            sentence=f"Pulumi.{settings.stage}.yaml: startup-platform:deployments has a number that no repository of "
            "yours has; ask GitHub: gh api repos/OWNER/NAME --jq '.owner.id, .id'",
        )
    yield _delegation(zone)
    if connection:
        with explained("the connection to GitHub"):
            yield from _runner(aws, settings, connection)
    regions = [settings.region, settings.other_region][: settings.growth.regions]
    for region in regions:
        for quota in needed(settings.growth):
            yield _quota(aws, region, quota)


def _runner(aws: Aws, settings: Settings, connection: Connection) -> Iterator[Said]:
    """Whether what deploys reaches the stage's API: a connection, completed, and the runner that stands on it."""
    where, given, found = f"Pulumi.{settings.stage}.yaml: startup-platform:", connection.arn, connection.found()
    closed = settings.cluster.endpoint == "private" and settings.growth.sizes.cluster is not None
    if given is None:
        if closed:
            yield Said(
                kind="bad",
                sentence=f"{where}cluster.endpoint = private beside deployments.connection_arn = null: what "
                "deploys has to run inside the VPC, where a runner is made with a connection only; begin with public "
                f"and the one network that deploys ({PAGE})",
            )
    elif found is None or found.arn != given:
        yield Said(
            kind="bad",
            sentence=f"{where}deployments.connection_arn = {given} is no connection of this account, and an `up` would "
            "fail on it; give the one that is named below, once it is completed, and null until then",
        )
    elif found.status != AVAILABLE:
        yield Said(
            kind="bad",
            sentence=f"{where}deployments.connection_arn is {found.status}: an `up` would fail on it until you have "
            "completed it, as is said below",
        )
    else:
        yield Said(kind="good", sentence=f"the connection {given} to GitHub is {AVAILABLE}")
        if closed and not has_runner(aws, runner_name(settings.scope())):
            yield Said(
                kind="bad",
                sentence=f"{where}cluster.endpoint = private, and there is no runner {runner_name(settings.scope())} "
                f"yet: the `up` that makes it has to reach the API from outside, so begin with public ({PAGE})",
            )


def _delegation(zone: Zone) -> Said:
    with explained(f"DNS zone {zone.name}"):
        delegated = zone.is_delegated()
    if delegated is None:
        return Said(kind="unknown", sentence=f"{zone.name}: the public DNS does not answer from here")
    if delegated:
        return Said(kind="good", sentence=f"{zone.name} is delegated to the stage's zone")
    return Said(kind="bad", sentence=f"{zone.name} is not delegated to a zone of this account, as is said below")


def _quota(aws: Aws, region: str, quota: Quota) -> Said:
    client = aws.client("service-quotas", region)
    with explained(f"quotas of {region}"):
        found: Any = unless(
            lambda: client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code), *_UNKNOWN
        )
    about = f"{region}: {quota.name} ({quota.service} {quota.code})"
    if found is None:
        return Said(kind="unknown", sentence=f"{about}: could not be told; the stage takes {quota.needed}")
    value = int(found["Quota"]["Value"])
    if value >= quota.needed:
        return Said(kind="good", sentence=f"{about}: {value}, of which the stage takes {quota.needed}")
    return Said(
        kind="bad",
        sentence=f"{about}: {value}, and the stage takes {quota.needed}; ask for more: aws service-quotas "
        f"request-service-quota-increase --region {region} --service-code {quota.service} --quota-code {quota.code} "
        f"--desired-value {quota.needed}",
    )
