"""The pack as a whole: its ids, its levels, its page, and what happens when a rule is wrong."""

import re
import shutil
from pathlib import Path

import pytest

from policy.catalog import STAGES, Catalogue, Rule
from policy.exemptions import STACK
from policy.rules import CATALOGUE, tagging
from policy.rules.shape import PROVIDER
from policy.rules_md import rules_md
from sandbox.schema.sdk import Sdk
from tests.policy.case import KEY, TAGS
from tests.policy.server import PACK, Pack, Registered, findings, running

IDS = [
    *(f"BKP-0{number:02}" for number in range(1, 14)),
    *(f"DR-0{number:02}" for number in range(1, 10)),
    *(f"ENC-0{number:02}" for number in range(1, 28)),
    *("EXM-001", "EXM-002", "EXM-003", "EXM-004", "EXM-005"),
    *(f"IAM-0{number:02}" for number in range(1, 24)),
    *(f"K8S-0{number:02}" for number in range(1, 52)),
    *(f"KMS-0{number:02}" for number in range(1, 10) if number != 2),
    *(f"LOG-0{number:02}" for number in range(1, 19)),
    *(f"NET-0{number:02}" for number in range(1, 25)),
    *(f"PAT-0{number:02}" for number in range(1, 14)),
    *(f"PUB-0{number:02}" for number in range(1, 22)),
    *(f"SEC-0{number:02}" for number in range(1, 14)),
    *("SIZ-001", "SIZ-002", "SIZ-003", "SIZ-004"),
    *(f"TAG-0{number:02}" for number in range(1, 9)),
    *(f"TLS-0{number:02}" for number in range(1, 20) if number != 7),
]

CRASHING = '''
"""A rule with a bug in it."""

from policy.catalog import MANDATORY_EVERYWHERE, Finding, Severity, rule


@rule(
    "BUG-001", on=["aws:sns/topic:Topic"], says="it works", fix="repair it", isms_p=["2.1.3"], soc2=["CC6.1"],
    requirements=["REQ-C6"], severity=Severity.LOW, level=MANDATORY_EVERYWHERE,
)
def broken(resource):
    yield Finding(path="before")
    raise KeyError(resource.get("displayName"))
'''


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as another repository has it: a copy under another name, here with a broken rule added."""
    copy = tmp_path_factory.mktemp("another-repository") / "guard-rails"
    shutil.copytree(PACK, copy)
    (copy / "rules" / "broken.py").write_text(CRASHING)
    return copy


def test_no_id_was_changed_dropped_or_added_unnoticed() -> None:
    assert [rule.id for rule in CATALOGUE.rules] == IDS


def test_two_rules_cannot_have_one_id() -> None:
    with pytest.raises(ValueError, match="TAG-001"):
        Catalogue.of([tagging, tagging])


@pytest.mark.parametrize("one", CATALOGUE.rules, ids=IDS)
def test_every_rule_says_what_asks_for_it_and_how_to_meet_it(one: Rule) -> None:
    assert all(re.fullmatch(r"\d\.\d{1,2}\.\d{1,2}", each) for each in one.isms_p)
    assert all(re.fullmatch(r"(CC|A|C|P|PI)\d\.\d{1,2}", each) for each in one.soc2)
    assert all(re.fullmatch(r"REQ-[A-Z]\d{1,2}", each) for each in one.requirements)
    assert min(map(len, (one.isms_p, one.soc2, one.requirements, one.on, one.says, one.fix))) > 0
    assert set(one.level) == set(STAGES)


def test_the_page_of_rules_is_fresh() -> None:
    assert (PACK / "RULES.md").read_text(encoding="utf-8") == rules_md(CATALOGUE), "renew it: make generated"


def test_every_type_that_a_rule_judges_exists_in_the_sdk(sdk: Sdk) -> None:
    judged = {token for rule in CATALOGUE.rules for token in rule.on}
    components = {"kubernetes:helm.sh/v3:Chart"}  # not in the SDK as a resource, and yet registered
    custom = re.compile(
        r"kubernetes:(argoproj\.io|keda\.sh|gateway\.networking\.k8s\.io|karpenter\.(k8s\.aws|sh))/v\w+:\w+"
    )
    kubernetes = Sdk.installed("kubernetes")
    ours = {token for token in judged - components - {STACK, PROVIDER} if not custom.fullmatch(token)}
    assert {token for token in ours if token not in sdk and token not in kubernetes} == set()


def test_the_engine_is_told_of_one_policy_a_level_over_resources_and_one_over_the_stack(pack: Pack) -> None:
    assert sorted(each.name for each in pack.info().policies) == [
        "advisory-controls",
        "advisory-stack-controls",
        "mandatory-controls",
        "mandatory-stack-controls",
    ]


def test_a_finding_says_what_where_and_how_to_fix_it(pack: Pack) -> None:
    (line,) = pack.analyze(Registered(type="aws:sns/topic:Topic", props={"tags": TAGS}))
    assert line.message.split("; ") == [
        "ENC-006[kmsMasterKeyId] kmsMasterKeyId is absent",
        "rule: a topic is encrypted with KMS",
        "fix: set kms_master_key_id",
    ]


@pytest.mark.parametrize(("stack", "level"), [("dev", "advisory"), ("stg", "mandatory"), ("prod", "mandatory")])
def test_the_stage_in_the_stacks_name_sets_the_level(pack: Pack, stack: str, level: str) -> None:
    tags = {**TAGS, "Environment": stack, "Owner": "todo"}
    topic = Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, "tags": tags}, stack=stack)
    assert findings(pack.analyze(topic), level) == {"TAG-003[Owner]"}


def test_a_stack_with_another_name_is_judged_as_prod_and_may_be_tagged_as_any_stage(pack: Pack) -> None:
    tags = {**TAGS, "Owner": "todo"}
    topic = Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, "tags": tags}, stack="review-17")
    assert findings(pack.analyze(topic)) == {"TAG-003[Owner]"}


def test_a_copy_under_another_name_works_and_a_broken_rule_in_it_blocks_by_its_id(elsewhere: Path) -> None:
    topic = Registered(type="aws:sns/topic:Topic", props={"displayName": "hunter2", "tags": TAGS})
    with running(elsewhere) as copy:
        found = copy.analyze(topic)
    assert findings(found) == {"BUG-001[before]", "BUG-001[crash]", "ENC-006[kmsMasterKeyId]"}
    (crash,) = [each.message for each in found if each.id == "BUG-001[crash]"]
    assert re.fullmatch(r"BUG-001\[crash\] the rule failed with KeyError at broken.py:\d+; fix: .*", crash)


def test_the_pack_imports_no_provider(elsewhere: Path) -> None:
    sources = [path.read_text() for path in elsewhere.rglob("*.py")]
    assert not [
        text for text in sources if re.search(r"^\s*(import|from) pulumi_(aws|kubernetes|eks)", text, re.MULTILINE)
    ]
