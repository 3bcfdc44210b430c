"""Calls to others: again where that is safe, not at all while they are down; features that can be taken away."""

import asyncio
import io
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from servicekit.calls import ATTEMPTS, FAILURES, AwayError, Calls
from servicekit.settings import Settings
from servicekit.toggles import Toggles
from tests.servicekit.conftest import HANGS_SECONDS

pytestmark = pytest.mark.anyio
URL = "https://ranking.example/v1/rank"


class Other:
    """Answers as it is told, by host."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.asked = list(answers), 0
        self.headers: list[httpx2.Headers] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        self.headers.append(request.headers)
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(status, text="answer")


def calls(other: Callable[[httpx2.Request], httpx2.Response]) -> Calls:
    return Calls(http=httpx2.AsyncClient(transport=httpx2.MockTransport(other)), pause_seconds=0)


async def test_what_may_be_done_twice_is_tried_again() -> None:
    other = Other(503, 0)
    assert (await calls(other).request("GET", URL)).text == "answer"
    assert other.asked == 3


async def test_after_three_attempts_it_is_said_why() -> None:
    other = Other(*[502] * 9)
    with pytest.raises(AwayError, match=r"^ranking.example answers 502$"):
        await calls(other).request("GET", URL)
    assert other.asked == ATTEMPTS


async def test_what_must_not_be_done_twice_is_tried_once_unless_it_has_a_key() -> None:
    other = Other(503)
    with pytest.raises(AwayError):
        await calls(other).request("POST", URL)
    assert other.asked == 1
    other = Other(503)
    assert (await calls(other).request("POST", URL, headers={"Idempotency-Key": "o-1"})).status_code == 200


async def test_what_the_caller_did_wrong_is_an_answer_and_no_failure() -> None:
    other = Other(*[404] * 20)
    client = calls(other)
    assert [(await client.request("GET", URL)).status_code for _ in range(20)] == [404] * 20


async def test_a_host_that_keeps_failing_is_left_alone_and_the_others_are_not() -> None:
    down, up = Other(*[0] * 100), Other()
    client = calls(lambda request: (down if request.url.host == "ranking.example" else up)(request))
    for _ in range(FAILURES):
        with pytest.raises(AwayError):
            await client.request("POST", URL)
    with pytest.raises(AwayError, match="is left alone for now"):
        await client.request("POST", URL)
    assert down.asked == FAILURES
    assert (await client.request("GET", "https://other.example/")).text == "answer"


class AppConfig:
    """The data plane of AppConfig: a token a call, and nothing where nothing has changed."""

    def __init__(self, *heard: str | None) -> None:
        self.heard, self.token = list(heard), 0
        self.begun: list[dict[str, Any]] = []

    def start_configuration_session(self, **given: Any) -> dict[str, Any]:
        self.begun.append(given)
        return {"InitialConfigurationToken": f"t{self.token}"}

    def get_latest_configuration(self, *, ConfigurationToken: str) -> dict[str, Any]:  # noqa: N803 -- AWS's name
        assert ConfigurationToken == f"t{self.token}"
        said = self.heard.pop(0)
        if said is None:
            raise ConnectionError("away")
        self.token += 1
        return {"NextPollConfigurationToken": f"t{self.token}", "Configuration": io.BytesIO(said.encode())}


async def test_a_feature_is_on_until_an_operator_takes_it_away(settings: Settings) -> None:
    off = json.dumps({"chat": {"enabled": False}, "summaries": {"enabled": True}})
    appconfig = AppConfig(off, "", None, json.dumps({"chat": {"enabled": True}}))
    toggles = Toggles(settings, client=appconfig)
    assert toggles.is_on("chat")
    await toggles.ask()
    seen = [(toggles.is_on("chat"), toggles.is_on("summaries"), toggles.is_on("unheard_of"))]
    for _ in range(2):  # nothing new, then nobody answers
        await toggles.ask()
        seen.append((toggles.is_on("chat"), toggles.is_on("summaries"), toggles.is_on("unheard_of")))
    assert seen == [(False, True, True)] * 3
    await toggles.ask()
    assert toggles.is_on("chat")
    assert [one["ApplicationIdentifier"] for one in appconfig.begun] == [settings.toggles_application] * 2


async def test_toggles_are_asked_for_again_while_the_service_runs(settings: Settings) -> None:
    toggles = Toggles(
        settings, client=AppConfig("{}", *[json.dumps({"chat": {"enabled": False}})] * 1000), poll_seconds=0
    )
    await toggles.start()
    async with asyncio.timeout(HANGS_SECONDS):
        while toggles.is_on("chat"):
            await asyncio.sleep(0)
    await toggles.stop()
    assert not toggles.is_on("chat")
