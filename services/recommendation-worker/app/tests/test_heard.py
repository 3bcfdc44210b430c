"""What is done with each event of the stream: what AWS is told, held against its own description of its calls."""

import asyncio
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from servicekit import aws
from servicekit.calls import AwayError
from servicekit.models import Features, Model
from servicekit.settings import Settings
from servicekit.stores import Table

from ..heard import FEATURE, Heard

GROUP, ENDPOINT = "users", "ranking"
EVENT = {"user_id": 7, "type": "post.read", "metadata_json": "{}", "ts": "2026-01-02T00:00:00Z"}
LEARNT = {"user_id": "7", "ts": EVENT["ts"], "last_event_type": "post.read"}


class Toggles:
    """What an operator took away."""

    def __init__(self) -> None:
        self.off = ""

    def is_on(self, feature: str) -> bool:
        return feature != self.off


class Aws:
    """Answers what it has been told to, in that order; every other call fails."""

    def __init__(self, settings: Settings) -> None:
        store = aws.session().client("sagemaker-featurestore-runtime")
        self.store: Any = Stubber(store)  # botocore has no types
        self.features = Features(settings, client=store)
        runtime = aws.session().client("sagemaker-runtime")
        self.runtime: Any = Stubber(runtime)
        self.model = Model(settings, client=runtime)
        self.toggles: Any = Toggles()
        self.table = Table(settings)

    def knows(self, **features: str) -> None:
        """Of user 7."""
        record = [{"FeatureName": name, "ValueAsString": value} for name, value in features.items()]
        asked = {"FeatureGroupName": GROUP, "RecordIdentifierValueAsString": "7"}
        self.store.add_response("get_record", {"Record": record} if record else {}, asked)

    def is_told(self, **features: Any) -> None:
        """All features of user 7, as they are now."""
        record = [{"FeatureName": name, "ValueAsString": value} for name, value in features.items()]
        self.store.add_response("put_record", {}, {"FeatureGroupName": GROUP, "Record": record})

    def recommends(self, answer: Any, **given: Any) -> None:
        """Asked with this and nothing else."""
        asked = {"EndpointName": ENDPOINT, "ContentType": "application/json", "Accept": "application/json"}
        body = io.BytesIO(json.dumps(answer).encode())
        self.runtime.add_response("invoke_endpoint", {"Body": body}, {**asked, "Body": json.dumps(given)})

    def hear(self, event: Any = EVENT) -> None:
        """All that was foreseen is then done."""

        async def run() -> None:
            await self.table.start()
            await Heard(self.features, self.model, self.toggles, self.table).hear(event)

        with self.store, self.runtime:
            asyncio.run(run())
        self.store.assert_no_pending_responses()
        self.runtime.assert_no_pending_responses()


@pytest.fixture
def there(settings: Settings) -> Aws:
    return Aws(replace(settings, features_group=GROUP, model_endpoint=ENDPOINT))


def test_the_last_event_is_the_users_feature_and_the_others_stay(there: Aws) -> None:
    there.knows(user_id="7", ts="2026-01-01T00:00:00Z", subscribed="1")
    there.is_told(user_id="7", ts=EVENT["ts"], subscribed="1", last_event_type="post.read")
    there.recommends([1], user_id="7", ts=EVENT["ts"], subscribed="1", last_event_type="post.read")
    there.hear()


def test_what_comes_late_changes_nothing(there: Aws) -> None:
    there.knows(user_id="7", ts="2026-01-03T00:00:00Z", last_event_type="sign.in")
    there.hear()


def test_what_nobody_did_is_of_no_user(there: Aws) -> None:
    there.hear({**EVENT, "user_id": None, "type": "incident.opened"})


def test_nothing_is_passed_over_while_the_feature_store_is_away(there: Aws) -> None:
    there.store.add_client_error("get_record", "ServiceUnavailable", http_status_code=503)
    with pytest.raises(AwayError):
        there.hear()


def test_a_stage_without_a_feature_store_is_no_error(settings: Settings) -> None:
    there = Aws(replace(settings, features_group=None, model_endpoint=ENDPOINT))
    there.recommends([1], **LEARNT)
    there.hear()


def test_what_the_model_recommends_is_kept(there: Aws, settings: Settings) -> None:
    there.knows()
    there.is_told(**LEARNT)
    there.recommends({"posts": [3, 1]}, **LEARNT)
    there.hear()
    key = {"pk": "recommended#7"}
    found = aws.client("dynamodb").get_item(
        TableName=settings.name("table"), Key={name: {"S": value} for name, value in key.items()}
    )
    assert json.loads(found["Item"]["answer"]["S"]) == {"posts": [3, 1]}


def test_a_model_that_fails_or_is_not_there_yet_stops_nothing(there: Aws, settings: Settings) -> None:
    without = Aws(replace(settings, features_group=GROUP, model_endpoint=None))
    there.runtime.add_client_error("invoke_endpoint", "ModelError", http_status_code=424)
    for each in (there, without):
        each.knows()
        each.is_told(**LEARNT)
        each.hear()


def test_it_is_not_asked_where_an_operator_took_it_away(there: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(*_: object) -> Any:
        raise AssertionError("it was asked")

    monkeypatch.setattr(there.model, "ask", ask)  # what the stub refuses would pass for a model that is away
    there.toggles.off = FEATURE
    there.knows()
    there.is_told(**LEARNT)
    there.hear()
