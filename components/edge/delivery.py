"""Delivery tier: CloudFront before the front end and the services (REQ-S1, REQ-D1), and the names that lead to it.

One distribution, so that the front end and its API are one origin to a browser: no CORS, cookies of the first party.
What goes to the services is neither cached nor changed, and keeps its own errors: a custom error page of CloudFront's
would be for all paths, and turn an API's 404 into a page. So a function picks the file for a path, and a page that is
not there is S3's 404.

Where a second region has a copy of the front end, CloudFront asks it when the first bucket fails, each time anew:
nobody has to do anything. Which region's services answer is the business of the origin record (REQ-R4).

Its logs go to the region's access log bucket by standard logging v2, a delivery of its own: v1 needs ACLs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import tagging
from components.edge import headers, origin
from components.edge.caching import DAY, FOR_EVER, IMAGES, MINUTE, ROUTES, STATIC, YEAR
from components.naming import EDGE_REGION, Scope

APPLICATION = "delivery"
FUNCTIONS = Path(__file__).parent / "functions"
SITE, SITE_COPY, SERVICES = "site", "site-copy", "services"  # ids of the origins
SITES = "sites"  # id of the group of both sites
# The bucket's region is not well, which a missing page (404) or one that nobody may read (403) does not say.
UNWELL = (500, 502, 503, 504)

# Policies of AWS's own, the same ids in every account: what they do is just what their names say.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# The host stays behind: the load balancer's certificate is for its own name.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

# The most that CloudFront offers without a raised quota; events and long polls must say something more often.
READ_SECONDS = 60
READS = ("GET", "HEAD", "OPTIONS")
EVERYTHING = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
# Who, what, how fast, from where in the cache. Neither cookies nor query strings, so no referrer either.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
LOG_FIELDS = (
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
    "cs(User-Agent)", "x-edge-result-type", "x-edge-request-id", "x-host-header", "cs-protocol", "cs-bytes",
    "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher", "x-edge-response-result-type",
    "cs-protocol-version", "c-port", "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type",
    "sc-content-len",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """The names, and what other tiers hand over."""

    scope: Scope
    domain: str
    zone_id: str
    certificate_arn: pulumi.Input[str]  # for <domain> and *.<domain>, in us-east-1, validated
    web_acl_arn: pulumi.Input[str]
    origin_secret: pulumi.Input[str]  # what the load balancer takes already
    site_host: pulumi.Input[str]  # the regional name of the front end's bucket
    site_copy_host: pulumi.Input[str] | None  # and of its copy in another region
    log_bucket_arn: pulumi.Input[str]


class Delivery(pulumi.ComponentResource):
    """A distribution, its log, and the names that lead to it."""

    domain: pulumi.Output[str]  # the stage's, once it leads somewhere
    distribution_id: pulumi.Output[str]  # what a release of the front end invalidates

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Delivery", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.PUBLIC)
        distribution = self._distribution()
        self._log(distribution)
        apex = self._records(distribution)

        self.domain = apex.name
        self.distribution_id = distribution.id
        self.register_outputs({"domain": self.domain, "distributionId": self.distribution_id})

    def _distribution(self) -> aws.cloudfront.Distribution:
        name, args = self._name, self._args
        access = aws.cloudfront.OriginAccessControl(
            f"{name}-access",
            description="CloudFront signs what it asks of the front end's bucket",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        return aws.cloudfront.Distribution(
            f"{name}-distribution",
            comment=args.scope.name(),
            enabled=True,
            aliases=[args.domain, f"www.{args.domain}"],
            default_root_object="index.html",
            http_version="http2and3",
            is_ipv6_enabled=True,
            # Korea, Asia, Europe and North America; the rest is served from the next of these for less.
            price_class="PriceClass_200",
            web_acl_id=args.web_acl_arn,
            viewer_certificate=aws.cloudfront.DistributionViewerCertificateArgs(
                acm_certificate_arn=args.certificate_arn,
                ssl_support_method="sni-only",
                # No CBC, yet TLS 1.2: some in-app browsers of older phones have no 1.3.
                minimum_protocol_version="TLSv1.2_2025",
            ),
            restrictions=aws.cloudfront.DistributionRestrictionsArgs(
                geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
            ),
            origin_groups=self._origin_groups(),
            origins=[
                *(
                    aws.cloudfront.DistributionOriginArgs(
                        origin_id=title, domain_name=host, origin_access_control_id=access.id
                    )
                    for title, host in self._sites().items()
                ),
                aws.cloudfront.DistributionOriginArgs(
                    origin_id=SERVICES,
                    domain_name=origin.name(args.domain),
                    custom_headers=[
                        aws.cloudfront.DistributionOriginCustomHeaderArgs(
                            name=origin.SECRET_HEADER, value=args.origin_secret
                        )
                    ],
                    custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
                        http_port=80,
                        https_port=443,
                        origin_protocol_policy="https-only",
                        origin_ssl_protocols=["TLSv1.2"],
                        origin_read_timeout=READ_SECONDS,
                        origin_keepalive_timeout=READ_SECONDS,
                    ),
                ),
            ],
            default_cache_behavior=self._pages(),
            ordered_cache_behaviors=[*self._services(), self._assets(), self._images()],
            tags=self._tags,
            opts=self._child,
        )

    def _sites(self) -> Mapping[str, pulumi.Input[str]]:
        """The front end's buckets, in the order in which they are asked: origin id -> host."""
        copy = self._args.site_copy_host
        return {SITE: self._args.site_host, **({} if copy is None else {SITE_COPY: copy})}

    def _front_end(self) -> str:
        """What pages come from: the group of buckets where there are two."""
        return SITE if self._args.site_copy_host is None else SITES

    def _origin_groups(self) -> list[aws.cloudfront.DistributionOriginGroupArgs] | None:
        if self._front_end() == SITE:
            return None
        return [
            aws.cloudfront.DistributionOriginGroupArgs(
                origin_id=SITES,
                failover_criteria=aws.cloudfront.DistributionOriginGroupFailoverCriteriaArgs(status_codes=list(UNWELL)),
                members=[aws.cloudfront.DistributionOriginGroupMemberArgs(origin_id=one) for one in self._sites()],
            )
        ]

    def _pages(self) -> aws.cloudfront.DistributionDefaultCacheBehaviorArgs:
        return aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
            target_origin_id=self._front_end(),
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=list(READS),
            cached_methods=list(READS),
            compress=True,
            # A release is seen after a minute even where nobody invalidates; the file's own Cache-Control goes first.
            cache_policy_id=self._cache_policy("pages", default_ttl=MINUTE, max_ttl=DAY).id,
            response_headers_policy_id=self._response_headers("pages", page=True).id,
            function_associations=[
                aws.cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
                    event_type="viewer-request", function_arn=self._function("pages").arn
                )
            ],
        )

    def _assets(self) -> aws.cloudfront.DistributionOrderedCacheBehaviorArgs:
        """Named after their content, so for ever."""
        return aws.cloudfront.DistributionOrderedCacheBehaviorArgs(
            path_pattern=f"{STATIC}*",
            target_origin_id=self._front_end(),
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=list(READS),
            cached_methods=list(READS),
            compress=True,
            cache_policy_id=self._cache_policy("assets", default_ttl=YEAR, max_ttl=YEAR).id,
            response_headers_policy_id=self._response_headers("assets", cache_control=FOR_EVER).id,
        )

    def _images(self) -> aws.cloudfront.DistributionOrderedCacheBehaviorArgs:
        """A cache before the service that makes sizes and formats (docs/adr/0016); few enough to be hit."""
        return aws.cloudfront.DistributionOrderedCacheBehaviorArgs(
            path_pattern=f"{IMAGES}*",
            target_origin_id=SERVICES,
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=list(READS),
            cached_methods=list(READS),
            compress=False,  # they are compressed
            cache_policy_id=self._cache_policy(
                "images", default_ttl=DAY, max_ttl=YEAR, by_header=["x-image-format"], by_query=["w", "q"]
            ).id,
            response_headers_policy_id=self._response_headers("images").id,
            function_associations=[
                aws.cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArgs(
                    event_type="viewer-request", function_arn=self._function("images").arn
                )
            ],
        )

    def _services(self) -> list[aws.cloudfront.DistributionOrderedCacheBehaviorArgs]:
        """REST, sign-in, WebSocket and server-sent events: whatever comes goes on, and nothing is kept."""
        policy = self._response_headers("services")
        return [
            aws.cloudfront.DistributionOrderedCacheBehaviorArgs(
                path_pattern=path,
                target_origin_id=SERVICES,
                # A client that sends a token by HTTP should learn of it, not be led on.
                viewer_protocol_policy="https-only",
                allowed_methods=list(EVERYTHING),
                cached_methods=["GET", "HEAD"],
                compress=False,  # CloudFront compresses only what it caches; services do it themselves
                cache_policy_id=CACHING_DISABLED,
                origin_request_policy_id=ALL_VIEWER_EXCEPT_HOST,
                response_headers_policy_id=policy.id,
            )
            for path in ROUTES
        ]

    def _cache_policy(
        self, title: str, *, default_ttl: int, max_ttl: int, by_header: Sequence[str] = (), by_query: Sequence[str] = ()
    ) -> aws.cloudfront.CachePolicy:
        """What is the same file for everyone: no cookie makes a difference, and hardly a header."""
        key = aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs(
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
            cookies_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs(
                cookie_behavior="none"
            ),
            headers_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs(
                header_behavior="whitelist" if by_header else "none",
                headers=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigHeadersArgs(
                    items=list(by_header)
                )
                if by_header
                else None,
            ),
            query_strings_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
                query_string_behavior="whitelist" if by_query else "none",
                query_strings=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigQueryStringsArgs(
                    items=list(by_query)
                )
                if by_query
                else None,
            ),
        )
        return aws.cloudfront.CachePolicy(
            f"{self._name}-{title}",
            min_ttl=0,
            default_ttl=default_ttl,
            max_ttl=max_ttl,
            parameters_in_cache_key_and_forwarded_to_origin=key,
            opts=self._child,
        )

    def _response_headers(
        self, title: str, *, page: bool = False, cache_control: str = ""
    ) -> aws.cloudfront.ResponseHeadersPolicy:
        """What every answer says, and of pages what a page may do."""
        more = {"Permissions-Policy": headers.PERMISSIONS_POLICY} if page else {}
        if cache_control:
            more["Cache-Control"] = cache_control
        return aws.cloudfront.ResponseHeadersPolicy(
            f"{self._name}-{title}",
            security_headers_config=headers.security(self._args.domain if page else None),
            custom_headers_config=aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
                items=[
                    aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs(
                        header=header, value=value, override=True
                    )
                    for header, value in more.items()
                ]
            )
            if more
            else None,
            opts=self._child,
        )

    def _function(self, title: str) -> aws.cloudfront.Function:
        code = (FUNCTIONS / f"{title}.js").read_text(encoding="utf-8")
        return aws.cloudfront.Function(
            f"{self._name}-{title}",
            runtime="cloudfront-js-2.0",
            comment=f"Viewer request: {title}",
            code=code.replace("__DOMAIN__", self._args.domain),
            publish=True,
            tags=self._tags,
            opts=self._child,
        )

    def _log(self, distribution: aws.cloudfront.Distribution) -> None:
        """To the access log bucket, by day and hour as Athena reads them."""
        name, title = self._name, self._args.scope.name("cloudfront")
        source = aws.cloudwatch.LogDeliverySource(
            f"{name}-log-source",
            region=EDGE_REGION,
            name=title,
            log_type="ACCESS_LOGS",
            resource_arn=distribution.arn,
            tags=self._tags,
            opts=self._child,
        )
        destination = aws.cloudwatch.LogDeliveryDestination(
            f"{name}-log-destination",
            region=EDGE_REGION,
            name=title,
            output_format="json",
            delivery_destination_configuration=(
                aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                    destination_resource_arn=self._args.log_bucket_arn
                )
            ),
            tags=self._tags,
            opts=self._child,
        )
        aws.cloudwatch.LogDelivery(
            f"{name}-log",
            region=EDGE_REGION,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            record_fields=list(LOG_FIELDS),
            s3_delivery_configurations=[
                aws.cloudwatch.LogDeliveryS3DeliveryConfigurationArgs(
                    suffix_path="/{DistributionId}/{yyyy}/{MM}/{dd}/{HH}", enable_hive_compatible_path=True
                )
            ],
            tags=self._tags,
            opts=self._child,
        )

    def _records(self, distribution: aws.cloudfront.Distribution) -> aws.route53.Record:
        """The domain and www, by IPv4 and IPv6; the first is given back."""
        records = [
            aws.route53.Record(
                f"{self._name}-{title}-{kind.lower()}",
                zone_id=self._args.zone_id,
                name=host,
                type=kind,
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=distribution.domain_name,
                        zone_id=distribution.hosted_zone_id,
                        evaluate_target_health=False,  # CloudFront has no health to ask for
                    )
                ],
                opts=self._child,
            )
            for title, host in (("apex", self._args.domain), ("www", f"www.{self._args.domain}"))
            for kind in ("A", "AAAA")
        ]
        return records[0]
