"""What a Deny takes back: everyone but the callers of some account, organisation or network."""

from __future__ import annotations

from collections.abc import Iterable

from policy.iam_document import Condition, Statement
from policy.iam_scope import is_anybody, names_caller
from policy.iam_table import matches
from policy.view import CannotJudgeError

_FOR_AWS = ("aws:principalisawsservice", "aws:viaawsservice")  # what AWS does itself, let through beside one's own
_REFUSING = (
    "stringnotequals",
    "stringnotlike",
    "arnnotequals",
    "arnnotlike",
    "notipaddress",
    "stringnotequalsignorecase",
)


def is_refused_again(statement: Statement, others: Iterable[Statement]) -> bool:
    """Whether a Deny beside a grant refuses everyone except callers that it names, for all that is granted.

    What is unknown refuses nothing.
    """
    return any(_refuses(each, statement) for each in others)


def _refuses(refusal: Statement, grant: Statement) -> bool:
    try:
        return (
            not refusal.allows
            and any(is_anybody(each) for each in refusal.principals)
            and _covers(refusal, grant, "Action")
            and (not grant.node.has("Resource") or _covers(refusal, grant, "Resource"))
            and _spares_only_callers(refusal.conditions)
        )
    except CannotJudgeError:
        return False


def _covers(refusal: Statement, grant: Statement, element: str) -> bool:
    refused = [each.text() for each in refusal.node.elements(element)]
    granted = [each.text() for each in grant.node.elements(element)]
    return bool(granted) and all(any(matches(wide, narrow) for wide in refused) for narrow in granted)


def _spares_only_callers(conditions: list[Condition]) -> bool:
    """Each line of a Deny lets through who meets it, so each must be about who calls."""
    about_callers = [each for each in conditions if each.key not in _FOR_AWS]
    return bool(about_callers) and all(
        each.operator.removesuffix("ifexists") in _REFUSING and names_caller(each) for each in about_callers
    )
