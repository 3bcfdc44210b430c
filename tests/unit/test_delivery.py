"""The distribution's exact inputs: what is cached, what goes on, and what every answer says."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.edge import headers
from components.edge.delivery import LOG_FIELDS, Delivery, DeliveryArgs
from components.naming import Scope
from tests.unit.recording import Recorded, record, revealed

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CACHE_POLICY = "aws:cloudfront/cachePolicy:CachePolicy"
HEADERS_POLICY = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


SEOUL, SINGAPORE = "site.s3.ap-northeast-2.amazonaws.com", "site.s3.ap-southeast-1.amazonaws.com"


def delivery(copy: str | None = None) -> Recorded:
    args = DeliveryArgs(
        scope=SCOPE,
        domain="dev.example.com",
        zone_id="Z1",
        certificate_arn="arn:certificate",
        web_acl_arn="arn:acl",
        origin_secret="secret",
        site_host=SEOUL,
        site_copy_host=copy,
        log_bucket_arn="arn:aws:s3:::logs",
    )
    return record(lambda: Delivery("delivery", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return delivery()


@pytest.fixture(scope="module")
def distribution(run: Recorded) -> Mapping[str, Any]:
    return run.named("delivery-distribution", DISTRIBUTION).inputs


def behaviours(distribution: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["pathPattern"]: one for one in distribution["orderedCacheBehaviors"]} | {
        "*": distribution["defaultCacheBehavior"]
    }


def test_it_answers_to_the_domain_and_to_www_by_http_3_and_ipv6(distribution: Mapping[str, Any]) -> None:
    assert distribution["enabled"] is True
    assert distribution["aliases"] == ["dev.example.com", "www.dev.example.com"]
    assert (distribution["httpVersion"], distribution["isIpv6Enabled"]) == ("http2and3", True)
    assert distribution["viewerCertificate"] == {
        "acmCertificateArn": "arn:certificate",
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2025",
    }


def test_it_stands_behind_the_firewall_and_refuses_no_country(distribution: Mapping[str, Any]) -> None:
    assert distribution["webAclId"] == "arn:acl"
    assert distribution["restrictions"]["geoRestriction"]["restrictionType"] == "none"
    assert distribution["priceClass"] == "PriceClass_200"  # Korea is not in 100


def test_no_error_page_of_its_own_hides_an_answer_of_the_api(distribution: Mapping[str, Any]) -> None:
    assert not distribution.get("customErrorResponses")


def test_each_path_goes_to_who_answers_it(distribution: Mapping[str, Any]) -> None:
    assert {path: one["targetOriginId"] for path, one in behaviours(distribution).items()} == {
        "/api/*": "services",
        "/auth/*": "services",
        "/ws": "services",
        "/events": "services",
        "/_next/static/*": "site",
        "/images/*": "services",
        "*": "site",
    }


@pytest.mark.parametrize("path", ["/api/*", "/auth/*", "/ws", "/events"])
def test_what_goes_to_the_services_is_whole_and_never_cached(distribution: Mapping[str, Any], path: str) -> None:
    one = behaviours(distribution)[path]
    assert one["cachePolicyId"] == CACHING_DISABLED
    assert one["originRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST
    assert set(one["allowedMethods"]) == {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}
    assert one["viewerProtocolPolicy"] == "https-only"
    assert not one.get("functionAssociations")


def test_services_are_reached_by_tls_1_2_under_their_own_name_with_the_secret(distribution: Mapping[str, Any]) -> None:
    services = {one["originId"]: one for one in revealed(distribution["origins"])}["services"]
    assert services["domainName"] == "origin.dev.example.com"
    assert [(one["name"], revealed(one["value"])) for one in services["customHeaders"]] == [
        ("x-origin-verify", "secret")
    ]
    config = services["customOriginConfig"]
    assert (config["originProtocolPolicy"], config["originSslProtocols"]) == ("https-only", ["TLSv1.2"])
    assert int(config["originReadTimeout"]) == 60


def test_the_bucket_is_read_with_a_signature_and_not_with_the_secret(
    run: Recorded, distribution: Mapping[str, Any]
) -> None:
    site = {one["originId"]: one for one in revealed(distribution["origins"])}["site"]
    assert site["domainName"] == "site.s3.ap-northeast-2.amazonaws.com"
    assert site["originAccessControlId"] == "delivery-access-id"
    assert not site.get("customHeaders")
    access = run.named("delivery-access", "aws:cloudfront/originAccessControl:OriginAccessControl")
    assert (access["originAccessControlOriginType"], access["signingBehavior"], access["signingProtocol"]) == (
        "s3",
        "always",
        "sigv4",
    )


@pytest.mark.parametrize(
    ("path", "policy", "default_seconds", "most_seconds", "by_headers", "by_query"),
    [
        ("*", "pages", 60, 86_400, [], []),
        ("/_next/static/*", "assets", 31_536_000, 31_536_000, [], []),
        ("/images/*", "images", 86_400, 31_536_000, ["x-image-format"], ["w", "q"]),
    ],
)
def test_what_is_cached_is_kept_so_long_and_told_apart_by_so_little(
    run: Recorded,
    distribution: Mapping[str, Any],
    path: str,
    policy: str,
    default_seconds: int,
    most_seconds: int,
    by_headers: list[str],
    by_query: list[str],
) -> None:
    assert behaviours(distribution)[path]["cachePolicyId"] == f"delivery-{policy}-id"
    made = run.named(f"delivery-{policy}", CACHE_POLICY)
    assert (int(made["minTtl"]), int(made["defaultTtl"]), int(made["maxTtl"])) == (0, default_seconds, most_seconds)
    key = made["parametersInCacheKeyAndForwardedToOrigin"]
    assert (key["enableAcceptEncodingBrotli"], key["enableAcceptEncodingGzip"]) == (True, True)
    assert key["cookiesConfig"]["cookieBehavior"] == "none"
    assert listed(key["headersConfig"], "headers") == by_headers
    assert listed(key["queryStringsConfig"], "queryStrings") == by_query


def listed(config: Any, name: str) -> list[str]:
    found: Any = config.get(name)
    return found["items"] if found else []


def test_pages_and_assets_are_compressed_and_read_only(distribution: Mapping[str, Any]) -> None:
    for path in ("*", "/_next/static/*"):
        one = behaviours(distribution)[path]
        assert one["compress"] is True
        assert set(one["allowedMethods"]) == {"GET", "HEAD", "OPTIONS"}
        assert one["viewerProtocolPolicy"] == "redirect-to-https"


def functions_of(behaviour: Any) -> list[tuple[str, str]]:
    found: Any = behaviour.get("functionAssociations")
    return [(each["eventType"], each["functionArn"]) for each in found] if found else []


def test_a_function_picks_the_page_and_another_what_an_image_is_known_by(
    run: Recorded, distribution: Mapping[str, Any]
) -> None:
    picked = {path: functions_of(one) for path, one in behaviours(distribution).items()}
    assert {path: functions for path, functions in picked.items() if functions} == {
        "*": [("viewer-request", "arn:mock:delivery-pages")],
        "/images/*": [("viewer-request", "arn:mock:delivery-images")],
    }
    pages = run.named("delivery-pages", "aws:cloudfront/function:Function")
    assert (pages["runtime"], pages["publish"]) == ("cloudfront-js-2.0", True)
    assert '"dev.example.com"' in pages["code"]
    assert "__DOMAIN__" not in pages["code"]


def test_every_answer_tells_browsers_to_be_careful(run: Recorded, distribution: Mapping[str, Any]) -> None:
    used = {one["responseHeadersPolicyId"] for one in behaviours(distribution).values()}
    policies = run.of_type(HEADERS_POLICY)
    assert used == {f"{one.name}-id" for one in policies}
    for one in policies:
        said = one["securityHeadersConfig"]
        assert said["strictTransportSecurity"] == {
            "accessControlMaxAgeSec": 63_072_000,
            "includeSubdomains": True,
            "preload": True,
            "override": True,
        }
        assert said["contentTypeOptions"] == {"override": True}
        assert said["frameOptions"] == {"frameOption": "DENY", "override": True}
        assert said["referrerPolicy"]["referrerPolicy"] == "strict-origin-when-cross-origin"


def test_a_page_may_load_from_us_only_and_ask_for_no_device(run: Recorded) -> None:
    pages = run.named("delivery-pages", HEADERS_POLICY)
    policy = pages["securityHeadersConfig"]["contentSecurityPolicy"]["contentSecurityPolicy"]
    allowed = {words[0]: words[1:] for words in (line.split() for line in policy.split(";"))}
    assert allowed["default-src"] == ["'self'"]
    assert allowed["script-src"] == ["'self'", "'unsafe-inline'"]
    assert allowed["frame-ancestors"] == ["'none'"]
    assert allowed["object-src"] == ["'none'"]
    assert allowed["connect-src"] == ["'self'", "wss://dev.example.com", "https://auth.dev.example.com"]
    assert {"header": "Permissions-Policy", "value": headers.PERMISSIONS_POLICY, "override": True} in pages[
        "customHeadersConfig"
    ]["items"]
    assert "geolocation=()" in headers.PERMISSIONS_POLICY


def test_assets_never_change_and_say_so(run: Recorded) -> None:
    (item,) = run.named("delivery-assets", HEADERS_POLICY)["customHeadersConfig"]["items"]
    assert (item["header"], item["value"]) == ("Cache-Control", "public, max-age=31536000, immutable")
    assert not run.named("delivery-services", HEADERS_POLICY).get("customHeadersConfig")


def test_it_logs_to_the_access_log_bucket_without_cookies_and_query_strings(run: Recorded) -> None:
    source = run.named("delivery-log-source", "aws:cloudwatch/logDeliverySource:LogDeliverySource")
    assert (source["logType"], source["resourceArn"]) == ("ACCESS_LOGS", "arn:mock:delivery-distribution")
    destination = run.named("delivery-log-destination", "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination")
    assert destination["deliveryDestinationConfiguration"] == {"destinationResourceArn": "arn:aws:s3:::logs"}
    delivery = run.named("delivery-log", "aws:cloudwatch/logDelivery:LogDelivery")
    assert delivery["deliveryDestinationArn"] == "arn:mock:delivery-log-destination"
    assert {one["region"] for one in (source, destination, delivery)} == {"us-east-1"}
    assert delivery["recordFields"] == list(LOG_FIELDS)
    assert not {"cs(Cookie)", "cs-uri-query", "cs(Referer)"} & set(LOG_FIELDS)


def test_both_names_lead_to_it_by_ipv4_and_ipv6(run: Recorded) -> None:
    records = run.of_type("aws:route53/record:Record")
    assert {(one["name"], one["type"]) for one in records} == {
        (name, kind) for name in ("dev.example.com", "www.dev.example.com") for kind in ("A", "AAAA")
    }
    for one in records:
        (alias,) = one["aliases"]
        assert (alias["name"], alias["zoneId"]) == ("d1.cloudfront.net", "Z2FDTNDATAQYW2")


def test_the_other_regions_copy_answers_when_the_first_bucket_fails_and_not_when_a_page_is_missing() -> None:
    made = delivery(SINGAPORE).named("delivery-distribution", DISTRIBUTION)
    sites = {one["originId"]: one["domainName"] for one in made["origins"] if one.get("originAccessControlId")}
    assert sites == {"site": SEOUL, "site-copy": SINGAPORE}
    (group,) = made["originGroups"]
    assert [one["originId"] for one in group["members"]] == ["site", "site-copy"]  # in the order of asking
    assert [int(code) for code in group["failoverCriteria"]["statusCodes"]] == [500, 502, 503, 504]
    to_it = {path for path, one in behaviours(made.inputs).items() if one["targetOriginId"] == group["originId"]}
    assert to_it == {"*", "/_next/static/*"}


def test_one_region_has_no_group_of_origins(distribution: Mapping[str, Any]) -> None:
    assert "originGroups" not in distribution
