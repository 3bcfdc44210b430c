"""The page keeps what was measured, and says no more than was."""

import re
from pathlib import Path

import pytest

from bench import results
from bench.policy_speed import POLICY_SIZE, long_policy, page, subjects
from bench.results import Spread
from tests.policy.server import Pack, running


def test_a_section_is_replaced_and_the_others_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(results, "PAGE", tmp_path / "RESULTS.md")
    results.publish("One", "first\n\n### Below\n\nmore")
    results.publish("Two", "second")
    results.publish("One", "third")
    text = results.PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["One", "Two"]
    assert "first" not in text
    assert "third" in text
    assert text.endswith("second\n")


def test_a_difference_within_the_noise_is_none() -> None:
    slow, fast, between = Spread(values=[3.0, 4.0]), Spread(values=[1.0, 2.0]), Spread(values=[2.5, 3.5])
    assert not slow.overlaps(fast)
    assert not fast.overlaps(slow)
    assert slow.overlaps(between)
    assert Spread(values=[float(number) for number in range(1, 101)]).p95 == 95.0


def test_the_long_policy_is_as_long_as_iam_allows() -> None:
    assert POLICY_SIZE - 300 < len(long_policy()) <= POLICY_SIZE


def test_what_is_timed_is_judged_and_found_careful() -> None:
    with running() as pack:
        assert {name: _found(pack, name) for name in subjects()} == {name: [] for name in subjects()}


def _found(pack: Pack, name: str) -> list[str]:
    return [each.message for each in pack.analyze(subjects()[name])]


def test_the_speeds_stand_beside_their_budgets() -> None:
    second = Spread(values=[1.0])
    text = page(second, {"a queue": Spread(values=[0.002, 0.004])}, second, second, Spread(values=[3.0]))
    assert "| start to first answer | 1 | 1000 | 1000 | 1500 |" in text
    assert "| Analyze: a queue | 2 | 3.0 | 4.0 | 10.0 |" in text
    assert "The policies add 2.00 s." in text
