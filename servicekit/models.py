"""What the stage's models answer (REQ-S8): the language model behind its guardrail, the recommendation, the features.

A stage has each from its phase on; before that, the need is left out and asking says so. Each is left alone for a while
once it keeps failing (`Circuit`), so that who can do without it does not wait for it.
"""

import json
from collections.abc import Mapping
from typing import Any

from servicekit import aws
from servicekit.calls import Circuit
from servicekit.lifecycle import Quiet
from servicekit.settings import Settings

ANSWER_TOKENS = 500  # that an answer may have at most; each is paid for


class NotYetError(Exception):
    """The stage's phase does not have it yet."""


class Assistant(Quiet):
    """The language model, asked through the stage's profile and never without its guardrail."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._settings, self._client, self._circuit = settings, client, Circuit("the assistant")

    async def start(self) -> None:
        """Make the client; an answer takes its time."""
        self._client = self._client or aws.patient_client("bedrock-runtime")

    async def answer(self, question: str) -> str:
        """What it says; the guardrail's own words where that keeps something back.

        Raises:
            NotYetError: the stage has no assistant.
            AwayError: it does not answer.
        """
        found = self._settings
        if found.assistant_profile is None:
            raise NotYetError("this stage has no assistant yet")
        said = await self._circuit.call(
            self._client.converse,
            modelId=found.assistant_profile,
            messages=[{"role": "user", "content": [{"text": question}]}],
            inferenceConfig={"maxTokens": ANSWER_TOKENS},
            guardrailConfig={
                "guardrailIdentifier": found.assistant_guardrail,
                "guardrailVersion": found.assistant_guardrail_version,
            },
        )
        return "".join(part.get("text", "") for part in said["output"]["message"]["content"])


class Model(Quiet):
    """The recommendation model's endpoint: JSON in, JSON out."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._endpoint, self._client, self._circuit = settings.model_endpoint, client, Circuit("the model")

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("sagemaker-runtime")

    async def ask(self, given: Mapping[str, Any]) -> Any:
        """What it answers.

        Raises:
            NotYetError: the stage serves no model.
            AwayError: it does not answer.
        """
        if self._endpoint is None:
            raise NotYetError("this stage serves no model yet")
        answer = await self._circuit.call(
            self._client.invoke_endpoint,
            EndpointName=self._endpoint,
            ContentType="application/json",
            Accept="application/json",
            Body=json.dumps(given),
        )
        return json.loads(await self._circuit.call(answer["Body"].read))


class Features(Quiet):
    """The features of users in the Feature Store; every value is text there."""

    def __init__(self, settings: Settings, *, client: Any = None) -> None:
        self._group, self._client, self._circuit = settings.features_group, client, Circuit("the Feature Store")

    async def start(self) -> None:
        """Make the client."""
        self._client = self._client or aws.client("sagemaker-featurestore-runtime")

    async def get(self, user: str) -> Mapping[str, str] | None:
        """A user's features; None where there are none.

        Raises:
            NotYetError: the stage has no Feature Store.
            AwayError: it does not answer.
        """
        group = self._named()
        found = await self._circuit.call(
            self._client.get_record, FeatureGroupName=group, RecordIdentifierValueAsString=user
        )
        record = found.get("Record")
        return {one["FeatureName"]: one["ValueAsString"] for one in record} if record else None

    async def put(self, record: Mapping[str, str]) -> None:
        """Write a user's features, all of them.

        Raises:
            NotYetError: the stage has no Feature Store.
            AwayError: it does not answer.
        """
        group = self._named()
        features = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
        await self._circuit.call(self._client.put_record, FeatureGroupName=group, Record=features)

    def _named(self) -> str:
        if self._group is None:
            raise NotYetError("this stage has no Feature Store yet")
        return self._group
