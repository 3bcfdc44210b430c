"""Records what pulumi-eks's `eks.Cluster` constructs, from a checkout of its source, for the sandbox's copy of it.

    .venv/bin/python -m tools.record_eks CHECKOUT COMMIT

The record has names only: types, resource names, their input keys, arguments and outputs. No code of theirs.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

RECORD = Path(__file__).resolve().parents[1] / "sandbox" / "schema" / "recorded" / "eks_cluster.json"
SOURCES = ("nodejs/eks/cluster/cluster.ts", "nodejs/eks/cluster/authenticationMode.ts")
_NEW = re.compile(r"new (aws|k8s)\.([\w.]+)\(\s*`([^`]+)`,\s*\{")
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
_KEY = re.compile(r"(?:^|,)\s*(?:(\w+)(?=\s*(?::|,|$))|\.\.\.(\w+))")
_ARGUMENT = re.compile(r"^    (\w+)\?:", re.MULTILINE)
_OUTPUT = re.compile(r"^            (\w+): this\.", re.MULTILINE)


def children(text: str) -> Iterator[dict[str, object]]:
    """Every resource that the source constructs by itself: type, name, and the keys of its inputs."""
    for found in _NEW.finditer(text):
        body = _braced(text[found.end() - 1 :])
        keys = [each[1] or f"...{each[2]}" for each in _KEY.finditer(_top_level(body))]
        yield {"type": f"{found[1]}.{found[2]}", "name": found[3].replace("${", "{"), "inputs": sorted(set(keys))}


def _braced(text: str) -> str:
    """What stands between a brace and the one that closes it."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return text[1:place]
    raise ValueError("a brace that nothing closes")


def _top_level(body: str) -> str:
    """The body without what is nested in it."""
    kept: list[str] = []
    depth = 0
    for letter in body:
        depth -= letter in ")]}"
        if depth == 0 and letter not in ")]}":
            kept.append(letter)
        depth += letter in "([{"
    return "".join(kept)


def main(checkout: str, commit: str) -> None:
    """Write the record."""
    texts = [
        subprocess.run(
            ["git", "-C", checkout, "show", f"{commit}:{source}"], capture_output=True, text=True, check=True
        ).stdout
        for source in SOURCES
    ]
    plain = [_COMMENT.sub("", text) for text in texts]
    options = _braced(plain[0][plain[0].index("{", plain[0].index("export interface ClusterOptions")) :])
    component = plain[0][plain[0].index("export class Cluster extends") :]
    record = {
        "source": f"github.com/pulumi/pulumi-eks at {commit}",
        "files": SOURCES,
        "children": [child for text in plain for child in children(text)],
        "arguments": sorted(set(_ARGUMENT.findall(options))),
        "outputs": sorted(set(_OUTPUT.findall(component))),
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
