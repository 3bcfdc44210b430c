"""Whom and what a statement is held to: its principals, and the conditions that narrow them or the resources."""

from __future__ import annotations

import re

from policy.iam_actions import is_all_wild
from policy.iam_document import Condition, Principal, Statement
from policy.view import UNKNOWN, Node, any_of

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
_SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn"})
_PARTNER_KEYS = frozenset({"sts:externalid", "sts:rolesessionname", "aws:username"})
_WHAT_KEYS = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "dynamodb:leadingkeys",
        "ec2:createaction",
        "ec2:instanceprofile",
        "ec2:subnet",
        "ec2:vpc",
        "ecs:cluster",
        "elasticfilesystem:accesspointarn",
        "iam:awsservicename",
        "iam:permissionsboundary",
        "iam:policyarn",
        "kms:resourcealiases",
        "kms:viaservice",
        "lambda:functionarn",
        "route53:changeresourcerecordsetsnormalizedrecordnames",
        "s3:resourceaccount",
        "secretsmanager:secretid",
        "ses:fromaddress",
    }
)
_TAG_PREFIXES = ("aws:resourcetag/", "aws:requesttag/")
_TAG_SUFFIX = ":resourcetag/"  # each service's own key, such as `secretsmanager:ResourceTag/team`
_WHAT_PREFIXES = (*_TAG_PREFIXES, "kms:encryptioncontext:")
_FOR_AWS_ONLY = "kms:grantisforawsresource"  # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html


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
    return principal.kind in ("AWS", "Service", "*") and is_all_wild(principal.name.text())


def narrows_principals(statement: Statement) -> bool:
    """Whether a condition lets in only callers of some account, organisation, network or source.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return any_of(statement.conditions, lambda each: each.key in _WHO_KEYS and holds(each))


def names_source(statement: Statement) -> bool:
    """Whether a condition says for whom a service acts, even when the value is another resource's, unknown as yet."""
    known = statement.node.get("Condition")
    return isinstance(known, dict) and any(
        each.key in _SOURCE_KEYS and each.wanted.value is UNKNOWN for each in statement.conditions
    )


def narrows_account(statement: Statement) -> bool:
    """Whether a condition picks callers of an account: by what a partner knows, by name, tag or second factor.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return narrows_principals(statement) or any_of(
        statement.conditions,
        lambda each: (
            ((each.key in _PARTNER_KEYS or each.key.startswith("aws:principaltag/")) and holds(each))
            or (each.key == "aws:multifactorauthpresent" and each.operator == "bool" and _is_all(each, "true"))
            or (each.key == "aws:multifactorauthage" and each.operator.startswith("numericlessthan"))
        ),
    )


def narrows_resources(statement: Statement) -> bool:
    """Whether a condition holds the statement to some resources, by account, tag, alias or the service it goes through.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return any_of(
        statement.conditions,
        lambda each: (_is_about_resources(each.key) and holds(each)) or _asks_for_a_tag(each) or _is_for_aws(each),
    )


def services_passed_to(statement: Statement) -> list[Node]:
    """The services that `iam:PassedToService` holds a statement to; empty when it holds it to none.

    Every PassRole names the service, so `...IfExists` holds too.

    Raises:
        CannotJudgeError: the conditions are unknown.
    """
    for each in statement.conditions:
        operator = each.operator.removesuffix("ifexists")
        if each.key == "iam:passedtoservice" and _HOLDING.fullmatch(operator):
            wanted = each.wanted.elements("")
            return [] if any_of(wanted, _lets_all_pass) else wanted
    return []


def _is_about_resources(key: str) -> bool:
    return key in _WHAT_KEYS or key.startswith(_WHAT_PREFIXES) or _TAG_SUFFIX in key


def _asks_for_a_tag(condition: Condition) -> bool:
    """`Null: false` on a tag: only what carries it, as the AWS Load Balancer Controller's policy asks for its own."""
    is_tag = condition.key.startswith(_TAG_PREFIXES) or _TAG_SUFFIX in condition.key
    return is_tag and condition.operator == "null" and _is_all(condition, "false")


def _is_for_aws(condition: Condition) -> bool:
    return condition.key == _FOR_AWS_ONLY and condition.operator == "bool" and _is_all(condition, "true")


def _is_all(condition: Condition, text: str) -> bool:
    wanted = condition.wanted.elements("")
    return bool(wanted) and not any_of(wanted, lambda each: str(each.known("")).lower() != text)


def holds(condition: Condition) -> bool:
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
