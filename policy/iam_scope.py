"""Whom and what a statement is held to: its principals, and the conditions that narrow them or the resources."""

from __future__ import annotations

import re

from policy.iam_actions import is_all_wild
from policy.iam_document import Condition, Principal, Statement
from policy.view import Node, any_of

_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:root")

# Operators that hold only when the key is there and matches: no `Not...`, no `...IfExists`, no `ForAllValues:`.
_HOLDING = re.compile(r"(foranyvalue:)?(string(equals|like)(ignorecase)?|arn(equals|like)|ipaddress)")

# Wildcards with or without the prefix that all such ids share, or a network shorter than /8 (half the internet is /1).
_NEXT_TO_ALL = re.compile(r"(arn:|o-|vpc-|vpce-)?[*?:]+|.*/[0-7]")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_WHO_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
_WHAT_KEYS = frozenset(
    {
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "kms:encryptioncontext:aws:s3:arn",
        "kms:resourcealiases",
        "kms:viaservice",
    }
)
_WHAT_PREFIXES = ("aws:resourcetag/", "aws:requesttag/")
_WHAT_SUFFIX = ":resourcetag/"  # each service's own key, such as `secretsmanager:ResourceTag/team`


def is_account(principal: Principal) -> bool:
    """Whether a principal is an account as a whole: whoever that account's own policies let in.

    Raises:
        CannotJudgeError: the principal's name is unknown.
    """
    return principal.kind == "AWS" and _ACCOUNT.fullmatch(principal.name.text()) is not None


def is_anybody(principal: Principal) -> bool:
    """Whether a principal is everyone, in any account.

    Raises:
        CannotJudgeError: the principal's name is unknown.
    """
    return principal.kind in ("AWS", "*") and is_all_wild(principal.name.text())


def narrows_principals(statement: Statement) -> bool:
    """Whether a condition lets in only callers of some account, organisation, network or source.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return any_of(statement.conditions, lambda each: each.key in _WHO_KEYS and _holds(each))


def narrows_resources(statement: Statement) -> bool:
    """Whether a condition holds the statement to some resources, by account, tag, alias or the service it goes through.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return any_of(statement.conditions, lambda each: _is_about_resources(each.key) and _holds(each))


def _is_about_resources(key: str) -> bool:
    return key in _WHAT_KEYS or key.startswith(_WHAT_PREFIXES) or _WHAT_SUFFIX in key


def _holds(condition: Condition) -> bool:
    """Whether the condition turns somebody away: each of its values must, since one match is enough to pass."""
    if not _HOLDING.fullmatch(condition.operator):
        return False
    wanted = condition.wanted.elements("")
    return bool(wanted) and not any_of(wanted, _lets_all_pass)


def _lets_all_pass(value: Node) -> bool:
    """A value that next to anybody can meet: empty, wildcards alone, a network shorter than /8, any account's ARN."""
    text = value.text()
    if text.startswith("arn:") and text.count(":") >= 5:
        _, _, service, _, account, name = text.split(":", 5)
        # A bucket's name is one in the world; anywhere else an account that is left open is anybody's.
        return "*" in name.split("/", maxsplit=1)[0] if service == "s3" else not account or "*" in account
    return not text or _NEXT_TO_ALL.fullmatch(text) is not None
