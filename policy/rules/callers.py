"""Who exactly may assume a role or use a resource (N3), beyond everyone: web identities, accounts, AWS's services."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    MANDATORY_EVERYWHERE,
    Finding,
    Frame,
    Outcome,
    Severity,
    judge_each,
    rule,
)
from policy.iam_actions import has_wildcard
from policy.iam_document import Principal, Statement
from policy.iam_federation import (
    GITHUB,
    provider_host,
    says_audience,
    says_saml_audience,
    says_subject,
    wide_subjects,
)
from policy.iam_grants import each_allowed
from policy.iam_scope import is_account, is_anybody, names_source, narrows_account, narrows_principals
from policy.iam_sources import RESOURCE_POLICIES, TRUST_POLICIES
from policy.view import UNKNOWN, Node, Resource

TRUST: Frame = {
    "isms_p": ["2.5.1", "2.5.5"],
    "soc2": ["CC6.3"],
    "severity": Severity.CRITICAL,
    "level": MANDATORY_EVERYWHERE,
}
DEPUTY: Frame = {**TRUST, "severity": Severity.MEDIUM, "level": ADVISORY_EVERYWHERE}

_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")

# Services that act on what anybody tells them, so another account's user can send them here ("confused deputy"), and
# that say for whom they act. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
DEPUTIES = re.compile(
    r"(apigateway|bedrock|bedrock-agentcore|budgets|cloudfront|cloudtrail|cloudwatch|config|delivery\.logs|events"
    r"|logs(\.[a-z0-9-]+)?|pipes|rolesanywhere|s3|scheduler|ses|sns|transfer|vpc-flow-logs)\.amazonaws\.com"
)
# A key's policy names services that encrypt for whoever calls them; `kms:ViaService` and grants hold those.
KEYS = frozenset(token for token in RESOURCE_POLICIES if token.startswith("aws:kms/"))

PrincipalCheck = Callable[[Statement, Principal], Iterator[Outcome]]


@rule(
    "IAM-014",
    on=TRUST_POLICIES.keys(),
    says="a web identity is let in by its subject, GitHub's by its audience too, a SAML one by its audience",
    fix="add StringEquals conditions on :aud and :sub, such as repo:ORG/REPO:environment:prod; for SAML on SAML:aud",
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    **TRUST,
)
def web_identities_are_named(role: Resource) -> Iterator[Outcome]:
    """Without a subject everybody who can get a token of the provider gets the role: on GitHub, the world."""

    def is_named(statement: Statement, principal: Principal) -> Iterator[Outcome]:
        host, path = provider_host(principal), f"{statement.node.path}.Condition"
        if host is None:
            if ":saml-provider/" in principal.name.text() and not says_saml_audience(statement):
                yield Finding(path=path, seen="without an audience", key="SAML::aud")
            return
        if not says_subject(statement, host):
            yield Finding(path=path, seen="without a subject", key="OIDC::sub")
        for subject in wide_subjects(statement, host):
            yield Finding(path=subject.path, seen="a subject that names nobody in particular", key="OIDC::wide-sub")
        if host == GITHUB and not says_audience(statement, host):
            yield Finding(path=path, seen="without an audience", key="OIDC::aud")

    yield from _each_principal(role, is_named)


@rule(
    "IAM-015",
    on=TRUST_POLICIES.keys(),
    says="another account assumes a role only with an external id or as a part of the organisation",
    fix="name a role instead of the account; for a partner add StringEquals sts:ExternalId, else aws:PrincipalOrgID",
    requirements=["REQ-C6", "REQ-N3", "REQ-S13"],
    **TRUST,
)
def other_accounts_are_held(role: Resource) -> Iterator[Outcome]:
    """An account as a whole is whoever its own administrators let in; a partner's may be talked into it by others."""
    ours = _own_accounts(role)

    def is_held(statement: Statement, principal: Principal) -> Iterator[Outcome]:
        found = _ACCOUNT_ID.search(principal.name.text()) if principal.kind == "AWS" else None
        if found is None or found[0] in ours:
            return
        if (ours or is_account(principal)) and not narrows_account(statement):
            seen = "an account as a whole" if is_account(principal) else "a caller of another account"
            yield Finding(path=principal.name.path, seen=seen, key=f"Account::{found[0]}")

    yield from _each_principal(role, is_held)


@rule(
    "IAM-018",
    on=TRUST_POLICIES.keys() | RESOURCE_POLICIES.keys(),
    says="a principal is named in full; IAM reads a wildcard in an ARN as an ARN that nobody has",
    fix="name the role, or let the account in with a condition ArnLike aws:PrincipalArn",
    requirements=["REQ-N3", "REQ-S13"],
    **TRUST,
)
def principals_are_named_in_full(resource: Resource) -> Iterator[Outcome]:
    """AWS refuses most of them at deployment; the others let in nobody, until somebody widens them in a hurry."""

    def is_full(statement: Statement, principal: Principal) -> Iterator[Outcome]:  # noqa: ARG001 - a PrincipalCheck
        if principal.kind == "Federated" and principal.name.value is UNKNOWN:  # another resource's own ARN
            return
        if principal.kind in ("AWS", "Federated") and has_wildcard(principal.name.text()) and not is_anybody(principal):
            yield Finding(path=principal.name.path, seen="an ARN with a wildcard", key="Principal::wildcard")

    yield from _each_principal(resource, is_full)


@rule(
    "IAM-017",
    on=TRUST_POLICIES.keys(),
    says="a service assumes a role for this account only",
    fix="add StringEquals aws:SourceAccount or ArnLike aws:SourceArn",
    requirements=["REQ-N3", "REQ-S13"],
    **DEPUTY,
)
def services_assume_for_us(role: Resource) -> Iterator[Outcome]:
    """Of services that work for anybody who names the role, and that say for whom they do."""
    yield from _each_principal(role, _is_no_deputy)


@rule(
    "IAM-021",
    on=RESOURCE_POLICIES.keys() - KEYS,
    says="a service is let in on behalf of this account only",
    fix="add StringEquals aws:SourceAccount or ArnLike aws:SourceArn",
    requirements=["REQ-N3"],
    **DEPUTY,
)
def services_come_for_us(resource: Resource) -> Iterator[Outcome]:
    """Otherwise anybody's distribution reads the bucket, and anybody's topic writes to the queue."""
    yield from _each_principal(resource, _is_no_deputy)


def _is_no_deputy(statement: Statement, principal: Principal) -> Iterator[Outcome]:
    name = principal.name.text() if principal.kind == "Service" else ""
    if DEPUTIES.fullmatch(name) and not (names_source(statement) or narrows_principals(statement)):
        yield Finding(path=principal.name.path, seen=name, key=f"Service::{name}")


def _each_principal(resource: Resource, check: PrincipalCheck) -> Iterator[Outcome]:
    def on_principals(statement: Statement) -> Iterator[Outcome]:
        yield from judge_each(statement.principals, lambda principal: check(statement, principal))

    yield from each_allowed(resource, (TRUST_POLICIES, RESOURCE_POLICIES), on_principals)


def _own_accounts(resource: Resource) -> frozenset[str]:
    """The accounts that the resource is known to be made in; none when nothing says so."""
    sources: list[Node] = [
        resource.at("arn"),
        resource.at("permissionsBoundary"),
        resource.at("managedPolicyArns"),
        resource.provider.at("allowedAccountIds"),
        resource.provider.at("assumeRoles"),
    ]
    known = (str(each.value) for each in sources if each.value is not UNKNOWN)
    return frozenset(account for text in known for account in _ACCOUNT_ID.findall(text))
