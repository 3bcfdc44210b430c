"""Calls a function of this checkout from a process of its own, wherever that process runs."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The exit code of a program that has shown the reason why it failed; the official language host uses the same.
REASON_SHOWN = 32


def calling(module: str, function: str) -> str:
    """Python source that calls `module.function()` with this checkout importable.

    Only while the module is imported: a program that the function then runs sees what it would see elsewhere.
    """
    return (
        f"import sys; sys.path[0] = {str(ROOT)!r}; from {module} import {function} as begin; del sys.path[0]; begin()"
    )


def command(module: str, function: str, *, python: Path | str = sys.executable) -> list[str]:
    """The command line of such a process; its output is not held back."""
    return [str(python), "-u", "-c", calling(module, function)]
