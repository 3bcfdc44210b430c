"""No case drops out of the comparison in silence."""

import re
from collections import Counter
from collections.abc import Set

import pytest

from bench.peer_cases import A_CHART, NOT_KNOWN, PARENT, UNSEEN, Comparison, comparison, family
from bench.peer_measure import LETS_IT_BE, NOT_READ, ON_BOTH, Line, Measured, Runs, why_missed
from bench.policy_peer import cases, page
from bench.results import Spread
from sandbox.schema.sdk import Sdk
from tests.policy.all_cases import CASES
from tests.policy.case import case
from tests.policy.server import UNKNOWN
from tests.policy.test_fairness import FAIR

ACL = "aws:s3/bucketAcl:BucketAcl"


@pytest.fixture(scope="session")
def shown(sdk: Sdk) -> Comparison:
    return comparison(CASES, FAIR, sdk)


def test_every_case_is_compared_or_apart_and_none_is_both(shown: Comparison) -> None:
    there = Counter(id(each.case) for each in [*shown.twins, *shown.apart])
    assert there == Counter(id(each) for each in CASES)
    assert len(shown.fair) + len(shown.fair_apart) == len(FAIR)


def test_a_case_is_apart_only_for_what_it_is(shown: Comparison) -> None:
    for each in shown.apart:
        if each.reason == NOT_KNOWN:
            assert UNKNOWN in str(each.case.change)
        elif each.reason == A_CHART:
            assert each.case.type == "kubernetes:helm.sh/v3:Release"
    unseen = [each.case.about for each in shown.apart if each.reason == UNSEEN]
    assert unseen == ["a replica that declines its source's encryption"]
    assert shown.fair_apart == ["what is no AWS resource"]


def test_each_stack_has_a_name_of_its_own_and_everything_it_is_made_of(shown: Comparison) -> None:
    stacks = [*(stack for twin in shown.twins for stack in (twin.good, twin.changed)), *shown.fair]
    assert len({stack.name for stack in stacks}) == len(stacks)
    for stack in stacks:
        own = [each for each in stack.plan if not each.name.endswith(PARENT)]
        assert len(own) + len(stack.manifests) == len(stack.resources)


def test_what_configures_a_bucket_stands_beside_one(sdk: Sdk) -> None:
    alone = case("open", ACL, {"bucket": "assets", "acl": "private"}, {"acl": "public-read"}, "PUB-002[acl]")
    (twin,) = comparison([alone], {}, sdk).twins
    acl, bucket = twin.changed.plan
    assert bucket.address == "aws_s3_bucket.c000_changed_parent"
    assert acl.attributes.expressions["bucket"] == {"references": [f"{bucket.address}.id", bucket.address]}
    assert [each.type for each in twin.changed.resources] == [ACL]


def test_a_case_belongs_to_the_family_that_names_a_property() -> None:
    assert family(case("x", ACL, {}, {}, "AAA-001", "PUB-002[acl]")) == "PUB"
    assert family(case("x", ACL, {}, {}, "KMS-003")) == "KMS"


@pytest.mark.parametrize(
    ("reads", "failing", "why"),
    [
        ({"CKV_1": ["bucket"]}, set[str](), NOT_READ),
        ({"CKV_1": ["acl"]}, set[str](), LETS_IT_BE),
        ({"CKV_1": ["acl/[0]/x"]}, {"CKV_1"}, ON_BOTH),
    ],
)
def test_how_near_checkov_came(reads: dict[str, list[str]], failing: Set[str], why: str, sdk: Sdk) -> None:
    (twin,) = comparison([case("x", ACL, {"acl": "private"}, {"acl": "public-read"}, "PUB-002[acl]")], {}, sdk).twins
    assert why_missed(twin, failing, {"aws_s3_bucket_acl": reads}) == why


def test_the_published_counts_add_up(shown: Comparison) -> None:
    lines = [
        Line(twin=twin, checkov={"CKV_1"} if number % 3 else set(), pack=set(twin.case.finds), why="")
        for number, twin in enumerate(shown.twins)
    ]
    text = page(_measured(shown, lines), "- Command: none.")
    rows = re.findall(
        r"^\| ([A-Z0-9]+|\*\*all\*\*) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", text, re.MULTILINE
    )
    counted = [[int(cell) for cell in row[1:]] for row in rows]
    assert [sum(column) for column in zip(*counted[:-1], strict=True)] == counted[-1]
    total, caught, missed, ours, not_ours = counted[-1]
    assert total == len(shown.twins) == caught + missed == ours + not_ours
    assert caught == sum(bool(number % 3) for number in range(total))
    assert f"{total} of {len(CASES)} cases are compared; {len(shown.apart)} are not" in text
    assert len(list(cases(lines))) == total + 1


def _measured(shown: Comparison, lines: list[Line]) -> Measured:
    runs = Runs(wall=Spread(values=[1.0]), cpu=Spread(values=[1.0]))
    return Measured(
        shown=shown,
        lines=lines,
        by_form=(1, 2),
        alarms=Counter({("CKV_2", "something"): 3}),
        careful=4,
        own_alarms=0,
        unreachable=[],
        reachable=5,
        times={"a Terraform plan": (runs, runs)},
        sizes={"a Terraform plan": 6},
    )
