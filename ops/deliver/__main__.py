"""`python -m ops.deliver plan|apply|drift --stack dev`: a stage of a real account; make plan, apply and real-drift.

Exit codes: 0 done, 1 failed (with what to do about it on stderr), 2 the plan takes data away and nobody accepted it,
3 drift. `make` turns each of these into its own 2; the line on stderr says which it was.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from ops import git
from ops.deliver import plans
from ops.deliver.troubles import CANCELLED, recovery
from ops.diff import markdown, read
from ops.diff.model import Difference, Exit, compared
from ops.diff.run import Preview, result
from ops.errors import OpsError
from policy import report
from sandbox.drift import drifts, show
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
        done = _pulumi(project, stack, *words, *_pack(project))
        said = result(done, events.read_text(encoding="utf-8") if events.exists() else "")
    one = _difference(project, stack, said)
    text = markdown.comment(one, accepted=accepted)
    sys.stdout.write(text)
    if summary:
        with summary.open("a", encoding="utf-8") as page:
            page.write(text)
    (out / "preview.json").write_text(json.dumps(said.document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if said.errors or one.findings.blocks:
        file.unlink(missing_ok=True)
        _fail(done.stdout + done.stderr, stack)
        return Exit.FAILED
    if github:
        with github.open("a", encoding="utf-8") as file:
            file.write(f"steps={sum(each['op'] not in _NOTHING for each in said.steps)}\n")
    commit = git.git("rev-parse", "HEAD", at=project)
    plans.write(out, stack=stack, commit=commit, destroys=tuple(each.urn for each in one.destroys))
    return one.exit(accepted=accepted)


def apply(project: Path, stack: str, folder: Path) -> int:
    """Bring up a plan, as it was made and approved.

    Raises:
        OpsError: it is not for here.
    """
    file = plans.accepted(folder, stack=stack, commit=git.git("rev-parse", "HEAD", at=project))
    done = _pulumi(project, stack, "up", "--yes", "--skip-preview", "--plan", str(file), *_pack(project), show=True)
    if done.returncode != 0:
        _fail(done.stdout + done.stderr, stack)
        return Exit.FAILED
    return Exit.OK


def drift(project: Path, stack: str) -> int:
    """Say what is other than the state says, save in releases of Helm; no state is written."""
    done = _pulumi(project, stack, "refresh", "--preview-only", "--json", "--exclude", _HELM)
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


def _pulumi(project: Path, stack: str, *words: str, show: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run the engine; what it says is read, and with `show` a person reads along."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_DEBUG_COMMANDS": "true"}
    command = ["pulumi", "-C", str(project), *words, "--stack", stack, "--non-interactive", "--color", "never"]
    try:
        with subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if show else subprocess.PIPE,
            text=True,
        ) as child:
            if not show:
                out, err = child.communicate()
                return subprocess.CompletedProcess(command, child.returncode, out, err)
            heard = _read_along(child)
    except FileNotFoundError:
        raise OpsError("there is no `pulumi` on PATH; CI installs the version that docs/ci.md names") from None
    return subprocess.CompletedProcess(command, child.returncode, "".join(heard), "")


def _read_along(child: "subprocess.Popen[str]") -> list[str]:
    """Show what the engine says until it has ended, also when this run is cancelled.

    Ctrl-C reaches the engine too; what ends a job may reach this process alone, and is passed on. The engine then ends
    what it has begun and lets go of its lock; who left before it would not know what became of it.
    """
    heard: list[str] = []

    def pass_on(*_: object) -> None:
        heard.append(CANCELLED)
        child.send_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        while True:
            try:
                for line in child.stdout or ():
                    sys.stdout.write(line)
                    sys.stdout.flush()
                    heard.append(line)
            except KeyboardInterrupt:
                heard.append(CANCELLED)
                continue
            return heard
    finally:
        signal.signal(signal.SIGTERM, before)


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
    except OpsError as problem:
        sys.stderr.write(f"deliver: {problem}\n")
        raise SystemExit(1) from None
    raise SystemExit(code)


if __name__ == "__main__":
    main()
