"""The local cloud: `python -m sandbox -- pulumi ...` runs the real engine over stand-in providers."""

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sandbox import doctor, engine, session
from sandbox.errors import SandboxError
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


@app.command(name="doctor")
def report() -> None:
    """Say what was found, what was built, what is missing and how to get it."""
    raise SystemExit(doctor.report())


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
