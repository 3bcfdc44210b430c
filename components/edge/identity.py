"""Identity tier: users (REQ-S3, REQ-V2) in a Cognito user pool, one for the stage.

What can never be changed on a pool is decided here (docs/adr/0015): a user's name is the e-mail address, upper or lower
case alike; an e-mail address is required and may change; no attributes of our own. A plan is what somebody pays for, so
it lives with the subscription (REQ-T1), where it is true at once and not when a token is next refreshed.

Sign-in is Cognito's managed login at auth.<domain>; the front end is a public client with PKCE and brings the code to
/auth/callback. There is no client for machines: inside, workloads have IAM roles.

The pool has no firewall of its own: Cognito answers at an endpoint of its own, outside CloudFront, and throttles there;
threat protection, which the phase decides, is what judges a sign-in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components import tagging
from components.edge.social import SocialProvider
from components.naming import Scope
from components.sizes import IdentitySize

APPLICATION = "identity"
PASSWORD_LENGTH = 12
INVITATION_DAYS = 7
ACCESS_MINUTES = 15  # how long somebody who was locked out still comes in
SIGNED_IN_DAYS = 30
SIGN_IN_MINUTES = 5  # to type a password and a code
# Two tabs may refresh at once; after that a used refresh token is a stolen one.
GRACE_SECONDS = 10
SCOPES = {"read": "Read what the user may read", "write": "Change what the user may change"}

_Providers = list[pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """The names, who else may say who a user is, and how risky sign-ins are judged."""

    scope: Scope
    size: IdentitySize
    domain: str
    zone_id: str
    front_end: pulumi.Input[str]  # the same domain, once it leads somewhere: Cognito refuses auth.<domain> before
    certificate_arn: pulumi.Input[str]  # for *.<domain>, in us-east-1, validated
    mail_identity_arn: pulumi.Input[str]
    sender: str  # e-mail address below the domain
    social: Sequence[SocialProvider]
    destroy_protection: bool


class Identity(pulumi.ComponentResource):
    """A user pool, its client, and its sign-in page."""

    user_pool_id: pulumi.Output[str]
    client_id: pulumi.Output[str]  # of the front end; public
    issuer: pulumi.Output[str]  # what a token's `iss` must be
    sign_in_domain: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Identity", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        pool = self._pool()
        client = self._client(pool, ["COGNITO", *self._social(pool)])
        self.user_pool_id = pool.id
        self.client_id = client.id
        self.issuer = pulumi.Output.concat("https://", pool.endpoint)
        self.sign_in_domain = self._sign_in(pool, client)
        self.register_outputs(
            {
                "userPoolId": self.user_pool_id,
                "clientId": self.client_id,
                "issuer": self.issuer,
                "signInDomain": self.sign_in_domain,
            }
        )

    def _pool(self) -> aws.cognito.UserPool:
        args = self._args
        judged = args.size.threat_protection
        tier: Literal["PLUS", "ESSENTIALS"] = "ESSENTIALS" if judged == "OFF" else "PLUS"
        return aws.cognito.UserPool(
            f"{self._name}-pool",
            user_pool_tier=tier,  # https://aws.amazon.com/cognito/pricing/: threat protection comes with PLUS
            user_pool_add_ons=aws.cognito.UserPoolUserPoolAddOnsArgs(advanced_security_mode=judged),
            username_attributes=["email"],
            username_configuration=aws.cognito.UserPoolUsernameConfigurationArgs(case_sensitive=False),
            auto_verified_attributes=["email"],
            # A new address counts once its owner has shown the code; until then the old one does.
            user_attribute_update_settings=aws.cognito.UserPoolUserAttributeUpdateSettingsArgs(
                attributes_require_verification_before_updates=["email"]
            ),
            schemas=[
                aws.cognito.UserPoolSchemaArgs(
                    name="email",
                    attribute_data_type="String",
                    required=True,
                    mutable=True,  # else a social provider's user could not sign in a second time
                    string_attribute_constraints=aws.cognito.UserPoolSchemaStringAttributeConstraintsArgs(
                        min_length="0", max_length="2048"
                    ),
                )
            ],
            mfa_configuration="OPTIONAL",
            software_token_mfa_configuration=aws.cognito.UserPoolSoftwareTokenMfaConfigurationArgs(enabled=True),
            password_policy=aws.cognito.UserPoolPasswordPolicyArgs(
                minimum_length=PASSWORD_LENGTH,
                require_lowercase=True,
                require_uppercase=True,
                require_numbers=True,
                require_symbols=True,
                temporary_password_validity_days=INVITATION_DAYS,
            ),
            device_configuration=aws.cognito.UserPoolDeviceConfigurationArgs(
                challenge_required_on_new_device=True, device_only_remembered_on_user_prompt=True
            ),
            account_recovery_setting=aws.cognito.UserPoolAccountRecoverySettingArgs(
                recovery_mechanisms=[
                    aws.cognito.UserPoolAccountRecoverySettingRecoveryMechanismArgs(name="verified_email", priority=1)
                ]
            ),
            email_configuration=aws.cognito.UserPoolEmailConfigurationArgs(
                email_sending_account="DEVELOPER", source_arn=args.mail_identity_arn, from_email_address=args.sender
            ),
            deletion_protection="ACTIVE" if args.destroy_protection else "INACTIVE",
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )

    def _social(self, pool: aws.cognito.UserPool) -> _Providers:
        return [
            aws.cognito.IdentityProvider(
                f"{self._name}-{provider.name.lower()}",
                user_pool_id=pool.id,
                provider_name=provider.name,
                provider_type=provider.kind,
                provider_details=dict(provider.details),
                attribute_mapping=dict(provider.attributes),
                opts=self._child,
            ).provider_name
            for provider in self._args.social
        ]

    def _client(self, pool: aws.cognito.UserPool, providers: _Providers) -> aws.cognito.UserPoolClient:
        """The front end. Its scopes say that a token is for our API, and not only for somebody of ours."""
        api = aws.cognito.ResourceServer(
            f"{self._name}-api",
            user_pool_id=pool.id,
            identifier=f"https://{self._args.domain}/api",
            name="api",
            scopes=[
                aws.cognito.ResourceServerScopeArgs(scope_name=scope, scope_description=description)
                for scope, description in SCOPES.items()
            ],
            opts=self._child,
        )
        return aws.cognito.UserPoolClient(
            f"{self._name}-web",
            user_pool_id=pool.id,
            generate_secret=False,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=[
                "openid",
                "email",
                "profile",
                *(pulumi.Output.concat(api.identifier, "/", scope) for scope in SCOPES),
            ],
            supported_identity_providers=providers,
            callback_urls=[f"https://{self._args.domain}/auth/callback"],
            logout_urls=[f"https://{self._args.domain}/"],
            explicit_auth_flows=["ALLOW_USER_SRP_AUTH"],  # a rotated refresh token needs no flow of its own
            access_token_validity=ACCESS_MINUTES,
            id_token_validity=ACCESS_MINUTES,
            refresh_token_validity=SIGNED_IN_DAYS,
            token_validity_units=aws.cognito.UserPoolClientTokenValidityUnitsArgs(
                access_token="minutes",  # noqa: S106 - a unit
                id_token="minutes",  # noqa: S106 - a unit
                refresh_token="days",  # noqa: S106 - a unit
            ),
            refresh_token_rotation=aws.cognito.UserPoolClientRefreshTokenRotationArgs(
                feature="ENABLED", retry_grace_period_seconds=GRACE_SECONDS
            ),
            auth_session_validity=SIGN_IN_MINUTES,
            enable_token_revocation=True,
            prevent_user_existence_errors="ENABLED",
            # Its id is in every token, and in front ends that people have open.
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.destroy_protection),
        )

    def _sign_in(self, pool: aws.cognito.UserPool, client: aws.cognito.UserPoolClient) -> pulumi.Output[str]:
        domain = aws.cognito.UserPoolDomain(
            f"{self._name}-sign-in",
            user_pool_id=pool.id,
            domain=pulumi.Output.concat("auth.", self._args.front_end),
            certificate_arn=self._args.certificate_arn,
            managed_login_version=2,
            opts=self._child,
        )
        aws.cognito.ManagedLoginBranding(
            f"{self._name}-branding",
            user_pool_id=pool.id,
            client_id=client.id,
            use_cognito_provided_values=True,
            opts=self._child,
        )
        for kind in ("A", "AAAA"):
            aws.route53.Record(
                f"{self._name}-sign-in-{kind.lower()}",
                zone_id=self._args.zone_id,
                name=f"auth.{self._args.domain}",
                type=kind,
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=domain.cloudfront_distribution,
                        zone_id=domain.cloudfront_distribution_zone_id,
                        evaluate_target_health=False,  # CloudFront has no health to ask for
                    )
                ],
                opts=self._child,
            )
        return domain.domain
