"""Which faults strike a call: their counts, kept while one run lasts."""

import threading
from collections import Counter

from sandbox.faults.grammar import Fault, Kind, Operation


class Plan:
    """The faults of one run. Safe to ask from several threads."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self._faults = faults
        self._lock = threading.Lock()
        self._passed: Counter[Fault] = Counter()
        self._struck: dict[Fault, set[str]] = {fault: set() for fault in faults}
        self._used: Counter[tuple[Fault, str]] = Counter()

    def striking(self, kind: Kind, urn: str, operation: Operation) -> Fault | None:
        """The fault of a kind that strikes this call, if one does; the call is counted."""
        with self._lock:
            return next(
                (each for each in self._faults if each.kind is kind and self._strikes(each, urn, operation)), None
            )

    def _strikes(self, fault: Fault, urn: str, operation: Operation) -> bool:
        if not fault.aims_at(urn, operation):
            return False
        struck = self._struck[fault]
        if urn in struck:
            return True
        self._passed[fault] += 1
        if self._passed[fault] <= fault.skip or (fault.count and len(struck) >= fault.count):
            return False
        struck.add(urn)
        return True

    def use(self, fault: Fault, urn: str, times: int | None = None) -> bool:
        """Whether a fault still has a refusal, or a wrong answer, for a resource; takes one of `times`."""
        with self._lock:
            if self._used[fault, urn] >= (fault.times if times is None else times):
                return False
            self._used[fault, urn] += 1
            return True
