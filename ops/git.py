"""The little of git that the commands here need; a mistake of the user's is one sentence."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ops.errors import OpsError


def git(*arguments: str, at: Path) -> str:
    """What a git command prints.

    Raises:
        OpsError: it failed; with git's own last line.
    """
    done = subprocess.run(["git", *arguments], cwd=at, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OpsError(f"git {arguments[0]}: {last}")
    return done.stdout.strip()


def top(at: Path) -> Path:
    """The top of the checkout."""
    return Path(git("rev-parse", "--show-toplevel", at=at))


def branched_from(ref: str, at: Path) -> str:
    """The commit from which the checkout left `ref`: what came to `ref` since is not this change's doing.

    Raises:
        OpsError: there is no such commit, or the clone is too shallow to know.
    """
    try:
        commit = git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", at=at)
    except OpsError:
        raise OpsError(
            f"BASE: there is no commit {ref!r} in this clone; fetch it, or name one of `git branch -a`"
        ) from None
    try:
        return git("merge-base", commit, "HEAD", at=at)
    except OpsError:
        raise OpsError(
            f"BASE: {ref} and the checkout have no commit in common here; a shallow clone? git fetch --unshallow"
        ) from None


def described(at: Path) -> str:
    """The checkout's commit, and whether files are other than it has them."""
    dirty = git("status", "--porcelain", at=at)
    return git("rev-parse", "--short=10", "HEAD", at=at) + (" and what is not committed" if dirty else "")


@contextmanager
def worktree(commit: str, at: Path, place: Path) -> Generator[Path]:
    """A second checkout, of `commit`, gone at the end; one that a killed run left is forgotten first."""
    git("worktree", "prune", at=at)
    git("worktree", "add", "--detach", "--quiet", str(place), commit, at=at)
    try:
        yield place
    finally:
        git("worktree", "remove", "--force", str(place), at=at)
