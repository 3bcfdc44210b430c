"""The local cloud: `python -m sandbox -- pulumi ...` runs the real engine over stand-in providers."""

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from k8s.versions import CHARTS
from sandbox import doctor, drift, engine, helm, session, tamper
from sandbox.errors import SandboxError
from sandbox.kube import archives, build
from sandbox.progress import Progress
from sandbox.workspace import Workspace, project_above

app = typer.Typer(help=__doc__, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(help="pulumi and its arguments")],
    out: Annotated[
        Path | None, typer.Option(help="with preview: also write the engine's --json result to this file")
    ] = None,
    port: Annotated[int, typer.Option(help="where the stand-in listens on 127.0.0.1; 0: any free port")] = 0,
) -> None:
    """Run pulumi against the local cloud (what `--` stands for)."""
    if command[0] != "pulumi":
        raise SandboxError(f"after -- comes pulumi and its arguments, not {command[0]!r}")
    raise SystemExit(session.run(command[1:], out, port))


@app.command()
def env() -> None:
    """Print the environment in which plain `pulumi` runs against the local cloud: eval "$(python -m sandbox env)"."""
    workspace = Workspace(project=project_above(Path.cwd()))
    inside = workspace.environment(os.environ, workspace.commands)
    workspace.prepare()
    engine.ensure(Progress(), leave_out=workspace.commands)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in inside.items() if os.environ.get(name) != value]
    sys.stdout.write("\n".join([f"# {session.NOTICE}", *lines, ""]))


@app.command()
def kube() -> None:
    """Build the real Kubernetes API server, and make the CRDs of what the platform installs (make sandbox-kube)."""
    build.make(Progress())


@app.command(name="charts")
def fetch_charts() -> None:
    """Fetch the pinned Helm charts, so that a run checks what they make of our values (make sandbox-charts)."""
    archives.pull(helm.ensure(Progress()), CHARTS, Progress())


@app.command(name="doctor")
def report() -> None:
    """Say what was found, what was built, what is missing and how to get it."""
    raise SystemExit(doctor.report())


_STAGE = typer.Option(help="the stage, such as dev")


@app.command(name="drift")
def look_for_drift(stage: Annotated[str, _STAGE] = "dev") -> None:
    """Say what is other than the state says; nothing is written. Exit code 0: nothing, 3: drift, 1: it failed."""
    raise SystemExit(drift.report(Workspace(project=project_above(Path.cwd())), stage))


@app.command(name="tamper")
def change_by_hand(
    name: Annotated[str | None, typer.Argument(help="a resource, by its logical name or URN")] = None,
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="PROPERTY=VALUE", help="such as tags.Owner=somebody")
    ] = None,
    stage: Annotated[str, _STAGE] = "dev",
    delete: Annotated[bool, typer.Option("--delete", help="delete the resource")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="put it back as it was; without a name, everything")] = False,
) -> None:
    """Change a resource behind Pulumi's back, so that there is drift; without arguments, list what was changed."""
    workspace = Workspace(project=project_above(Path.cwd()))
    if sum((delete, undo, bool(assignments))) > 1 or (name is None and delete):
        raise SandboxError("tamper takes a resource and one of: PROPERTY=VALUE ..., --delete, --undo")
    if undo:
        said = tamper.undo(workspace, stage, name) or [f"nobody tampered with {stage}"]
    elif name is None:
        said = tamper.listed(workspace, stage)
    elif delete:
        said = [tamper.delete(workspace, stage, name)]
    elif assignments:
        said = tamper.change(workspace, stage, name, assignments)
    else:
        raise SandboxError(f"tamper {name}: say what to change (PROPERTY=VALUE), or --delete, or --undo")
    sys.stdout.write("".join(f"{sentence}\n" for sentence in said))


@app.command(name="aws")
def talk(
    stage: Annotated[str, _STAGE] = "dev",
    port: Annotated[int, typer.Option(help="where it listens on 127.0.0.1; 0: any free port")] = 0,
) -> None:
    """Serve an AWS for boto3 and the aws command line, filled from the state of a stage, until it is stopped."""
    from sandbox.mirror import serve  # noqa: PLC0415 -- boto3 and moto take a second that no other command needs

    raise SystemExit(serve.run(Workspace(project=project_above(Path.cwd())), stage, port))


def main() -> NoReturn:
    """Entry point; a user's mistake is one sentence on stderr and exit code 1."""
    arguments = sys.argv[1:]
    if "--" in arguments and arguments[0].startswith("-"):
        arguments = ["run", *arguments]
    try:
        app(arguments, standalone_mode=True)
    except SandboxError as problem:
        sys.stderr.write(f"sandbox: {problem}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
    except BrokenPipeError:
        raise SystemExit(128 + signal.SIGPIPE) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
