"""`python -m ops.release --bump minor`: the next SemVer version with its changelog, published or not (REQ-Q3).

The changelog is the subjects of the commits since the last version: they are imperative and say what changes. Those of
merges are left out.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ops import git
from ops.errors import OpsError
from sandbox.launch import ROOT

BUMPS = ("patch", "minor", "major")
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
MOST = 500  # subjects; GitHub takes 125,000 characters


def latest(tags: Sequence[str]) -> str | None:
    """The highest version among tags, pre-releases and other tags aside; None without any."""
    found = [(tuple(map(int, match.groups())), tag) for tag in tags if (match := _VERSION.fullmatch(tag))]
    return max(found)[1] if found else None


def following(tag: str | None, bump: str) -> str:
    """The version after a tag; the first one is v0.1.0, whatever the step."""
    match = _VERSION.fullmatch(tag or "")
    if match is None:
        return "v0.1.0"
    major, minor, patch = map(int, match.groups())
    return {
        "major": f"v{major + 1}.0.0",
        "minor": f"v{major}.{minor + 1}.0",
        "patch": f"v{major}.{minor}.{patch + 1}",
    }[bump]


def changelog(version: str, since: str | None, subjects: Sequence[str]) -> str:
    """What is in a version, the newest first."""
    lines = [f"- {subject}" for subject in subjects[:MOST]]
    more = [f"- and {len(subjects) - MOST} more"] if len(subjects) > MOST else []
    head = f"What changed since {since}:" if since else "The first version."
    return "\n".join([f"## {version}", "", head, "", *lines, *more, ""])


def run(arguments: Sequence[str]) -> None:
    """Make the notes; publish where a repository is named.

    Raises:
        OpsError: nothing changed, or GitHub refused.
    """
    parser = argparse.ArgumentParser(prog="ops.release", description="the next version, with its changelog")
    parser.add_argument("--bump", default="patch", choices=BUMPS)
    parser.add_argument("--repository", help="owner/name to publish in; without, the notes are only printed")
    parser.add_argument("--asset", type=Path, help="a file that goes with it, such as the SBOM")
    parser.add_argument("--project", type=Path, default=ROOT, help="the repository's folder")
    given = parser.parse_args(arguments)
    since = latest(git.git("tag", "--merged", "HEAD", at=given.project).splitlines())
    reach = f"{since}..HEAD" if since else "HEAD"
    subjects = git.git("log", "--no-merges", "--format=%s", reach, at=given.project).splitlines()
    if not subjects:
        raise OpsError(f"nothing changed since {since}: there is nothing to release")
    version = following(since, given.bump)
    notes = changelog(version, since, subjects)
    sys.stdout.write(notes)
    if given.repository:
        words = [
            "gh",
            "release",
            "create",
            version,
            "--repo",
            given.repository,
            "--title",
            version,
            "--notes-file",
            "-",
        ]
        words += ["--target", git.git("rev-parse", "HEAD", at=given.project)]
        words += [str(given.asset)] if given.asset else []
        done = subprocess.run(words, input=notes, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OpsError(f"GitHub refused the release {version}: {done.stderr.strip()}")


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"release: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
