"""Every rule, through the real server: a good resource, and the smallest change that makes it bad."""

import json

import pytest

from policy.rules import CATALOGUE
from sandbox.schema.check import Checker
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import Bag
from tests.policy import cases_encryption, cases_iam, cases_tagging
from tests.policy.case import Case
from tests.policy.server import Pack

CASES = [*cases_tagging.CASES, *cases_encryption.CASES, *cases_iam.CASES]
IDS = [f"{each.type.rsplit(':', 1)[-1]}: {each.about}" for each in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_good_resource_has_no_finding_and_nothing_left_unjudged(case: Case, pack: Pack) -> None:
    assert [each.message for each in pack.judge(case.subject, *case.beside) if each.urn == case.subject.urn] == []


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_one_change_makes_exactly_these_findings(case: Case, pack: Pack) -> None:
    before = {each.id for each in pack.judge(case.subject, *case.beside)}
    after = {each.id for each in pack.judge(case.changed, *case.beside)}
    assert after - before == case.finds


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_good_resource_is_what_the_sdk_would_register(case: Case, sdk: Sdk) -> None:
    checker = Checker(schema=sdk.resource(case.type), constraints=None)
    inputs: Bag = json.loads(json.dumps(case.good))
    assert checker.problems({name: value for name, value in inputs.items() if name != "tagsAll"}) == []


def test_every_rule_has_a_case() -> None:
    found = {one.partition("[")[0] for case in CASES for one in case.finds if "[" in one}
    assert {rule.id for rule in CATALOGUE.rules} - found == set()
