"""What users do reaches the stream."""

import json

from fastapi.testclient import TestClient

from servicekit import aws
from servicekit.settings import Settings

from ..activity import number
from ..main import PATH


def test_what_a_user_does_is_an_event_in_the_users_own_name(
    client: TestClient, bearer: dict[str, str], settings: Settings
) -> None:
    done = {"type": "post.read", "metadata": {"post": 7}}
    assert client.post(f"{PATH}/v1/activity", json=done, headers=bearer).status_code == 202
    assert client.post(f"{PATH}/v1/activity", json=done).status_code == 401
    assert client.post(f"{PATH}/v1/activity", json={"type": "Not A Type"}, headers=bearer).status_code == 422
    kinesis = aws.client("kinesis")
    (shard,) = kinesis.list_shards(StreamARN=settings.stream_arn)["Shards"]
    at = kinesis.get_shard_iterator(
        StreamARN=settings.stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    records = kinesis.get_records(StreamARN=settings.stream_arn, ShardIterator=at["ShardIterator"])["Records"]
    (event,) = [json.loads(record["Data"]) for record in records]
    assert set(event) == {"user_id", "type", "metadata_json", "ts"}
    assert (event["user_id"], event["type"], json.loads(event["metadata_json"])) == (
        number("u-1"),
        "post.read",
        {"post": 7},
    )
