"""Records what a Stack of the Pulumi Kubernetes Operator may say, from a checkout of its source.

    .venv/bin/python -m tools.record_operator CHECKOUT TAG

The record has the structure only: names of fields, types, what is required, allowed values. The Go module that the
definition could be made from, as those of sandbox/kube are, is on no module proxy. A pod's own schema, which the
definition repeats, is left open: Kubernetes' own schemas know it.
"""

import json
import subprocess
import sys
from typing import Any

import yaml

from ops.services.operator import RECORD

FILE = "deploy/crds/pulumi.com_stacks.yaml"
VERSION = "v1"
KEPT = ("enum", "format", "items", "maxLength", "minLength", "minimum", "pattern", "properties", "required", "type")
OPEN = "podTemplate"


def structure(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without what it says to people; what is not named is not allowed."""
    kept = {key: schema[key] for key in KEPT if key in schema and key not in ("items", "properties")}
    if "items" in schema:
        kept["items"] = structure(schema["items"])
    if "properties" in schema:
        kept["properties"] = {
            name: {"type": "object"} if name == OPEN else structure(each) for name, each in schema["properties"].items()
        }
        kept["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    elif isinstance(schema.get("additionalProperties"), dict):
        kept["additionalProperties"] = structure(schema["additionalProperties"])
    return kept


def main(checkout: str, tag: str) -> None:
    """Write the record."""
    git = ["git", "-C", checkout]
    commit = subprocess.run([*git, "rev-parse", f"{tag}^{{commit}}"], capture_output=True, text=True, check=True).stdout
    text = subprocess.run([*git, "show", f"{tag}:{FILE}"], capture_output=True, text=True, check=True).stdout
    definition: dict[str, Any] = yaml.safe_load(text)
    (version,) = [each for each in definition["spec"]["versions"] if each["name"] == VERSION]
    record = {
        "source": f"https://github.com/pulumi/pulumi-kubernetes-operator/blob/{commit.strip()}/{FILE}",
        "version": tag,
        "apiVersion": f"{definition['spec']['group']}/{VERSION}",
        "kind": definition["spec"]["names"]["kind"],
        "scope": definition["spec"]["scope"],
        "longestName": 42,  # a rule of the definition, in CEL
        "spec": structure(version["schema"]["openAPIV3Schema"]["properties"]["spec"]),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
