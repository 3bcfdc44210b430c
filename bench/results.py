"""The page that the measurements are published on, and what every figure on it must be read with."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

HERE = Path(__file__).parent
PAGE = HERE / "RESULTS.md"
_HEAD = """# What was measured

Made by `make bench`, a section by each of the commands named in them; never edited. The figures are of one day on one
machine, shared with others: run it on yours.
"""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Repeated measurements of one thing, in s."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle value, in s."""
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        """The smallest value that 95 % of the values do not pass, in s."""
        ordered = sorted(self.values)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]

    def overlaps(self, other: Spread) -> bool:
        """Whether noise alone may have made the difference."""
        return min(self.values) <= max(other.values) and min(other.values) <= max(self.values)

    def in_seconds(self) -> str:
        """Median and range."""
        return f"{self.median:.2f} ({min(self.values):.2f} to {max(self.values):.2f})"


def load() -> str:
    """The load average of the last minute, such as `0.42`."""
    return f"{os.getloadavg()[0]:.2f}"


def circumstances(command: str, versions: Sequence[str], load_before: str) -> str:
    """When, where, with what and how a section was measured, as a list."""
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {platform.system()}"
    return f"""- Command: `{command}`, {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}.
- Machine: {machine}; load average {load_before} before and {load()} after.
- Versions: {", ".join([f"Python {platform.python_version()}", *versions])}."""


def installed(*packages: str) -> list[str]:
    """Packages with their versions."""
    return [f"{name} {metadata.version(name)}" for name in packages]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def publish(title: str, text: str) -> None:
    """Puts a section on the page, in the place of the one with the same title."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    sections = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", old, re.MULTILINE | re.DOTALL))
    sections[title] = text
    body = "\n\n".join(f"## {name}\n\n{section.strip()}" for name, section in sorted(sections.items()))
    PAGE.write_text(f"{_HEAD}\n{body}\n", encoding="utf-8")


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(("git", *arguments), cwd=HERE, capture_output=True, check=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", ":/*.py", ":/*.json", ":/*.txt", ":/*.lock")  # what decides a figure
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
