"""Where the real MariaDB and Redis (or Valkey) come from: PATH, else Debian's or Ubuntu's packages, unpacked.

Unpacked means into the user's cache, once, without root: nothing is installed and no service is started by it. What the
programs are linked against and is not here comes along.
"""

import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from sandbox import cache
from sandbox.errors import SandboxError

# In the order in which they are looked for; the second is Debian's package of the first that is missing.
REDIS = ("valkey-server", "redis-server")
MARIADB = ("mariadbd", "mysqld")
PACKAGES = ("redis-server", "mariadb-server-core")
_BESIDE_PATH = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/opt/mariadb/bin")
_HOW = "install them (Debian: apt install redis-server mariadb-server-core; macOS: brew install valkey mariadb)"


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, and what it needs to run from where it is."""

    path: Path
    root: Path | None = None  # of what was unpacked

    @property
    def environment(self) -> dict[str, str]:
        """With the libraries that came along."""
        if self.root is None:
            return dict(os.environ)
        libraries = sorted({str(file.parent) for file in self.root.glob("usr/lib/**/*.so*")})
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}

    @property
    def share(self) -> Path:
        """Where its tables and messages are."""
        base = self.path.resolve().parent.parent
        for place in (base / "share" / "mysql", base / "share" / "mariadb", Path("/usr/share/mysql")):
            if (place / "mysql_system_tables.sql").exists():
                return place
        raise SandboxError(f"{self.path} has no mysql_system_tables.sql in {base}/share: {_HOW}")


def find(names: tuple[str, ...]) -> Program:
    """One of these programs.

    Raises:
        SandboxError: it is neither on PATH nor to be had as a package.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), *_BESIDE_PATH])
    for name in names:
        found = shutil.which(name, path=path)
        # Oracle's mysqld makes its tables another way, and speaks no MariaDB.
        if found and (name != "mysqld" or "MariaDB" in _version(found)):
            return Program(path=Path(found))
    root = _unpacked()
    for name in names:
        for place in ("usr/bin", "usr/sbin"):
            if (root / place / name).exists():
                return Program(path=root / place / name, root=root)
    raise SandboxError(f"{' or '.join(names)} is not on PATH and in no package: {_HOW}")


def _version(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout


def _unpacked() -> Path:
    """The packages' files; got once, by whoever comes first."""
    place = cache.directory("servers", f"{platform.machine()}-{_release()}")
    whole, root = place / "whole", place / "root"
    with FileLock(place / "lock"):
        if whole.exists():
            return root
        for tool in ("apt-get", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise SandboxError(f"{' and '.join(PACKAGES)} are not on PATH, and there is no {tool}: {_HOW}")
        shutil.rmtree(root, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            _unpack(Path(scratch), root)
        whole.touch()
        return root


def _unpack(scratch: Path, root: Path) -> None:
    # Lists of our own, since those of the machine may be old or none, and only root may fetch them.
    for folder in ("lists/partial", "cache/archives/partial"):
        scratch.joinpath(folder).mkdir(parents=True)
    places = [f"Dir::State::lists={scratch / 'lists'}", f"Dir::Cache={scratch / 'cache'}", "APT::Sandbox::User=root"]
    apt = ["apt-get", "-qq", *(word for each in places for word in ("-o", each))]
    _run(*apt, "update")
    _run(*apt, "download", *_missing(apt), folder=scratch)
    for package in sorted(scratch.glob("*.deb")):
        _run("dpkg-deb", "--extract", str(package), str(root), folder=scratch)


def _missing(apt: list[str]) -> list[str]:
    """What installing them would bring: with their libraries, without what is here already."""
    listed = _run(*apt, "install", "--print-uris", "--yes", "--no-install-recommends", *PACKAGES)
    names = re.findall(r"^'[^']*' ([^_\s]+)_", listed, re.MULTILINE)
    if not names:
        raise SandboxError(f"apt-get knows none of {', '.join(PACKAGES)}: {_HOW}")
    return names


def _run(*command: str, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise SandboxError(f"`{command[0]} {command[-1]}` fails ({said}): {_HOW}")
    return done.stdout


def _release() -> str:
    try:
        return platform.freedesktop_os_release()["VERSION_CODENAME"]
    except (OSError, KeyError):
        return "unknown"
