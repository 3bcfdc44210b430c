"""A repository small enough to make services in: what ops/newservice reads, and nothing else."""

import shutil
from pathlib import Path
from typing import Any

from ops.newservice.__main__ import new

ROOT = Path(__file__).resolve().parents[2]
_READ = ("k8s/projects", "templates/skeleton", "components/service")
_FILES = (
    "Pulumi.dev.yaml",
    "Pulumi.stg.yaml",
    "Pulumi.prod.yaml",
    "services/contract.fixture.json",
    "services/teams.yaml",
)


def repository(at: Path) -> Path:
    """A copy of those, without a service."""
    for each in _READ:
        shutil.copytree(ROOT / each, at / each)
    for each in _FILES:
        (at / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / each, at / each)
    (at / ".github").mkdir()
    (at / ".github" / "CODEOWNERS").write_text("*  @acme/platform-team\n/services/  @acme/core-team\n/k8s/  @acme/it\n")
    return at


def make(at: Path, **given: Any) -> Path:
    """Have a service made as a script would; its folder."""
    wanted: dict[str, Any] = {"name": "demo", "team": "growth", "kind": "http", "needs": "mysql,redis,queue"} | given
    new(**wanted, yes=True, project=at)
    return at / "services" / wanted["name"]


def files_of(at: Path) -> dict[str, bytes]:
    """All that is in a folder."""
    return {path.relative_to(at).as_posix(): path.read_bytes() for path in sorted(at.rglob("*")) if path.is_file()}
