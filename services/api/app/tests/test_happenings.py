"""Events that the service publishes."""

import json

from fastapi.testclient import TestClient

from ops.dev.stage import Stage
from servicekit import aws
from servicekit.settings import Settings

from ..happenings import TYPES
from ..main import PATH


def test_an_operator_publishes_what_service_yaml_names_and_nobody_else_anything(
    client: TestClient, bearer: dict[str, str], stage: Stage, settings: Settings
) -> None:
    queue = aws.client("sqs").create_queue(QueueName="hears-everything")["QueueUrl"]
    pattern = json.dumps({"source": [settings.source]})
    aws.client("events").put_rule(Name="all", EventBusName=settings.event_bus, EventPattern=pattern)
    arn = f"arn:aws:sqs:{settings.region}:{settings.account_id}:hears-everything"
    aws.client("events").put_targets(Rule="all", EventBusName=settings.event_bus, Targets=[{"Id": "queue", "Arn": arn}])
    operator = {"Authorization": f"Bearer {stage.issuer.token('u-1', ['operators'])}"}
    for kind in TYPES:
        assert client.post(f"{PATH}/v1/events/{kind}", json={"id": 7}, headers=operator).status_code == 202
    assert client.post(f"{PATH}/v1/events/of.nobody", json={}, headers=operator).status_code == 404
    assert client.post(f"{PATH}/v1/events/{min(TYPES)}", json={}, headers=bearer).status_code == 403
    heard = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert {json.loads(one["Body"])["detail-type"] for one in heard} == TYPES
