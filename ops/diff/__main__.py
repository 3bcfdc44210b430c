"""`python -m ops.diff --base main --stack dev`: what the checkout changes; `make diff` is the same.

Exit codes: 0 nothing is in the way, 1 it could not be told or the policies block, 2 something that holds data would be
deleted or replaced (`--accept-destructive` makes that 0). `make` turns either into its own 2; the JSON has the code.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from ops import git
from ops.diff import markdown, read
from ops.diff.model import Difference, Exit, Kind, compared
from ops.diff.run import Preview, Runs, give_python
from ops.errors import OpsError
from policy import report
from sandbox.launch import ROOT
from sandbox.workspace import Workspace

PHASES = Path("components", "phases.py")  # a project that has it is a platform
FULFILMENT = Path("docs", "fulfilment.yaml")
NO_JUDGEMENT = "there is no policy pack at {}: nothing was judged"


def difference(
    project: Path, base: str, stack: str, *, phase: str | None = None, pack: str = "policy", today: date
) -> tuple[Difference, Preview | None]:
    """What the checkout of a project changes in a stack that its base has brought up.

    Raises:
        OpsError: no such commit, stage or environment.
    """
    top = git.top(project)
    commit = git.branched_from(base, project)
    if not (project / f"Pulumi.{stack}.yaml").exists():
        there = ", ".join(sorted(path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml")))
        raise OpsError(f"STAGE: there is no Pulumi.{stack}.yaml in {project.name}; stages here: {there}")
    if phase and not (project / PHASES).exists():
        raise OpsError(
            f"PHASE={phase}: {project.name} has no phases of its own; it takes the one of its platform's stage"
        )
    about: dict[str, Any] = {
        "stack": stack,
        "project": _folder(project, top),
        "phase": phase,
        "base": f"`{base}` at {commit[:10]}",
        "head": git.described(project),
        "today": today,
    }
    with _scratch() as scratch, git.worktree(commit, top, Path(scratch, "base")) as there_top:
        there = there_top / project.resolve().relative_to(top.resolve())
        for base_place, place in {there_top: top, there: project}.items():
            give_python(base_place, place)
        config = (f"{Workspace(project=project).project_name()}:phase={phase}",) if phase else ()
        runs = Runs(home=Path(scratch, "sandbox"), stack=stack, config=config)
        notes: list[str] = []
        is_new = not (there / f"Pulumi.{stack}.yaml").exists()
        if is_new:
            notes.append(f"The base has no Pulumi.{stack}.yaml: everything is new.")
        elif failed := runs.up(there):
            said = ("The base does not come up by itself, so there is nothing to compare with; mend it first.", *failed)
            return Difference(**about, requirements={}, errors=said), None
        packs = _packs(pack, there, there_top), _packs(pack, project, top)
        before, after = _previews(runs, None if is_new else (there, packs[0]), (project, packs[1]), notes)
        if packs[1] is None:
            notes.append(NO_JUDGEMENT.format(pack))
        text = (there / FULFILMENT).read_text(encoding="utf-8") if (there / FULFILMENT).exists() else None
    ours = project / FULFILMENT
    found = read.changes(after.steps)
    rows = read.rows(text), read.rows(ours.read_text(encoding="utf-8") if ours.exists() else None)
    errors = [f"The preview failed: {each}" for each in after.errors]
    lines = [report.read(json.dumps(each.document), "preview") if each else [] for each in (before, after)]
    return Difference(
        **about,
        changes=found,
        findings=compared(lines[0], lines[1]),
        requirements=read.requirements(*rows, found),
        errors=tuple(errors),
        notes=tuple(notes),
    ), after


def _packs(name: str, *places: Path) -> Path | None:
    """The policy pack of a project, else of the repository around it."""
    return next((place / name for place in places if (place / name).exists()), None)


def _previews(
    runs: Runs, base: tuple[Path, Path | None] | None, head: tuple[Path, Path | None], notes: list[str]
) -> tuple[Preview | None, Preview]:
    """Both programs, each with its pack, against the base's state, at once: neither writes it."""
    with ThreadPoolExecutor(2) as both:
        before = both.submit(runs.preview, *base) if base and head[1] else None
        after = both.submit(runs.preview, *head)
        if before and before.result().errors:
            notes.append(f"The base's own findings are not known: {before.result().errors[0]}")
        return before.result() if before else None, after.result()


def _scratch() -> "tempfile.TemporaryDirectory[str]":
    """A folder for the base and its sandbox, beside the checkout's own: a worktree within it would be found as ours."""
    return tempfile.TemporaryDirectory(prefix="difference-", ignore_cleanup_errors=True)


def as_json(one: Difference, code: Exit) -> str:
    """Everything, for a machine."""
    document: dict[str, Any] = {
        "version": 1,
        "exit": code,
        "counts": {kind: len(one.of(kind)) for kind in Kind},
        "destroys": [change.urn for change in one.destroys],
        **asdict(one),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def run(arguments: Sequence[str]) -> Exit:
    """Compare, write, and say what follows.

    Raises:
        OpsError: a mistake of the user's.
    """
    parser = argparse.ArgumentParser(prog="ops.diff", description="what the checkout changes in a stack")
    parser.add_argument("--base", default="main", help="branch, tag or commit that the change goes to (default: main)")
    parser.add_argument("--stack", default="dev", help="the stage (default: dev)")
    parser.add_argument("--phase", help="a phase of growth, for base and checkout alike")
    parser.add_argument("--project", type=Path, default=ROOT, help="the Pulumi project's folder")
    parser.add_argument("--pack", default="policy", help="the policy pack, below the project (default: policy)")
    parser.add_argument("--out", type=Path, help="a folder for difference.md, difference.json and preview.json")
    parser.add_argument("--summary", type=Path, help="a file to which the Markdown is added, as a job's summary is")
    parser.add_argument("--artifact", default="", help="where the whole is, if a comment must be cut")
    parser.add_argument("--accept-destructive", action="store_true", help="somebody has said that data may go")
    given = parser.parse_args(arguments)
    if shutil.which("git") is None:
        raise OpsError("git is not installed, and the base is checked out with it")
    try:
        one, preview = difference(
            given.project.resolve(), given.base, given.stack, phase=given.phase, pack=given.pack, today=date.today()
        )
    except OpsError as problem:
        if given.out:  # the comment says it too, to whoever does not read the log
            one = _untold(given.project.resolve(), given.base, given.stack, given.phase, problem)
            _write(given.out, markdown.comment(one), as_json(one, Exit.FAILED), None)
        raise
    code = one.exit(accepted=given.accept_destructive)
    text = markdown.comment(one, artifact=given.artifact, accepted=given.accept_destructive)
    sys.stdout.write(text)
    if given.summary:
        with given.summary.open("a", encoding="utf-8") as file:
            file.write(text)
    if given.out:
        _write(given.out, text, as_json(one, code), preview)
    return code


def _untold(project: Path, base: str, stack: str, phase: str | None, problem: OpsError) -> Difference:
    """Nothing but why there is nothing to tell."""
    return Difference(
        stack=stack,
        project=_folder(project, git.top(project)),
        phase=phase,
        base=f"`{base}`",
        head=git.described(project),
        today=date.today(),
        requirements={},
        errors=(str(problem),),
    )


def _folder(project: Path, top: Path) -> str:
    return project.resolve().relative_to(top.resolve()).as_posix().removeprefix(".")


def _write(place: Path, text: str, document: str, preview: Preview | None) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / "difference.md").write_text(text, encoding="utf-8")
        (place / "difference.json").write_text(document, encoding="utf-8")
        if preview:
            whole = json.dumps(preview.document, indent=2, ensure_ascii=False)
            (place / "preview.json").write_text(f"{whole}\n", encoding="utf-8")
    except OSError as problem:
        raise OpsError(f"OUT: {place} cannot be written: {problem.strerror}") from None


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    try:
        code = run(sys.argv[1:])
    except OpsError as problem:
        sys.stderr.write(f"diff: {problem}\n")
        raise SystemExit(Exit.FAILED) from None
    raise SystemExit(code)


if __name__ == "__main__":
    main()
