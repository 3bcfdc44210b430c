"""`python -m ops.lint workflows`: actionlint and zizmor over .github; `secrets`: gitleaks over every commit.

`make check` runs the first, `make secrets` the second. Both say nothing where there is nothing to say.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ops.errors import OpsError
from ops.lint.tools import ACTIONLINT, GITLEAKS, ensure
from sandbox.errors import SandboxError
from sandbox.launch import ROOT
from sandbox.progress import Progress


def workflows(at: Path) -> int:
    """Lint the workflows, then audit them; the exit code is the first that is not 0."""
    files = sorted(str(path) for path in (at / ".github" / "workflows").glob("*.yml"))
    # Shell and Python in workflows are one line each, a make target: their own linters have nothing to read.
    first = _run([str(ensure(ACTIONLINT, Progress())), "-shellcheck=", "-pyflakes=", *files], at)
    zizmor = str(Path(sys.executable).with_name("zizmor"))
    second = _run([zizmor, "--offline", "--quiet", "--no-progress", "--persona", "regular", str(at / ".github")], at)
    return first or second


def secrets(at: Path) -> int:
    """Look for secrets in every commit; what is found is shown without its value."""
    binary = str(ensure(GITLEAKS, Progress()))
    return _run([binary, "git", "--redact", "--no-banner", "--log-level", "warn", "--verbose", str(at)], at)


def _run(words: Sequence[str], at: Path) -> int:
    """Run quietly: what a tool says is shown only if it found something."""
    done = subprocess.run(words, cwd=at, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
    return done.returncode


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    looks = {"workflows": workflows, "secrets": secrets}
    wanted = sys.argv[1:]
    try:
        if len(wanted) not in (1, 2) or wanted[0] not in looks:
            raise OpsError(f"lint: say one of {', '.join(looks)}, and the repository if it is another")
        code = looks[wanted[0]](Path(wanted[1]) if wanted[1:] else ROOT)
    except (OpsError, SandboxError) as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(code)


if __name__ == "__main__":
    main()
