"""What each service says of itself, and each of its stages (REQ-K3, REQ-N6)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.service import spec, teams
from components.service.spec import SpecError
from components.service.teams import Team
from ops.errors import OpsError


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One service."""

    name: str
    team: str
    contact: str
    kind: str
    exposure: str
    needs: tuple[str, ...]
    tags: Mapping[str, str]  # what its bill is found by
    availability_percent: float | None  # None: what the stage promises
    p95_ms: int | None
    budget_usd: Mapping[str, float]  # stage -> dollars a month
    state: str  # live, releasing or retired

    def as_json(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def listed(services: Path) -> list[Listed]:
    """All of a folder, by name.

    Raises:
        OpsError: a file is wrong, a team is unknown, or a team's services cost more than they may; all is said.
    """
    troubles: list[str] = []
    found: list[Listed] = []
    try:
        known = teams.read(services)
    except SpecError as problem:
        raise OpsError(str(problem)) from None
    for folder in sorted(path.parent for path in services.glob("*/Pulumi.yaml")):
        try:
            found.append(_one(folder, known))
        except SpecError as problem:
            troubles.append(str(problem))
    budgets = {(one.team, stage, one.name): usd for one in found for stage, usd in one.budget_usd.items()}
    troubles.extend(teams.overspent(budgets, known))
    if troubles:
        raise OpsError("\n".join(troubles))
    return found


def _one(folder: Path, known: Mapping[str, Team]) -> Listed:
    described = spec.read(folder)
    budgets = {stage: spec.stage_in(folder, stage).budget_usd for stage in spec.STAGES}
    for stage, usd in budgets.items():
        teams.refuse(described, usd, stage, known)
    own, team = described.slo, known.get(described.team)
    return Listed(
        name=described.name,
        team=described.team,
        contact=team.contact if team else "",
        kind=described.kind.value,
        exposure=described.exposure,
        needs=tuple(_needs(described)),
        tags={"Application": described.name, "Owner": described.team, "CostCenter": described.cost_center},
        availability_percent=own.availability_percent,
        p95_ms=own.p95_ms,
        budget_usd=budgets,
        state="retired" if described.retired else "releasing" if described.released else "live",
    )


def _needs(described: spec.Spec) -> list[str]:
    """Each with what it says, where it says more than that it is there."""
    needs = described.needs
    said = {"mysql": needs.mysql, "mysql_reads": ", ".join(needs.mysql_reads), "stream": needs.stream}
    secrets = ", ".join(needs.secret)
    return [
        f"secret ({secrets})" if name == "secret" else f"{name} ({said[name]})" if said.get(name) else name
        for name in needs.named
    ]
