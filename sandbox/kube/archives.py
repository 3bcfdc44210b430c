"""Charts at hand: archives of the pinned charts in the user's cache, and the CRDs that are in them.

`make sandbox-charts` fetches them, which takes the internet; one that somebody put there (`helm pull` names it alike)
does as well. Without them a release's values are checked against the chart's recorded keys only.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from k8s.versions import KUBERNETES, Chart
from sandbox import cache
from sandbox.errors import SandboxError
from sandbox.helm import Helm
from sandbox.progress import Progress

_CRD = "CustomResourceDefinition"


def folder() -> Path:
    """Where the archives are."""
    return cache.directory("charts")


def crds() -> Path:
    """Where the CRDs of the archives are, a file each; it may be absent."""
    return folder() / "crds"


def find(name: str, version: str) -> Path | None:
    """The archive of a chart, as `helm pull` names it; None where it is not at hand."""
    place = folder() / f"{name.rstrip('/').rpartition('/')[2]}-{version}.tgz"
    return place if place.exists() else None


def pull(helm: Helm, charts: Iterable[Chart], progress: Progress) -> None:
    """Fetch the archives that are not at hand, then take out of all of them the CRDs.

    Raises:
        SandboxError: some cannot be fetched; names each, after all were tried.
    """
    failed: list[str] = []
    for chart in charts:
        if not find(chart.name, chart.version):
            failed += _fetched(helm, chart)
        archive = find(chart.name, chart.version)
        if archive:
            _definitions(helm, archive)
            progress.say(f"{chart.name} {chart.version} is in {archive}")
    if failed:
        raise SandboxError("charts that are not at hand:\n" + "\n".join(f"  {each}" for each in failed))


def _fetched(helm: Helm, chart: Chart) -> Iterator[str]:
    repository = chart.repository.rstrip("/")
    source = [f"{repository}/{chart.name}"] if chart.is_oci else [chart.name, "--repo", repository]
    done = helm.run("pull", *source, "--version", chart.version, "--destination", str(folder()), cwd=folder())
    if done.returncode != 0:
        yield f"{chart.name} {chart.version} from {repository}: {why(done.stderr)}"


def _definitions(helm: Helm, archive: Path) -> None:
    """Of a chart's `crds/`, and of its templates, where Argo CD's are; a chart that wants a value has none there."""
    shown = helm.run("show", "crds", str(archive), cwd=folder()).stdout
    rendered = helm.run("template", "x", str(archive), "--kube-version", KUBERNETES, cwd=folder())
    crds().mkdir(exist_ok=True)
    for each in [*documents(shown), *(documents(rendered.stdout) if rendered.returncode == 0 else ())]:
        if each["kind"] == _CRD:
            text = yaml.safe_dump(each, sort_keys=True)
            (crds() / f"{each['metadata']['name']}.yaml").write_text(text, encoding="utf-8")


def why(said: str) -> str:
    """The sentence in which Helm says why not."""
    lines = said.strip().splitlines()
    return next((each.removeprefix("Error: ") for each in lines if each.startswith("Error: ")), " ".join(lines[-1:]))


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The objects that Helm printed, without empty documents."""
    return (each for each in yaml.load_all(text, yaml.CSafeLoader) if each)
