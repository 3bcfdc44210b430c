"""Renders `aws.iam.get_policy_document`: statements to JSON, as Terraform's data source writes it."""

import json
import zlib
from typing import Any, cast

from sandbox.errors import SandboxError
from sandbox.schema.values import Bag, Value

_VERSION = "2012-10-17"
Statement = dict[str, Any]


def render(arguments: Bag) -> Bag:
    """Return the result of the function: source documents, the statements over them, override documents over both.

    Raises:
        SandboxError: a source document is no JSON object.
    """
    statements: list[Statement] = []
    for text in [arguments.get("sourceJson"), *_list(arguments.get("sourcePolicyDocuments"))]:
        statements += _statements(text)
    statements = _over(statements, [_statement(each) for each in _list(arguments.get("statements"))])
    for text in [*_list(arguments.get("overridePolicyDocuments")), arguments.get("overrideJson")]:
        statements = _over(statements, _statements(text))
    document: Statement = {"Version": arguments.get("version") or _VERSION}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    document["Statement"] = statements
    minified = json.dumps(document, separators=(",", ":"))
    made: Bag = {
        "id": str(zlib.crc32(minified.encode())),
        "json": json.dumps(document, indent=2),
        "minifiedJson": minified,
    }
    return {**arguments, **made}


def _over(below: list[Statement], above: list[Statement]) -> list[Statement]:
    """Put statements over others: one with the Sid of an earlier one takes its place."""
    replaced = {each["Sid"]: each for each in above if each.get("Sid")}
    kept = [replaced.pop(each["Sid"], each) if each.get("Sid") else each for each in below]
    return kept + [each for each in above if not each.get("Sid") or each["Sid"] in replaced]


def _statements(text: Value) -> list[Statement]:
    if text in (None, ""):
        return []
    try:
        document: Any = json.loads(str(text))
        found = document.get("Statement", [])
    except (ValueError, AttributeError):
        raise SandboxError("getPolicyDocument: a source or override document is not a JSON policy document") from None
    return [found] if isinstance(found, dict) else list(found)


def _statement(given: Value) -> Statement:
    fields = given if isinstance(given, dict) else {}
    wanted: Statement = {
        "Sid": fields.get("sid"),
        "Effect": fields.get("effect") or "Allow",
        "Action": _texts(fields.get("actions")),
        "NotAction": _texts(fields.get("notActions")),
        "Resource": _texts(fields.get("resources")),
        "NotResource": _texts(fields.get("notResources")),
        "Principal": _principals(fields.get("principals")),
        "NotPrincipal": _principals(fields.get("notPrincipals")),
        "Condition": _conditions(fields.get("conditions")),
    }
    return {name: value for name, value in wanted.items() if value}


def _principals(given: Value) -> object:
    merged: dict[str, list[Value]] = {}
    for each in _list(given):
        fields = cast("Bag", each)
        merged.setdefault(str(fields["type"]), []).extend(_list(fields.get("identifiers")))
    if merged.get("*") == ["*"]:
        return "*"
    return {kind: _texts(identifiers) for kind, identifiers in merged.items()}


def _conditions(given: Value) -> dict[str, dict[str, object]]:
    merged: dict[str, dict[str, object]] = {}
    for each in _list(given):
        fields = cast("Bag", each)
        merged.setdefault(str(fields["test"]), {})[str(fields["variable"])] = _texts(fields.get("values"))
    return merged


def _texts(given: Value) -> object:
    """One text stands alone; several are sorted backwards, as the data source does."""
    texts = sorted((str(each) for each in _list(given)), reverse=True)
    return texts[0] if len(texts) == 1 else texts


def _list(given: Value) -> list[Value]:
    return given if isinstance(given, list) else []
