"""Who may own a service: a team of services/teams.yaml, on whose bill it then is, within what is left of its budget."""

from collections.abc import Mapping
from pathlib import Path

from components.service import spec as specs
from components.service import teams
from components.service.spec import STAGES, SpecError
from components.service.teams import Team
from ops.errors import OpsError


def known_team(project: Path, name: str) -> Team:
    """The team.

    Raises:
        OpsError: there is no such team; with those that there are.
    """
    there = teams.read(project / "services")
    if name not in there:
        raise OpsError(
            f"TEAM = {name}: there is no such team; there is {', '.join(sorted(there))} "
            f"({teams.WHERE} says who, k8s/gitops/README.md how a new one comes)"
        )
    return there[name]


def names(project: Path) -> list[str]:
    """All teams, by name."""
    return sorted(teams.read(project / "services"))


def within_budget(project: Path, team: str, budgets: Mapping[str, float]) -> None:
    """Whether a new service's budgets fit beside those of the team's other services.

    Raises:
        OpsError: they do not; with what is left in each stage.
    """
    allowed = teams.read(project / "services")[team].budget_usd
    troubles: list[str] = []
    for stage in STAGES:
        left = allowed[stage] - sum(_spent(project, team, stage))
        if budgets[stage] > left:
            troubles.append(
                f"BUDGET = {stage}:{budgets[stage]:g} is more than team {team} has left in {stage}; give at most "
                f"{max(left, 0):g}, or raise the team's in {teams.WHERE}"
            )
    if troubles:
        raise OpsError("\n".join(troubles))


def _spent(project: Path, team: str, stage: str) -> list[float]:
    """Dollars a month of each service of the team in a stage; one that cannot be read is its own preview's to say."""
    found: list[float] = []
    for place in sorted((project / "services").glob(f"*/Pulumi.{stage}.yaml")):
        try:
            if specs.read(place.parent).team == team:
                found.append(specs.stage_in(place.parent, stage).budget_usd)
        except SpecError:
            continue
    return found
