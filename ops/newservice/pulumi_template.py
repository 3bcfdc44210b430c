"""templates/service, which `pulumi new` takes: the same source, answered with the words that Pulumi replaces.

Pulumi knows two of them, the name and the description, so all else is the most usual service: http, public, with no
need yet. Its service.yaml is the team's to change, and `make update-service` then brings the rest after it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.service.spec import Kind
from ops.newservice import stages, teams, template
from ops.newservice.wanted import BUDGET_USD, Wanted, spec_of

PLACE = "templates/service"
NAME, DESCRIPTION = "${PROJECT}", "${DESCRIPTION}"
_STANDS_IN = "new-service"  # a name that is one, for what is made of names
_OUTSIDE = ("workflow.yml",)  # is not the folder's: make update-service puts it where GitHub looks
_TEAM = "core"
_QUESTIONS: Mapping[str, str] = {
    "service:account_id": "The stage's AWS account: 12 digits",
    "service:region": "The region",
    "service:budget_usd": "Dollars that a month may cost",
}


def files(project: Path) -> dict[str, str]:
    """Each file's path below templates/service, and its text."""
    wanted = Wanted(
        name=_STANDS_IN, team=_TEAM, kind=Kind.HTTP, cost_center=teams.known_team(project, _TEAM).cost_center
    )
    spec, said = spec_of(wanted)
    there = stages.stages_of(spec, BUDGET_USD, project)
    answers = template.answers_of({**said, "name": NAME}, DESCRIPTION)
    made = template.rendered(project, answers, template.told(there))
    (first, *_) = there
    default = {"account_id": first.account_id, "region": first.region, "budget_usd": first.budget_usd}
    asked = {
        key: {"description": question, "default": default[key.partition(":")[2]]}
        for key, question in _QUESTIONS.items()
    }
    made["Pulumi.yaml"] += _dumped(
        {
            "template": {
                "displayName": "Service of the platform",
                "description": "A service as a stack: its identity, needs, release, alarms and budget",
                "quickstart": (
                    "Say in service.yaml whose it is, what it is and what it needs. Then, at the repository's top: "
                    "make update-service SERVICE=..., and make preview SERVICE=... STAGE=dev."
                ),
                "config": asked,
            }
        }
    )
    return {path: text for path, text in made.items() if path not in _OUTSIDE}


def write(project: Path) -> None:
    """Make the folder what the source says, and nothing beside."""
    wanted = files(project)
    place = project / PLACE
    for path in sorted(place.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(place).as_posix() not in wanted:
            path.unlink()
    for path, text in wanted.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")


def _dumped(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=110)
