"""Installs a pinned chart with our values.

`helm.v3.Release` and not `helm.v4.Chart`: several of these charts make their certificates in hooks, which Chart leaves
out (docs/adr/0019), and Helm's own record lets whoever is on duty see and roll back a release without Pulumi.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from k8s.versions import Chart

VALUES = Path(__file__).resolve().parents[1] / "values"
# Seconds. A first installation waits for a node, an image of a gigabyte and a leader election.
READY_SECONDS = 900
# What a controller needs to let go of what it made: a drained node takes as long as its slowest pod.
GONE = pulumi.CustomTimeouts(create="20m", update="20m", delete="45m")


def values(name: str) -> dict[str, Any]:
    """Our values of a chart, as they are in the repository."""
    return yaml.safe_load((VALUES / f"{name}.yaml").read_text())


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both, key by key; where both say something that is no map, `over` does."""
    both = dict(base)
    for key, value in over.items():
        held = both.get(key)
        both[key] = merged(held, value) if isinstance(held, Mapping) and isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownArgumentType]
    return both


def install(
    name: str,
    chart: Chart,
    *,
    namespace: str,
    release: str = "",  # the chart's name without it
    ours: str = "",  # the values file, if it is not the chart's name
    over: Mapping[str, Any] | None = None,  # what only the platform knows
    skip_crds: bool = False,
    opts: pulumi.ResourceOptions,
) -> kubernetes.helm.v3.Release:
    """The chart, installed and waited for: what depends on it finds it running."""
    return kubernetes.helm.v3.Release(
        name,
        name=release or chart.name,
        chart=f"{chart.repository}/{chart.name}" if chart.is_oci else chart.name,
        repository_opts=None if chart.is_oci else kubernetes.helm.v3.RepositoryOptsArgs(repo=chart.repository),
        version=chart.version,
        namespace=namespace,
        create_namespace=False,
        values=merged(values(ours or chart.name), over or {}),
        skip_crds=skip_crds,
        # An installation that fails is taken back whole, so that the next one begins at the beginning.
        atomic=True,
        timeout=READY_SECONDS,
        max_history=5,
        opts=opts,
    )
