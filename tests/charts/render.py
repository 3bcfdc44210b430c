"""Renders the chart of services. Run as a module (`make golden`) it writes the golden files, for a person to read."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from k8s.versions import KUBERNETES
from sandbox.helm import Helm, ensure
from sandbox.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "k8s" / "charts" / "service"
GOLDEN = Path(__file__).with_name("golden")
EXAMPLES = sorted((CHART / "examples").glob("*.yaml"))

Object = dict[str, Any]


def rendered(helm: Helm, *arguments: str, namespace: str = "core") -> str:
    """What `helm template` says of the chart for the pinned minor of Kubernetes; stderr if it refuses."""
    version = ["--kube-version", f"{KUBERNETES}.0"]
    done = helm.run("template", "service", str(CHART), "--namespace", namespace, *version, *arguments, cwd=ROOT)
    return done.stdout if done.returncode == 0 else done.stderr


def text_of(helm: Helm, example: Path) -> str:
    """An example as it would run: in its team's namespace."""
    team = yaml.safe_load(example.read_text(encoding="utf-8"))["team"]
    return rendered(helm, "--values", str(example), namespace=team)


def objects(text: str) -> Mapping[tuple[str, str], Object]:
    """The objects of a rendering by kind and name."""
    found: dict[tuple[str, str], Object] = {}
    for each in yaml.safe_load_all(text):
        if each:
            key = (each["kind"], each["metadata"]["name"])
            assert key not in found, key
            found[key] = each
    return found


def main() -> None:
    helm = ensure(Progress())
    for example in EXAMPLES:
        (GOLDEN / example.name).write_text(text_of(helm, example), encoding="utf-8")
    sys.stdout.write(f"{len(EXAMPLES)} files in {GOLDEN.relative_to(ROOT)}: read what `git diff` says of them\n")


if __name__ == "__main__":
    main()
