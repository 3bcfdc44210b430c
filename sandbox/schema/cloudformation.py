"""AWS's own CloudFormation schemas, from cfn-lint's data files: create-only properties, enums, patterns, bounds.

CloudFormation is not the Terraform provider behind pulumi-aws: names are matched, never guessed, and what is found is
an *expected* constraint. cfn-lint itself is not imported, only its data is read.
"""

import importlib.util
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from sandbox.errors import SandboxError
from sandbox.schema.cloudformation_names import NARROWER, PROPERTIES, SERVICES, TYPES
from sandbox.schema.types import parts

_REGION = "us-east-1"  # every type exists there
_PROPERTIES = "/properties/"
_NETWORKS = {  # formats that cfn-lint's patches add, each with an example
    "ipv4-network": ipaddress.ip_network("10.0.0.0/16"),
    "ipv6-network": ipaddress.ip_network("2001:db8::/56"),
}


@dataclass(frozen=True, kw_only=True)
class Node:
    """One place in a CloudFormation schema: what it says about a value there."""

    token: str  # the Pulumi type
    path: str  # of Pulumi names, without list indices; empty at the top
    document: Mapping[str, Any]  # the whole CloudFormation type, where references lead
    schema: Mapping[str, Any]

    def member(self, name: str) -> "Node | None":
        """Return what is said about a property, by its Pulumi name; None where nothing matches."""
        properties = self._resolved.get("properties", {})
        if self.path:
            wire = match_name(name, properties)
        else:
            wire = PROPERTIES.get(self.token, {}).get(name) or match_name(name, properties, owner=parts(self.token)[2])
        path = f"{self.path}.{name}" if self.path else name
        return None if wire is None else replace(self, path=path, schema=properties[wire])

    @property
    def items(self) -> "Node | None":
        """Return what is said about the items of a list."""
        items = self._resolved.get("items")
        return None if items is None else replace(self, schema=items)

    @property
    def _resolved(self) -> Mapping[str, Any]:
        schema = self.schema
        seen: set[str] = set()
        while "$ref" in schema and schema["$ref"] not in seen:
            seen.add(schema["$ref"])
            found: Any = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def problem(self, value: object) -> str | None:
        """Say what AWS would not accept about a value, or None.

        Empty values are left alone: the Terraform provider takes "", 0 and false for "not set".
        """
        rules = self._resolved
        if self.path in NARROWER.get(self.token, ()):
            return None
        if not value or not _same_kind(value, rules.get("type")):
            return None
        return _enum_problem(value, rules) or _text_problem(value, rules) or _bound_problem(value, rules)


def _same_kind(value: object, kind: object) -> bool:
    """Compare only what both sides write alike: Terraform often takes a string where CloudFormation has a number."""
    match value:
        case bool():
            return kind == "boolean"
        case int() | float():
            return kind in ("integer", "number")
        case str():
            return kind == "string"
        case _:
            return False


def _enum_problem(value: object, rules: Mapping[str, Any]) -> str | None:
    allowed: Sequence[object] = rules.get("enum", ())
    # Terraform takes several enums in either case.
    if not allowed or str(value).lower() in {str(each).lower() for each in allowed}:
        return None
    in_order = sorted(allowed, key=lambda each: str(each).zfill(9) if isinstance(each, int) else str(each))
    return f"must be one of {', '.join(map(str, in_order))}"


def _text_problem(value: object, rules: Mapping[str, Any]) -> str | None:
    if not isinstance(value, str):
        return None
    if len(value) > rules.get("maxLength", len(value)):
        return f"must have at most {rules['maxLength']} characters, not {len(value)}"
    if len(value) < rules.get("minLength", 0):
        return f"must have at least {rules['minLength']} characters, not {len(value)}"
    if rules.get("format") in _NETWORKS and not _is_network(value, _NETWORKS[rules["format"]].version):
        return f"must be a network such as {_NETWORKS[rules['format']]}"
    pattern = _compiled(rules.get("pattern", ""))
    return None if pattern.search(value) else f"must match {pattern.pattern}"


def _is_network(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).version == version
    except ValueError:
        return False


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """AWS writes some patterns for Java or JavaScript; what Python cannot read allows everything."""
    try:
        return re.compile(pattern)
    except re.error:
        return re.compile("")


def _bound_problem(value: object, rules: Mapping[str, Any]) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if value > rules.get("maximum", value):
        return f"must be at most {rules['maximum']}"
    if value < rules.get("minimum", value):
        return f"must be at least {rules['minimum']}"
    return None


class CloudFormation:
    """The schemas of one installed cfn-lint."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: Mapping[str, str] = json.loads((root / "providers" / f"{_REGION}.json").read_text("utf-8"))
        self._by_lower = {name.lower(): name for name in self._files}

    @classmethod
    def installed(cls) -> "CloudFormation":
        """Find cfn-lint's data in this environment.

        Raises:
            SandboxError: it is not installed.
        """
        found = importlib.util.find_spec("cfnlint")
        if found is None or found.origin is None:
            raise SandboxError("cfn-lint is not installed in this environment: run `make preview` once")
        return cls(Path(found.origin).parent / "data" / "schemas")

    def type_name(self, token: str) -> str | None:
        """Return the CloudFormation type of a Pulumi resource type, such as `AWS::EC2::Subnet`; None if it has none."""
        if token in TYPES:
            return TYPES[token]
        module, _, kind = parts(token)
        services = SERVICES.get(module, (module,))
        candidates = (self._by_lower.get(f"aws::{service}::{kind}".lower()) for service in services)
        return next((name for name in candidates if name is not None), None)

    def node(self, token: str) -> Node | None:
        """Return the schema of a resource type."""
        name = self.type_name(token)
        if name is None:
            return None
        document = self._document(name)
        return Node(token=token, path="", document=document, schema=document)

    @lru_cache(maxsize=256)  # noqa: B019 -- lives as long as the one instance that a process has
    def _document(self, name: str) -> Mapping[str, Any]:
        return json.loads((self._root / "resources" / f"{self._files[name]}.json").read_text("utf-8"))

    def create_only(self, token: str, inputs: Sequence[str]) -> frozenset[str]:
        """Return the inputs whose change replaces the resource in CloudFormation."""
        return frozenset(self._named(token, inputs, "createOnlyProperties"))

    def primary_identifier(self, token: str, names: Sequence[str]) -> tuple[str, ...]:
        """Return the Pulumi properties that identify a resource, in CloudFormation's order."""
        return tuple(self._named(token, names, "primaryIdentifier"))

    def _named(self, token: str, names: Sequence[str], key: str) -> Iterator[str]:
        node = self.node(token)
        if node is None:
            return
        pulumi = {wire: name for name in names if (wire := self._wire(token, name, node)) is not None}
        for pointer in cast("Sequence[str]", node.document.get(key, ())):
            wire = pointer.removeprefix(_PROPERTIES)
            if wire in pulumi:
                yield pulumi[wire]

    def _wire(self, token: str, name: str, node: Node) -> str | None:
        return PROPERTIES.get(token, {}).get(name) or match_name(
            name, node.document["properties"], owner=parts(token)[2]
        )


def match_name(name: str, candidates: Mapping[str, object], owner: str = "") -> str | None:
    """Find the CloudFormation name of a Pulumi property: same letters, else a usual variation.

    `kmsMasterKeyId` is `KmsMasterKeyId`, `statements` is `Statement`, a queue's `name` is `QueueName`, a cluster's
    `clusterIdentifier` is `DBClusterIdentifier`, and `bucket` is `BucketName`.
    """
    by_letters = {_letters(each): each for each in candidates}
    plain = _letters(name)
    own = _letters(owner)
    attempts = [plain, *_singular(plain), own + plain, "db" + plain, *([plain + "name"] if plain == own else ())]
    return next((by_letters[each] for each in attempts if each in by_letters), None)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _singular(name: str) -> Iterator[str]:
    if name.endswith("ies"):
        yield name.removesuffix("ies") + "y"
    if name.endswith("es"):
        yield name.removesuffix("es")
    if name.endswith("s"):
        yield name.removesuffix("s")
