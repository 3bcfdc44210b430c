"""From where a stage is deployed: its runner, and how that reaches the Kubernetes API of each region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.foundation import addressing
from components.foundation.encryption import Encryption
from components.foundation.network import Network
from components.foundation.peering import End, Peering, PeeringArgs
from components.operations.runner import Runner, RunnerArgs
from components.platform.places import Place
from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class WayIn:
    """How the runner comes to the API of one region; there may be none, and no runner."""

    groups: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])  # who -> its group
    networks: Mapping[str, str] = field(default_factory=dict[str, str])  # who -> from which addresses
    after: Sequence[pulumi.Resource] = ()  # what makes the way


def has_runner(settings: Settings) -> bool:
    """Whether the stage is deployed from inside."""
    return settings.deployments.connection_arn is not None


def runner_of(
    settings: Settings, place: Place, network: Network, encryption: Encryption, opts: pulumi.ResourceOptions
) -> WayIn:
    """The runner, in the stage's own region; without one where GitHub's own machines deploy.

    Whether there is a cluster yet does not matter: a stage that has its runner before can have its first cluster with
    a private endpoint.
    """
    connection = settings.deployments.connection_arn
    if connection is None:
        return WayIn()
    runner = Runner(
        place.named("runner"),
        RunnerArgs(
            scope=place.scope,
            repository_url=settings.gitops.repository_url,
            connection_arn=connection,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            storage_key_arn=encryption.key_arns["storage"],
            logs_key_arn=encryption.key_arns["logs"],
            log_retention_days=settings.growth.sizes.network.flow_log_retention_days,
        ),
        # A job that starts before there is a way out never reaches GitHub.
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[network])),
    )
    return WayIn(groups={"runner": runner.security_group_id}, after=[runner])


def visitors(settings: Settings, first: Place) -> Mapping[str, str]:
    """Whose addresses a region that joins the first lets in: the runner's subnets, since no group is known there."""
    if not has_runner(settings):
        return {}
    cut = zip(first.network.zones, addressing.cut(first.network.cidr), strict=True)
    return {f"runner-{zone}": str(addresses.private) for zone, addresses in cut}


def crossing(
    settings: Settings,
    ends: Sequence[tuple[Place, Network]],
    *,
    opts: pulumi.ResourceOptions,
    over_there: pulumi.ResourceOptions,
) -> WayIn:
    """The way from the first region's runner into the second one; none where there is no runner."""
    if not has_runner(settings):
        return WayIn()
    here, there = (
        End(
            name=place.named("peering"),
            scope=place.scope,
            vpc_id=network.vpc_id,
            cidr=str(place.network.cidr),
            zones=place.network.zones,
            route_table_ids=network.private_route_table_ids,
        )
        for place, network in ends
    )
    peering = Peering("peering", PeeringArgs(here=here, there=there, over_there=over_there), opts)
    (first, _), _ = ends
    return WayIn(networks=visitors(settings, first), after=[peering])
