"""Certificate tier (REQ-N3, REQ-P0): a name is ours if we can write to its zone, so ACM renews without anybody.

Used twice: for viewers in us-east-1, the only region from which CloudFront and Cognito take one, and for the load
balancer in each region. A name and its wildcard are proved by the same DNS record, and so is the same name in another
region, so there is always exactly one; two resources for it would fight over it.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope

APPLICATION = "certificates"
VALIDATION_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """For which name, and where it is used."""

    scope: Scope  # of the region in which the certificate is used
    domain: str
    with_wildcard: bool  # whether it is for every name one label below, too
    zone_id: str
    proved_by: pulumi.Input[str] | None  # the name of the DNS record, where a certificate elsewhere has made it already


class Certificate(pulumi.ComponentResource):
    """A certificate that ACM has issued."""

    arn: pulumi.Output[str]  # known once ACM has validated it, so that nobody uses it before
    proof: pulumi.Input[str]  # the name of the DNS record that proves it, in every region

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Certificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            f"{name}-certificate",
            region=args.scope.region,
            domain_name=args.domain,
            subject_alternative_names=[f"*.{args.domain}"] if args.with_wildcard else [],
            validation_method="DNS",
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.PUBLIC, name=args.domain),
            opts=child,
        )
        self.proof = (
            _proof(f"{name}-proof", certificate, args.zone_id, child) if args.proved_by is None else args.proved_by
        )
        self.arn = aws.acm.CertificateValidation(
            f"{name}-validated",
            region=args.scope.region,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[self.proof],
            opts=child,
        ).certificate_arn
        self.register_outputs({"arn": self.arn})


def _proof(
    name: str, certificate: aws.acm.Certificate, zone_id: str, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    proof = certificate.domain_validation_options[0]
    return aws.route53.Record(
        name,
        zone_id=zone_id,
        name=proof.resource_record_name,
        type=proof.resource_record_type,
        ttl=VALIDATION_TTL_SECONDS,
        records=[proof.resource_record_value],
        # A certificate of the same name, from before, has the same proof.
        allow_overwrite=True,
        opts=opts,
    ).fqdn
