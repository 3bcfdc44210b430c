"""Compares a stack's state with the sandbox's account: `python -m sandbox.faults --stack dev`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from sandbox.errors import SandboxError
from sandbox.faults.recovery import Stack, import_document, unknown
from sandbox.faults.states import astray
from sandbox.workspace import Workspace, project_above


def main(
    stack: Annotated[str, typer.Option(help="which stage")] = "dev",
    out: Annotated[Path | None, typer.Option(help="where the file for `pulumi import --file` goes")] = None,
) -> None:
    """Say what only one of them has; exit code 1 if anything."""
    workspace = Workspace(project=project_above(Path.cwd()))
    there = Stack(project=workspace.project, home=workspace.home, name=stack)
    try:
        if not workspace.is_initialised(stack):
            raise SandboxError(f"the stack {stack} was never brought up in here: make up STAGE={stack}")
        found = astray(there.peek(), there.living())
        lost = unknown(there.peek(), there.living())
        if lost:
            place = out or workspace.home / f"import-{stack}.json"
            place.write_text(json.dumps(import_document(lost, there.planned()), indent=2) + "\n")
            found.append(f"to take them over: pulumi import --file {place} --protect=false --generate-code=false")
    except SandboxError as problem:
        sys.stderr.write(f"sandbox: {problem}\n")
        raise SystemExit(1) from None
    sys.stdout.write("\n".join(found or ["state and account agree"]) + "\n")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
