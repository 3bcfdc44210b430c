"""Calls to others (REQ-S12): with a time limit, again where that is safe, and not at all while they are down.

Again means after a pause that grows and varies, and only for what may be done twice: methods that change nothing more
the second time, or a request with an Idempotency-Key. A host that keeps failing is left alone for a while, so that its
callers fail at once rather than all wait; then it is tried again.
"""

from collections.abc import Callable
from typing import Any

import httpx2
import purgatory
from botocore.exceptions import BotoCoreError, ClientError
from opentelemetry import propagate
from purgatory.domain.model import OpenedState
from tenacity import AsyncRetrying, RetryError, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from servicekit import aws
from servicekit.lifecycle import Quiet

TIMEOUT_SECONDS = 3.0
ATTEMPTS = 3
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 1.0
FAILURES, APART_SECONDS = 5, 10.0  # in a row until a host is left alone, and for how long
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
IDEMPOTENCY_KEY = "Idempotency-Key"
# AWS's statuses, below 500, that say the same: a model that failed inside, and throttling.
BUSY = frozenset({424, 429})


class AwayError(Exception):
    """The other one does not answer as it should; the service goes on without it, or says so."""


class _FailedError(Exception):
    """One attempt: the breaker counts it, and the retry goes on from it."""


class Calls(Quiet):
    """A client for all hosts; each has a circuit of its own."""

    def __init__(self, *, http: httpx2.AsyncClient | None = None, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._http = http or httpx2.AsyncClient(timeout=TIMEOUT_SECONDS)
        self._pause = pause_seconds
        self._breakers = purgatory.AsyncCircuitBreakerFactory(default_threshold=FAILURES, default_ttl=APART_SECONDS)

    async def stop(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def request(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, **given: Any
    ) -> httpx2.Response:
        """The answer, whatever it says below 500; the trace goes along.

        Raises:
            AwayError: nobody answered, or with 5xx, as often as was tried; or the host is left alone for now.
        """
        sent = dict(headers or {})
        propagate.inject(sent)
        repeatable = method.upper() in REPEATABLE or IDEMPOTENCY_KEY in sent
        attempts = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS if repeatable else 1),
            wait=wait_random_exponential(multiplier=self._pause, max=LONGEST_PAUSE_SECONDS),
            retry=retry_if_exception_type(_FailedError),
        )
        try:
            return await attempts(self._once, method, httpx2.URL(url), sent, given)
        except OpenedState:
            raise AwayError(f"{httpx2.URL(url).host} is left alone for now: it has kept failing") from None
        except RetryError as problem:
            raise AwayError(str(problem.last_attempt.exception())) from None

    async def _once(
        self, method: str, url: httpx2.URL, headers: dict[str, str], given: dict[str, Any]
    ) -> httpx2.Response:
        async with await self._breakers.get_breaker(f"{url.host}:{url.port}"):
            try:
                answer = await self._http.request(method, url, headers=headers, **given)
            except httpx2.TransportError as problem:
                raise _FailedError(f"{url.host} does not answer: {type(problem).__name__}") from problem
            if answer.is_server_error:
                raise _FailedError(f"{url.host} answers {answer.status_code}")
            return answer


class Circuit:
    """The same for one of AWS's services: its client has the time limits and the second tries (aws.py)."""

    def __init__(self, name: str) -> None:
        self._name = name
        # What the caller got wrong says nothing of the service, and must not take it from everybody else.
        self._breakers = purgatory.AsyncCircuitBreakerFactory(
            default_threshold=FAILURES, default_ttl=APART_SECONDS, exclude=[(ClientError, _is_wrong)]
        )

    async def call(self, function: Callable[..., Any], **given: Any) -> Any:
        """Call a client's method.

        Raises:
            AwayError: it does not answer, or not as it should, as often as was tried; or it is left alone for now.
        """
        try:
            async with await self._breakers.get_breaker(self._name):
                return await aws.call(function, **given)
        except OpenedState:
            raise AwayError(f"{self._name} is left alone for now: it has kept failing") from None
        except BotoCoreError as problem:
            raise AwayError(f"{self._name} does not answer: {type(problem).__name__}") from problem
        except ClientError as problem:
            if _is_wrong(problem):
                raise
            raise AwayError(f"{self._name} does not answer as it should: {problem}") from problem


def _is_wrong(problem: ClientError) -> bool:
    answer: Any = problem.response  # pyright: ignore[reportUnknownMemberType] -- botocore has no types
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return status < 500 and status not in BUSY and "Throttl" not in aws.error_code(problem)
