"""Which roles and users live: those of every stack in the backend when a run begins, and what the run does to them."""

import threading
from collections.abc import Collection
from pathlib import Path

from sandbox.provider.principals import ACTORS
from sandbox.provider.states import everything
from sandbox.schema.values import Bag, text


class Census:
    """Safe to use from several threads."""

    def __init__(self, backend: Path | None) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._living: set[str] | None = None  # read when first asked for: most programs never ask
        self._born: set[str] = set()
        self._gone: set[str] = set()

    def born(self, token: str, outputs: Bag) -> None:
        """Note that a resource was made, changed or found."""
        arn = text(outputs, "arn")
        if token in ACTORS and arn:
            with self._lock:
                self._born.add(arn)
                self._gone.discard(arn)

    def died(self, token: str, outputs: Bag) -> None:
        """Note that a resource was deleted."""
        arn = text(outputs, "arn")
        if token in ACTORS and arn:
            with self._lock:
                self._gone.add(arn)
                self._born.discard(arn)

    def living(self) -> Collection[str]:
        """Return the ARNs of all roles and users that exist at this moment."""
        with self._lock:
            if self._living is None:
                self._living = self._stored()
            return (self._living | self._born) - self._gone

    def _stored(self) -> set[str]:
        if self._backend is None:
            return set()
        return {str(each.outputs.get("arn")) for each in everything(self._backend) if each.type in ACTORS}
