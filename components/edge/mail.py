"""Mail tier: the stage's domain as a sender (REQ-V2), so that codes and invitations arrive and nobody forges them.

DKIM signs (three names, which SES rotates behind), a MAIL FROM domain of our own makes SPF agree, and DMARC tells
receivers what to think of the rest. SES starts each account in its sandbox, where it writes to verified addresses
only: asking AWS for production access, once per account and region, is a step by hand.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope

APPLICATION = "mail"
DKIM_KEYS = 3  # https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html
TTL_SECONDS = 1800


@dataclass(frozen=True, kw_only=True)
class MailArgs:
    """The domain, and who hears what receivers refused."""

    scope: Scope
    domain: str
    zone_id: str
    reports_to: str  # an e-mail address


class Mail(pulumi.ComponentResource):
    """A domain that SES may send from."""

    identity_arn: pulumi.Output[str]  # known once SES has found the keys: Cognito refuses a sender before

    def __init__(self, name: str, args: MailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Mail", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        identity = aws.sesv2.EmailIdentity(
            f"{name}-domain",
            email_identity=args.domain,
            dkim_signing_attributes=aws.sesv2.EmailIdentityDkimSigningAttributesArgs(
                next_signing_key_length="RSA_2048_BIT"
            ),
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
            opts=self._child,
        )
        tokens = identity.dkim_signing_attributes.tokens
        keys = [
            self._record(
                f"dkim-{place + 1}",
                "CNAME",
                pulumi.Output.concat(tokens[place], "._domainkey.", args.domain),
                pulumi.Output.concat(tokens[place], ".dkim.amazonses.com"),
            )
            for place in range(DKIM_KEYS)
        ]
        self._mail_from(identity)
        self._record(
            "dmarc",
            "TXT",
            f"_dmarc.{args.domain}",
            f"v=DMARC1; p=quarantine; rua=mailto:{args.reports_to}; adkim=r; aspf=r",
        )
        self.identity_arn = aws.ses.DomainIdentityVerification(
            f"{name}-verified",
            domain=identity.email_identity,
            opts=pulumi.ResourceOptions(parent=self, depends_on=keys),
        ).arn
        self.register_outputs({"identityArn": self.identity_arn})

    def _mail_from(self, identity: aws.sesv2.EmailIdentity) -> None:
        """Bounces go to a domain below ours, whose SPF is SES alone."""
        host = f"mail.{self._args.domain}"
        receives = self._record("bounces", "MX", host, f"10 feedback-smtp.{self._args.scope.region}.amazonses.com")
        self._record("spf", "TXT", host, "v=spf1 include:amazonses.com -all")
        aws.sesv2.EmailIdentityMailFromAttributes(
            f"{self._name}-from",
            email_identity=identity.email_identity,
            mail_from_domain=host,
            behavior_on_mx_failure="REJECT_MESSAGE",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[receives]),
        )

    def _record(self, title: str, kind: str, host: pulumi.Input[str], value: pulumi.Input[str]) -> aws.route53.Record:
        return aws.route53.Record(
            f"{self._name}-{title}",
            zone_id=self._args.zone_id,
            name=host,
            type=kind,
            ttl=TTL_SECONDS,
            records=[value],
            opts=self._child,
        )
