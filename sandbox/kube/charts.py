"""Helm charts, by the keys that their values files have: a value that the chart does not know is a mistake.

This takes no chart; rendering.py does. `k8s/recorded/<chart>-<version>.json` of the project says which keys it has:
{"chart", "version", "keys": ["a.b.c", ...], "open": ["a.b", ...]}, where below an open path anything is allowed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.schema.check import Problem, nearest
from sandbox.schema.values import Bag, Value, reveal, text

RECORDED = Path("k8s", "recorded")


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What a chart's values may say."""

    name: str
    version: str
    branches: Mapping[str, frozenset[str]]  # path -> the keys that are recorded below it
    open: frozenset[str]

    def problems(self, values: Bag) -> list[Problem]:
        """List the keys that the chart does not have."""
        return list(self._inside("", reveal(values)))

    def _inside(self, path: str, value: Value) -> Iterator[Problem]:
        below = self.branches.get(path)
        if not isinstance(value, dict) or below is None or path in self.open:
            return
        for key, each in value.items():
            place = f"{path}.{key}" if path else key
            if key in below:
                yield from self._inside(place, each)
            elif place not in self.open:
                near = nearest(key, dict.fromkeys(below))
                hint = f"did you mean {near!r}?" if near else f"there is {', '.join(sorted(below))}"
                where = f"below {path}" if path else "at the top"
                yield Problem(
                    path=f"values.{place}",
                    reason=f"the chart {self.name} {self.version} has no value {key!r} {where}; {hint}",
                )


@dataclass(frozen=True, kw_only=True)
class Charts:
    """The charts that one project has recorded."""

    project: Path

    def find(self, name: str, version: str) -> Chart | None:
        """The record of a chart at a version; None where there is none.

        Raises:
            SandboxError: its record is not what it should be.
        """
        name = name.rstrip("/").rpartition("/")[2]
        folder = self.project / RECORDED
        places = [folder / f"{name}-{each}.json" for each in (version, version.removeprefix("v"), f"v{version}")]
        found = next((each for each in places if each.exists()), None)
        if not found:
            return None
        try:
            record = json.loads(found.read_text(encoding="utf-8"))
            return _chart(name, version, record["keys"], record["open"])
        except (ValueError, KeyError, TypeError) as problem:
            raise SandboxError(f"{RECORDED / found.name}: not a chart's record ({problem!r})") from None

    def check(self, inputs: Bag) -> tuple[list[Problem], str]:
        """Look at the values of a Release; what was found, and a sentence on what could not be looked at."""
        name, version, values = text(inputs, "chart"), text(inputs, "version"), reveal(inputs.get("values"))
        if not name:
            return [], "a Helm release whose chart is not known yet"
        if not isinstance(values, dict) or not values:
            return [], ""
        if not version:
            return [], f"the values of chart {name}: the release names no version"
        chart = self.find(name, version)
        if not chart:
            wanted = RECORDED / f"{name.rpartition('/')[2]}-{version}.json"
            return [], f"the values of chart {name} {version}: there is no {wanted}"
        return chart.problems(values), ""


def _chart(name: str, version: str, keys: list[str], opened: list[str]) -> Chart:
    branches: dict[str, set[str]] = {}
    for path in (*keys, *opened):
        steps = path.split(".")
        for depth, step in enumerate(steps):
            branches.setdefault(".".join(steps[:depth]), set()).add(step)
    return Chart(
        name=name,
        version=version,
        branches={path: frozenset(below) for path, below in branches.items()},
        open=frozenset(opened),
    )
