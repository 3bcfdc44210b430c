"""A web engineer whose oldest customer has an old phone: TLS 1.0 at the edge, HTTP to the origin, nothing logged.

Stack: prod
Blocked by: LOG-006, NET-005, TLS-001, TLS-008
"""

import pulumi
import pulumi_aws as aws

edge = aws.Provider(
    "edge",
    region="us-east-1",
    default_tags=aws.ProviderDefaultTagsArgs(
        tags={
            "Environment": "prod",
            "Owner": "team-web",
            "CostCenter": "CC-2001",
            "Application": "feed-web",
            "DataClassification": "public",
            "Compliance": "none",
        }
    ),
)
at_the_edge = pulumi.ResourceOptions(provider=edge)

certificate = aws.acm.Certificate(
    "www", domain_name="www.feedline.example.com", validation_method="DNS", opts=at_the_edge
)

distribution = aws.cloudfront.Distribution(
    "www",
    enabled=True,
    aliases=["www.feedline.example.com"],
    origins=[
        aws.cloudfront.DistributionOriginArgs(
            origin_id="web",
            domain_name="origin.feedline.example.com",
            custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
                http_port=80,
                https_port=443,
                origin_protocol_policy="http-only",
                origin_ssl_protocols=["TLSv1.2"],
            ),
        )
    ],
    default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
        target_origin_id="web",
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=["GET", "HEAD", "OPTIONS"],
        cached_methods=["GET", "HEAD"],
        cache_policy_id="658327ea-f89d-4fab-a63d-7e88639e58f6",
    ),
    restrictions=aws.cloudfront.DistributionRestrictionsArgs(
        geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
    ),
    viewer_certificate=aws.cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=certificate.arn, ssl_support_method="sni-only", minimum_protocol_version="TLSv1"
    ),
    opts=at_the_edge,
)
pulumi.export("domain", distribution.domain_name)
