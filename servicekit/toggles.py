"""Heavy features that an operator may take away in a surge (REQ-K1), asked of AppConfig itself.

The service asks without an agent beside it: one container less in each pod, and the same rights. What is asked for is
the stage's set (components/operations/flags.py). A flag that is not found is on: a set that cannot be had takes nothing
away.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from servicekit import aws
from servicekit.settings import Settings

POLL_SECONDS = 15  # AWS's least; how late a service obeys
_log = logging.getLogger(__name__)


class Toggles:
    """The set as it was last heard."""

    def __init__(self, settings: Settings, *, client: Any = None, poll_seconds: float = POLL_SECONDS) -> None:
        self._settings, self._client, self._poll = settings, client, poll_seconds
        self._flags: Mapping[str, Any] = {}
        self._token: str | None = None
        self._polling: asyncio.Task[None] | None = None

    def is_on(self, feature: str) -> bool:
        """Whether users get a feature now."""
        return bool(self._flags.get(feature, {}).get("enabled", True))

    async def start(self) -> None:
        """Ask once before the first request, then again and again."""
        self._client = self._client or aws.client("appconfigdata")
        await self.ask()
        self._polling = asyncio.create_task(self._again())

    async def drain(self) -> None:
        """Nothing: what still runs asks until the end."""

    async def stop(self) -> None:
        """Ask no more."""
        if self._polling:
            self._polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._polling

    async def ask(self) -> None:
        """Hear the set; what was heard before is kept where nothing comes."""
        try:
            if self._token is None:
                self._token = await self._begin()
            heard = await aws.call(self._client.get_latest_configuration, ConfigurationToken=self._token)
            self._token = heard["NextPollConfigurationToken"]
            if said := heard["Configuration"].read():  # empty where nothing has changed
                self._flags = json.loads(said)
        except Exception as problem:
            self._token = None  # each is good for one call and a day
            _log.warning("the toggles cannot be had: %s", problem)

    async def _begin(self) -> str:
        begun = await aws.call(
            self._client.start_configuration_session,
            ApplicationIdentifier=self._settings.toggles_application,
            EnvironmentIdentifier=self._settings.toggles_environment,
            ConfigurationProfileIdentifier=self._settings.toggles_profile,
            RequiredMinimumPollIntervalInSeconds=POLL_SECONDS,
        )
        return begun["InitialConfigurationToken"]

    async def _again(self) -> None:
        while True:
            await asyncio.sleep(self._poll)
            await self.ask()
