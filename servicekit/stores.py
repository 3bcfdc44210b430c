"""A table and a bucket of the service's own: items by a key, and files by a name."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from servicekit import aws
from servicekit.lifecycle import Quiet
from servicekit.settings import Settings

KEY, SORT_KEY, EXPIRY = "pk", "sk", "expires_at"  # as the platform makes tables
_MISSING = frozenset({"NoSuchKey", "404"})


class Table(Quiet):
    """Items of the service's DynamoDB table; numbers are Decimal."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._name, self._client = settings.name("table"), client

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("dynamodb")

    async def get(self, key: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The item of a key, as it was last written."""
        found = await aws.call(self._client.get_item, TableName=self._name, Key=_to(key), ConsistentRead=True)
        return _from(found["Item"]) if "Item" in found else None

    async def put(self, item: Mapping[str, Any]) -> None:
        """Write a whole item; EXPIRY in seconds since 1970 has it deleted then."""
        await aws.call(self._client.put_item, TableName=self._name, Item=_to(item))

    async def delete(self, key: Mapping[str, str]) -> None:
        """Delete an item, be it there or not."""
        await aws.call(self._client.delete_item, TableName=self._name, Key=_to(key))


class Bucket(Quiet):
    """Files of the service's bucket."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._name, self._client = settings.bucket, client

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("s3")

    async def get(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""
        try:
            found = await aws.call(self._client.get_object, Bucket=self._name, Key=name)
        except ClientError as problem:
            if aws.error_code(problem) in _MISSING:
                return None
            raise
        return await aws.call(found["Body"].read)

    async def put(self, name: str, content: bytes) -> None:
        """Write a file; an earlier version can be had again by an operator."""
        await aws.call(self._client.put_object, Bucket=self._name, Key=name, Body=content)


def _to(item: Mapping[str, Any]) -> dict[str, Any]:
    said: Any = TypeSerializer()
    return {name: said.serialize(value) for name, value in item.items()}


def _from(item: Mapping[str, Any]) -> dict[str, Any]:
    heard: Any = TypeDeserializer()
    return {name: heard.deserialize(value) for name, value in item.items()}
