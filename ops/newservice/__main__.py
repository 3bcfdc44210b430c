"""`python -m ops.newservice new --name demo ...` makes a service, `update --service feed` brings one up to date.

`make new-service` and `make update-service` are the same. On a terminal it asks for what is missing; for a script each
answer is a flag. What would be written is shown before it is.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import questionary
import typer
import yaml
from rich.console import Console
from rich.table import Table

from components.service import spec as specs
from components.service.spec import FILE, Kind, Needs, SpecError
from ops.errors import OpsError
from ops.github import call
from ops.newservice import making, pulumi_template, stages, teams, template
from ops.newservice.making import Files
from ops.newservice.proposing import propose
from ops.newservice.wanted import BUDGET_USD, NAMED, Wanted, budgets_of, spec_of

ROOT = Path(__file__).resolve().parents[2]
app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
_SAY = Console(highlight=False, soft_wrap=True)
_PROJECT = typer.Option(help="the repository's folder")


@app.command()
def new(  # noqa: PLR0913, PLR0917 (each is a flag)
    name: Annotated[str, typer.Option(help="1 to 28 of a-z, 0-9 and -")] = "",
    team: Annotated[str, typer.Option(help="who owns it; services/teams.yaml has each")] = "",
    kind: Annotated[str, typer.Option(help=", ".join(Kind))] = "",
    needs: Annotated[str | None, typer.Option(help="mysql[:read], redis, queue, ... with commas between")] = None,
    exposure: Annotated[str, typer.Option(help="public or internal; default: what fits the kind")] = "",
    cost_center: Annotated[str, typer.Option(help="CC- and four digits; default: the team's")] = "",
    classification: Annotated[str, typer.Option(help="public, internal, confidential, restricted")] = "",
    description: Annotated[str, typer.Option(help="one line")] = "",
    budget: Annotated[str, typer.Option(help="dollars a month, such as dev:15,prod:200")] = "",
    availability: Annotated[
        float | None, typer.Option(help="percent of a month's requests; default: the stage's")
    ] = None,
    p95_ms: Annotated[int | None, typer.Option("--p95", help="ms; default: the stage's")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="write without asking")] = False,
    repository: Annotated[str, typer.Option(help="owner/name: propose it there, and write nothing here")] = "",
    project: Annotated[Path, _PROJECT] = ROOT,
) -> None:
    """Make a service, after everything about it has been checked."""
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not yes
    name = name or _asked_text(asks, "NAME", "Name of the service?")
    making.free_name(project, name)
    team = team or _asked_one(asks, "TEAM", "Whose is it?", teams.names(project))
    its = teams.known_team(project, team)
    kind = kind or _asked_one(asks, "KIND", "What is it to its callers?", [*Kind])
    if needs is None:
        needs = ",".join(_asked_some(asks, "What does it need?", kind))
    wanted = Wanted(
        name=name,
        team=team,
        kind=kind,
        needs=[each for each in needs.split(",") if each],
        cost_center=cost_center or its.cost_center,
        exposure=exposure or None,
        classification=classification or None,
        availability_percent=availability,
        p95_ms=p95_ms,
    )
    spec, said = spec_of(wanted)
    budgets = budgets_of(budget)
    there = stages.stages_of(spec, budgets, project)
    if spec.cost_center != its.cost_center:
        raise OpsError(f"COST_CENTER = {spec.cost_center} is not that of team {team}; give {its.cost_center}")
    teams.within_budget(project, team, budgets)
    answers = template.answers_of(said, description or f"{name}, a service of team {team}")
    files = making.of_new(project, spec, template.rendered(project, answers, template.told(there)))
    _show(files)
    if asks and not questionary.confirm(f"Write these {len(files.new)} files?").unsafe_ask():
        raise OpsError("nothing was written")
    if repository:
        _SAY.print(propose(repository, name, files, f"{answers['description']}\n", call))
        return
    files.write(project)
    for each in there:
        if spec.kind is not Kind.WEB and not each.has_room:
            _SAY.print(f"\nIt comes to {each.name} with phase growth: in phase {each.phase} there is no cluster.")
    (first, *_) = [each.name for each in there if each.has_room or spec.kind is Kind.WEB]
    _SAY.print(f"\nNext: make preview SERVICE={spec.name} STAGE={first}")


@app.command()
def update(
    service: Annotated[str, typer.Option(help="its folder below services/, or all")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only say what is other; exit code 1 if anything is")
    ] = False,
    project: Annotated[Path, _PROJECT] = ROOT,
) -> None:
    """Bring what the template owns of a service up to date; what is the team's own is left."""
    there = sorted(path.parent.name for path in (project / making.SERVICES).glob(f"*/{FILE}"))
    if service != "all" and service not in there:
        raise OpsError(f"SERVICE = {service}: there is no such service; there is {', '.join(there)}")
    other = 0
    for name in there if service == "all" else [service]:
        files = again(project, name)
        other += len(files.new) + len(files.changed)
        if files.new or files.changed:
            _show(files)
            if not dry_run:
                files.write(project)
    _SAY.print("nothing is other than the template makes it" if not other else f"{other} files; read git diff")
    raise SystemExit(1 if dry_run and other else 0)


@app.command(name="pulumi-template")
def write_pulumi_template(project: Annotated[Path, _PROJECT] = ROOT) -> None:
    """Make templates/service again, which `pulumi new` takes."""
    pulumi_template.write(project)


def again(project: Path, name: str) -> Files:
    """What the template makes of a service that is there."""
    folder = project / making.SERVICES / name
    spec = specs.read(folder)
    said = cast("Mapping[str, Any]", yaml.safe_load((folder / FILE).read_text(encoding="utf-8")))
    answers = template.answers_of(said, making.described(project, name))
    told = template.told(stages.stages_of(spec, BUDGET_USD, project))
    return making.of_update(project, spec, template.rendered(project, answers, told))


def _show(files: Files) -> None:
    table = Table("file", "lines", box=None, pad_edge=False)
    for path, text in sorted(files.new.items()):
        table.add_row(path, str(text.count("\n")))
    for path in files.changed:
        table.add_row(path, "changed")
    _SAY.print(table)


def _asked_text(asks: bool, flag: str, question: str) -> str:
    return str(questionary.text(question).unsafe_ask()) if asks else _missing(flag)


def _asked_one(asks: bool, flag: str, question: str, choices: Sequence[str]) -> str:
    return str(questionary.select(question, choices=list(choices)).unsafe_ask()) if asks else _missing(flag)


def _asked_some(asks: bool, question: str, kind: str) -> list[str]:
    if not asks or kind == Kind.WEB:
        return []
    return [
        str(each)
        for each in questionary.checkbox(
            question, choices=[each for each in Needs.model_fields if each not in NAMED]
        ).unsafe_ask()
    ]


def _missing(flag: str) -> NoReturn:
    raise OpsError(f"{flag} is missing, and nobody can be asked here, since this is no terminal; give {flag}=...")


def main() -> NoReturn:
    """Entry point; a user's mistake is a sentence on stderr and exit code 1."""
    try:
        app()
    except (OpsError, SpecError) as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing was written\n")
        raise SystemExit(130) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
