"""Exemptions: what they suppress, how that stays visible, and everything that can be wrong with one."""

import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from policy.catalog import Level
from policy.dispatch import COULD_NOT_JUDGE, MESSAGE, Judgement, judge_resource
from policy.exemptions import STACK, Register
from policy.rules import CATALOGUE
from policy.view import Node, Resource, Stack
from tests.policy.case import KEY, TAGS
from tests.policy.server import PACK, Registered, findings, running, urn

TODAY = date(2026, 11, 24)
TOPIC = "aws:sns/topic:Topic"
GOOD: Mapping[str, object] = {
    "rule": "ENC-006",
    "key": "kmsMasterKeyId",
    "urn": "urn:pulumi:dev::*::subject",
    "expected": [urn(TOPIC)],
    "reason": "the partner cannot subscribe to it before its release",
    "owner": "team-feed",
    "approved_by": "ciso@example.com",
    "expires": "2026-12-24",
}


def listed(tmp_path: Path, *entries: object, today: date = TODAY) -> Register:
    path = tmp_path / "exemptions.yaml"
    path.write_text(yaml.safe_dump({"exemptions": list(entries)}))
    return Register.read(path, CATALOGUE, today=today)


def in_stack(stage: str) -> dict[str, object]:
    """The good one, for another stack."""
    return {**GOOD, "urn": f"urn:pulumi:{stage}::*::subject", "expected": [urn(TOPIC, stack=stage)]}


def topic(name: str = "subject", *, stack: str = "dev", key: object = None) -> Resource:
    props = {"kmsMasterKeyId": key, "tags": {**TAGS, "Environment": stack}}
    return resource(TOPIC, name, stack, props)


def resource(token: str, name: str, stack: str, props: object) -> Resource:
    return Resource(
        path="",
        value=props,  # pyright: ignore[reportArgumentType]
        type=token,
        urn=urn(token, name, stack),
        provider=Node(path="provider", value={}),
        depends={},
    )


def run(register: Register, *resources: Resource) -> list[Judgement]:
    """What a run of the pack says of these resources, and then of the exemptions."""
    found = [register.apply(each) for one in resources for each in judge_resource(one, CATALOGUE)]
    return [*found, *register.judge(Stack.of(resources), CATALOGUE)]


def blocking(judgements: list[Judgement]) -> set[str]:
    return {f"{each.rule}[{each.key}]" for each in judgements if each.level is Level.MANDATORY}


def test_what_is_exempted_no_longer_blocks_and_stays_visible(tmp_path: Path) -> None:
    (line,) = run(listed(tmp_path, GOOD), topic())
    assert line.level is Level.ADVISORY
    assert line.message.startswith(
        "exempted until 2026-12-24 by team-feed: ENC-006[kmsMasterKeyId] kmsMasterKeyId is absent; rule: "
    )
    assert line.urn == urn(TOPIC)


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "ENC-011"},
        {"key": "tags"},
        {"urn": "urn:pulumi:dev::*::other", "expected": [urn(TOPIC, "other")]},
    ],
)
def test_another_rule_key_or_resource_is_not_exempted(tmp_path: Path, change: Mapping[str, object]) -> None:
    found = run(listed(tmp_path, {**GOOD, **change}), topic())
    assert blocking(found) == {"ENC-006[kmsMasterKeyId]", "EXM-003[exemptions[0].expected]"}


def test_an_exemption_lasts_to_the_end_of_its_last_day(tmp_path: Path) -> None:
    last = date(2026, 12, 24)
    assert blocking(run(listed(tmp_path, GOOD, today=last), topic())) == set()
    found = run(listed(tmp_path, GOOD, today=last + timedelta(days=1)), topic())
    assert blocking(found) == {"ENC-006[kmsMasterKeyId]", "EXM-002[exemptions[0].expires]"}


def test_an_exemption_that_meets_nothing_in_a_stack_that_it_names_is_unused(tmp_path: Path) -> None:
    assert blocking(run(listed(tmp_path, GOOD), topic(key=KEY))) == {"EXM-003[exemptions[0].expected]"}


def test_an_exemption_is_not_unused_in_a_stack_that_it_does_not_name(tmp_path: Path) -> None:
    assert run(listed(tmp_path, in_stack("stg")), topic(key=KEY)) == []


def test_an_exemption_is_not_unused_while_its_rule_cannot_judge(tmp_path: Path) -> None:
    exemption = {**GOOD, "rule": "TAG-002", "key": "Owner"}
    register = listed(tmp_path, exemption)
    judgement = Judgement(level=Level.ADVISORY, message=COULD_NOT_JUDGE, urn=urn(TOPIC), rule="TAG-002", key=None)
    assert register.apply(judgement) == judgement
    assert list(register.judge(Stack.of([topic(key=KEY)]), CATALOGUE)) == []


def test_a_second_exemption_for_the_same_finding_is_unused_no_more_than_the_first(tmp_path: Path) -> None:
    found = run(listed(tmp_path, GOOD, GOOD), topic())
    assert blocking(found) == {"EXM-003[exemptions[1].expected]"}


def test_a_pattern_that_matches_more_than_is_expected_exempts_only_what_is(tmp_path: Path) -> None:
    wide = {**GOOD, "urn": "urn:pulumi:dev::*"}
    found = run(listed(tmp_path, wide), topic(), topic("other"))
    assert blocking(found) == {"ENC-006[kmsMasterKeyId]", "EXM-004[exemptions[0].urn]"}
    (line,) = [each for each in found if each.rule == "EXM-004"]
    assert urn(TOPIC, "other") in line.message


def test_a_wide_pattern_is_found_before_what_it_would_hide(tmp_path: Path) -> None:
    wide = {**GOOD, "urn": "urn:pulumi:dev::*"}
    assert blocking(run(listed(tmp_path, wide), topic(), topic("other", key=KEY))) == {"EXM-004[exemptions[0].urn]"}


@pytest.mark.parametrize(
    ("stack", "rule", "days", "finds"),
    [
        ("dev", "ENC-006", 180, set[str]()),
        ("dev", "ENC-006", 181, {"EXM-005"}),
        ("stg", "ENC-006", 180, set[str]()),
        ("prod", "ENC-006", 30, set[str]()),
        ("prod", "ENC-006", 31, {"EXM-005"}),
        ("review-17", "ENC-006", 31, {"EXM-005"}),
    ],
)
def test_an_exemption_ends_soon_and_sooner_where_it_counts(
    tmp_path: Path, stack: str, rule: str, days: int, finds: set[str]
) -> None:
    exemption = {**in_stack(stack), "rule": rule, "expires": f"{TODAY + timedelta(days=days)}"}
    found = run(listed(tmp_path, exemption), topic(stack=stack))
    assert {each.rule for each in found if each.rule.startswith("EXM")} == finds
    assert ("ENC-006[kmsMasterKeyId]" in blocking(found)) is bool(finds)


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        ({"rule": "ENC-999"}, "rule", "rule is ENC-999 (no such rule"),
        ({"rule": "ENC-014"}, "rule", "rule is ENC-014 (this rule admits no exemption)"),
        ({"rule": "EXM-002"}, "rule", "this rule admits no exemption"),
        ({"key": "crash"}, "key", "repaired, not exempted"),
        ({"key": ""}, "key", "key is absent"),
        ({"reason": "too short to tell"}, "reason", "17 characters long (20 or more"),
        ({"reason": " " * 40}, "reason", "a text that is not blank"),
        ({"owner": "Team Feed"}, "owner", "owner is Team Feed (an e-mail address"),
        ({"approved_by": "team-feed"}, "approved_by", "the owner does not approve"),
        ({"expires": "next month"}, "expires", "expires is next month (a date such as"),
        ({"expected": []}, "expected", "at least one"),
        ({"expected": ["subject"]}, "expected[0]", "urn:pulumi:<stack>"),
        ({"expected": [urn(TOPIC), urn(TOPIC, "other")]}, "expected[1]", "pattern does not match it"),
        ({"until": "2027-01-01"}, "until", "keys: rule, key, urn"),
    ],
)
def test_a_malformed_exemption_says_which_key_what_value_and_what_is_allowed(
    tmp_path: Path, change: Mapping[str, object], key: str, says: str
) -> None:
    found = run(listed(tmp_path, {**GOOD, **change}), topic())
    assert blocking(found) == {"ENC-006[kmsMasterKeyId]", f"EXM-001[exemptions[0].{key}]"}
    assert says in next(each.message for each in found if each.rule == "EXM-001")


@pytest.mark.parametrize("name", GOOD)
def test_no_key_of_an_exemption_may_be_left_out(tmp_path: Path, name: str) -> None:
    exemption = {key: value for key, value in GOOD.items() if key != name}
    assert f"EXM-001[exemptions[0].{name}]" in blocking(run(listed(tmp_path, exemption), topic()))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exemptions: [", "exemptions.yaml is no YAML at line 1"),
        ("", "exemptions.yaml is something else (one key, exemptions"),
        ("exemption: []", "exemptions.yaml is something else"),
        ("exemptions: [ENC-006]", "exemptions[0] is no mapping"),
    ],
)
def test_a_file_that_cannot_be_read_blocks_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "exemptions.yaml"
    path.write_text(text)
    (line,) = run(Register.read(path, CATALOGUE, today=TODAY), topic(key=KEY))
    assert line.level is Level.MANDATORY
    assert says in line.message


def test_one_malformed_exemption_does_not_disable_the_next(tmp_path: Path) -> None:
    found = run(listed(tmp_path, {**GOOD, "reason": "none"}, GOOD), topic())
    assert blocking(found) == {"EXM-001[exemptions[0].reason]"}


def test_a_pack_without_the_file_exempts_nothing(tmp_path: Path) -> None:
    register = Register.read(tmp_path / "exemptions.yaml", CATALOGUE, today=TODAY)
    assert blocking(run(register, topic())) == {"ENC-006[kmsMasterKeyId]"}


def test_what_is_wrong_with_the_list_is_shown_on_the_stack_itself(tmp_path: Path) -> None:
    root = resource(STACK, "startup-platform-dev", "dev", {})
    (line,) = run(listed(tmp_path, {**GOOD, "rule": "ENC-999"}), root)
    assert line.urn == root.urn


def test_the_committed_list_has_no_malformed_expired_or_long_exemption() -> None:
    register = Register.read(PACK / "exemptions.yaml", CATALOGUE, today=datetime.now(UTC).date())
    assert list(register.judge(Stack.of([]), CATALOGUE)) == []


def test_every_line_of_the_pack_is_read_back_by_its_pattern(tmp_path: Path) -> None:
    (line,) = run(listed(tmp_path, GOOD), topic())
    read = MESSAGE.search(f"A policy's description\n{line.message}")
    assert read is not None
    assert (read["rule"], read["key"], read["until"], read["owner"]) == (
        "ENC-006",
        "kmsMasterKeyId",
        "2026-12-24",
        "team-feed",
    )


def test_the_served_pack_reads_its_own_list_and_remembers_what_was_met(tmp_path: Path) -> None:
    copy = tmp_path / "guard-rails"
    shutil.copytree(PACK, copy)
    expires = f"{datetime.now(UTC).date() + timedelta(days=30)}"
    unused = {**GOOD, "rule": "TAG-003", "key": "Owner"}
    entries = [{**each, "expires": expires} for each in (GOOD, unused)]
    (copy / "exemptions.yaml").write_text(yaml.safe_dump({"exemptions": entries}))
    with running(copy) as pack:
        found = pack.judge(Registered(type=TOPIC, props={"tags": TAGS}))
    assert findings(found) == {"EXM-003[exemptions[1].expected]"}
    assert [each.message.partition(": ")[0] for each in found if each.level == "advisory"] == [
        f"exempted until {expires} by team-feed"
    ]
