"""`python -m ops.services`: all services with owner, needs, tags, promises and budgets; `make services` is the same."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml
from rich.console import Console
from rich.table import Table

from components.naming import PROJECT, Scope
from components.service.spec import STAGES
from ops.errors import OpsError
from ops.services.listing import Listed, listed
from ops.services.operator import manifests, stacks
from sandbox.launch import ROOT


def table(services: Sequence[Listed]) -> Table:
    """For a person to read."""
    shown = Table("service", "team", "kind", "needs", "tag CostCenter", "SLO", "budget (USD a month)")
    for one in services:
        name = one.name if one.state == "live" else f"{one.name} ({one.state})"
        availability = "stage's" if one.availability_percent is None else f"{one.availability_percent:g} %"
        p95 = "" if one.p95_ms is None else f", p95 {one.p95_ms} ms"
        budgets = " ".join(f"{stage} {usd:g}" for stage, usd in one.budget_usd.items())
        kind = f"{one.kind}, {one.exposure}"
        shown.add_row(name, one.team, kind, ", ".join(one.needs), one.tags["CostCenter"], availability + p95, budgets)
    return shown


def _platform(stage: str, services: Path) -> tuple[Scope, str, str]:
    """Where the stage is, and the repository and branch that ArgoCD follows there, which the operator follows too."""
    settings: dict[str, Any] = yaml.safe_load((services.parent / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8"))
    config = {key.removeprefix(f"{PROJECT}:"): value for key, value in settings["config"].items()}
    scope = Scope(stage=stage, account_id=config["account_id"], region=config["region"])
    return scope, config["gitops"]["repository_url"], config["gitops"]["revision"]


def run(arguments: Sequence[str]) -> None:
    """List them.

    Raises:
        OpsError: a service or the teams' file is wrong, or a team spends more than it may.
    """
    parser = argparse.ArgumentParser(prog="ops.services", description="all services at a glance")
    parser.add_argument("--format", choices=("table", "json", "stacks"), default="table")
    parser.add_argument("--stage", choices=STAGES, default="dev", help="of --format stacks, for the operator")
    parser.add_argument("--services", type=Path, default=ROOT / "services", help="the folder of services")
    given = parser.parse_args(arguments)
    found = listed(given.services)
    if given.format == "json":
        sys.stdout.write(json.dumps([one.as_json() for one in found], indent=2) + "\n")
        return
    if given.format == "stacks":
        scope, repository, branch = _platform(given.stage, given.services)
        sys.stdout.write(manifests(stacks(found, scope, repository=repository, branch=branch)))
        return
    # As wide as it has to be where nobody looks at a terminal.
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table(found))


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"services: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
