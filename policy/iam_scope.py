"""Whom and what a statement is held to: its principals, and the conditions that narrow them or the resources."""

from __future__ import annotations

import re

from policy.iam_actions import is_all_wild
from policy.iam_document import Condition, Principal, Statement
from policy.iam_table import matches
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
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"  # what a condition on iam:PolicyARN must keep out
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
    return any_of(statement.conditions, lambda each: (each.key in _WHO_KEYS and holds(each)) or _is_in_the_vpc(each))


def names_caller(condition: Condition) -> bool:
    """Whether a line of a condition, whatever its operator, names callers of some account, organisation or network.

    Raises:
        CannotJudgeError: a value that would decide it is unknown.
    """
    return condition.key in _WHO_KEYS and _names_some(condition)


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
        lambda each: _holds_resources(each) or _asks_for_a_tag(each) or _is_for_aws(each),
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


def _holds_resources(condition: Condition) -> bool:
    if condition.key == "iam:policyarn" and any_of(
        condition.wanted.elements(""), lambda each: matches(each.text(), _ADMINISTRATOR)
    ):
        return False
    return _is_about_resources(condition.key) and holds(condition)


def _is_about_resources(key: str) -> bool:
    return key in _WHAT_KEYS or key.startswith(_WHAT_PREFIXES) or _TAG_SUFFIX in key


def asks_for_any_tag(statement: Statement) -> bool:
    """Whether a condition lets through only what carries some tag, whatever its value.

    Of one kind of resource that is what a controller can ask for (`CSIVolumeName`); everything there is has a Name.

    Raises:
        CannotJudgeError: the conditions are unknown.
    """
    return any(_is_about_a_tag(each.key) and each.operator == "stringlike" for each in statement.conditions)


def _is_about_a_tag(key: str) -> bool:
    return key.startswith(_TAG_PREFIXES) or _TAG_SUFFIX in key


def _asks_for_a_tag(condition: Condition) -> bool:
    """Only what carries a tag: `Null: false`, as the AWS Load Balancer Controller's policy asks for its own.

    `StringLike: *` says the same, and counts for a controller's own mark such as `karpenter.sh/nodepool`.
    """
    if not _is_about_a_tag(condition.key):
        return False
    tag = condition.key.partition("tag/")[2]
    is_a_mark = "." in tag or "/" in tag
    return (condition.operator == "null" and _is_all(condition, "false")) or (
        condition.operator == "stringlike" and is_a_mark and bool(condition.wanted.elements(""))
    )


def _is_in_the_vpc(condition: Condition) -> bool:
    """Over a mount target, which is an address in the VPC: how EFS itself writes the policy that is not public."""
    return (
        condition.key == "elasticfilesystem:accessedviamounttarget"
        and condition.operator == "bool"
        and _is_all(condition, "true")
    )


def _is_for_aws(condition: Condition) -> bool:
    return condition.key == _FOR_AWS_ONLY and condition.operator == "bool" and _is_all(condition, "true")


def _is_all(condition: Condition, text: str) -> bool:
    wanted = condition.wanted.elements("")
    return bool(wanted) and not any_of(wanted, lambda each: str(each.known("")).lower() != text)


def holds(condition: Condition) -> bool:
    """Whether the condition turns somebody away: each of its values must, since one match is enough to pass."""
    if not _HOLDING.fullmatch(condition.operator):
        return False
    return _names_some(condition)


def _names_some(condition: Condition) -> bool:
    wanted = condition.wanted.elements("")
    return bool(wanted) and not any_of(wanted, _lets_all_pass)


def names_somebody(value: Node) -> bool:
    """Whether an ARN, account or organisation names one, rather than whoever there is.

    Raises:
        CannotJudgeError: it is unknown.
    """
    return not _lets_all_pass(value)


def _lets_all_pass(value: Node) -> bool:
    """A value that next to anybody can meet: empty, wildcards alone, a network shorter than /8, any account's ARN."""
    text = value.text()
    if text.startswith("arn:") and text.count(":") >= 5:
        _, _, service, _, account, name = text.split(":", 5)
        # A bucket's name is one in the world; anywhere else an account that is left open is anybody's.
        return "*" in name.split("/", maxsplit=1)[0] if service == "s3" else not account or "*" in account
    return not text or _NEXT_TO_ALL.fullmatch(text) is not None
