"""`python -m ops.deliver plan|apply|drift --stack dev`: a stage of a real account; make plan, apply and real-drift.

Exit codes: 0 done, 1 failed (with what to do about it on stderr), 2 the plan takes data away and nobody accepted it,
3 drift. `make` turns each of these into its own 2; the line on stderr says which it was.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from ops import git
from ops.deliver import engine, plans, stacks
from ops.deliver.troubles import recovery
from ops.diff import markdown, read
from ops.diff.model import Difference, Exit, compared
from ops.diff.run import Preview, result
from ops.errors import OpsError
from policy import report
from sandbox.drift import drifts, show
from sandbox.errors import SandboxError
from sandbox.launch import ROOT

DRIFT = 3
BACKEND = "PULUMI_BACKEND_URL"
_NOTHING = ("same", "read", "refresh")  # steps of the engine that change nothing
# Helm keeps what it installed in secrets, and lists all of a namespace to find its own. The role opens none, since a
# pull request's code runs under it; so nobody compares what charts install.
_HELM = "**kubernetes:helm.sh/v3:Release::**"
_WIDE = 160  # columns of a log


def plan(
    project: Path, stack: str, out: Path, *, accepted: bool, summary: Path | None, github: Path | None = None
) -> int:
    """Preview a real stack, keep the engine's plan, and say what it would do.

    Raises:
        OpsError: the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OpsError(f"OUT: {out} cannot be written: {problem.strerror}") from None
    file = out / plans.PLAN
    file.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        events = Path(scratch, "events")
        words = ["preview", "--json", "--save-plan", str(file), "--event-log", str(events)]
        done = engine.on(project, stack, *words, *_pack(project))
        said = result(done, events.read_text(encoding="utf-8") if events.exists() else "")
    one = _difference(project, stack, said)
    _tell(markdown.comment(one, accepted=accepted), summary)
    (out / "preview.json").write_text(json.dumps(said.document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if said.errors or one.findings.blocks:
        file.unlink(missing_ok=True)
        _fail(done.stdout + done.stderr, stack)
        return Exit.FAILED
    begun = stacks.missing(project, stack)
    if begun:
        _tell(f"\nStacks of services to make, empty: {', '.join(f'`{each}`' for each in begun)}.\n", summary)
    if github:
        steps = sum(each["op"] not in _NOTHING for each in said.steps)
        with github.open("a", encoding="utf-8") as file:
            file.write(f"steps={steps + len(begun)}\n")
    commit = git.git("rev-parse", "HEAD", at=project)
    plans.write(out, stack=stack, commit=commit, destroys=tuple(each.urn for each in one.destroys), begins=begun)
    return one.exit(accepted=accepted)


def apply(project: Path, stack: str, folder: Path) -> int:
    """Bring up a plan, as it was made and approved.

    Raises:
        OpsError: it is not for here.
    """
    slip, file = plans.accepted(folder, stack=stack, commit=git.git("rev-parse", "HEAD", at=project))
    done = engine.on(project, stack, "up", "--yes", "--skip-preview", "--plan", str(file), *_pack(project), show=True)
    if done.returncode != 0:
        _fail(done.stdout + done.stderr, stack)
        return Exit.FAILED
    # An earlier run of this plan, or another delivery, may have made some.
    for each in stacks.missing(project, stack) if slip.begins else ():
        if each in slip.begins:
            stacks.make(project, stack, each)
            sys.stdout.write(f"made the stack {stack} of {each}\n")
    return Exit.OK


def drift(project: Path, stack: str) -> int:
    """Say what is other than the state says, save in releases of Helm; no state is written."""
    done = engine.on(project, stack, "refresh", "--preview-only", "--json", "--exclude", _HELM)
    said = result(done, "")
    if said.errors or done.returncode != 0:
        sys.stderr.writelines(f"deliver: drift: {each.strip()}\n" for each in said.errors)
        _fail(done.stdout + done.stderr, stack)
        return Exit.FAILED
    found = list(drifts(list(said.steps)))
    show(found, stack, Console(width=_WIDE))
    return DRIFT if found else Exit.OK


def _difference(project: Path, stack: str, said: Preview) -> Difference:
    fulfilment = project / "docs" / "fulfilment.yaml"
    rows = read.rows(fulfilment.read_text(encoding="utf-8") if fulfilment.exists() else None)
    found = read.changes(said.steps)
    return Difference(
        stack=stack,
        phase=None,
        base="the stack's own state, in its account",
        head=git.described(project),
        today=date.today(),
        where="",
        changes=found,
        findings=compared([], report.read(json.dumps(said.document), "preview")),
        requirements=read.requirements(rows, rows, found),
        errors=tuple(f"The preview failed: {each}" for each in said.errors),
    )


def _pack(project: Path) -> list[str]:
    """The policy pack of the project, else of the repository around it."""
    for place in (project, git.top(project)):
        if (place / "policy").exists():
            return ["--policy-pack", str(place / "policy")]
    return []


def _tell(text: str, summary: Path | None) -> None:
    sys.stdout.write(text)
    if summary:
        with summary.open("a", encoding="utf-8") as page:
            page.write(text)


def _fail(printed: str, stack: str) -> None:
    kind, then = recovery(printed, stack)
    sys.stderr.write(f"deliver: {kind}: {then}\n")


def run(arguments: Sequence[str]) -> int:
    """Do one of the three.

    Raises:
        OpsError: a mistake of the user's.
    """
    parser = argparse.ArgumentParser(prog="ops.deliver", description="a stage of a real account")
    parser.add_argument("doing", choices=["plan", "apply", "drift"])
    parser.add_argument("--stack", default="dev", help="the stage (default: dev)")
    parser.add_argument("--project", type=Path, default=ROOT, help="the Pulumi project's folder")
    parser.add_argument("--plan", type=Path, default=Path("plan"), help="the folder of the plan (default: plan)")
    parser.add_argument("--summary", type=Path, help="a file to which the Markdown is added, as a job's summary is")
    parser.add_argument("--github", type=Path, help="a file to which `steps=COUNT` is added, such as GITHUB_OUTPUT")
    parser.add_argument("--accept-destructive", action="store_true", help="somebody has said that data may go")
    given = parser.parse_args(arguments)
    project: Path = given.project.resolve()
    about: dict[str, Any] = {"project": project, "stack": given.stack}
    if not (project / f"Pulumi.{given.stack}.yaml").exists():
        there = ", ".join(sorted(path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml"))) or "none"
        raise OpsError(f"STAGE: there is no Pulumi.{given.stack}.yaml in {project.name}; stages here: {there}")
    if not os.environ.get(BACKEND):
        raise OpsError(f"{BACKEND} is not set: name the backend of the real stacks, such as s3://...; see docs/ci.md")
    if given.doing == "apply":
        return apply(**about, folder=given.plan)
    if given.doing == "drift":
        return drift(**about)
    wanted = {"accepted": given.accept_destructive, "summary": given.summary, "github": given.github}
    return plan(**about, out=given.plan, **wanted)


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        code = run(sys.argv[1:])
    except (OpsError, SandboxError) as problem:
        sys.stderr.write(f"deliver: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(code)


if __name__ == "__main__":
    main()
