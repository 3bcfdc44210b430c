"""The real `pulumi`: one of a supported version on PATH, else the official release, else built from Go modules.

What is fetched or built is kept in the user's cache, once for all checkouts. A file lock lets one run make it while
others wait; it appears under its final name only when whole, so a run killed half way leaves nothing to trip over.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from sandbox import cache
from sandbox.engine import build, download
from sandbox.errors import SandboxError
from sandbox.progress import Progress

VERSION = "3.259.0"  # what we fetch or build; sandbox/engine/pins/go.mod pins the same one (a test compares)
OLDEST = (3, 259, 0)  # below it, nothing here was tried
NEXT_MAJOR = (4, 0, 0)
LANGUAGE_HOST = "pulumi-language-python"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A `pulumi` binary that can be run."""

    pulumi: Path
    version: str
    origin: str  # where it comes from, for a person

    @property
    def language_host(self) -> Path | None:
        """The official Python language host, which a release ships beside `pulumi`; None where there is none."""
        beside = self.pulumi.resolve().with_name(LANGUAGE_HOST)
        return beside if beside.exists() else None


ASKING = "STARTUP_PLATFORM_ASKS_FOR_A_VERSION"  # in the environment of a command that is asked


def version_of(pulumi: Path) -> str | None:
    """The version that a binary says it is, without its `v`; None if it cannot be run or says something else."""
    command = [str(pulumi), "version"]
    quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", ASKING: "true"}
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=quiet)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v(\d+\.\d+\.\d+\S*)", said.stdout.strip())
    return match.group(1) if match else None


def is_supported(version: str) -> bool:
    """Whether a version lies in the range that this project runs on."""
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return bool(numbers) and OLDEST <= tuple(int(part) for part in numbers.groups()) < NEXT_MAJOR


def on_path(*, leave_out: Path) -> Engine | None:
    """The first supported `pulumi` on PATH, passing over the directory where the sandbox keeps its own command."""
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        pulumi = shutil.which("pulumi", path=entry) if entry and Path(entry).resolve() != leave_out.resolve() else None
        version = version_of(Path(pulumi)) if pulumi else None
        if pulumi and version and is_supported(version):
            return Engine(pulumi=Path(pulumi), version=version, origin="on PATH")
    return None


def in_cache() -> Engine | None:
    """The engine that an earlier run fetched or built."""
    for kind, origin in (("official", "official release"), ("built", "built from Go modules")):
        pulumi = cache.directory("engine") / f"{VERSION}-{kind}" / "pulumi"
        if pulumi.exists():
            return Engine(pulumi=pulumi, version=VERSION, origin=f"{origin}, in {pulumi.parent}")
    return None


def find(*, leave_out: Path) -> Engine | None:
    """The engine that a run would use now, without fetching or building anything."""
    return on_path(leave_out=leave_out) or in_cache()


def ensure(progress: Progress, *, leave_out: Path) -> Engine:
    """Find the engine, or make it.

    Raises:
        SandboxError: there is none, and none can be had: neither the internet nor Go modules can be reached. Or another
            sandbox asks whether this is an engine: a script on PATH stands around it, and they would ask without end.
    """
    if ASKING in os.environ:
        raise SandboxError("a sandbox is no engine for another: it passes over the script on PATH that says `pulumi`")
    found = find(leave_out=leave_out)
    if found:
        return found
    home = cache.directory("engine")
    with _one_at_a_time(home, progress):
        found = in_cache()
        if found:
            return found
        problem = _fetch_or_build(home, progress)
    made = in_cache()
    if not made:
        raise SandboxError(problem)
    return made


def _fetch_or_build(home: Path, progress: Progress) -> str:
    """Put an engine into the cache; returns why there is none if that failed."""
    with _whole_or_not_at_all(home, f"{VERSION}-official") as place:
        offline = download.official_release(VERSION, place, progress)
    if not offline:
        return ""
    with _whole_or_not_at_all(home, f"{VERSION}-built") as place:
        build.from_go_modules(VERSION, place, progress)
    return offline


@contextmanager
def _one_at_a_time(home: Path, progress: Progress) -> Generator[None]:
    lock = filelock.FileLock(home / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress.say("another run is setting up the Pulumi engine: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _whole_or_not_at_all(home: Path, name: str) -> Generator[Path]:
    """A directory that gets its name only once it holds a `pulumi` that runs; what a killed run left goes first."""
    for left in home.glob("making-*"):
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix="making-", dir=home))
    try:
        yield place
        if version_of(place / "pulumi") == VERSION:
            place.rename(home / name)
    finally:
        shutil.rmtree(place, ignore_errors=True)
