"""Who else may say who a user is (REQ-S3), as Cognito wants to be told. Pure; each provider's facts stand once.

None of them can be asked for what it does not know: an e-mail address is required of every user, so each has to give
one. Names by which a provider is known are part of its users' names and never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi


@dataclass(frozen=True, kw_only=True)
class SocialProvider:
    """A provider, and which of its claims become which attributes of ours."""

    name: str
    kind: Literal["Google", "OIDC", "SignInWithApple"]
    details: Mapping[str, pulumi.Input[str]]
    attributes: Mapping[str, str]  # ours -> theirs


def google(client_id: str, client_secret: pulumi.Input[str]) -> SocialProvider:
    """Google, whose endpoints Cognito knows."""
    return SocialProvider(
        name="Google",
        kind="Google",
        details={
            "client_id": client_id,
            "client_secret": client_secret,
            "authorize_scopes": "openid email profile",
            # Cognito fills these in and gives them back; left out they would look like a change.
            "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "oidc_issuer": "https://accounts.google.com",
            "token_request_method": "POST",
            "token_url": "https://www.googleapis.com/oauth2/v4/token",
        },
        attributes={"email": "email", "email_verified": "email_verified", "username": "sub"},
    )


def kakao(client_id: str, client_secret: pulumi.Input[str]) -> SocialProvider:
    """Kakao, as any OpenID Connect issuer. https://developers.kakao.com/docs/latest/en/kakaologin/rest-api ."""
    return SocialProvider(
        name="Kakao",
        kind="OIDC",
        details={
            "client_id": client_id,
            "client_secret": client_secret,
            "authorize_scopes": "openid account_email",
            "attributes_request_method": "GET",
            "attributes_url_add_attributes": "false",
            "oidc_issuer": "https://kauth.kakao.com",
            "authorize_url": "https://kauth.kakao.com/oauth/authorize",
            "token_url": "https://kauth.kakao.com/oauth/token",
            "attributes_url": "https://kapi.kakao.com/v1/oidc/userinfo",
            "jwks_uri": "https://kauth.kakao.com/.well-known/jwks.json",
        },
        attributes={"email": "email", "email_verified": "email_verified", "username": "sub"},
    )


def apple(services_id: str, team_id: str, key_id: str, private_key: pulumi.Input[str]) -> SocialProvider:
    """Sign in with Apple; a user may hide the address, and Apple then forwards."""
    return SocialProvider(
        name="SignInWithApple",
        kind="SignInWithApple",
        details={
            "client_id": services_id,
            "team_id": team_id,
            "key_id": key_id,
            "private_key": private_key,
            "authorize_scopes": "email name",
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://appleid.apple.com/auth/authorize",
            "oidc_issuer": "https://appleid.apple.com",
            "token_request_method": "POST",
            "token_url": "https://appleid.apple.com/auth/token",
        },
        attributes={"email": "email", "email_verified": "email_verified", "username": "sub"},
    )
