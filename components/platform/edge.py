"""What users meet, once for all regions: names, firewall, CloudFront, the front end, mail and sign-in."""

import pulumi

from components.edge import social
from components.edge.certificates import Certificate, CertificateArgs
from components.edge.delivery import Delivery, DeliveryArgs
from components.edge.firewall import Firewall, FirewallArgs
from components.edge.firewall_log import FirewallLog, FirewallLogArgs
from components.edge.identity import Identity, IdentityArgs
from components.edge.mail import Mail, MailArgs
from components.edge.site import Site, SiteArgs
from components.foundation.encryption import Encryption, EncryptionArgs
from components.naming import EDGE_REGION
from components.platform.region import Region
from components.settings import Settings


class Edge(pulumi.ComponentResource):
    """What users meet, once for all regions: names, firewall, CloudFront, the front end, sign-in."""

    def __init__(self, name: str, settings: Settings, primary: Region, opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:Edge", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope, edge_scope, domain = settings.scope(), settings.scope(EDGE_REGION), settings.domain
        sizes, kept = settings.growth.sizes, settings.destroy_protection
        certificate = Certificate(
            "viewer-certificate",
            CertificateArgs(scope=edge_scope, domain=domain.name, with_wildcard=True, zone_id=domain.zone_id),
            child,
        )
        encryption = Encryption(
            "edge-encryption",
            EncryptionArgs(
                scope=edge_scope,
                purposes=["logs"],
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
        self.site = Site(
            "site",
            SiteArgs(scope=scope, storage_key_arn=primary.encryption.key_arns["storage"], destroy_protection=kept),
            child,
        )
        self.delivery = Delivery(
            "delivery",
            DeliveryArgs(
                scope=scope,
                domain=domain.name,
                zone_id=domain.zone_id,
                certificate_arn=certificate.arn,
                web_acl_arn=firewall.web_acl_arn,
                origin_secret=primary.origin_secret,
                site_host=self.site.host,
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
