"""The stacks of services that a stage does not have yet: the platform's delivery makes them, empty.

What plans a service's stack may only read, and cannot begin one. The platform's own delivery has a gate and a role that
writes: its plan names the stacks that are not there, and what applies the plan makes them. Their secrets are sealed as
the platform's. The engine keeps in the state by what, and so nobody has to commit that for each service.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml

from ops.affected.stacks import SERVICES
from ops.deliver import engine
from ops.errors import OpsError
from sandbox.workspace import Workspace


def missing(top: Path, stage: str) -> tuple[str, ...]:
    """The folders of services that are to run in a stage and have no stack there.

    Raises:
        OpsError: the backend cannot be asked.
    """
    named = {
        folder.relative_to(top).as_posix(): Workspace(project=folder).project_name()
        for folder in sorted((top / SERVICES).glob("*"))
        if (folder / f"Pulumi.{stage}.yaml").exists()
    }
    if not named:
        return ()
    listed = engine.run(top, "stack", "ls", "--all", "--json")
    if listed.returncode != 0:
        raise OpsError(f"the stacks of {stage} cannot be listed: {listed.stderr.strip()}")
    there = {each["name"].partition("/")[2] for each in json.loads(listed.stdout)}  # without the organisation
    return tuple(folder for folder, project in named.items() if f"{project}/{stage}" not in there)


def make(top: Path, stage: str, folder: str) -> None:
    """Make the stack of a service, with what seals the secrets of the platform's.

    Raises:
        OpsError: it could not be made.
    """
    platform: Any = yaml.safe_load((top / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8")) or {}
    provider = platform.get("secretsprovider")
    # In a copy, since the engine would write into the stage file of the checkout.
    with tempfile.TemporaryDirectory() as copy:
        shutil.copy(top / folder / "Pulumi.yaml", copy)
        sealed = ["--secrets-provider", provider] if provider else []
        done = engine.run(Path(copy), "stack", "init", stage, "--no-select", *sealed)
    if done.returncode != 0:
        raise OpsError(f"{folder}: its stack {stage} could not be made: {done.stderr.strip()}")
