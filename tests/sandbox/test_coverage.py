"""What docs/sandbox-coverage.md claims of each type that the platform uses is so: one wrong input each is refused."""

from collections.abc import Callable

import pytest

from docs import sandbox_coverage
from sandbox.coverage import Coverage, coverage_of, places_of, refused_here
from sandbox.provider.configuration import Configuration
from sandbox.provider.identities import IDENTITIES
from sandbox.provider.principals import RESOLVED
from sandbox.provider.requests import checked
from sandbox.schema.check import Problem
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.documents import documents
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import Bag, Value
from tests.sandbox.values import at, in_lists, wrong


@pytest.fixture(scope="module")
def rows() -> list[Coverage]:
    return sandbox_coverage.rows()


class Refusals:
    """Checks one type as the engine's Check does."""

    def __init__(self, token: str, sdk: Sdk, cloudformation: CloudFormation, configuration: Configuration) -> None:
        self.schema = sdk.resource(token)
        self.places = {place.path: place for place in places_of(self.schema, cloudformation.node(token))}
        self._of = (cloudformation, configuration)

    def of(self, inputs: Bag) -> list[Problem]:
        cloudformation, configuration = self._of
        return checked(
            self.schema, cloudformation, configuration, news=inputs, olds={}, logical="a", seed=b"seed", proposal=None
        ).problems

    def at(self, path: str, value: Value) -> list[str]:
        """What is said of that very place, whatever else is missing around it."""
        problems = self.of(at(path, value, self.schema))
        return [each.reason for each in problems if _without_indices(each.path) == path]


def _without_indices(path: str) -> str:
    return path.replace("[0]", "")


Refuse = Callable[[str], Refusals]


@pytest.fixture
def refusals(sdk: Sdk, cloudformation: CloudFormation, seoul: Configuration) -> Refuse:
    return lambda token: Refusals(token, sdk, cloudformation, seoul)


def test_every_type_of_the_program_in_all_stages_and_phases_has_a_row_of_its_own(rows: list[Coverage]) -> None:
    assert len(rows) > 90
    assert [row.token for row in rows if not row.is_identified] == []
    assert {row.token for row in rows} <= IDENTITIES.keys()


def test_an_unknown_name_is_refused_in_every_type_with_the_name_that_was_meant(
    rows: list[Coverage], refusals: Refuse
) -> None:
    for row in rows:
        known = min(refusals(row.token).schema.inputs)
        (said,) = [each for each in refusals(row.token).of({f"{known}x": "v"}) if each.path == f"{known}x"]
        assert f"did you mean '{known}'" in said.reason, row.token


def test_a_wrong_type_is_refused_at_every_place_that_the_row_counts(rows: list[Coverage], refusals: Refuse) -> None:
    for row in rows:
        checker = refusals(row.token)
        assert row.names == len(checker.places)
        accepted = [
            path
            for path, place in checker.places.items()
            if (value := wrong(place.property.type)) is not None and not checker.at(path, value)
        ]
        assert accepted == [], row.token


def test_what_must_be_given_is_missed_by_name(rows: list[Coverage], refusals: Refuse) -> None:
    for row in rows:
        said = [each.path for each in refusals(row.token).of({}) if "missing required property" in each.reason]
        assert sorted(said) == list(row.required), row.token


def test_every_place_with_an_enum_a_pattern_or_a_bound_refuses_what_it_excludes(
    rows: list[Coverage], refusals: Refuse
) -> None:
    seen = 0
    for row in rows:
        checker = refusals(row.token)
        for path in row.constrained:
            value = in_lists(checker.places[path].property.type, refused_here(checker.places[path]))
            assert any("CloudFormation schema" in said for said in checker.at(path, value)), (row.token, path)
            seen += 1
    assert seen > 300


def test_a_document_that_is_no_json_is_refused(rows: list[Coverage], refusals: Refuse) -> None:
    for row in rows:
        for name in row.documents:
            assert any("a JSON document is expected" in said for said in refusals(row.token).at(name, "{broken")), row


def test_no_row_is_without_something_that_is_refused_and_no_claim_without_a_place(
    rows: list[Coverage], sdk: Sdk
) -> None:
    for row in rows:
        assert row.names > 0, row.token
        assert {path.split(".")[0] for path in row.constrained} <= sdk.resource(row.token).inputs.keys()
        assert set(row.defaults) <= sdk.resource(row.token).inputs.keys()


def test_default_values_that_the_row_counts_come_back_when_left_out(rows: list[Coverage], sdk: Sdk) -> None:
    assert "enableDnsSupport" in coverage("aws:ec2/vpc:Vpc", rows).defaults
    assert coverage("aws:sqs/queue:Queue", rows).constrained  # the same names with limits of their own


def coverage(token: str, rows: list[Coverage]) -> Coverage:
    (found,) = [row for row in rows if row.token == token]
    return found


def test_what_nobody_wrote_a_row_for_is_said_to_be_approximate(sdk: Sdk, cloudformation: CloudFormation) -> None:
    row = coverage_of("aws:synthetics/canary:Canary", sdk, cloudformation)
    assert not row.is_identified
    assert "approximate" in sandbox_coverage.cells(row)


def test_where_roles_are_looked_up_is_a_document(rows: list[Coverage]) -> None:
    assert all(name in documents(token) for token, (name, _) in RESOLVED.items())


def test_the_page_says_what_the_table_says(rows: list[Coverage]) -> None:
    assert sandbox_coverage.PAGE.read_text(encoding="utf-8") == sandbox_coverage.page(rows), "run `make generated`"
    assert sandbox_coverage.page(rows).count("| `") == len(rows)


def test_a_line_of_the_table_is_what_a_run_does(rows: list[Coverage]) -> None:
    """One line by hand, so that the generator cannot be wrong in the same way as the table."""
    line = next(line for line in sandbox_coverage.page(rows).splitlines() if "`sqs/queuePolicy:QueuePolicy`" in line)
    assert line.split(" | ") == [
        "| `sqs/queuePolicy:QueuePolicy`",
        "17",
        "policy, queueUrl",
        "0",
        "12",
        "policy",
        "policy",
        "AWS's form",
        "Terraform: queueUrl",
        "-",
        "0 |",
    ]
