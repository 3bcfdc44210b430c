"""The app of a service, as templates/skeleton/app makes it: names and files by Jinja, as Copier has it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "templates" / "skeleton" / "app"
SUFFIX = ".jinja"


def answers(name: str, kind: str, needs: Mapping[str, Any]) -> dict[str, Any]:
    """What Copier would have been answered."""
    return {
        "name": name,
        "team": "growth",
        "cost_center": "CC-2001",
        "classification": "confidential",
        "kind": kind,
        "exposure": "internal" if kind in {"worker", "grpc"} else "public",
        "description": f"What {name} is for.",
        "needs": dict(needs),
        "slo": {},
    }


def render(project: Path, given: Mapping[str, Any]) -> Path:
    """services/NAME of a project: app/ and service.yaml; the folder."""
    folder = project / "services" / given["name"]
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 -- no HTML of strangers
    for source in sorted(TEMPLATE.rglob("*")):
        parts = [environment.from_string(part).render(given) for part in source.relative_to(TEMPLATE).parts]
        parts[-1] = parts[-1].removesuffix(SUFFIX)
        if not source.is_file() or not all(parts):
            continue
        target = folder.joinpath("app", *parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        said = source.read_text(encoding="utf-8")
        if source.suffix == SUFFIX:
            said = environment.from_string(said).render(given)
        target.write_text(said, encoding="utf-8")
    described = {key: given[key] for key in ("name", "team", "cost_center", "classification", "kind", "exposure")}
    (folder / "service.yaml").write_text(yaml.safe_dump({**described, "needs": given["needs"]}), encoding="utf-8")
    return folder


def own_tests(project: Path, *services: str) -> subprocess.CompletedProcess[str]:
    """The own tests of services of a project, or of `SERVICE/app/tests/FILE`: in one process, to import all once."""
    # What this process has of AWS, xdist and the sandbox is not the services'.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    places = [service if "/" in service else f"{service}/app/tests" for service in services]
    return subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-o", "consider_namespace_packages=true"),  # else all are called app.tests, which is one
            *[f"services/{place}" for place in places],
        ],
        cwd=project,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
