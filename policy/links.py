"""Which other resources a property points to: by where its value comes from, or by what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from policy.view import Plain, Resource, Stack

KEYS = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")
ALIASES = ("aws:kms/alias:Alias",)

# What another resource calls one by.
_NAMES = ("arn", "id", "keyId", "bucket", "name", "url")
# A bucket's ARN is made of its name, so it is known before S3 has made it.
_ARNS: Mapping[str, str] = MappingProxyType(
    {"aws:s3/bucket:Bucket": "arn:aws:s3:::{bucket}", "aws:s3/bucketV2:BucketV2": "arn:aws:s3:::{bucket}"}
)


def targets(user: Resource, place: str, stack: Stack, types: Iterable[str]) -> list[Resource]:
    """The resources of some types that a property, at a dotted path, comes from or names.

    At a preview an id is unknown, and the engine says of a property as a whole where it comes from.
    """
    top = place.split(".", maxsplit=1)[0]
    sources = user.depends.get(top, frozenset[str]())
    said = set(_texts(user.get(place)))
    return [each for each in stack.of_type(types) if each.urn in sources or not said.isdisjoint(_called(each))]


def keys(user: Resource, place: str, stack: Stack) -> list[Resource]:
    """The KMS keys that a property points to, also through an alias."""
    through = [
        key for alias in targets(user, place, stack, ALIASES) for key in targets(alias, "targetKeyId", stack, KEYS)
    ]
    return list({key.urn: key for key in (*targets(user, place, stack, KEYS), *through)}.values())


def _texts(value: Plain) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


def _called(resource: Resource) -> Iterator[str]:
    for name in _NAMES:
        value = resource.get(name)
        if isinstance(value, str) and value:
            yield value
    bucket = resource.get("bucket")
    if resource.type in _ARNS and isinstance(bucket, str):
        yield _ARNS[resource.type].format(bucket=bucket)
