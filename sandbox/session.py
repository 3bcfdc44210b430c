"""One run of the real engine against the local cloud."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sandbox import accounts, engine
from sandbox.arguments import OPERATIONS, PREVIEWS, command_of, directory_of, stage_of
from sandbox.errors import SandboxError
from sandbox.kube import cluster
from sandbox.kube.charts import Charts
from sandbox.progress import Progress
from sandbox.provider.server import Run, serve_all
from sandbox.supervise import Family, exit_code
from sandbox.workspace import Workspace, project_above

NOTICE = (
    "sandbox: a local stand-in for AWS, not the cloud. Not checked here: IAM permissions, quotas, names taken by "
    "others, versions and zones on offer, prices, networking, timing (docs/sandbox.md)."
)


def run(arguments: Sequence[str], out: Path | None, port: int = 0) -> int:
    """Run `pulumi ARGUMENTS`; with `out`, a preview's JSON result goes there too.

    Returns:
        The exit code.

    Raises:
        SandboxError: real credentials, no such stage, no engine, an unwritable place, a taken port.
    """
    command = command_of(arguments)
    if out and command not in PREVIEWS:
        raise SandboxError("--out goes with `pulumi preview`: only a preview has a JSON result")
    workspace = Workspace(project=project_above(directory_of(arguments, Path.cwd())))
    base = workspace.environment(os.environ)
    account = accounts.behind(workspace, base)
    sys.stderr.write(f"{NOTICE}\n{account.notice()}")
    progress = Progress()
    workspace.prepare()
    found = engine.ensure(progress, leave_out=workspace.commands)
    place = workspace.with_language_host(found)
    environment = workspace.environment(base, place)
    pulumi = str(place / "pulumi")
    for sentence in workspace.release_dead_locks():
        progress.say(f"sandbox: {sentence}")
    with ExitStack() as ending, Family() as family:
        stage = stage_of(arguments) or _selected(workspace, pulumi, environment) if command in OPERATIONS else None
        kube = cluster.find(workspace.cluster(stage), os.environ.get(cluster.CHOICE, ""), ending)
        progress.say(kube.notice)
        charts = Charts(project=workspace.project)
        known = Run(environment=environment, account=account, cluster=kube, charts=charts)
        environment["PULUMI_DEBUG_PROVIDERS"] = serve_all(known, ending, port)
        if stage:
            environment["PULUMI_OPTION_CONFIG_FILE"] = str(workspace.stage_file(stage))
            _initialise(workspace, stage, pulumi, environment)
        else:
            ending.callback(_put_back, workspace, workspace.stage_files(), progress)
        if out:
            return _preview_into(out, [pulumi, *arguments], environment, family)
        return exit_code(family.start([pulumi, *arguments], environment=environment))


def _selected(workspace: Workspace, pulumi: str, environment: Mapping[str, str]) -> str | None:
    """The stage that `pulumi stack select` chose; None where it chose none."""
    said = _quietly(pulumi, "stack", "--show-name", at=workspace.project, environment=environment)
    return said.stdout.strip() or None


def _initialise(workspace: Workspace, stage: str, pulumi: str, environment: Mapping[str, str]) -> None:
    """Make the stage's stack in the sandbox's backend if it is not there yet."""
    if workspace.is_initialised(stage):
        return
    # In a copy of the project: the engine writes its passphrase salt into the stage file of wherever it runs.
    with tempfile.TemporaryDirectory() as copy:
        shutil.copy(workspace.project / "Pulumi.yaml", copy)
        done = _quietly(pulumi, "stack", "init", stage, "--no-select", at=Path(copy), environment=environment)
    if done.returncode != 0 and not workspace.is_initialised(stage):
        raise SandboxError(f"the stack {stage} could not be initialised: {done.stderr.strip()}")


def _quietly(
    pulumi: str, *arguments: str, at: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    command = [pulumi, *arguments, "--non-interactive", "-C", str(at)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _put_back(workspace: Workspace, before: Mapping[Path, bytes], progress: Progress) -> None:
    """Undo what a command such as `pulumi config set` or `stack init` did to stage files.

    A secret would be encrypted there with the sandbox's passphrase, which a real stack could never read.
    """
    after = workspace.stage_files()
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        if path in before:
            path.write_bytes(before[path])
        else:
            path.unlink()
        progress.say(f"sandbox: put {path.name} back as it was: nothing in here changes a stage file; edit it")


def _preview_into(out: Path, command: Sequence[str], environment: Mapping[str, str], family: Family) -> int:
    """Preview twice at once: as text on this terminal, and as JSON for `out`. Returns the text run's exit code.

    The engine's JSON leaves out what policies found, so that is added from its event log, as `policyViolations`.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = out.with_name(f".{out.name}.{os.getpid()}")
        fresh.touch()
    except OSError as problem:
        raise SandboxError(f"OUT: {out} cannot be written: {problem.strerror}") from None
    try:
        with tempfile.TemporaryDirectory() as scratch, Path(scratch, "result").open("w+b") as result:
            events = Path(scratch, "events")
            text = family.start([*command, "--event-log", str(events)], environment=environment)
            silent = family.start([*command, "--json"], environment=environment, output=result)
            code = exit_code(text)
            silent.wait()
            result.seek(0)
            digest = _digest(result.read().decode())
            digest["policyViolations"] = _violations(events)
            fresh.write_text(json.dumps(digest, indent=2, ensure_ascii=False) + "\n")
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)
    return code


def _digest(printed: str) -> dict[str, Any]:
    """The JSON document among what a `--json` preview prints."""
    start = printed.find("{")
    if start < 0:
        return {"diagnostics": [{"severity": "error", "message": printed.strip()}]}
    document, _ = json.JSONDecoder().raw_decode(printed[start:])
    return document


def _violations(events: Path) -> list[dict[str, str]]:
    """What policies found in a run, as its event log tells."""
    lines = events.read_text().splitlines() if events.exists() else []
    found = [event for line in lines if (event := json.loads(line).get("policyEvent"))]
    return [
        {
            "urn": event.get("resourceUrn", ""),
            "level": event["enforcementLevel"],
            "policy": event["policyName"],
            "pack": event["policyPackName"],
            "message": event["message"],
        }
        for event in found
    ]
