"""Need `bucket` (REQ-A1): a bucket of its own, closed, encrypted by a key of the stage, with earlier versions."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation.closing import keep, lifecycle_rule, log_access
from components.service.life import KEEPS
from components.service.place import Place

OLD_VERSIONS_DAYS = 90  # how long what was overwritten or deleted can be had again


def bucket_name(place: Place) -> str:
    """The account makes it the world's only one; at most 63 letters, as a service's name has at most 28."""
    return place.name(place.scope.account_id)


def rights(place: Place) -> list[iam.Statement]:
    """To list its bucket, and to read, write and delete what is in it; no earlier version, and no setting."""
    bucket = f"arn:aws:s3:::{bucket_name(place)}"
    return [
        iam.Statement(sid="ListItsBucket", actions=["s3:ListBucket"], resources=[bucket]),
        iam.Statement(
            sid="UseWhatIsInItsBucket",
            actions=["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket}/*"],
        ),
        place.by_key("UseTheKeyOfItsBucket", "storage", "s3", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ]


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Whose bucket it is."""

    place: Place


class Bucket(pulumi.ComponentResource):
    """A private, versioned bucket that says who read it."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Bucket", name, None, opts)
        child, place = pulumi.ResourceOptions(parent=self), args.place
        kept = place.keeps("bucket")
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket_name(place),
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=kept, retain_on_delete=kept),
        )
        folder, into = f"service-{place.spec.name}", place.platform.access_log_bucket
        log_access(f"{name}-access-log", bucket, into=into, folder=folder, opts=child)
        keep(
            name,
            bucket,
            key_arn=place.platform.key_arns["storage"],
            rules=[lifecycle_rule("earlier-versions", archives=False, earlier_days=OLD_VERSIONS_DAYS)],
            policy=iam.document(iam.only_by_tls(bucket_name(place))),
            opts=child,
        )
        self.register_outputs({KEEPS: place.kept("bucket")})
