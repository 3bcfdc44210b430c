"""kube-apiserver, kube-controller-manager and etcd from Go modules, and the CRDs of what the platform installs.

Measured on 2 cores: 5 to 12 minutes and 230 MB, once per user. The pins are in pins/ and crds/, with hashes (go.sum).
A CRD comes from the Go package that defines its kinds: Karpenter's carry theirs, controller-gen makes the others.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox import cache
from sandbox.engine import build
from sandbox.errors import SandboxError
from sandbox.kube.apiserver import BINARIES
from sandbox.progress import Progress

PINS = Path(__file__).with_name("pins")
CRDS = Path(__file__).with_name("crds")
_PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
}
_VERSION = "k8s.io/component-base/version"
_NO_KINDS = ("keda.sh_withtriggers.yaml",)  # an inner type that the generator takes for a kind
_GENERATOR = "sigs.k8s.io/controller-tools/cmd/controller-gen"


def version() -> str:
    """The version of Kubernetes that is built, such as 1.36.3."""
    found = re.search(r"^\s*k8s\.io/kubernetes v(\S+)", (PINS / "go.mod").read_text(), re.MULTILINE)
    assert found is not None  # noqa: S101 (a test reads it)
    return found[1]


def binaries() -> Path | None:
    """Where the binaries are; None where they have not been built."""
    place = cache.directory() / f"kube-{version()}"
    return place if all((place / name).exists() for name in BINARIES) else None


def crds() -> Path:
    """Where the CRDs are, if they have been made; another set of pins has another place."""
    return cache.directory() / f"kube-crds-{_digest(CRDS)}"


def make(progress: Progress) -> None:
    """Build what is not there yet.

    Raises:
        SandboxError: no Go can be had, the module proxy cannot be reached, or a build failed.
    """
    go = build.go_for_builds(progress, "Kubernetes API server", "https://go.dev/doc/install")
    if not binaries():
        _whole(cache.directory() / f"kube-{version()}", lambda place: _build(go, place, progress))
    if not crds().exists():
        _whole(crds(), lambda place: _make_crds(go, place, progress))
    progress.say(f"the API server {version()} is in {binaries()}, {len(list(crds().glob('*.yaml')))} CRDs in {crds()}")


def _build(go: Path, place: Path, progress: Progress) -> None:
    major, minor, _ = version().split(".")
    stamps = {"gitVersion": f"v{version()}", "gitMajor": major, "gitMinor": minor}
    flags = " ".join(["-s", "-w", *(f"-X {_VERSION}.{name}={value}" for name, value in stamps.items())])
    with tempfile.TemporaryDirectory() as scratch:
        source = shutil.copytree(PINS, Path(scratch, "source"))
        for name, package in _PACKAGES.items():
            progress.say(f"building {name} from Go modules: all three take 5 to 12 minutes, once per user")
            _go(go, source, "build", "-trimpath", "-ldflags", flags, "-o", str(place / name), package)


def _make_crds(go: Path, place: Path, progress: Progress) -> None:
    progress.say("making the CRDs of what the platform installs, from their Go packages")
    with tempfile.TemporaryDirectory() as scratch:
        source = shutil.copytree(CRDS, Path(scratch, "source"))
        _go(go, source, "run", "./karpenter", str(place))
        generator = Path(scratch, "controller-gen")
        _go(go, source, "build", "-o", str(generator), _GENERATOR)
        packages = re.findall(r'^\t_ "([^"]+)"$', (CRDS / "packages.go").read_text(), re.MULTILINE)
        paths = [f"paths={package}" for package in packages]
        command = [str(generator), "crd:allowDangerousTypes=true,maxDescLen=0", *paths, f"output:crd:dir={place}"]
        environment = {**_environment(), "PATH": os.pathsep.join([str(go.parent), os.environ.get("PATH", "")])}
        done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SandboxError("controller-gen failed:\n" + "\n".join(done.stderr.splitlines()[-10:]))
    for name in _NO_KINDS:
        (place / name).unlink(missing_ok=True)


def _go(go: Path, source: Path, *arguments: str) -> None:
    done = subprocess.run(
        [str(go), *arguments], cwd=source, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = "\n".join(done.stderr.splitlines()[-10:])
        raise SandboxError(f"go {arguments[0]} failed (is the module proxy of `go env GOPROXY` reachable?):\n{said}")


def _environment() -> dict[str, str]:
    fixed = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    return {**os.environ, **fixed}


def _whole(place: Path, made: Callable[[Path], None]) -> None:
    """A folder that gets its name only when all is in it."""
    scratch = Path(tempfile.mkdtemp(prefix="making-", dir=place.parent))
    try:
        made(scratch)
        shutil.rmtree(place, ignore_errors=True)
        scratch.rename(place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _digest(folder: Path) -> str:
    texts = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:12]
