"""What the engine says that an `up` would do, as lines for a person. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ops.stateful import GUARDED

SAME = frozenset({"same", "read", "refresh", "discard"})
LOSES = frozenset({"delete", "replace", "create-replacement", "delete-replaced", "read-replacement"})
# The engine tells a replacement in up to three steps; this is the one that every replacement has.
VERBS = {"create": "adds", "update": "changes", "replace": "replaces", "delete": "deletes"}


def type_of(step: Mapping[str, Any]) -> str:
    """The type of the resource that a step is about."""
    state: Mapping[str, Any] = step.get("newState") or step["oldState"]
    return str(state["type"])


def lost(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The URNs of what holds data and would be deleted or replaced."""
    return sorted({str(step["urn"]) for step in steps if step["op"] in LOSES and type_of(step) in GUARDED})


def told(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each kind of change and type; what goes is named, and what holds data is shouted."""
    lines = [*_lines(steps)] or ["nothing changes"]
    return [*lines, *(f"HOLDS DATA and would go: {urn}" for urn in lost(steps))]


def _lines(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ours = [step for step in steps if not type_of(step).startswith(("startup-platform:", "pulumi:", "eks:"))]
    for op, verb in VERBS.items():
        found = [step for step in ours if step["op"] == op]
        kinds = Counter(type_of(step) for step in found)
        if not found:
            continue
        yield f"{verb} {len(found)}:"
        for kind, count in sorted(kinds.items()):
            names = sorted(str(step["urn"]).rpartition("::")[2] for step in found if type_of(step) == kind)
            named = f" ({', '.join(names)})" if op in ("replace", "delete") else ""
            paths = sorted({_top(path) for step in found if type_of(step) == kind for path in _paths(step)})
            of = f" [{', '.join(paths)}]" if paths and op in ("update", "replace") else ""
            yield f"  {count} {kind}{named}{of}"


def _paths(step: Mapping[str, Any]) -> Sequence[str]:
    return [*(step.get("detailedDiff") or {})] or step.get("diffReasons") or []


def _top(path: str) -> str:
    return path.replace("[", ".").partition(".")[0]
