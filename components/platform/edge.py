"""What users meet, once for all regions: names, firewall, CloudFront, the front end, mail and sign-in."""

import pulumi

from components.edge import origin, social
from components.edge.certificates import Certificate, CertificateArgs
from components.edge.delivery import Delivery, DeliveryArgs
from components.edge.firewall import Firewall, FirewallArgs
from components.edge.firewall_log import FirewallLog, FirewallLogArgs
from components.edge.identity import Identity, IdentityArgs
from components.edge.mail import Mail, MailArgs
from components.edge.site import Site, SiteArgs
from components.edge.site_copies import SiteCopies, SiteCopiesArgs
from components.foundation.encryption import Encryption, EncryptionArgs
from components.naming import EDGE_REGION
from components.platform.region import Region
from components.settings import Settings


class Edge(pulumi.ComponentResource):
    """What users meet, once for all regions: names, firewall, CloudFront, the front end, sign-in."""

    def __init__(
        self, name: str, settings: Settings, primary: Region, other: Region | None, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("startup-platform:index:Edge", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope, edge_scope, domain = settings.scope(), settings.scope(EDGE_REGION), settings.domain
        sizes, kept = settings.growth.sizes, settings.destroy_protection
        certificate = Certificate(
            "viewer-certificate",
            CertificateArgs(
                scope=edge_scope, domain=domain.name, with_wildcard=True, zone_id=domain.zone_id, proved_by=None
            ),
            child,
        )
        encryption = Encryption(
            "edge-encryption",
            EncryptionArgs(
                scope=edge_scope,
                purposes=["logs"],
                originals={},
                deletion_window_days=settings.encryption.deletion_window_days,
                destroy_protection=kept,
            ),
            child,
        )
        firewall = Firewall("firewall", FirewallArgs(scope=edge_scope, size=sizes.edge), child)
        FirewallLog(
            "firewall-log",
            FirewallLogArgs(
                scope=edge_scope,
                title="edge",
                web_acl_arn=firewall.web_acl_arn,
                logs_key_arn=encryption.key_arns["logs"],
                retention_days=sizes.edge.access_log_retention_days,
                destroy_protection=kept,
            ),
            child,
        )
        self.site = Site("site", _site(primary, kept=kept), child)
        copy = _copy(self.site, primary, other, kept=kept, opts=child) if other else None
        self.delivery = Delivery(
            "delivery",
            DeliveryArgs(
                scope=scope,
                domain=domain.name,
                zone_id=domain.zone_id,
                certificate_arn=certificate.arn,
                web_acl_arn=firewall.web_acl_arn,
                # Not before every region takes it: the record leads to any of them.
                origin_secret=origin.once(primary.origin_secret, other.origin_secret)
                if other
                else primary.origin_secret,
                site_host=self.site.host,
                site_copy_host=copy.host if copy else None,
                log_bucket_arn=primary.access_logs.bucket_arn,
            ),
            child,
        )
        mail = Mail(
            "mail",
            MailArgs(scope=scope, domain=domain.name, zone_id=domain.zone_id, reports_to=settings.contacts.alarms),
            child,
        )
        self.identity = Identity(
            "identity",
            IdentityArgs(
                scope=scope,
                size=sizes.identity,
                domain=domain.name,
                zone_id=domain.zone_id,
                front_end=self.delivery.domain,
                certificate_arn=certificate.arn,
                mail_identity_arn=mail.identity_arn,
                sender=settings.identity.sender,
                social=_social(settings),
                destroy_protection=kept,
            ),
            child,
        )
        self.register_outputs({})


def _site(region: Region, *, kept: bool) -> SiteArgs:
    return SiteArgs(scope=region.scope, storage_key_arn=region.encryption.key_arns["storage"], destroy_protection=kept)


def _copy(site: Site, primary: Region, other: Region, *, kept: bool, opts: pulumi.ResourceOptions) -> Site:
    """A bucket as the first one, by the other region's provider, and what fills it."""
    copy = Site(other.named("site"), _site(other, kept=kept), pulumi.ResourceOptions(parent=other))
    SiteCopies(
        "site-copies",
        SiteCopiesArgs(
            scope=primary.scope,
            to=other.scope,
            bucket=site.bucket_name,
            to_bucket=copy.bucket_name,
            key_alias=primary.encryption.key_aliases["storage"],
            to_key_arn=other.encryption.key_arns["storage"],
        ),
        # Both are there first and keep versions, which the rule does not point to.
        pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[site, copy])),
    )
    return copy


def _social(settings: Settings) -> list[social.SocialProvider]:
    """The providers that the stage has registered with."""
    offered, providers = settings.identity.social, list[social.SocialProvider]()
    if offered.google:
        secret = pulumi.Output.secret(offered.google.client_secret.get_secret_value())
        providers.append(social.google(offered.google.client_id, secret))
    if offered.kakao:
        secret = pulumi.Output.secret(offered.kakao.client_secret.get_secret_value())
        providers.append(social.kakao(offered.kakao.client_id, secret))
    if offered.apple:
        secret = pulumi.Output.secret(offered.apple.private_key.get_secret_value())
        providers.append(social.apple(offered.apple.services_id, offered.apple.team_id, offered.apple.key_id, secret))
    return providers
