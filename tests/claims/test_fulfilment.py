"""The table of requirements says what is here, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from docs import fulfilment
from docs.fulfilment import Facts, FulfilmentError, Row, complaints, facts, page, read, resources, rows, wrong_with

ROOT = Path(__file__).resolve().parents[2]
# Of these nothing is here, and whose work they are. What the platform makes for them, other rows say.
LATER: Mapping[str, str] = MappingProxyType({})
POOL = ("aws:cognito/userPool:UserPool", "identity-pool")


@pytest.fixture(scope="module")
def there() -> Facts:
    return facts()


def test_every_requirement_has_a_row_and_all_that_rows_name_is_there(there: Facts) -> None:
    assert [f"{each} {wrong}" for each, wrong in complaints(rows(), there)] == []


def test_the_page_of_requirements_is_fresh(there: Facts) -> None:
    assert (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8") == page(rows(), there)


def test_only_these_are_later_work() -> None:
    assert {each: row.later.partition(":")[0] for each, row in rows().items() if row.later} == LATER


def test_a_resource_that_is_gone_turns_its_row_red_by_name(there: Facts) -> None:
    named = [(each, row, one) for each, row in rows().items() for claim in row.by for one in resources(claim)]
    assert len(named) > 200
    for each, row, (token, name) in named:
        found = list(wrong_with(each, row, there.without((token, name))))
        assert f"names {token} {name}, which no stage registers in any phase" in found, (each, name)


def test_a_red_row_is_shown_and_counted(there: Facts) -> None:
    without = there.without(POOL)
    assert {each for each, _ in complaints(rows(), without)} == {"S3", "V2"}
    text = page(rows(), without)
    assert "| **RED** | names aws:cognito/userPool:UserPool identity-pool, which no stage registers" in text
    (counted,) = [line for line in text.splitlines() if line.endswith(f" | 2 | {len(there.ids)} |")]
    assert sum(map(int, counted.strip("| ").split(" | "))) == 2 * len(there.ids)


def test_what_the_card_wants_at_the_top_is_there(there: Facts) -> None:
    wanted = there.requirements["Card (fixed by the user)"]["C3"]
    for name in (
        "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.stg.yaml", "Pulumi.prod.yaml", "__main__.py", "requirements.txt",
        "components/", "policy/", "k8s/", "tests/",
    ):  # fmt: skip
        assert name in wanted
        assert (ROOT / name).is_dir() if name.endswith("/") else (ROOT / name).is_file()


TABLE = "aws:dynamodb/table:Table"
SMALL = Facts(
    requirements={"One": {"X1": "a table"}},
    registered={
        (stage, phase): frozenset(
            (TABLE, name)
            for name, is_there in (("always", True), ("late", phase in ("global", "ipo")), ("large", stage == "prod"))
            if is_there
        )
        for stage in ("dev", "prod")
        for phase in ("mvp", "growth", "scaleup", "global", "ipo")
    },
    tests=frozenset({"tests/unit/test_keyvalue.py", "tests/unit/test_keyvalue.py::test_it_is_there"}),
    rules={},
    targets=frozenset({"preview"}),
)


def of(claim: str, test: str = "tests/unit/test_keyvalue.py") -> list[tuple[str, str]]:
    return list(complaints({"X1": Row(by=[claim], tests=[test])}, SMALL))


@pytest.mark.parametrize(
    "claim",
    [
        f"{TABLE} always",
        f"{TABLE} late from global",
        f"{TABLE} {{always,late}} from global",
        f"{TABLE} large in prod",
        "make preview",
        "docs/requirements.yaml",
        "docs",
        "docs/fulfilment.py::WORK",
    ],
)
def test_what_is_there_is_believed(claim: str) -> None:
    assert of(claim) == []


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        (f"{TABLE} never", f"names {TABLE} never, which no stage registers in any phase"),
        (f"{TABLE} {{always,never}}", f"names {TABLE} never, which no stage registers in any phase"),
        (
            f"{TABLE} late from scaleup",
            f"names {TABLE} late, which is not registered in dev scaleup, prod scaleup",
        ),
        (f"{TABLE} large until mvp", f"names {TABLE} large, which is not registered in dev mvp"),
        (
            f"{TABLE} always from seriesa",
            f"says seriesa of {TABLE} always; allowed are mvp, growth, scaleup, global, ipo",
        ),
        (f"{TABLE} always in qa", f"says qa of {TABLE} always; allowed are dev, prod"),
        ("make coffee", "names the target make coffee, which does not exist"),
        ("components/data/oracle.py", "names components/data/oracle.py, which does not exist"),
        ("docs/fulfilment.py::Oracle", "names Oracle of docs/fulfilment.py, which does not exist"),
        ("rules", "names rules, and no policy rule names it"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(claim: str, wrong: str) -> None:
    assert of(claim) == [("X1", wrong)]


def test_a_test_that_does_not_exist_shows_nothing() -> None:
    assert of("docs", "tests/unit/test_keyvalue.py::test_it_is_there") == []
    gone = "tests/unit/test_keyvalue.py::test_it_was_there"
    assert of("docs", gone) == [("X1", f"names the test {gone}, which does not exist")]


def test_a_requirement_without_a_row_and_a_row_without_a_requirement_are_told() -> None:
    row = Row(by=["docs"], tests=["tests/unit/test_keyvalue.py"])
    assert list(complaints({"X2": row}, SMALL)) == [
        ("X2", "is no requirement of docs/requirements.yaml"),
        ("X1", "has no row in docs/fulfilment.yaml"),
    ]


def test_the_page_says_what_is_missing_and_what_is_good_to_know() -> None:
    row = Row(
        by=["docs"],
        tests=["tests/unit/test_keyvalue.py"],
        missing="Half of it is not here.",
        note="It is off until a stage asks.",
    )
    text = page({"X1": row}, SMALL)
    assert "| X1 | a table | **partly** | Half of it is not here. It is off until a stage asks. |" in text


def test_the_page_names_each_resource_by_itself_and_says_where_it_is() -> None:
    row = Row(by=[f"{TABLE} {{always,late}} from global"], tests=["tests/unit/test_keyvalue.py::test_it_is_there"])
    text = page({"X1": row}, SMALL)
    assert f"- `{TABLE}` `always`, `late` from global" in text
    assert "- shown by [`tests/unit/test_keyvalue.py`](../tests/unit/test_keyvalue.py): `test_it_is_there`" in text


def test_a_page_with_a_requirement_that_has_no_row_says_so() -> None:
    assert "| X1 | a table | **RED** | has no row in docs/fulfilment.yaml |" in page({}, SMALL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X1: {by: [docs]}", "X1 says neither `later` nor both `by` and `tests`"),
        (
            "X1: {by: [docs], tests: [a], later: 'pipelines: with the workflows, one day'}",
            "X1 is `later` and so has no",
        ),
        ("X1: {later: 'one day, when there is time for it'}", "X1.later String should match pattern"),
        ("X1: {by: [docs], tests: [a], missing: much}", "X1.missing String should have at least 20 characters"),
        ("X1: {by: [docs], tests: [a], lacks: much}", "X1.lacks Extra inputs are not permitted"),
        ("X1: {by: [docs], tests: [a]}\nX1: {by: [docs], tests: [b]}", "X1 is there twice; say it in one row"),
        ("X1: [", "is no YAML"),
    ],
)
def test_a_malformed_row_is_one_sentence_that_names_it(text: str, said: str) -> None:
    with pytest.raises(FulfilmentError) as refused:
        read(text)
    assert str(refused.value).startswith(f"docs/fulfilment.yaml: {said}")
    assert "\n" not in str(refused.value)


def test_one_with_all_its_work_done_is_fulfilled_and_one_that_lacks_some_is_partly() -> None:
    assert Row(by=["docs"], tests=["a"]).state == "fulfilled"
    assert Row(by=["docs"], tests=["a"], missing="Half of it is not here yet.").state == "partly"
    assert Row(by=["docs"], tests=["a"], note="It is off until a stage asks.").state == "fulfilled"
    assert Row(later="pipelines: with the workflows, one day").state == "later"
    assert set(LATER.values()) <= set(fulfilment.WORK)
