"""Tools that are Go programs, built once per user from the modules pinned beside this file; a go.sum is their hash.

PyPI's packages of them fetch a binary from elsewhere while they install, which no lock covers. Go itself comes from
where the engine's build takes it. Measured on 2 cores: actionlint 15 seconds, gitleaks 60.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import filelock

from ops.errors import OpsError
from sandbox import cache
from sandbox.engine import build
from sandbox.progress import Progress

PINS = Path(__file__).with_name("pins")


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program of a pinned module."""

    name: str
    module: str
    package: str
    home_page: str

    @property
    def version(self) -> str:
        """The version that its go.mod pins."""
        lines = (PINS / self.name / "go.mod").read_text(encoding="utf-8").split()
        return lines[lines.index(self.module, lines.index("require")) + 1]


ACTIONLINT = Tool(
    name="actionlint",
    module="github.com/rhysd/actionlint",
    package="github.com/rhysd/actionlint/cmd/actionlint",
    home_page="https://github.com/rhysd/actionlint",
)
GITLEAKS = Tool(
    name="gitleaks",
    module="github.com/zricethezav/gitleaks/v8",
    package="github.com/zricethezav/gitleaks/v8",
    home_page="https://github.com/gitleaks/gitleaks",
)


def ensure(tool: Tool, progress: Progress) -> Path:
    """The built program; of several runs one builds and the others wait.

    Raises:
        OpsError: its modules cannot be had.
        SandboxError: there is no Go.
    """
    home = cache.directory(f"{tool.name}-{tool.version}")
    built = home / tool.name
    with filelock.FileLock(home / "lock"):
        if not built.exists():
            _build(tool, built, progress)
    return built


def _build(tool: Tool, built: Path, progress: Progress) -> None:
    go = build.go_for_builds(progress, tool.name, tool.home_page)
    progress.say(f"building {tool.name} {tool.version} from Go modules: once per user, about a minute")
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    with tempfile.TemporaryDirectory(prefix="making-", dir=built.parent) as making:
        source = Path(making, "source")
        shutil.copytree(PINS / tool.name, source)
        done = subprocess.run(
            [str(go), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(Path(making, "built")), tool.package],
            cwd=source,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = "\n".join(done.stderr.splitlines()[-3:])
            raise OpsError(f"{tool.name} {tool.version} cannot be built (is `go env GOPROXY` reachable?):\n{last}")
        Path(making, "built").rename(built)
