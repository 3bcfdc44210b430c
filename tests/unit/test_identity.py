"""The user pool's exact inputs: what can never be changed, how users sign in, and the mail that reaches them."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import pytest

from components import settings
from components.edge import social
from components.edge.identity import Identity, IdentityArgs
from components.edge.mail import Mail, MailArgs
from components.naming import Scope
from components.platform import Platform
from components.sizes import IdentitySize
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, record, revealed

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
PROVIDER = "aws:cognito/identityProvider:IdentityProvider"
RECORD = "aws:route53/record:Record"
Judged = Literal["OFF", "AUDIT", "ENFORCED"]


def made(
    *,
    threat_protection: Judged = "OFF",
    destroy_protection: bool = False,
    providers: Sequence[social.SocialProvider] = (),
) -> Recorded:
    args = IdentityArgs(
        scope=SCOPE,
        size=IdentitySize(threat_protection=threat_protection),
        domain="dev.example.com",
        zone_id="Z1",
        front_end="dev.example.com",
        certificate_arn="arn:certificate",
        mail_identity_arn="arn:mail",
        sender="no-reply@dev.example.com",
        social=providers,
        destroy_protection=destroy_protection,
    )
    return record(lambda: Identity("identity", args))


def test_what_can_never_be_changed_is_an_email_address_of_either_case_and_nothing_of_our_own() -> None:
    pool = made().named("identity-pool", POOL)
    assert pool["usernameAttributes"] == ["email"]
    assert not pool.get("aliasAttributes")
    assert pool["usernameConfiguration"] == {"caseSensitive": False}
    (email,) = pool["schemas"]
    assert (email["name"], email["required"], email["mutable"]) == ("email", True, True)


def test_a_new_address_counts_once_it_is_proved() -> None:
    pool = made().named("identity-pool", POOL)
    assert pool["autoVerifiedAttributes"] == ["email"]
    assert pool["userAttributeUpdateSettings"] == {"attributesRequireVerificationBeforeUpdates": ["email"]}
    assert pool["accountRecoverySetting"] == {"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]}


def test_passwords_are_long_and_mixed_and_a_second_factor_is_offered() -> None:
    pool = made().named("identity-pool", POOL)
    policy = pool["passwordPolicy"]
    assert int(policy["minimumLength"]) >= 12
    assert all(policy[f"require{kind}"] is True for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))
    assert pool["mfaConfiguration"] == "OPTIONAL"
    assert pool["softwareTokenMfaConfiguration"] == {"enabled": True}


@pytest.mark.parametrize(("judged", "tier"), [("OFF", "ESSENTIALS"), ("AUDIT", "PLUS"), ("ENFORCED", "PLUS")])
def test_a_phase_that_judges_sign_ins_has_the_plan_that_can(judged: Judged, tier: str) -> None:
    pool = made(threat_protection=judged).named("identity-pool", POOL)
    assert pool["userPoolAddOns"]["advancedSecurityMode"] == judged
    assert pool["userPoolTier"] == tier


@pytest.mark.parametrize(("protected", "deletion"), [(True, "ACTIVE"), (False, "INACTIVE")])
def test_users_are_deleted_only_where_the_stage_allows_it(protected: bool, deletion: str) -> None:
    pool = made(destroy_protection=protected).named("identity-pool", POOL)
    assert (pool["deletionProtection"], pool.protect) == (deletion, protected)


def test_its_mail_is_sent_by_our_own_domain() -> None:
    assert made().named("identity-pool", POOL)["emailConfiguration"] == {
        "emailSendingAccount": "DEVELOPER",
        "sourceArn": "arn:mail",
        "fromEmailAddress": "no-reply@dev.example.com",
    }


def test_the_front_end_is_a_public_client_with_a_code_and_one_way_back() -> None:
    (client,) = made().of_type(CLIENT)
    assert client["generateSecret"] is False
    assert client["allowedOauthFlowsUserPoolClient"] is True
    assert client["allowedOauthFlows"] == ["code"]
    assert client["callbackUrls"] == ["https://dev.example.com/auth/callback"]
    assert client["logoutUrls"] == ["https://dev.example.com/"]
    assert client["allowedOauthScopes"] == [
        "openid",
        "email",
        "profile",
        "https://dev.example.com/api/read",
        "https://dev.example.com/api/write",
    ]
    assert client["explicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    assert client["preventUserExistenceErrors"] == "ENABLED"


def test_tokens_are_short_lived_and_a_refresh_token_is_used_once() -> None:
    (client,) = made().of_type(CLIENT)
    assert client["tokenValidityUnits"] == {"accessToken": "minutes", "idToken": "minutes", "refreshToken": "days"}
    validity = [int(client[f"{kind}TokenValidity"]) for kind in ("access", "id", "refresh")]
    assert validity == [15, 15, 30]
    assert client["enableTokenRevocation"] is True
    rotation = client["refreshTokenRotation"]
    assert (rotation["feature"], int(rotation["retryGracePeriodSeconds"])) == ("ENABLED", 10)


def test_its_sign_in_page_is_below_the_domain_once_that_leads_somewhere(dev: Recorded) -> None:
    domain = made().named("identity-sign-in", "aws:cognito/userPoolDomain:UserPoolDomain")
    assert (domain["domain"], domain["certificateArn"]) == ("auth.dev.example.com", "arn:certificate")
    assert int(domain["managedLoginVersion"]) == 2
    records = made().of_type(RECORD)
    assert {(one["name"], one["type"]) for one in records} == {("auth.dev.example.com", kind) for kind in ("A", "AAAA")}
    for one in records:
        (alias,) = one["aliases"]
        assert (alias["name"], alias["zoneId"]) == ("d2.cloudfront.net", "Z2FDTNDATAQYW2")
    composed = dev.named("identity-sign-in", "aws:cognito/userPoolDomain:UserPoolDomain")
    assert any(urn.endswith("::delivery-apex-a") for urn in composed.dependencies)


def all_providers() -> list[social.SocialProvider]:
    return [social.google("g", "secret"), social.kakao("k", "secret"), social.apple("s", "team", "key", "secret")]


def test_only_providers_that_the_stage_names_are_offered() -> None:
    (alone,) = made().of_type(CLIENT)
    assert alone["supportedIdentityProviders"] == ["COGNITO"]
    run = made(providers=all_providers())
    (client,) = run.of_type(CLIENT)
    assert client["supportedIdentityProviders"] == ["COGNITO", "Google", "Kakao", "SignInWithApple"]
    assert {one["providerName"]: one["providerType"] for one in run.of_type(PROVIDER)} == {
        "Google": "Google",
        "Kakao": "OIDC",
        "SignInWithApple": "SignInWithApple",
    }


@pytest.mark.parametrize("provider", all_providers(), ids=lambda provider: provider.name)
def test_every_provider_gives_the_address_that_every_user_must_have(provider: social.SocialProvider) -> None:
    assert provider.attributes["email"] == "email"
    assert provider.attributes["username"] == "sub"
    assert "email" in str(provider.details["authorize_scopes"])


def test_kakao_is_an_openid_issuer_that_is_asked_for_the_address() -> None:
    details = social.kakao("k", "secret").details
    assert details["oidc_issuer"] == "https://kauth.kakao.com"
    assert details["authorize_scopes"] == "openid account_email"
    assert details["attributes_url"] == "https://kapi.kakao.com/v1/oidc/userinfo"


def test_a_stages_own_providers_reach_the_pool_and_their_secrets_stay_secret() -> None:
    sections = stage_config("dev")
    identity: dict[str, Any] = json.loads(sections["startup-platform:identity"])
    client = {"client_id": "id", "client_secret": "hunter2"}
    apple = {"services_id": "com.example.dev", "team_id": "A" * 10, "key_id": "B" * 10, "private_key": "hunter2"}
    identity["social"] = {"google": client, "kakao": client, "apple": apple}
    loaded = settings.load(stage="dev", config={**sections, "startup-platform:identity": json.dumps(identity)})
    run = record(lambda: Platform("startup-platform", loaded))
    providers = {one["providerName"]: one["providerDetails"] for one in run.of_type(PROVIDER)}
    assert set(providers) == {"Google", "Kakao", "SignInWithApple"}
    for name, key in (("Google", "client_secret"), ("Kakao", "client_secret"), ("SignInWithApple", "private_key")):
        assert providers[name] != revealed(providers[name])  # the details travel as a secret
        assert revealed(revealed(providers[name])[key]) == "hunter2"


@pytest.fixture(scope="module")
def mail() -> Recorded:
    args = MailArgs(scope=SCOPE, domain="dev.example.com", zone_id="Z1", reports_to="team@example.com")
    return record(lambda: Mail("mail", args))


def test_mail_is_signed_by_three_keys_that_ses_rotates(mail: Recorded) -> None:
    signed = {one["name"]: one["records"] for one in mail.of_type(RECORD) if one["type"] == "CNAME"}
    assert signed == {
        f"{token}._domainkey.dev.example.com": [f"{token}.dkim.amazonses.com"] for token in ("one", "two", "three")
    }


def test_bounces_come_to_a_domain_of_ours_that_lets_only_ses_send(mail: Recorded) -> None:
    records = {(one["name"], one["type"]): one["records"] for one in mail.of_type(RECORD)}
    assert records["mail.dev.example.com", "MX"] == ["10 feedback-smtp.ap-northeast-2.amazonses.com"]
    assert records["mail.dev.example.com", "TXT"] == ["v=spf1 include:amazonses.com -all"]
    sender = mail.named("mail-from", "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes")
    assert (sender["mailFromDomain"], sender["behaviorOnMxFailure"]) == ("mail.dev.example.com", "REJECT_MESSAGE")
    assert any(urn.endswith("::mail-bounces") for urn in sender.dependencies)


def test_nobody_sends_before_ses_has_verified_the_domain_by_its_keys(mail: Recorded, dev: Recorded) -> None:
    verified = mail.named("mail-verified", "aws:ses/domainIdentityVerification:DomainIdentityVerification")
    assert verified["domain"] == "dev.example.com"
    waits_for = {urn.rsplit("::", 1)[-1] for urn in verified.dependencies}
    assert waits_for >= {"mail-dkim-1", "mail-dkim-2", "mail-dkim-3"}
    assert dev.named("identity-pool", POOL)["emailConfiguration"]["sourceArn"] == "arn:mock:mail-verified"


def test_receivers_are_told_what_to_think_of_mail_that_is_not_ours(mail: Recorded) -> None:
    records = {(one["name"], one["type"]): one["records"] for one in mail.of_type(RECORD)}
    (policy,) = records["_dmarc.dev.example.com", "TXT"]
    assert policy.startswith("v=DMARC1; p=quarantine; rua=mailto:team@example.com;")
