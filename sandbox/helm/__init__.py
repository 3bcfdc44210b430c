"""Helm, which renders our charts in tests: one of the pinned line on PATH, else built once per user from Go modules.

Only `template` and `lint` are used; nothing here talks to a cluster or a repository. Measured on 2 cores: 4 minutes,
60 MB. Go comes from where the engine's build takes it.
"""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import filelock

from sandbox import cache
from sandbox.engine import build
from sandbox.errors import SandboxError
from sandbox.progress import Progress

VERSION = "3.20.2"  # what we build; sandbox/helm/pins/go.mod pins the same one (a test compares)
MAJOR = 3  # any of it on PATH will do; 4 changed what flags mean and was never tried
PINS = Path(__file__).with_name("pins")
PACKAGE = "helm.sh/helm/v3/cmd/helm"
VERSION_VARIABLE = "helm.sh/helm/v3/internal/version.version"


@dataclass(frozen=True, kw_only=True)
class Helm:
    """A `helm` binary that can be run."""

    binary: Path
    version: str
    origin: str  # where it comes from, for a person

    def run(self, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        """Run it with nothing of the user's: no plugins, no repositories, no cluster."""
        with tempfile.TemporaryDirectory(prefix="helm-") as home:
            places = {f"HELM_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("CACHE", "CONFIG", "DATA")}
            kept = {key: value for key, value in os.environ.items() if not key.startswith(("HELM_", "KUBE"))}
            environment = {**kept, **places, "KUBECONFIG": f"{home}/none"}
            return subprocess.run(
                [str(self.binary), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
            )


def version_of(binary: Path) -> str | None:
    """The version that a binary says it is, without its `v`; None if it cannot be run or says something else."""
    command = [str(binary), "version", "--template", "{{.Version}}"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v(\d+\.\d+\.\d+\S*)", said.stdout.strip())
    return match.group(1) if match else None


def find() -> Helm | None:
    """The Helm that a test would use now, without building anything."""
    on_path = shutil.which("helm")
    version = version_of(Path(on_path)) if on_path else None
    if on_path and version and version.startswith(f"{MAJOR}."):
        return Helm(binary=Path(on_path), version=version, origin="on PATH")
    built = cache.directory(f"helm-{VERSION}") / "helm"
    return Helm(binary=built, version=VERSION, origin=f"built, {built}") if built.exists() else None


def ensure(progress: Progress) -> Helm:
    """Find Helm, or build it; of several runs one builds and the others wait.

    Raises:
        SandboxError: there is none, and no Go or no Go modules to build it from.
    """
    found = find()
    if found:
        return found
    home = cache.directory(f"helm-{VERSION}")
    with filelock.FileLock(home / "lock"):
        found = find()
        if found:
            return found
        _build(home, progress)
    found = find()
    assert found is not None  # noqa: S101 (the build ended well)
    return found


def _build(home: Path, progress: Progress) -> None:
    go = build.go_for_builds(progress, "Helm", "https://helm.sh/docs/intro/install/")
    progress.say(f"building Helm {VERSION} from Go modules: once per user, 2 to 5 minutes")
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    with tempfile.TemporaryDirectory(prefix="making-", dir=home) as making:
        source = Path(making, "source")
        shutil.copytree(PINS, source)
        linked = f"-s -w -X {VERSION_VARIABLE}=v{VERSION}"
        done = subprocess.run(
            [str(go), "build", "-trimpath", "-ldflags", linked, "-o", str(source / "helm"), PACKAGE],
            cwd=source,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or version_of(source / "helm") != VERSION:
            said = "\n".join(done.stderr.splitlines()[-5:])
            raise SandboxError(
                f"no Helm {MAJOR}.x on PATH, and {VERSION} cannot be built from its Go modules (is the module proxy of "
                f"`go env GOPROXY` reachable?): install it from https://helm.sh/docs/intro/install/\n{said}"
            )
        (source / "helm").rename(home / "helm")
