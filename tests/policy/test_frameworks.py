"""The frameworks: every criterion is there once, says who judges it, and the rules name no other; the page shows it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from policy.criteria import (
    FOLDER,
    ISMS_P_IDS,
    SOC2_IDS,
    Automation,
    Framework,
    FrameworkError,
    State,
    config_rules,
    framework,
    join,
)
from policy.matrix_md import matrix_md, read
from policy.rules import CATALOGUE

# How many criteria each chapter has, from the sources that the files name in their heads.
ISMS_P_CHAPTERS = {
    "1.1": 6, "1.2": 4, "1.3": 3, "1.4": 3,
    "2.1": 3, "2.2": 6, "2.3": 4, "2.4": 7, "2.5": 6, "2.6": 7,
    "2.7": 2, "2.8": 6, "2.9": 7, "2.10": 9, "2.11": 5, "2.12": 2,
    "3.1": 7, "3.2": 5, "3.3": 4, "3.4": 2, "3.5": 3,
}  # fmt: skip
SOC2_CHAPTERS = {
    "CC1": 5, "CC2": 3, "CC3": 4, "CC4": 2, "CC5": 3, "CC6": 8, "CC7": 5, "CC8": 1, "CC9": 2,
    "A1": 3, "C1": 2, "PI1": 5,
    "P1": 1, "P2": 1, "P3": 2, "P4": 3, "P5": 2, "P6": 7, "P7": 1, "P8": 1,
}  # fmt: skip
JOINED, MANAGED = read(CATALOGUE)
(ISMS_P, ISMS_P_RULES), (SOC2, SOC2_RULES) = JOINED
PAGE = matrix_md(JOINED, MANAGED)


def numbered(chapters: Mapping[str, int]) -> list[str]:
    return [f"{chapter}.{number}" for chapter, count in chapters.items() for number in range(1, count + 1)]


def test_isms_p_has_its_101_criteria_in_order() -> None:
    assert [each.id for each in ISMS_P.criteria] == numbered(ISMS_P_CHAPTERS)
    assert [len(section.criteria) for section in ISMS_P.sections] == [16, 64, 21]
    assert len(ISMS_P.criteria) == 101


def test_soc_2_has_its_61_criteria_in_order() -> None:
    assert [each.id for each in SOC2.criteria] == numbered(SOC2_CHAPTERS)
    assert [len(section.criteria) for section in SOC2.sections] == [33, 3, 2, 5, 18]
    assert len(SOC2.criteria) == 61


def test_every_isms_p_criterion_has_its_korean_title() -> None:
    assert [each.id for each in ISMS_P.criteria if not re.search("[가-힣]", each.korean or "")] == []


@pytest.mark.parametrize("of", [ISMS_P, SOC2], ids=lambda of: of.name)
def test_titles_differ(of: Framework) -> None:
    assert [title for title, times in Counter(each.title for each in of.criteria).items() if times > 1] == []


def test_every_rule_serves_a_criterion_of_both_frameworks() -> None:
    for rules in (ISMS_P_RULES, SOC2_RULES):
        assert {rule for served in rules.values() for rule in served} == {rule.id for rule in CATALOGUE.rules}


def test_a_rule_that_names_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(FrameworkError, match=r"^NET-001 names 2\.6\.8, and ISMS-P has no such criterion$"):
        join(ISMS_P, {"NET-001": ["2.6.1", "2.6.8"]})


@pytest.mark.parametrize(
    ("automation", "has_config_rules", "has_rule", "allowed"),
    [
        (Automation.MANUAL, False, True, "preview, partly"),
        (Automation.MANUAL, True, False, "runtime, partly"),
        (Automation.RUNTIME, True, True, "preview, partly"),
        (Automation.RUNTIME, False, False, "manual"),
        (Automation.PREVIEW, True, False, "runtime, partly"),
        (Automation.PARTLY, False, False, "manual"),
    ],
)
def test_an_automation_that_the_rules_deny_is_refused(
    automation: Automation, *, has_config_rules: bool, has_rule: bool, allowed: str
) -> None:
    managed = ("ALB_WAF_ENABLED",) if has_config_rules else ()
    changed = replace(ISMS_P.criteria[0], automation=automation, config_rules=managed)
    alone = replace(ISMS_P, sections=(replace(ISMS_P.sections[0], criteria=(changed,)),))
    with pytest.raises(FrameworkError, match=rf"1\.1\.1 says automation: {automation}, .*; allowed: {allowed}$"):
        join(alone, {"NET-001": ["1.1.1"]} if has_rule else {})


def test_the_k_isms_pack_has_its_116_rules_each_with_a_state() -> None:
    assert len(MANAGED) == 116
    assert [each.id for each in MANAGED] == sorted(each.id for each in MANAGED)
    assert {each.state for each in MANAGED} == set(State)


def test_the_rules_that_the_k_isms_file_names_exist() -> None:
    assert {rule for each in MANAGED for rule in each.rules} - {rule.id for rule in CATALOGUE.rules} == set()


def test_the_rules_that_a_reason_or_evidence_speaks_of_exist() -> None:
    criteria = (*ISMS_P.criteria, *SOC2.criteria)
    texts = [*(each.reason or "" for each in MANAGED), *(each.evidence for each in criteria)]
    named = {rule for text in texts for rule in re.findall(r"\b[A-Z0-9]{2,3}-\d{3}\b", text)}
    assert {"BKP-008", "LOG-001"} <= named
    assert named - {rule.id for rule in CATALOGUE.rules} == set()


def test_the_page_is_fresh() -> None:
    assert (FOLDER / "MATRIX.md").read_text(encoding="utf-8") == PAGE, "renew it: make generated"


def test_the_page_begins_with_counts_that_add_up() -> None:
    assert PAGE.index("## Counts") < PAGE.index("## Gaps") < PAGE.index("## ISMS-P")
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    counted = {title: [int(number) for number in numbers] for title, *numbers in rows}
    for of, rules in JOINED:
        total, preview, runtime, people = counted[f"**{of.name}**"]
        assert (total, preview) == (len(of.criteria), sum(bool(each) for each in rules.values()))
        assert preview + runtime + people == total
        parts = [numbers for title, numbers in counted.items() if title.startswith(f"{of.name}: ")]
        assert [sum(column) for column in zip(*parts, strict=True)] == counted[f"**{of.name}**"]


@pytest.mark.parametrize(("of", "rules"), JOINED, ids=lambda each: each.name if isinstance(each, Framework) else "")
def test_the_gap_list_is_what_no_rule_judges(of: Framework, rules: Mapping[str, tuple[str, ...]]) -> None:
    gaps = PAGE.partition(f"## Gaps: {of.name}\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^- (\S+)", gaps, re.MULTILINE)) == {one for one, served in rules.items() if not served}


def test_the_page_tells_of_each_criterion_and_managed_rule() -> None:
    for each in (*ISMS_P.criteria, *SOC2.criteria):
        assert PAGE.count(f"**{each.id} {each.title}**") == 1
    for each in MANAGED:
        assert PAGE.count(f"\n| `{each.id}` | ") == 1


CRITERION = {"id": "2.5.1", "title": "accounts", "automation": "manual", "evidence": "tickets"}


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


def one_section(*criteria: object) -> dict[str, object]:
    return {"name": "ISMS-P", "edition": "2023", "sections": [{"title": "all", "criteria": list(criteria)}]}


WHERE = r"bad\.yaml: sections\[0\]\.criteria\[0\]"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: [", r"bad\.yaml is no YAML file: .*line 1.*"),
        ("[]", r"bad\.yaml: the file is a list; allowed: keys name, edition, sections"),
        ({"name": "ISMS-P", "sections": []}, r"bad\.yaml: edition is absent; allowed: a value; it is needed"),
        ({**one_section(), "rules": []}, r"bad\.yaml: the file has a key 'rules'; allowed: keys name, .*"),
        ({**one_section(), "sections": "all"}, r"bad\.yaml: sections is 'all'; allowed: a list"),
        (one_section("2.5.1"), WHERE + r" is '2\.5\.1'; allowed: keys id, title, .*"),
        (one_section({**CRITERION, "id": "2.51"}), WHERE + r"\.id is '2\.51'; allowed: an id such as 2\.5\.1"),
        (
            one_section({name: CRITERION[name] for name in ("id", "title", "automation")}),
            WHERE + r"\.evidence is absent; allowed: a value; it is needed",
        ),
        (one_section({**CRITERION, "evidence": " "}), WHERE + r"\.evidence is ' '; allowed: a text that is not blank"),
        (one_section({**CRITERION, "title": ["a"]}), WHERE + r"\.title is a list; allowed: a text .*"),
        (one_section({**CRITERION, "rules": ["NET-001"]}), WHERE + r" has a key 'rules'; allowed: keys id, .*"),
        (
            one_section({**CRITERION, "automation": "auto"}),
            WHERE + r"\.automation is 'auto'; allowed: preview, runtime, partly, manual",
        ),
        (
            one_section({**CRITERION, "config_rules": ["restricted-ssh"]}),
            WHERE + r"\.config_rules\[0\] is 'restricted-ssh'; allowed: an id such as ALB_WAF_ENABLED",
        ),
        (one_section(CRITERION, CRITERION), r"bad\.yaml: 2\.5\.1 is listed 2 times; allowed: once"),
    ],
)
def test_a_bad_framework_file_gets_one_sentence(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(FrameworkError, match=f"^{message}$"):
        framework(written(tmp_path, content), ISMS_P_IDS)


def test_a_criterion_of_another_framework_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FrameworkError, match=r"allowed: an id such as CC6\.1$"):
        framework(written(tmp_path, one_section(CRITERION)), SOC2_IDS)


MANAGED_RULE = {"id": "ALB_WAF_ENABLED", "state": "preview", "rules": ["NET-015"]}
AT = r"bad\.yaml: config_rules\[0\]"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{**MANAGED_RULE, "id": "alb-waf-enabled"}], AT + r"\.id is 'alb-waf-enabled'; allowed: an id such as .*"),
        ([{"id": "ALB_WAF_ENABLED"}], AT + r"\.state is absent; allowed: a value; it is needed"),
        (
            [{**MANAGED_RULE, "state": "covered"}],
            AT + r"\.state is 'covered'; allowed: preview, partly, runtime, not_applicable",
        ),
        ([{**MANAGED_RULE, "rules": ["NET-15"]}], AT + r"\.rules\[0\] is 'NET-15'; allowed: an id such as NET-015"),
        ([{**MANAGED_RULE, "rules": []}], AT + r"\.rules is a list; allowed: some with state: preview and partly, .*"),
        ([{**MANAGED_RULE, "state": "runtime", "reason": "why"}], AT + r"\.rules is a list; allowed: some with .*"),
        ([{**MANAGED_RULE, "state": "partly"}], AT + r"\.reason is absent; allowed: a sentence, .* but preview"),
        ([{**MANAGED_RULE, "rule_possible": "no"}], AT + r"\.rule_possible is 'no'; allowed: yes"),
        (
            [{**MANAGED_RULE, "rule_possible": "yes"}],
            AT + r"\.rule_possible is 'yes'; allowed: with state: partly and runtime only",
        ),
        ([MANAGED_RULE, MANAGED_RULE], r"bad\.yaml: ALB_WAF_ENABLED is listed 2 times; allowed: once"),
    ],
)
def test_a_bad_list_of_managed_rules_gets_one_sentence(tmp_path: Path, entries: object, message: str) -> None:
    with pytest.raises(FrameworkError, match=f"^{message}$"):
        config_rules(written(tmp_path, {"config_rules": entries}))
