"""What the outside world meets: CloudFront, DNS, certificates, the firewall, sign-in; and what watches an account."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn, global_arn
from sandbox.schema.values import Bag, Value, text


def _certificate(inputs: Bag) -> Identity:
    """Each name on the certificate is proved by a DNS record; one and its wildcard by the same."""
    first, others = text(inputs, "domainName"), inputs.get("subjectAlternativeNames")
    names = dict.fromkeys([first or "", *(str(each) for each in (others if isinstance(others, list) else []))])
    hosts = [name.removeprefix("*.") for name in names]
    proofs: list[Value] = [
        {
            "domainName": name,
            "resourceRecordName": f"_{{hex32.{hosts.index(host)}}}.{host}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{{hex32.value{hosts.index(host)}}}.acm-validations.aws.",
        }
        for name, host in zip(names, hosts, strict=True)
    ]
    form = arn("acm", "certificate/{uuid}")
    return Identity(id=form, arn=form, outputs={"domainValidationOptions": proofs, "status": "ISSUED"})


def _firewall(kind: str) -> Row:
    def identity(inputs: Bag) -> Identity:
        scope = "global" if text(inputs, "scope") == "CLOUDFRONT" else "regional"
        return Identity(
            id="{uuid}",
            arn=arn("wafv2", f"{scope}/{kind}/{{name}}/{{id}}"),
            outputs={"lockToken": "{uuid.lock}"},
        )

    return identity


_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # the same for every distribution

ROWS: Mapping[str, Row] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:acm/certificateValidation:CertificateValidation": Identity(id="2026-01-01 00:00:00 +0000 UTC"),
    "aws:budgets/budget:Budget": Identity(id="{account}:{name}", arn=global_arn("budgets", "budget/{name}")),
    "aws:cfg/recorder:Recorder": Identity(id="{name}"),
    "aws:cfg/rule:Rule": Identity(
        id="{name}", arn=arn("config", "config-rule/config-rule-{lower6}"), outputs={"ruleId": "config-rule-{lower6}"}
    ),
    "aws:cloudfront/cachePolicy:CachePolicy": Identity(id="{uuid}", arn=global_arn("cloudfront", "cache-policy/{id}")),
    "aws:cloudfront/distribution:Distribution": Identity(
        id="E{upper13}",
        arn=global_arn("cloudfront", "distribution/{id}"),
        outputs={
            "domainName": "d{lower13}.cloudfront.net",
            "hostedZoneId": _CLOUDFRONT_ZONE,
            "status": "Deployed",
            "etag": "E{upper13.etag}",
        },
    ),
    "aws:cloudfront/function:Function": Identity(
        id="{name}", arn=global_arn("cloudfront", "function/{name}"), outputs={"etag": "E{upper13}"}
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": Identity(
        id="E{upper13}", arn=global_arn("cloudfront", "origin-access-control/{id}")
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": Identity(
        id="{uuid}", arn=global_arn("cloudfront", "response-headers-policy/{id}")
    ),
    "aws:cognito/identityPool:IdentityPool": Identity(
        id="{region}:{uuid}", arn=arn("cognito-identity", "identitypool/{id}")
    ),
    "aws:cognito/identityProvider:IdentityProvider": Identity(id="{userPoolId}:{providerName}"),
    "aws:cognito/managedLoginBranding:ManagedLoginBranding": Identity(
        id="{userPoolId},{uuid}", outputs={"managedLoginBrandingId": "{uuid}"}
    ),
    "aws:cognito/resourceServer:ResourceServer": Identity(id="{userPoolId}|{identifier}"),
    "aws:cognito/userPool:UserPool": Identity(
        id="{region}_{alnum9}",
        arn=arn("cognito-idp", "userpool/{id}"),
        outputs={"endpoint": "cognito-idp.{region}.amazonaws.com/{id}", "estimatedNumberOfUsers": 0},
    ),
    "aws:cognito/userPoolClient:UserPoolClient": Identity(id="{lower26}", outputs={"clientSecret": "{lower52}"}),
    "aws:cognito/userPoolDomain:UserPoolDomain": Identity(
        id="{domain}",
        outputs={
            "awsAccountId": "{account}",
            "cloudfrontDistribution": "d{lower13}.cloudfront.net",
            "cloudfrontDistributionZoneId": _CLOUDFRONT_ZONE,
        },
    ),
    "aws:guardduty/detector:Detector": Identity(
        id="{hex32}", arn=arn("guardduty", "detector/{id}"), outputs={"accountId": "{account}"}
    ),
    "aws:route53/healthCheck:HealthCheck": Identity(id="{uuid}", arn="arn:{partition}:route53:::healthcheck/{id}"),
    "aws:route53/record:Record": Identity(id="{zoneId}_{name}_{type}", outputs={"fqdn": "{name}"}),
    "aws:route53/zone:Zone": Identity(
        id="Z{upper20}",
        arn="arn:{partition}:route53:::hostedzone/{id}",
        outputs={
            "zoneId": "{id}",
            "primaryNameServer": "ns-1.awsdns-01.org",
            "nameServers": ["ns-1.awsdns-01.org", "ns-2.awsdns-02.co.uk", "ns-3.awsdns-03.com", "ns-4.awsdns-04.net"],
        },
    ),
    "aws:securityhub/account:Account": Identity(id="{account}", arn=arn("securityhub", "hub/default")),
    "aws:ses/domainIdentityVerification:DomainIdentityVerification": Identity(
        id="{domain}", arn=arn("ses", "identity/{domain}")
    ),
    "aws:sesv2/emailIdentity:EmailIdentity": Identity(
        id="{emailIdentity}",
        arn=arn("ses", "identity/{emailIdentity}"),
        outputs={
            "dkimSigningAttributes": {"tokens": ["{lower32.first}", "{lower32.second}", "{lower32.third}"]},
            "verifiedForSendingStatus": True,
        },
    ),
    "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes": Identity(id="{emailIdentity}"),
    "aws:wafv2/ipSet:IpSet": _firewall("ipset"),
    "aws:wafv2/ruleGroup:RuleGroup": _firewall("rulegroup"),
    "aws:wafv2/webAcl:WebAcl": _firewall("webacl"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Identity(id="{webAclArn},{resourceArn}"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Identity(id="{resourceArn}"),
}
