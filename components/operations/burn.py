"""How fast an error budget may burn before somebody is woken (REQ-N1, REQ-N4). No resources.

A promise of 99.9 % leaves a month 0.1 % of errors: its budget. A burn rate of 1 spends it in exactly the month. Two
windows together say that it burns: the long one that it matters, the short one that it still does.
https://sre.google/workbook/alerting-on-slos/ (chapter 5, multiwindow, multi-burn-rate alerts)
"""

from collections.abc import Sequence
from dataclasses import dataclass

MINUTES_A_MONTH = 30 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time to look back over, and how fast the budget burned in it."""

    title: str
    minutes: int
    rate: float  # as many times as fast as would spend the budget in just a month

    def errors_percent(self, promise_percent: float) -> float:
        """The share of requests, 0 to 100, whose failing over this window is that rate."""
        return min(round(self.rate * (100 - promise_percent), 6), 100.0)

    @property
    def spent(self) -> float:
        """The part of the month's budget, 0 to 1, that has burned when the whole window was at the rate."""
        return self.rate * self.minutes / MINUTES_A_MONTH

    def minutes_to_notice(self, promise_percent: float, *, failing_percent: float) -> float:
        """How long a share of requests has to fail, beginning in a quiet hour, until this window is full enough."""
        return self.minutes * self.errors_percent(promise_percent) / failing_percent


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both windows have to agree."""

    long: Window
    short: Window


# 2 % of the budget in an hour, and 5 % in six hours: the two that the workbook pages for.
FAST = Pair(long=Window(title="hour", minutes=60, rate=14.4), short=Window(title="five-minutes", minutes=5, rate=14.4))
SLOW = Pair(long=Window(title="six-hours", minutes=360, rate=6), short=Window(title="half-hour", minutes=30, rate=6))
PAIRS: Sequence[Pair] = (FAST, SLOW)
