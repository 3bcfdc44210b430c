"""Every rule, through the real server: a good resource, and the smallest change that makes it bad."""

import json

import pytest

from policy.exemptions import ExemptionRule
from policy.rules import CATALOGUE
from sandbox.schema.check import Checker
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import Bag
from tests.policy.all_cases import CASES
from tests.policy.case import Case
from tests.policy.cases_operations import UNWANTED
from tests.policy.server import Pack

IDS = [f"{each.type.rsplit(':', 1)[-1]}: {each.about}" for each in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_good_resource_has_no_finding_and_nothing_left_unjudged(case: Case, pack: Pack) -> None:
    assert [each.message for each in pack.judge(case.subject, *case.beside) if each.urn == case.subject.urn] == []


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_one_change_makes_exactly_these_findings(case: Case, pack: Pack) -> None:
    before = {each.id for each in pack.judge(case.subject, *case.beside)}
    after = {each.id for each in pack.judge(case.changed, *case.beside)}
    assert after - before == case.finds


# Of the Kubernetes SDK only the names are compared, in test_kubernetes.py: its files are of another make.
OF_AWS = [each for each in CASES if each.type.startswith("aws:")]


@pytest.mark.parametrize("case", OF_AWS, ids=[f"{each.type.rsplit(':', 1)[-1]}: {each.about}" for each in OF_AWS])
def test_a_good_resource_is_what_the_sdk_would_register(case: Case, sdk: Sdk) -> None:
    checker = Checker(schema=sdk.resource(case.type), constraints=None)
    inputs: Bag = json.loads(json.dumps(case.good))
    assert checker.problems({name: value for name, value in inputs.items() if name != "tagsAll"}) == []


@pytest.mark.parametrize("finding", UNWANTED)
def test_what_should_not_be_there_at_all_is_found(finding: str, pack: Pack) -> None:
    resources = UNWANTED[finding]
    assert {each.id for each in pack.judge(*resources)} == {finding}


def test_every_rule_has_a_case() -> None:
    made = [*UNWANTED, *(one for case in CASES for one in case.finds)]
    found = {one.partition("[")[0] for one in made if "[" in one}
    judging = {rule.id for rule in CATALOGUE.rules if not isinstance(rule, ExemptionRule)}  # see test_exemptions.py
    assert judging - found == set()
