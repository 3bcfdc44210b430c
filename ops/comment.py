"""`python -m ops.comment --in FOLDER ...`: the one comment on a pull request, made or brought up to date.

What a fork's run left behind is data: only `difference.json` is read, field by field, and the Markdown is made here, by
the code of the branch that it would go to.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from ops.diff import markdown
from ops.diff.model import Difference
from ops.errors import OpsError
from ops.github import Gh, call

MARK = "<!-- startup-platform: difference -->"
AUTHOR = "github-actions[bot]"
MOST_BYTES = 50_000_000  # of one difference.json; the whole platform's first one is 2 MB
NOTHING = "No stack is touched by this change."
ENDED = "The run ended as `{}`: what is missing here is in its log."
_OURS = ("version", "exit", "counts", "destroys")


def difference(file: Path) -> Difference:
    """What `make diff OUT=` wrote.

    Raises:
        OpsError: it is too large, or something else.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise OpsError(f"IN: {file.name} has more than {MOST_BYTES:,} bytes")
        document = json.loads(file.read_text(encoding="utf-8"))
        given = {key: value for key, value in document.items() if key not in _OURS}
        return TypeAdapter(Difference).validate_python(given)
    except (OSError, UnicodeDecodeError, ValueError, AttributeError, ValidationError) as problem:
        raise OpsError(f"IN: {file} is not what `make diff OUT=` writes ({type(problem).__name__})") from None


def body(found: Sequence[Difference], run: str, conclusion: str = "success") -> str:
    """The comment: a part for each stack, each with its share of what GitHub takes.

    A run that did not succeed may have ended before it came to a stack: it is not said that none is touched.
    """
    share = markdown.LIMIT // max(len(found), 1) - 200
    where = f"[the run's artifacts]({run})" if run else ""
    parts = [markdown.comment(each, artifact=where, limit=share) for each in found]
    if conclusion != "success":
        parts.append(ENDED.format(re.sub(r"[^a-z_]", "", conclusion)))
    parts = parts or [NOTHING]
    return "\n".join([MARK, *parts, *([f"[The run]({run})"] if run else [])])


def post(text: str, repository: str, number: int, gh: Gh) -> str:
    """Update our comment, or make it; returns what was done."""
    comments: Iterable[dict[str, Any]] = gh(f"repos/{repository}/issues/{number}/comments?per_page=100")
    for each in comments:
        if each["user"]["login"] == AUTHOR and str(each["body"]).startswith(MARK):
            gh(f"repos/{repository}/issues/comments/{each['id']}", method="PATCH", body={"body": text})
            return "updated"
    gh(f"repos/{repository}/issues/{number}/comments", method="POST", body={"body": text})
    return "made"


def pull_request(repository: str, owner: str, branch: str, commit: str, gh: Gh) -> int | None:
    """The open pull request whose head is that commit; None where it has moved on.

    Asked of GitHub, as a run that a fork started does not say which it is, and what it left could say anything.
    """
    for each in gh(f"repos/{repository}/pulls?state=open&head={owner}:{branch}&per_page=100"):
        if each["head"]["sha"] == commit:
            return int(each["number"])
    return None


def run(arguments: Sequence[str], gh: Gh = call) -> None:
    """Find the pull request, make the text, post it.

    Raises:
        OpsError: a mistake, or GitHub's refusal.
    """
    parser = argparse.ArgumentParser(prog="ops.comment", description="the comment on a pull request")
    parser.add_argument("--in", dest="source", type=Path, required=True, help="a folder of what `make diff OUT=` wrote")
    parser.add_argument("--repository", required=True, help="owner/name")
    parser.add_argument("--owner", required=True, help="who owns the head's repository")
    parser.add_argument("--branch", required=True, help="the head's branch")
    parser.add_argument("--commit", required=True, help="the head's commit")
    parser.add_argument("--run", default="", help="the run's address")
    parser.add_argument("--conclusion", default="success", help="how the run ended, as GitHub calls it")
    given = parser.parse_args(arguments)
    if not re.fullmatch(r"[\w./-]+", given.branch):
        raise OpsError("BRANCH: a branch with other characters than letters, digits, . _ / - gets no comment")
    number = pull_request(given.repository, given.owner, given.branch, given.commit, gh)
    if number is None:
        sys.stdout.write("no open pull request has this commit as its head: nothing to say\n")
        return
    found = [difference(file) for file in sorted(given.source.rglob("difference.json"))]
    sys.stdout.write(
        f"{post(body(found, given.run, given.conclusion), given.repository, number, gh)} the comment on #{number}\n"
    )


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"comment: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
