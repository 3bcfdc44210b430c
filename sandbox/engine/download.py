"""The official release, for a machine that has the internet."""

import hashlib
import platform
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.progress import Progress

# Two hosts on purpose: an archive altered at the first is caught by the checksums of the second.
ARCHIVES = "https://get.pulumi.com/releases/sdk"
CHECKSUMS = "https://github.com/pulumi/pulumi/releases/download"
REACH_SECONDS = 5  # a closed network answers at once or never
CHUNK_BYTES = 1 << 20
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def official_release(
    version: str, into: Path, progress: Progress, *, archives: str = ARCHIVES, checksums: str = CHECKSUMS
) -> str:
    """Fetch, verify and unpack a release so that `into` holds `pulumi` and its language hosts.

    Returns:
        Why the release cannot be had here (then `into` is left empty), or the empty string.

    Raises:
        SandboxError: what came is not what its publisher's checksums say.
    """
    system, machine = platform.system().lower(), MACHINES.get(platform.machine().lower())
    if system not in ("linux", "darwin") or machine is None:
        return f"there is no official release for {platform.system()} on {platform.machine()}"
    name = f"pulumi-v{version}-{system}-{machine}.tar.gz"
    try:
        listed = _read(f"{checksums}/v{version}/pulumi-{version}-checksums.txt").decode()
        progress.say(f"fetching the official Pulumi release {version}")
        archive = into / name
        digest = _fetch(f"{archives}/{name}", archive, progress)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
        return f"the official release cannot be fetched ({getattr(problem, 'reason', problem)})"
    wanted = next((line.split()[0] for line in listed.splitlines() if line.split()[1:] == [name]), None)
    if digest != wanted:
        raise SandboxError(
            f"{archives}/{name} has SHA-256 {digest}, its publisher lists {wanted}: not used; try again, "
            "or install pulumi yourself and put it on PATH"
        )
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            member.name = Path(member.name).name  # the archive's one folder, `pulumi/`, becomes `into`
            if member.isfile():
                packed.extract(member, into, filter="data")
    archive.unlink()
    return ""


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=REACH_SECONDS) as answer:  # noqa: S310 (https, or a test's own server)
        return answer.read()


def _fetch(url: str, into: Path, progress: Progress) -> str:
    """Save what a URL holds; returns its SHA-256."""
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=REACH_SECONDS) as answer, into.open("wb") as file:  # noqa: S310
        size, got = int(answer.headers.get("Content-Length") or 0), 0
        while chunk := answer.read(CHUNK_BYTES):
            digest.update(chunk)
            got += file.write(chunk)
            progress.step("fetching (MiB)", got // CHUNK_BYTES, size // CHUNK_BYTES)
    return digest.hexdigest()
