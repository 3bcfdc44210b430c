"""What our answers tell browsers to keep to (REQ-N3): security headers, as data. Pure."""

import pulumi_aws as aws


def content_policy(domain: str) -> str:
    """The front end's Content-Security-Policy: itself, its own API, and sign-in; a third party is a line here.

    `unsafe-inline`, since a static Next.js export carries its data in inline scripts and a file on S3 cannot have a
    nonce; what keeps foreign scripts out is that no other source is let in and that nothing of a user's is in the HTML.
    """
    sign_in = f"https://auth.{domain}"
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            f"connect-src 'self' wss://{domain} {sign_in}",
            f"form-action 'self' {sign_in}",
            "base-uri 'self'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "upgrade-insecure-requests",
        )
    )


# What the front end never asks a device for; https://www.w3.org/TR/permissions-policy/
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "usb")
)
# Two years, which is what browsers' preload list asks for: https://hstspreload.org
STRICT_TRANSPORT_SECONDS = 63_072_000


def security(page_of: str | None) -> aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs:
    """What every answer says; a page of a domain also says what it may load. Ours go before what an origin says."""
    return aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
        strict_transport_security=(
            aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                access_control_max_age_sec=STRICT_TRANSPORT_SECONDS,
                include_subdomains=True,
                preload=True,
                override=True,
            )
        ),
        content_type_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
            override=True
        ),
        frame_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
            frame_option="DENY", override=True
        ),
        referrer_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
            referrer_policy="strict-origin-when-cross-origin", override=True
        ),
        content_security_policy=(
            aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                content_security_policy=content_policy(page_of), override=True
            )
            if page_of
            else None
        ),
    )
