"""Site tier: the files of the front end (REQ-S1), in a bucket that only CloudFront reads.

A Next.js export is put there by its own release, apart from the API's. Earlier versions stay, so that a release is
taken back by putting the one before it.

The bucket's policy and the key's let in CloudFront on behalf of this account's distributions. Which one, by its id,
could only be said once it exists, and what is known at preview is judged at preview. What is read is public anyway.

A second region has such a bucket too, which `site_copies.py` fills; CloudFront asks it when the first one fails.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.closing import keep, lifecycle_rule
from components.naming import Scope

APPLICATION = "site"
OLD_VERSIONS_DAYS = 90  # how far back a release can be taken


@dataclass(frozen=True, kw_only=True)
class SiteArgs:
    """Where the files are, and the key that they are encrypted with."""

    scope: Scope
    storage_key_arn: pulumi.Input[str]
    destroy_protection: bool


class Site(pulumi.ComponentResource):
    """A private, versioned bucket."""

    bucket_name: str
    bucket: pulumi.Output[str]  # where a release is put: the same, once it may be
    host: pulumi.Output[str]  # where CloudFront reads

    def __init__(self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:edge:Site", name, None, opts)
        scope, child = args.scope, pulumi.ResourceOptions(parent=self)
        self.bucket_name = bucket_name = scope.name("site", scope.account_id, scope.region)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name,
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.PUBLIC),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        self.bucket = keep(
            name,
            bucket,
            key_arn=args.storage_key_arn,
            rules=[lifecycle_rule("old-releases", archives=False, earlier_days=OLD_VERSIONS_DAYS)],
            policy=readers(scope, bucket_name),
            opts=child,
        )
        self.host = bucket.bucket_regional_domain_name
        self.register_outputs({"bucket": self.bucket, "host": self.host})


def readers(scope: Scope, bucket: str) -> str:
    """CloudFront reads; that it may also list is why a file that is not there is a 404 and not a 403."""
    # CloudFront says for which distribution it asks, whose ARN has our account, and nothing of the account by itself:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    ours = {"ArnLike": {"aws:SourceArn": scope.arn("cloudfront", "distribution/*", region="")}}
    cloudfront = {"Service": "cloudfront.amazonaws.com"}
    return iam.document(
        iam.only_by_tls(bucket),
        iam.Statement(
            sid="ReadByTheDistributionsOfThisAccount",
            actions=["s3:GetObject"],
            resources=[f"arn:aws:s3:::{bucket}/*"],
            principal=cloudfront,
            condition=ours,
        ),
        iam.Statement(
            sid="ListedByTheDistributionsOfThisAccount",
            actions=["s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
            principal=cloudfront,
            condition=ours,
        ),
    )
