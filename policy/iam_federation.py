"""What a web identity's token must say before it is let in: which claims of which provider name somebody."""

from __future__ import annotations

import re

from policy.iam_document import Condition, Principal, Statement
from policy.iam_scope import holds
from policy.view import Node, any_of

GITHUB = "token.actions.githubusercontent.com"
_PROVIDER = re.compile(r"(?:arn:aws[a-z-]*:iam::[^:]*:oidc-provider/)?(?P<host>[^:]+)")

# A repository and what in it runs. The first form is `ORG/REPO`; since 2026-07-15 GitHub also says `ORG@ID/REPO@ID`.
# https://docs.github.com/en/actions/reference/security/oidc
_GITHUB_SUBJECT = re.compile(r"repo:(?P<owner>[^/:]+)/(?P<repository>[^/:]+):(?P<what>.+)")
_IDS = re.compile(r"@[^/:]*$")  # an `@` cannot occur in a name, so a wildcard for the id is no wider
# Whatever its pushers write: every run, pull requests, any branch; any environment, also one that nobody protects.
_ANYTHING_IN_IT = re.compile(r"\*.*|pull_request\*?|ref:(refs/(heads/)?)?\*|environment:\*")
# Elsewhere: anybody, anything of one kind (`project_path:*`), a pod of any namespace.
_WIDE_SUBJECT = re.compile(r"([a-z_]+:)?\*.*|system:serviceaccount:[^:]*\*.*|system:\*.*")
_SUBJECTLESS = ("accounts.google.com", "graph.facebook.com", "www.amazon.com", "cognito-identity.amazonaws.com")


def provider_host(principal: Principal) -> str | None:
    """The host of an OIDC provider; None for a SAML provider and for what is no federation.

    Raises:
        CannotJudgeError: the provider is unknown.
    """
    if principal.kind != "Federated":
        return None
    name = principal.name.text()
    match = _PROVIDER.fullmatch(name)
    return match["host"] if match and ":saml-provider/" not in name else None


def says_subject(statement: Statement, host: str) -> bool:
    """Whether a condition names who the token is for (of large public providers, which application).

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    claims = _claims(statement, host, "aud") if _is_public(host) else []
    return bool([*_subjects(statement, host), *claims])


def says_audience(statement: Statement, host: str) -> bool:
    """Whether a condition says whom the token was made for.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return any_of(_claims(statement, host, "aud"), holds)


def says_saml_audience(statement: Statement) -> bool:
    """Whether a condition says for which sign-in a SAML assertion was made, or for whom.

    Raises:
        CannotJudgeError: a condition that would decide it is unknown.
    """
    return any_of(statement.conditions, lambda each: each.key.startswith("saml:") and holds(each))


def wide_subjects(statement: Statement, host: str) -> list[Node]:
    """The subjects that a condition lets in and that name nobody in particular.

    Raises:
        CannotJudgeError: the conditions, or a list of subjects, are unknown.
    """
    subjects = [each for line in _subjects(statement, host) for each in line.wanted.elements("")]
    return [each for each in subjects if isinstance(each.value, str) and _is_wide(each.value, host)]


def _is_public(host: str) -> bool:
    return host in _SUBJECTLESS


def _claims(statement: Statement, host: str, claim: str) -> list[Condition]:
    return [each for each in statement.conditions if each.key == f"{host.lower()}:{claim}"]


def _subjects(statement: Statement, host: str) -> list[Condition]:
    """Lines that must match; a `Not...`, `...IfExists` or `ForAllValues:` lets in whoever does not say it."""
    return [
        each
        for each in _claims(statement, host, "sub")
        if re.fullmatch(r"(foranyvalue:)?string(equals|like)(ignorecase)?", each.operator)
    ]


def _is_wide(subject: str, host: str) -> bool:
    return _is_wide_on_github(subject) if host == GITHUB else _WIDE_SUBJECT.fullmatch(subject) is not None


def _is_wide_on_github(subject: str) -> bool:
    """Any organisation, any repository, or all that runs in one: a pull request of a stranger's is among it."""
    match = _GITHUB_SUBJECT.fullmatch(subject)
    if match is None:
        return True
    owner, repository = (_IDS.sub("", match[part]) for part in ("owner", "repository"))
    what = match["what"]
    names_nobody = any("*" in each or "?" in each for each in (owner, repository))
    return names_nobody or _ANYTHING_IN_IT.fullmatch(what) is not None
