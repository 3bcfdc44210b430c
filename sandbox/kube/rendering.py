"""What a release makes of its values: rendered where Helm and the chart are at hand, and each object then checked."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from k8s.versions import KUBERNETES
from sandbox import helm
from sandbox.helm import Helm
from sandbox.kube import archives
from sandbox.kube.backend import Backend, Verdict
from sandbox.kube.objects import kind_of
from sandbox.schema.check import Problem
from sandbox.schema.values import Bag, Unknown, Value, has_unknown, reveal, text

# Stands for a value that is not known yet; a label, a name and a host may all have this form.
_LATER = "known-after-up"
_SHOWN = 5  # problems of one release; the first ones lead to the others


def check(cluster: Backend, inputs: Bag) -> Verdict:
    """Render a release and check each of its objects; silent where Helm or the chart is not at hand."""
    name, version = text(inputs, "chart") or "", text(inputs, "version") or ""
    archive = archives.find(name, version) if version else None
    renderer = helm.find() if archive else None
    if archive is None or renderer is None:
        return Verdict(problems=[])
    values = reveal(inputs.get("values")) or {}
    rendered, refusal = _rendered(renderer, archive, inputs, _plain(values))
    if refusal:
        if has_unknown(inputs.get("values")):
            return Verdict(problems=[], unchecked=f"what {name} {version} renders to: a value of it is not known yet")
        return Verdict(problems=[Problem(path="values", reason=f"the chart does not render: {refusal}")])
    problems: list[Problem] = []
    unchecked: set[str] = set()
    for each in archives.documents(rendered):
        kind = kind_of(each["apiVersion"], each["kind"])
        verdict = cluster.check(kind, cast("Bag", each))
        title = f"{each['kind']} {each['metadata']['name']}"
        problems += [
            Problem(path="values", reason=f"its {title} then has {one.path or 'a fault'}: {one.reason}")
            for one in verdict.problems
            if _LATER not in one.reason
        ]
        unchecked |= {verdict.unchecked} if verdict.unchecked else set()
    return Verdict(problems=problems[:_SHOWN], unchecked="; ".join(sorted(unchecked)))


def _rendered(renderer: Helm, archive: Path, inputs: Bag, values: object) -> tuple[str, str]:
    """What Helm prints, and why it refuses."""
    namespace = text(inputs, "namespace") or "default"
    with tempfile.TemporaryDirectory(prefix="values-") as scratch:
        file = Path(scratch, "values.yaml")
        file.write_text(yaml.safe_dump(values), encoding="utf-8")
        options = ["--namespace", namespace, "--kube-version", KUBERNETES, "--values", str(file)]
        if not reveal(inputs.get("skipCrds")):
            options.append("--include-crds")
        done = renderer.run("template", text(inputs, "name") or "release", str(archive), *options, cwd=Path(scratch))
    return done.stdout, (archives.why(done.stderr) or "Helm says nothing") if done.returncode != 0 else ""


def _plain(value: Value) -> Any:
    """As Helm takes it: what is not known yet has a name in its place."""
    if isinstance(value, Unknown):
        return _LATER
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
