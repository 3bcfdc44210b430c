"""The engine, the `pulumi` on PATH, as a delivery runs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ops.deliver.troubles import CANCELLED
from ops.errors import OpsError

_MORE = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DEBUG_COMMANDS": "true",
    # A stage file that does not say what seals its secrets, as those of services, leaves that to the state.
    "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
}


def on(project: Path, stack: str, *words: str, show: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run a command on a stack; what it says is read, and with `show` a person reads along.

    Raises:
        OpsError: there is no engine.
    """
    return run(project, *words, "--stack", stack, show=show)


def run(project: Path, *words: str, show: bool = False) -> "subprocess.CompletedProcess[str]":
    """The same of a command that is on no stack."""
    command = ["pulumi", "-C", str(project), *words, "--non-interactive", "--color", "never"]
    try:
        with subprocess.Popen(
            command,
            env={**os.environ, **_MORE},
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
