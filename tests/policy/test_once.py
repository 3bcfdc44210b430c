"""A request is judged once, for the policies of all levels, and never with what another request left."""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.policy.case import KEY, TAGS
from tests.policy.server import PACK, Pack, Registered, findings, running

TOPIC = "aws:sns/topic:Topic"

COUNTING = '''
"""Two rules that say how often they were asked."""

from itertools import count

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Severity, rule, stack_rule

CARD = {
    "on": ["aws:sns/topic:Topic"], "says": "it counts", "fix": "none", "isms_p": ["2.1.3"], "soc2": ["CC6.1"],
    "requirements": ["REQ-C6"], "severity": Severity.LOW, "level": MANDATORY_EVERYWHERE,
}
calls = count(1)
stack_calls = count(1)


@rule("CNT-001", **CARD)
def each(resource):
    yield Finding(path="calls", key=str(next(calls)))


@stack_rule("CNT-002", **CARD)
def together(resource, stack):
    yield Finding(path="calls", key=str(next(stack_calls)))
'''


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Pack]:
    copy = tmp_path / "counting"
    shutil.copytree(PACK, copy)
    (copy / "rules" / "counting.py").write_text(COUNTING)
    index = copy / "rules" / "__init__.py"
    index.write_text(re.sub(r"(?=CATALOGUE)", "from policy.rules import counting\n", index.read_text()))
    index.write_text(re.sub(r"(?<=\[)", "counting, ", index.read_text()))
    with running(copy) as pack:
        yield pack


def counted(pack: Pack) -> set[str]:
    topic = Registered(type=TOPIC, props={"kmsMasterKeyId": KEY, "tags": TAGS})
    return {each.id for each in pack.judge(topic) if each.id.startswith("CNT")}


def test_each_request_is_judged_once(counting: Pack) -> None:
    assert counted(counting) == {"CNT-001[1]", "CNT-002[1]"}
    assert counted(counting) == {"CNT-001[2]", "CNT-002[2]"}


def test_a_disabled_policy_takes_nothing_from_the_others(counting: Pack) -> None:
    untagged = Registered(type=TOPIC, props={"kmsMasterKeyId": KEY})
    tagged = Registered(type=TOPIC, props={"kmsMasterKeyId": KEY, "tags": TAGS})
    counting.disable("mandatory-controls", "mandatory-stack-controls")
    assert counting.analyze(untagged) == []
    counting.disable("advisory-controls", "advisory-stack-controls")
    assert {each.partition("[")[0] for each in findings(counting.analyze(tagged))} == {"CNT-001"}
    assert {f"TAG-001[{key}]" for key in TAGS} <= findings(counting.analyze(untagged))
    assert findings(counting.analyze_stack([tagged])) == {"CNT-002[1]"}


def test_requests_at_the_same_time_are_never_mixed_up(pack: Pack) -> None:
    def found_without(key: str) -> set[str]:
        topic = Registered(type=TOPIC, props={"kmsMasterKeyId": KEY, "tags": {**TAGS, key: ""}})
        return {each.id for each in pack.analyze(topic)}

    keys = [key for key in TAGS for _ in range(40)]
    with ThreadPoolExecutor(max_workers=8) as threads:  # twice what the SDK serves at once
        found = list(threads.map(found_without, keys))
    alone = {key: found_without(key) for key in TAGS}
    assert all(f"TAG-001[{key}]" in ids for key, ids in alone.items())
    assert found == [alone[key] for key in keys]
