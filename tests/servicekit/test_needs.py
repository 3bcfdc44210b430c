"""What needs are used with: on moto where it knows the service, else on the words that are sent to AWS."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from servicekit import aws
from servicekit.calls import FAILURES, AwayError
from servicekit.models import Assistant, Features, Model, NotYetError
from servicekit.people import People
from servicekit.settings import Settings
from servicekit.stores import Bucket, Table
from servicekit.stream import NotPutError, Producer

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("cloud")]


async def test_items_of_the_table_are_written_read_and_deleted(settings: Settings) -> None:
    aws.client("dynamodb").create_table(
        TableName=settings.name("table"),
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = Table(settings)
    await table.start()
    await table.put({"pk": "u-1", "seen": ["a", "b"], "times": 3})
    assert await table.get({"pk": "u-1"}) == {"pk": "u-1", "seen": ["a", "b"], "times": 3}
    await table.delete({"pk": "u-1"})
    assert await table.get({"pk": "u-1"}) is None


async def test_files_of_the_bucket_are_written_and_read(settings: Settings) -> None:
    where = {"LocationConstraint": settings.region}
    aws.client("s3").create_bucket(Bucket=settings.bucket, CreateBucketConfiguration=where)
    bucket = Bucket(settings)
    await bucket.start()
    await bucket.put("a/b.txt", b"words")
    assert await bucket.get("a/b.txt") == b"words"
    assert await bucket.get("a/c.txt") is None


async def test_a_user_is_looked_at_signed_out_and_locked_out(made: Callable[..., Settings]) -> None:
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username="kim", UserAttributes=[{"Name": "email", "Value": "k@e.kr"}])
    people = People(made(user_pool_id=pool))
    await people.start()
    found = await people.get("kim")
    assert found is not None
    assert (found["enabled"], found["attributes"]["email"]) == (True, "k@e.kr")
    assert await people.get("lee") is None
    await people.sign_out("kim")
    await people.lock_out("kim")
    assert (await people.get("kim") or {})["enabled"] is False
    await people.let_in("kim")
    assert (await people.get("kim") or {})["enabled"] is True


class Told:
    """A client of AWS's that notes what it is told and answers as it should."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.told = list(answers), list[dict[str, Any]]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            self.told.append(given)
            return self.answers.pop(0)

        return call


async def test_the_assistant_is_asked_by_its_profile_and_never_without_the_guardrail(
    made: Callable[..., Settings],
) -> None:
    said = {"output": {"message": {"content": [{"text": "An "}, {"text": "answer"}]}}}
    client = Told(said)
    settings = made(assistant_profile_arn="arn:profile", assistant_guardrail_id="g-1", assistant_guardrail_version="3")
    assert await Assistant(settings, client=client).answer("Why?") == "An answer"
    (told,) = client.told
    assert told["modelId"] == "arn:profile"
    assert told["guardrailConfig"] == {"guardrailIdentifier": "g-1", "guardrailVersion": "3"}


async def test_the_model_is_asked_in_json(made: Callable[..., Settings]) -> None:
    client = Told({"Body": io.BytesIO(b'{"scores": [1]}')})
    assert await Model(made(model_endpoint="ranking"), client=client).ask({"user": "u-1"}) == {"scores": [1]}
    assert (client.told[0]["EndpointName"], json.loads(client.told[0]["Body"])) == ("ranking", {"user": "u-1"})


async def test_features_are_read_and_written_by_user(made: Callable[..., Settings]) -> None:
    client = Told({"Record": [{"FeatureName": "clicks", "ValueAsString": "7"}]}, {}, {})
    features = Features(made(user_features_group="users"), client=client)
    assert [await features.get("u-1"), await features.get("u-2")] == [{"clicks": "7"}, None]
    await features.put({"user_id": "u-1", "clicks": "8"})
    assert client.told[2]["Record"] == [
        {"FeatureName": "user_id", "ValueAsString": "u-1"},
        {"FeatureName": "clicks", "ValueAsString": "8"},
    ]


async def test_a_model_that_keeps_failing_is_left_alone_and_a_wrong_question_is_the_askers(
    made: Callable[..., Settings],
) -> None:
    client = aws.session().client("sagemaker-runtime")
    model = Model(made(model_endpoint="ranking"), client=client)
    answers: Any = Stubber(client)  # botocore has no types
    with answers:
        for _ in range(FAILURES):  # of those who ask wrongly, however many
            answers.add_client_error("invoke_endpoint", "ValidationError", http_status_code=400)
            with pytest.raises(client.exceptions.ClientError):
                await model.ask({})
        for _ in range(FAILURES):
            answers.add_client_error("invoke_endpoint", "ModelError", http_status_code=424)
            with pytest.raises(AwayError, match="does not answer as it should"):
                await model.ask({})
        with pytest.raises(AwayError, match=r"^the model is left alone for now: it has kept failing$"):
            await model.ask({})  # for which the stub has no answer: it is not asked


async def test_what_the_stage_does_not_have_yet_says_so(made: Callable[..., Settings]) -> None:
    none = made(assistant_profile_arn=None, model_endpoint=None, user_features_group=None, stream_arn=None)
    for asked in (
        Assistant(none).answer("Why?"),
        Model(none).ask({}),
        Features(none).get("u-1"),
        Producer(none).put({"user_id": 1}),
    ):
        with pytest.raises(NotYetError, match="yet"):
            await asked


async def test_events_reach_the_stream_in_the_order_of_their_user(made: Callable[..., Settings]) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="events", ShardCount=2)
    arn = kinesis.describe_stream_summary(StreamName="events")["StreamDescriptionSummary"]["StreamARN"]
    producer = Producer(made(stream_arn=arn))
    await producer.start()
    await producer.put(*({"user_id": f"u-{n % 3}", "n": n} for n in range(9)))
    heard: list[dict[str, Any]] = []
    for shard in kinesis.list_shards(StreamARN=arn)["Shards"]:
        at = kinesis.get_shard_iterator(StreamARN=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        heard += [
            json.loads(one["Data"])
            for one in kinesis.get_records(StreamARN=arn, ShardIterator=at["ShardIterator"])["Records"]
        ]
    for user in range(3):
        assert [one["n"] for one in heard if one["user_id"] == f"u-{user}"] == [user, user + 3, user + 6]


async def test_only_what_the_stream_refused_is_put_again(made: Callable[..., Settings]) -> None:
    refused, taken = {"ErrorCode": "ProvisionedThroughputExceededException"}, {"SequenceNumber": "1"}
    client = Told({"Records": [taken, refused]}, {"Records": [taken]})
    producer = Producer(made(stream_arn="arn:stream"), client=client, pause_seconds=0)
    await producer.put({"user_id": 1}, {"user_id": 2})
    assert [[one["PartitionKey"] for one in told["Records"]] for told in client.told] == [["1", "2"], ["2"]]
    full = Producer(made(stream_arn="arn:stream"), client=Told(*[{"Records": [refused]}] * 4), pause_seconds=0)
    with pytest.raises(NotPutError, match=r"^1 of 1 events were refused by the stream$"):
        await full.put({"user_id": 1})
