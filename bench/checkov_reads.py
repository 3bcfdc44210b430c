# pyright: basic, reportMissingImports=false
"""Run by Checkov's own Python: which attributes each of its built-in checks on an AWS type reads, as JSON.

A check names them itself (`get_inspected_key`, `get_evaluated_keys`, a graph check's `attribute`); of one that reads
its input in code, the literal names are taken from its source.
"""

import inspect
import json
import logging
import re
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import yaml

logging.disable(logging.CRITICAL)
LITERAL = re.compile(r"""conf(?:\[|\.get\()["'](\w+)["']|["'](\w+)["'] (?:not )?in conf\b""")


def said(check):
    """What a check says itself that it reads."""
    for method in ("get_inspected_key", "get_evaluated_keys", "get_inspected_keys"):
        with suppress(Exception):  # a check has some of these; others need a scan first
            keys = getattr(check, method)()
            yield from keys if isinstance(keys, list) else [keys]


def read_in_code(check):
    """What the source of a check reads by name."""
    return [one or other for one, other in LITERAL.findall(inspect.getsource(type(check)))]


def of_graph_check(condition):
    """Pairs of type and attribute in a graph check's definition, at any depth."""
    if isinstance(condition, list):
        for each in condition:
            yield from of_graph_check(each)
    elif isinstance(condition, dict):
        types, attribute = condition.get("resource_types"), condition.get("attribute")
        if isinstance(types, list) and isinstance(attribute, str) and condition.get("cond_type") == "attribute":
            yield from ((each, attribute) for each in types)
        for each in condition.values():
            yield from of_graph_check(each)


def main():
    """Print the attributes, per type and check."""
    import checkov.terraform.checks.resource  # noqa: PLC0415 (registers every check)
    from checkov.terraform.checks.resource.registry import resource_registry  # noqa: PLC0415

    reads = defaultdict(lambda: defaultdict(set))
    for token, checks in resource_registry.checks.items():
        for check in checks:
            reads[token][check.id] |= {str(key) for key in [*said(check), *read_in_code(check)]}
    root = Path(checkov.terraform.checks.resource.__file__).parents[1] / "graph_checks" / "aws"
    for path in sorted(root.glob("*.yaml")):
        graph_check = yaml.safe_load(path.read_text(encoding="utf-8"))
        for token, attribute in of_graph_check(graph_check["definition"]):
            reads[token][graph_check["metadata"]["id"]].add(attribute)
    json.dump(
        {
            token: {check: sorted(keys) for check, keys in sorted(checks.items())}
            for token, checks in sorted(reads.items())
            if token.startswith("aws_")
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
