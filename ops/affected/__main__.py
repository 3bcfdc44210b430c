"""`python -m ops.affected --base main`: the stacks and services that the checkout touches; `make affected` is the same.

JSON on stdout; with `--github FILE` also as outputs of a step, `stacks` and `services`, for a job's matrix; `real` has
the stacks that are there already, in whose account a workflow has a role, and which GitHub's own machines can preview,
and `every` the services that have a stack, touched or not.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, cast

import yaml

from ops import git
from ops.affected.stacks import SERVICES, affected, projects
from ops.errors import OpsError
from sandbox.launch import ROOT


def changed_files(commit: str, at: Path) -> list[str]:
    """Every file that is other than in `commit`: committed, not committed, new, and gone."""
    listed = git.git("diff", "--name-only", "--no-renames", "-z", commit, at=at)
    new = git.git("ls-files", "--others", "--exclude-standard", "--full-name", "-z", at=at)
    return sorted({each for each in (listed + "\0" + new).split("\0") if each})


def is_closed(top: Path, stage: str) -> bool:
    """Whether the Kubernetes API of a stage answers inside its VPC only, where no pull request runs (docs/adr/0039)."""
    read: Any = yaml.safe_load((top / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8")) or {}
    cluster: Any = read.get("config", {}).get("startup-platform:cluster")
    return isinstance(cluster, dict) and cast("dict[str, Any]", cluster).get("endpoint") == "private"


def run(arguments: Sequence[str]) -> None:
    """Say what is touched.

    Raises:
        OpsError: there is no such base, or the output cannot be written.
    """
    parser = argparse.ArgumentParser(prog="ops.affected", description="which stacks and services a change touches")
    parser.add_argument("--base", default="main", help="branch, tag or commit that the change goes to (default: main)")
    parser.add_argument("--project", type=Path, default=ROOT, help="the repository")
    parser.add_argument("--github", type=Path, help="a file to which outputs are added, as GITHUB_OUTPUT names one")
    given = parser.parse_args(arguments)
    top = git.top(given.project.resolve())
    base = git.branched_from(given.base, top)
    found = asdict(affected(top, changed_files(base, top)))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    if given.github:
        # A reason names files of the change, which are anybody's text: a matrix gets none of it.
        short: dict[str, list[dict[str, object]]] = {
            key: [{**each, "because": len(each["because"])} for each in value] for key, value in found.items()
        }
        known = projects(top)
        # Those of the platform's stages: in another's account, such as the organisation's, no workflow has a role.
        stages = {stage for each in known if each.folder == "." for stage in each.stages}
        # What the base has no file of has no stack before the change is delivered.
        before = set(git.git("ls-tree", "-r", "--name-only", base, at=top).splitlines())
        short["real"] = [
            each
            for each in short["stacks"]
            if each["name"] in stages
            and PurePosixPath(str(each["project"]), f"Pulumi.{each['name']}.yaml").as_posix() in before
            and not (each["project"] == "." and is_closed(top, str(each["name"])))
        ]
        # Touched or not: what a delivery goes through.
        owned = [each.folder for each in known if each.folder.startswith(f"{SERVICES}/")]
        short["every"] = [{"name": PurePosixPath(each).name, "project": each} for each in owned]
        try:
            with given.github.open("a", encoding="utf-8") as file:
                file.writelines(f"{key}={json.dumps(value)}\n" for key, value in short.items())
        except OSError as problem:
            raise OpsError(f"GITHUB_OUTPUT: {given.github} cannot be written: {problem.strerror}") from None


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"affected: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
