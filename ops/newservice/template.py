"""The template, rendered: a service's files by their path below its folder. Nothing is written where services are."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import copier

from ops.newservice.stages import Stage

SKELETON = "templates/skeleton"


def rendered(project: Path, answers: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Each file's path and text; `answers` are copier.yml's, `slo` beside them is service.yaml's."""
    data: dict[str, Any] = {"slo": {}, **answers, "stages": list(stages)}
    with tempfile.TemporaryDirectory(prefix="new-service-") as folder:
        copier.run_copy(str(project / SKELETON), folder, data=data, defaults=True, quiet=True)
        found = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def answers_of(said: Mapping[str, Any], description: str) -> dict[str, Any]:
    """The template's answers from what service.yaml says; of Pulumi.yaml is the description."""
    keys = ("name", "team", "cost_center", "classification", "kind", "exposure")
    return {
        **{key: said[key] for key in keys},
        "description": description,
        "needs": dict(said.get("needs", {})),
        "slo": dict(said.get("slo", {})),
    }


def told(stages: Sequence[Stage]) -> list[Mapping[str, Any]]:
    """Stages as the template takes them."""
    return [each.told() for each in stages]
