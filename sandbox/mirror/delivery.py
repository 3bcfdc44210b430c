"""What stands before the stage: CloudFront, as far as a release of the front end asks it."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sandbox.mirror.filler import Filler, Made, its_id


class _Completed:
    """Moto spells it COMPLETED, and whoever waits for what AWS spells waits for ever."""

    def __get__(self, *_: object) -> str:
        return "Completed"

    def __set__(self, *_: object) -> None: ...


@contextmanager
def ending_invalidations() -> Generator[None]:
    """Let an invalidation be done as AWS says that it is."""
    from moto.cloudfront.models import Invalidation  # noqa: PLC0415 -- moto is imported where it is started only

    with mock.patch.object(Invalidation, "status", _Completed(), create=True):
        yield


def _origin(given: Mapping[str, Any]) -> dict[str, Any]:
    kind = (
        {"CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
        if given.get("customOriginConfig")
        else {"S3OriginConfig": {"OriginAccessIdentity": ""}}
    )
    return {"Id": given["originId"], "DomainName": given["domainName"], **kind}


def _distribution(made: Made) -> None:
    origins, aliases = [_origin(each) for each in made.items("origins")], list(made["aliases"] or ())
    behavior = made.inside("defaultCacheBehavior")
    made.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": {
                "CallerReference": made.id,
                "Comment": made["comment"] or "",
                "Enabled": bool(made["enabled"]),
                "Aliases": {"Quantity": len(aliases), "Items": aliases},
                "Origins": {"Quantity": len(origins), "Items": origins},
                "DefaultCacheBehavior": {
                    "TargetOriginId": behavior["targetOriginId"],
                    "ViewerProtocolPolicy": behavior["viewerProtocolPolicy"],
                },
            },
            "Tags": {"Items": made.tag_list},
        }
    )


ROWS: Mapping[str, Filler] = {
    "aws:cloudfront/distribution:Distribution": Filler(
        fill=_distribution,
        ids={"moto.cloudfront.models.random_id": its_id},
        lost="its domain name, behaviours, certificate and log",
    ),
}
