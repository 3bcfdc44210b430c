"""IAM policy documents as AWS reads them: text or object, one or a list, element names in any case.

An unknown part raises `CannotJudgeError` only when it is looked at, so the statements beside it stay judgeable.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from policy.catalog import Finding
from policy.view import UNKNOWN, CannotJudgeError, Node, Plain, normalise, parsed_json

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
_ELEMENTS = (
    "Statement",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
)
_VERSIONS = ("2012-10-17", "2008-10-17")
_CANONICAL = {element.lower(): element for element in _ELEMENTS}


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Whom a statement is about.

    Attributes:
        kind: AWS, Service, Federated or CanonicalUser; `*` when the element is a bare text.
        name: an ARN, an account id, a service, or `*`.
    """

    kind: str
    name: Node


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One line of a Condition block.

    Attributes:
        operator: in lower case, with its qualifier and suffix, such as `foranyvalue:stringlike`.
        key: in lower case, as AWS compares it, such as `aws:principalorgid`.
        wanted: a value or a list of them, one of which must match.
    """

    operator: str
    key: str
    wanted: Node


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; `node` has its elements under the names that AWS's grammar gives them."""

    node: Node

    @property
    def allows(self) -> bool:
        """Whether it grants; anything that is no clear Deny is taken as a grant.

        Raises:
            CannotJudgeError: the effect is unknown.
        """
        effect = self.node.known("Effect")
        return not (isinstance(effect, str) and effect.lower() == "deny")

    @property
    def principals(self) -> list[Principal]:
        """Everyone in Principal.

        Raises:
            CannotJudgeError: the element is unknown.
        """
        value = self.node.known("Principal")
        node = self.node.at("Principal")
        if isinstance(value, dict):
            return [Principal(kind=kind, name=name) for kind in value for name in _names(_under(node, kind))]
        return [] if value is None else [Principal(kind="*", name=node)]

    @property
    def conditions(self) -> list[Condition]:
        """All lines of the Condition block.

        Raises:
            CannotJudgeError: the block, or all keys of one operator, are unknown.
        """
        operators = self.node.known("Condition")
        block = self.node.at("Condition")
        return [
            Condition(operator=operator.lower(), key=key.lower(), wanted=_under(_under(block, operator), key))
            for operator in (operators if isinstance(operators, dict) else {})
            for key in _keys(_under(block, operator))
        ]


def statements(document: Node) -> list[Statement]:
    """The statements of a document; none when it is absent or is no document (see `is_document`).

    Raises:
        CannotJudgeError: the document, or its list of statements, is unknown.
    """
    opened = _opened(document)
    return [
        Statement(node=Node(path=each.path, value=_canonical(each.value)))
        for each in Node(path=document.path, value=opened).elements("Statement")
    ]


def is_document(document: Node) -> bool:
    """Whether it is what AWS would read: a JSON object with statements that are objects.

    Raises:
        CannotJudgeError: the document, or its list of statements, is unknown.
    """
    found = statements(document)
    return bool(found) and all(isinstance(each.node.value, dict) or each.node.value is UNKNOWN for each in found)


def grammar_problems(document: Node, *, names_callers: bool, names_resources: bool) -> Iterator[Finding]:
    """What AWS would refuse, or read otherwise than it is meant; what is unknown is passed over.

    Args:
        document: one that `is_document`.
        names_callers: whether its statements say to whom (a trust or resource policy).
        names_resources: whether they must say on what (a policy of a role, user or group).
    """
    opened = _opened(document)
    version = opened.get("Version") if isinstance(opened, dict) else None
    if version not in (*_VERSIONS, None, UNKNOWN):
        yield Finding(path=f"{document.path}.Version", got=version)
    elif version not in (_VERSIONS[0], UNKNOWN) and _has_variables(document.value):
        yield Finding(path=f"{document.path}.Version", seen=f"before {_VERSIONS[0]}, which reads no variables")
    for statement in statements(document):
        if isinstance(statement.node.value, dict):
            yield from _problems_of(statement.node, names_callers=names_callers, names_resources=names_resources)


def _has_variables(document: Plain) -> bool:
    return "${" in (document if isinstance(document, str) else json.dumps(document, default=str))


def _problems_of(statement: Node, *, names_callers: bool, names_resources: bool) -> Iterator[Finding]:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny", UNKNOWN):
        yield Finding(path=f"{statement.path}.Effect", got=effect)
    pairs = [("Action", True), ("Resource", names_resources), ("Principal", names_callers)]
    for element, is_needed in pairs:
        given = [name for name in (element, f"Not{element}") if statement.get(name) is not None]
        if len(given) > 1 or (is_needed and not given):
            yield Finding(path=f"{statement.path}.{element}", seen="twice" if given else "absent")
        elif given and element == "Principal" and not names_callers:
            yield Finding(path=f"{statement.path}.{given[0]}", seen="in a policy of the caller's own")
    if isinstance(statement.value, dict):
        for name in sorted(statement.value.keys() - _CANONICAL.values()):
            yield Finding(path=f"{statement.path}.{name}", seen="no element of a statement")


def _opened(document: Node) -> Plain:
    if document.value is UNKNOWN:
        raise CannotJudgeError(document.path)
    return _opened_text(document.value) if isinstance(document.value, str) else _canonical(document.value)


@lru_cache(maxsize=16)  # a dozen rules open the same document one after the other; none of them changes it
def _opened_text(text: str) -> Plain:
    return _canonical(normalise(parsed_json(text)))


def _canonical(value: Plain) -> Plain:
    """Element names in AWS's own spelling; other keys stay as they are."""
    if not isinstance(value, dict):
        return value
    return {_CANONICAL.get(key.lower(), key): item for key, item in value.items()}


def _under(node: Node, key: str) -> Node:
    """The value below a key that may contain dots, as condition keys and OIDC providers do."""
    value = node.value.get(key) if isinstance(node.value, dict) else node.value
    return Node(path=f"{node.path}.{key}", value=value)


def _names(node: Node) -> list[Node]:
    """One name or a list of them; an unknown stays one, so that it hides nobody beside it."""
    return [node] if node.value is UNKNOWN else node.elements("")


def _keys(node: Node) -> list[str]:
    if node.value is UNKNOWN:
        raise CannotJudgeError(node.path)
    return list(node.value) if isinstance(node.value, dict) else []
