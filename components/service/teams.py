"""Teams, and what their services may cost together (REQ-N6, REQ-A2): `services/teams.yaml`. Pure.

A stack judges itself alone against its team: it must not fail because of a service that it knows nothing of. Whether a
team's services fit together is asked where all of them are known: `make services`, which a test asks too.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from components.service.spec import STAGES, Spec, SpecError
from components.strict import Strict

FILE = "teams.yaml"
WHERE = f"services/{FILE}"


class Team(Strict):
    """One team."""

    cost_center: Annotated[str, Field(pattern=r"^CC-\d{4}$", description="CC- and four digits, such as CC-2001")]
    contact: Annotated[str, Field(pattern=r"^\S+@\S+\.\S+$", description="an e-mail address")]
    budget_usd: Annotated[
        Mapping[str, Annotated[float, Field(gt=0)]],
        Field(description="dollars, above 0, that its services may cost a month, for each of dev, stg and prod"),
    ]


def read(services: Path) -> Mapping[str, Team]:
    """The teams of a folder of services; a repository that has no such file has no such rule.

    Raises:
        SpecError: the file is wrong.
    """
    try:
        given: Any = yaml.safe_load((services / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SpecError(f"{WHERE}{line}: not valid YAML ({getattr(problem, 'problem', problem)})") from None
    if not isinstance(given, dict):
        raise SpecError(f"{WHERE}: not a mapping of teams")
    return {str(name): _team(str(name), each) for name, each in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _team(name: str, given: object) -> Team:
    try:
        team = Team.model_validate(given)
    except ValidationError as error:
        (problem, *_) = error.errors()
        key = ".".join((name, *(str(part) for part in problem["loc"])))
        field = Team.model_fields.get(str((problem["loc"] or ("",))[0]))
        allowed = field.description if field else f"keys: {', '.join(Team.model_fields)}"
        raise SpecError(f"{WHERE}: {key} is missing or not allowed; give {allowed}") from None
    if set(team.budget_usd) != set(STAGES):
        raise SpecError(f"{WHERE}: {name}.budget_usd names {', '.join(team.budget_usd)}; give dev, stg and prod")
    return team


def refuse(spec: Spec, budget_usd: float, stage: str, teams: Mapping[str, Team]) -> None:
    """Say what its team does not allow.

    Raises:
        SpecError: there is no such team, the cost centre is another's, or one service costs more than all may.
    """
    if not teams:
        return
    where = f"services/{spec.name}/service.yaml"
    if spec.team not in teams:
        raise SpecError(f"{where}: team = {spec.team} is not in {WHERE}; there is: {', '.join(sorted(teams))}")
    team = teams[spec.team]
    if spec.cost_center != team.cost_center:
        raise SpecError(f"{where}: cost_center = {spec.cost_center} is not its team's; give {team.cost_center}")
    if budget_usd > team.budget_usd[stage]:
        raise SpecError(
            f"services/{spec.name}/Pulumi.{stage}.yaml: service:budget_usd = {budget_usd:g} is more than all services "
            f"of team {spec.team} may cost in {stage}; give at most {team.budget_usd[stage]:g} ({WHERE})"
        )


def overspent(budgets: Mapping[tuple[str, str, str], float], teams: Mapping[str, Team]) -> Iterator[str]:
    """Teams whose services together have more than they may, a sentence each; (team, stage, service) -> dollars."""
    for name, team in teams.items():
        for stage, allowed in team.budget_usd.items():
            parts = {service: usd for (of, at, service), usd in budgets.items() if (of, at) == (name, stage)}
            if (total := sum(parts.values())) > allowed:
                listed = ", ".join(f"{service} {usd:g}" for service, usd in sorted(parts.items()))
                yield (
                    f"{WHERE}: team {name}'s services have {total:g} dollars a month in {stage} and may have "
                    f"{allowed:g}: {listed}"
                )
