"""Who may own a service: the teams that ArgoCD knows, each with the cost centre that its services are on already."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from components.naming import PROJECT
from ops.errors import OpsError

PROJECTS = "k8s/projects"
_NO_TEAM = frozenset({"baseline", "kustomization"})


def teams(project: Path) -> list[str]:
    """Teams with a project and a namespace of their own."""
    return sorted({path.stem for path in (project / PROJECTS).glob("*.yaml")} - _NO_TEAM)


def known_team(project: Path, team: str) -> str:
    """The team, if there is one.

    Raises:
        OpsError: there is not; with those that there are.
    """
    there = teams(project)
    if team not in there:
        raise OpsError(
            f"TEAM = {team}: there is no such team; there is {', '.join(there)} (a new team: k8s/gitops/README.md)"
        )
    return team


def services(project: Path) -> Mapping[str, Mapping[str, Any]]:
    """What each service that is there says of itself, unchecked: name -> service.yaml."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted((project / "services").glob("*/service.yaml")):
        given: object = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(given, dict):
            found[path.parent.name] = cast("Mapping[str, Any]", given)
    return found


def cost_center(project: Path, team: str) -> str:
    """Of the team: the one that most of its services are on; of its first service, the platform's own."""
    there = [str(each["cost_center"]) for each in services(project).values() if each.get("team") == team]
    if there:
        return Counter(there).most_common(1)[0][0]
    given = yaml.safe_load((project / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    return str(given["config"][f"{PROJECT}:cost_center"])
