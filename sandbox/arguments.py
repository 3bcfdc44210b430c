"""What a `pulumi` command line says, as far as the sandbox must know it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

PREVIEWS = frozenset({"preview", "pre"})
# Commands that read a stage file and act on its stack; they get the sandbox's copy of that file.
OPERATIONS = PREVIEWS | {"up", "update", "refresh", "destroy", "down", "dn", "import", "watch"}
STACK = ("-s", "--stack")
DIRECTORY = ("-C", "--cwd")
# What may stand before the command with a value of its own: `pulumi help` lists them as global flags.
WITH_VALUE = (*STACK, *DIRECTORY, "--color", "-v", "--verbose", "--tracing", "--profiling", "--memprofilerate")


def command_of(arguments: Sequence[str]) -> str | None:
    """The command: the first word that is neither a flag nor a flag's value."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            return word
        if word in WITH_VALUE:
            next(words, None)
    return None


def stage_of(arguments: Sequence[str]) -> str | None:
    """The stack that is named, without organisation and project; None where none is."""
    return next((value.rpartition("/")[2] for value in _values(arguments, STACK)), None)


def directory_of(arguments: Sequence[str], here: Path) -> Path:
    """Where the command runs: the directory that is named, else the current one."""
    return next((here / value for value in _values(arguments, DIRECTORY)), here)


def _values(arguments: Sequence[str], names: tuple[str, str]) -> Iterator[str]:
    """The values of a flag in any of its spellings: `-s dev`, `-sdev`, `--stack dev`, `--stack=dev`."""
    short, long = names
    for position, word in enumerate(arguments):
        if word in names:
            yield from arguments[position + 1 : position + 2]
        elif word.startswith(f"{long}="):
            yield word.removeprefix(f"{long}=")
        elif word.startswith(short) and not word.startswith("--"):
            yield word.removeprefix(short).removeprefix("=")
