"""Who is calling (2.5.3, 2.5.4): users' passwords and second factors, and stores that ask for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_EVERYWHERE, ADVISORY_IN_DEV, Finding, Frame, Outcome, Severity, rule
from policy.demands import (
    Demands,
    filled,
    given,
    in_each,
    meets,
    none_of,
    number,
    off,
    on,
    one_of,
    when,
    wrong,
)
from policy.view import Resource

POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
USERS = ("aws:elasticache/user:User", "aws:memorydb/user:User")

SIGN_IN: Frame = {
    "isms_p": ["2.5.3", "2.5.4"],
    "soc2": ["CC6.1"],
    "severity": Severity.HIGH,
    "level": ADVISORY_IN_DEV,
}
SUGGESTED: Frame = {**SIGN_IN, "severity": Severity.MEDIUM, "level": ADVISORY_EVERYWHERE}

# KISA's guide to ISMS-P 2.5.4: eight characters of three kinds, or ten of two.
_KINDS = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
_LEAST_LENGTH = 8
_LONG_LENGTH = 10
_KINDS_OF_SHORT = 3
_KINDS_OF_LONG = 2

CLIENTS: Demands = {
    CLIENT: [
        in_each("allowedOauthFlows", none_of("", "implicit")),
        in_each("explicitAuthFlows", none_of("", "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH")),
        none_of("preventUserExistenceErrors", "LEGACY"),
        on("enableTokenRevocation", unsaid=True),
    ]
}
FACTORS: Demands = {POOL: [none_of("mfaConfiguration", "OFF")]}
SUGGESTIONS: Demands = {
    POOL: [given("mfaConfiguration"), one_of("userPoolAddOns.advancedSecurityMode", "ENFORCED", "AUDIT")],
    "aws:bedrock/agentAgent:AgentAgent": [filled("guardrailConfigurations")],
    "aws:eks/cluster:Cluster": [none_of("accessConfig.authenticationMode", "CONFIG_MAP")],
    "aws:elasticache/replicationGroup:ReplicationGroup": [
        when(lambda node: not (node.has("authToken") or node.has("globalReplicationGroupId")), filled("userGroupIds"))
    ],
    "aws:elasticache/serverlessCache:ServerlessCache": [
        when(lambda node: node.known("engine") != "memcached", given("userGroupId"))
    ],
    "aws:msk/cluster:Cluster": [filled("clientAuthentication")],
    "aws:opensearch/domain:Domain": [on("advancedSecurityOptions.enabled")],
    "aws:elasticsearch/domain:Domain": [on("advancedSecurityOptions.enabled")],
}
OPEN_STORES: Demands = {
    "aws:memorydb/cluster:Cluster": [none_of("aclName", "open-access")],
    "aws:opensearch/domain:Domain": [off("advancedSecurityOptions.anonymousAuthEnabled")],
}
MOUNTS: Demands = {
    "aws:efs/accessPoint:AccessPoint": [
        given("rootDirectory.path"),
        none_of("rootDirectory.path", "/"),
        filled("posixUser"),
    ]
}
NOTEBOOKS: Demands = {"aws:sagemaker/notebookInstance:NotebookInstance": [none_of("rootAccess", "Enabled")]}


@rule(
    "SEC-006",
    on=[*OPEN_STORES, *USERS],
    says="a store lets nobody in without a password or an IAM token",
    fix='use an ACL of named users (authentication_mode type "iam"); turn the default user off',
    requirements=["REQ-N3", "REQ-S6"],
    **SIGN_IN,
)
def stores_ask_who_calls(store: Resource) -> Iterator[Outcome]:
    """A user without a password is let pass when it is switched off or may do nothing."""
    if store.type not in USERS:
        yield from meets(store, OPEN_STORES)
        return
    kind = store.known("authenticationMode.type")
    is_open = store.is_on("noPasswordRequired") or kind == "no-password-required"
    words = str(store.known("accessString")).split()
    if is_open and "on" in words:
        yield Finding(path="accessString", seen="on, without a password")


@rule(
    "SEC-007",
    on=SUGGESTIONS,
    says="who uses a service signs in, and what they may ask is held",
    fix="set a user group or token, client authentication, fine-grained access, MFA, a guardrail",
    requirements=["REQ-N3", "REQ-V2"],
    **SUGGESTED,
)
def services_ask_who_calls(service: Resource) -> Iterator[Outcome]:
    """Unsaid, each of these lets in whoever reaches it: the network is then the only lock."""
    yield from meets(service, SUGGESTIONS)


@rule(
    "SEC-010",
    on=[POOL],
    says="users have a second factor, and passwords that ISMS-P accepts",
    fix='set mfa_configuration "OPTIONAL" or "ON"; a length of 8 with three kinds of characters, or 10 with two',
    requirements=["REQ-S3", "REQ-V2"],
    **SIGN_IN,
)
def users_sign_in_safely(pool: Resource) -> Iterator[Outcome]:
    """Unsaid, Cognito asks for eight characters of four kinds; REQ-V2 leaves the second factor to the user."""
    yield from meets(pool, FACTORS)
    policy = pool.at("passwordPolicy")
    if not policy.has("minimumLength"):
        return
    length = number(policy, "minimumLength") or 0
    kinds = sum(policy.is_on(kind) for kind in _KINDS)
    if not (
        (length >= _LEAST_LENGTH and kinds >= _KINDS_OF_SHORT) or (length >= _LONG_LENGTH and kinds >= _KINDS_OF_LONG)
    ):
        yield wrong(policy, "minimumLength", f"with {kinds} kinds of characters")


@rule(
    "SEC-011",
    on=CLIENTS,
    says="an app signs users in by code and SRP, and its tokens can be revoked",
    fix='use allowed_oauth_flows=["code"], ALLOW_USER_SRP_AUTH and prevent_user_existence_errors="ENABLED"',
    requirements=["REQ-S3"],
    **SIGN_IN,
)
def apps_sign_in_safely(client: Resource) -> Iterator[Outcome]:
    """An implicit flow leaves the token in the address bar, a password flow shows the password to the app."""
    yield from meets(client, CLIENTS)


@rule(
    "SEC-012",
    on=MOUNTS,
    says="a mount sees its own directory as its own user",
    fix="set root_directory with a path of its own and posix_user with a uid other than 0",
    requirements=["REQ-N3"],
    **SIGN_IN,
)
def mounts_are_confined(point: Resource) -> Iterator[Outcome]:
    """An access point without them is the whole file system, as whoever the client says it is."""
    yield from meets(point, MOUNTS)
    if number(point, "posixUser.uid") == 0:
        yield wrong(point, "posixUser.uid", "root")


@rule(
    "SEC-013",
    on=NOTEBOOKS,
    says="a notebook's user is not root",
    fix='set root_access="Disabled"',
    requirements=["REQ-S8", "REQ-S16"],
    **SIGN_IN,
)
def notebooks_have_no_root(notebook: Resource) -> Iterator[Outcome]:
    """Root reads the role's credentials and turns the logging off."""
    yield from meets(notebook, NOTEBOOKS)
