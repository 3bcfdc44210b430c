"""`python -m ops.issue --title TITLE --in FILE`: an issue for what a night found; one of that title is added to."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ops.errors import OpsError
from ops.github import Gh, call

LABEL = "nightly"
LAST = 30_000  # characters of the file that are told, of the 65,536 that GitHub takes


def run(arguments: Sequence[str], gh: Gh = call) -> None:
    """Open the issue or add to it.

    Raises:
        OpsError: the file cannot be read, or GitHub refused.
    """
    parser = argparse.ArgumentParser(prog="ops.issue", description="an issue for what a night found")
    parser.add_argument("--title", required=True)
    parser.add_argument("--in", dest="source", type=Path, required=True, help="what was said")
    parser.add_argument("--repository", required=True, help="owner/name")
    given = parser.parse_args(arguments)
    try:
        said = given.source.read_text(encoding="utf-8", errors="replace").replace("```", "'''").strip()
    except OSError as problem:
        raise OpsError(f"IN: {given.source} cannot be read: {problem.strerror}") from None
    cut = f"The last {LAST:,} characters.\n\n" if len(said) > LAST else ""
    text = f"{cut}```\n{said[-LAST:]}\n```\n"
    place = f"repos/{given.repository}/issues"
    for each in gh(f"{place}?state=open&labels={LABEL}&per_page=100"):
        if each["title"] == given.title:
            gh(f"{place}/{each['number']}/comments", method="POST", body={"body": text})
            sys.stdout.write(f"added to #{each['number']}\n")
            return
    made = gh(place, method="POST", body={"title": given.title, "body": text, "labels": [LABEL]})
    sys.stdout.write(f"opened #{made['number']}\n")


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"issue: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
