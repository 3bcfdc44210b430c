"""People and keys (N3): people come through IAM Identity Center, programs through roles; neither has an IAM user."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.catalog import ADVISORY_EVERYWHERE, ADVISORY_IN_DEV, MANDATORY_EVERYWHERE, Finding, Outcome, Severity, rule
from policy.view import Resource

ACCESS_KEY = "aws:iam/accessKey:AccessKey"
LOGIN = "aws:iam/userLoginProfile:UserLoginProfile"
PASSWORDS = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
# What a user signs in with to one service: a password, a key pair, a certificate.
OF_ONE_SERVICE = (
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    "aws:iam/signingCertificate:SigningCertificate",
    "aws:iam/sshKey:SshKey",
)
ROLE = "aws:iam/role:Role"
PERMISSION_SET = "aws:ssoadmin/permissionSet:PermissionSet"
ATTACHED_TO_MANY = "aws:iam/policyAttachment:PolicyAttachment"
USER_POLICIES = (
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
)

LENGTH_MIN = 14  # CIS AWS Foundations Benchmark 5.0, 1.7
REUSE_MIN = 24  # the same, 1.8
AGE_MAX_DAYS = 90  # ISMS-P 2.5.4: passwords change in a period that the organisation sets; a quarter, as is usual
KINDS = ("requireLowercaseCharacters", "requireNumbers", "requireSymbols", "requireUppercaseCharacters")

SESSION_MAX_S = 8 * 3600  # a working day
_DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?")
_SECONDS: Mapping[str, int] = MappingProxyType({"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1})


@rule(
    "IAM-009",
    on=[ACCESS_KEY, LOGIN, *OF_ONE_SERVICE],
    says="nobody has a long-lived access key, a console password or another credential that stays",
    fix="give programs a role and people IAM Identity Center",
    isms_p=["2.5.3", "2.5.4"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def nobody_has_lasting_credentials(credentials: Resource) -> Iterator[Outcome]:
    """A key that was switched off may stay until somebody is sure that nobody misses it."""
    if credentials.type == LOGIN:
        yield Finding(path="user", seen="one with a password", key="LoginProfile")
    elif credentials.known("status") != "Inactive":
        key = "AccessKey" if credentials.type == ACCESS_KEY else "Credential"
        yield Finding(path="status", seen="active", key=key)


@rule(
    "IAM-019",
    on=[*USER_POLICIES, ATTACHED_TO_MANY],
    says="rights are given to roles and groups, not to single users",
    fix="attach the policy to a role or a group",
    isms_p=["2.5.1"],
    soc2=["CC6.3"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.MEDIUM,
    level=ADVISORY_IN_DEV,
)
def users_have_no_rights_of_their_own(policy: Resource) -> Iterator[Outcome]:
    """Rights that hang on a person stay when the person's task has changed."""
    if policy.type in USER_POLICIES:
        yield Finding(path="user", seen="a single user", key="UserPolicy")
    elif policy.known("users"):
        yield Finding(path="users", got=policy.get("users"), key="UserPolicy")


@rule(
    "IAM-011",
    on=[PASSWORDS],
    says="the account's passwords are long, mixed, not used again and changed every quarter",
    fix=f"set at least {LENGTH_MIN} characters of all four kinds, {REUSE_MIN} remembered, {AGE_MAX_DAYS} days at most",
    isms_p=["2.5.4"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def passwords_are_strong(passwords: Resource) -> Iterator[Outcome]:
    """What is not said is AWS's own default, and that is weaker."""
    for kind in KINDS:
        if not passwords.is_on(kind):
            yield Finding(path=kind, got=passwords.get(kind))
    for name, least in (("minimumPasswordLength", LENGTH_MIN), ("passwordReusePrevention", REUSE_MIN)):
        if _number(passwords, name) < least:
            yield Finding(path=name, got=passwords.get(name))
    if not 1 <= _number(passwords, "maxPasswordAge") <= AGE_MAX_DAYS:
        yield Finding(path="maxPasswordAge", got=passwords.get("maxPasswordAge"))


@rule(
    "IAM-012",
    on=[ROLE, PERMISSION_SET],
    says="a session ends with the working day",
    fix="set max_session_duration to 28800 or less, session_duration to PT8H or less",
    isms_p=["2.6.2"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-S13"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def sessions_end(role: Resource) -> Iterator[Outcome]:
    """A token that was stolen in the morning works no longer than that; AWS's defaults are one hour."""
    if role.type == ROLE:
        if _number(role, "maxSessionDuration") > SESSION_MAX_S:
            yield Finding(path="maxSessionDuration", got=role.get("maxSessionDuration"))
    elif _seconds(role.at("sessionDuration").text()) > SESSION_MAX_S:
        yield Finding(path="sessionDuration", seen=f"longer than {SESSION_MAX_S} s")


def _number(resource: Resource, name: str) -> float:
    value = resource.known(name)
    return value if isinstance(value, int | float) else 0


def _seconds(duration: str) -> int:
    """Of an ISO 8601 duration such as `PT12H`; none for what is no duration, which AWS refuses."""
    match = _DURATION.fullmatch(duration)
    return sum(int(match[unit] or 0) * size for unit, size in _SECONDS.items()) if match else 0
