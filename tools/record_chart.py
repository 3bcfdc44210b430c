"""Record which keys a chart knows, from its own values file; run when a chart's version is raised.

    python -m tools.record_chart NAME VERSION SOURCE [OPEN ...] < values.yaml > k8s/recorded/NAME-VERSION.json

Helm takes a misspelt value silently, so nothing but the chart's own file says which keys mean something. Keys only are
kept, and the digest of the file they came from. A key without a default, or with an empty one, is `open`: the chart
hands on whatever is below. So is one whose default is a list, or has the fields of one of Kubernetes' own types. OPEN
names more: maps that the chart hands on as they are, though it fills some keys of them.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

# Fields of Kubernetes' own types, which charts hand on whole: one more than the default's is no mistake.
OF_KUBERNETES = (
    {"limits", "requests", "claims"},
    {"nodeAffinity", "podAffinity", "podAntiAffinity"},
    {
        "allowPrivilegeEscalation",
        "capabilities",
        "fsGroup",
        "privileged",
        "readOnlyRootFilesystem",
        "runAsGroup",
        "runAsNonRoot",
        "runAsUser",
        "seccompProfile",
    },
)


def dotted(parts: tuple[str, ...]) -> str:
    """A path as text; a dot within a key is escaped, as Helm's `--set` writes it."""
    return ".".join(part.replace(".", r"\.") for part in parts)


def leaves(values: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, bool]]:
    """Every path that the file names, and whether anything goes below it."""
    for key, value in values.items():
        path = (*at, str(key))
        within = isinstance(value, dict) and bool(value)  # pyright: ignore[reportUnknownArgumentType]
        typed = within and any(value.keys() <= fields for fields in OF_KUBERNETES)
        yield dotted(path), typed or (not within and (value is None or isinstance(value, dict | list)))
        if within:
            yield from leaves(value, path)


def record(chart: str, version: str, source: str, text: str, *, also_open: Iterable[str] = ()) -> dict[str, object]:
    """What is kept of a chart."""
    found = list(leaves(yaml.safe_load(text)))
    return {
        "chart": chart,
        "version": version,
        "source": source,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
        "keys": sorted(path for path, _ in found),
        "open": sorted({path for path, is_open in found if is_open} | set(also_open)),
    }


if __name__ == "__main__":
    name, release, origin, *handed_on = sys.argv[1:]
    kept = record(name, release, origin, sys.stdin.read(), also_open=handed_on)
    sys.stdout.write(json.dumps(kept, indent=1) + "\n")
