"""Whatever becomes unknown, null, secret or of a wrong kind: no call fails, and no neighbour's finding is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.policy import cases_iam, cases_tagging
from tests.policy.all_cases import CASES
from tests.policy.case import KEY, TAGS, Case, changed, items
from tests.policy.cases_iam import allow, document
from tests.policy.good import BUCKET, BUCKET_POLICY, beside_bucket
from tests.policy.observation import observed, overlap
from tests.policy.server import UNKNOWN, Pack, Registered, findings, running, secret

ENOUGH = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
MARK = "hunter2-is-the-password"

ODD = st.sampled_from([None, True, 7, 2.5, "", MARK, [], {}, [MARK], {MARK: MARK}, [[UNKNOWN]], {"a": UNKNOWN}])


def paths(value: object, above: str = "") -> Iterator[str]:
    """Every place in a value, in the notation of `changed`, which has no word for a name with a dot (a label's)."""
    for name, item in items(value).items():
        if "." in name:
            continue
        path = f"{above}.{name}" if above else name
        yield path
        yield from paths(item, path)


def at(value: object, path: str) -> object:
    for name in path.split("."):
        value = items(value)[name]
    return value


def places(case: Case) -> list[str]:
    return list(paths(json.loads(json.dumps(case.good))))


@st.composite
def one_place(draw: st.DrawFn) -> tuple[Case, str]:
    case = draw(st.sampled_from([each for each in CASES if each.good]))
    return case, draw(st.sampled_from(places(case)))


@ENOUGH
@given(one_place(), st.one_of(ODD, st.just(UNKNOWN), st.just(f"arn:aws:sns:{UNKNOWN}:x")))
def test_no_property_can_make_a_call_fail_or_hide_a_missing_tag(
    pack: Pack, where: tuple[Case, str], odd: object
) -> None:
    case, path = where
    props = changed(case.good, {path: odd})
    found = pack.judge(replace(case.subject, props=props), *case.beside)
    assert not [each.message for each in found if "[crash]" in each.id]
    untagged = {name: value for name, value in props.items() if name not in ("tags", "tagsAll")}
    if "tags" in case.good:
        found = pack.analyze(replace(case.subject, props=untagged))
        assert {f"TAG-001[{key}]" for key in TAGS} <= findings(found)


@st.composite
def two_mistakes(draw: st.DrawFn) -> tuple[Case, str]:
    """A case without neighbours, to which any property may tie it, and a place that its change leaves alone."""
    case = draw(st.sampled_from([each for each in CASES if not each.beside]))
    planted = json.loads(json.dumps(case.changed.props))
    left = [path for path in paths(planted) if not any(overlap(path, each) for each in case.change)]
    assume(left)
    return case, draw(st.sampled_from(left))


@ENOUGH
@given(two_mistakes(), st.one_of(ODD, st.just(UNKNOWN), st.just(secret(UNKNOWN)), st.just(secret(MARK))))
def test_a_mistake_is_found_whatever_becomes_of_a_property_that_its_rule_does_not_ask_for(
    pack: Pack, where: tuple[Case, str], odd: object
) -> None:
    case, path = where
    bad = replace(case.changed, props=changed(case.changed.props, {path: odd}))
    found = pack.judge(bad)
    assert not [each.message for each in found if "[crash]" in each.id or MARK in each.message]
    place = re.sub(r"\.\d+(?=\.|$)", "[]", path)
    here = {each: ids for (token, each), ids in observed().items() if token == case.type}
    asking = {rule for each, ids in here.items() if overlap(each, place) for rule in ids}
    if path.partition(".")[0] not in ("tags", "tagsAll", "region"):  # of the rules on every type
        assert {one for one in case.finds if one.partition("[")[0] not in asking} <= {each.id for each in found}


@ENOUGH
@given(one_place())
def test_a_secret_is_judged_like_any_other_value(pack: Pack, where: tuple[Case, str]) -> None:
    case, path = where
    hidden = changed(case.good, {path: secret(at(case.good, path))})
    assert [each.message for each in pack.analyze(replace(case.subject, props=hidden))] == []


@ENOUGH
@given(one_place())
def test_the_text_of_a_property_is_never_printed(pack: Pack, where: tuple[Case, str]) -> None:
    case, path = where
    hidden = changed(case.good, {path: secret(MARK)})
    for each in pack.judge(replace(case.subject, props=hidden), *case.beside):
        assert MARK not in each.message


@pytest.mark.parametrize("hole", [MARK, f"{{{MARK}", f'{{"Statement": "{MARK}"}}', f'{{"{MARK}": 1}}'])
def test_no_part_of_a_document_is_printed_but_actions(pack: Pack, hole: str) -> None:
    found = pack.analyze(Registered(type=cases_iam.POLICY, props={"policy": secret(hole), "tags": TAGS}))
    assert findings(found) == {"IAM-010[policy]"}
    assert not [each for each in found if MARK in each.message]


def test_what_is_no_action_is_not_printed_as_one(pack: Pack) -> None:
    policy = document(allow(f"s3:{MARK} *"), allow("s3:*"))
    found = pack.analyze(Registered(type=cases_iam.POLICY, props={"policy": policy, "tags": TAGS}))
    assert {each.message.partition("] ")[0] for each in found} == {
        "IAM-002[Action::<not an action>",
        "IAM-002[Action::s3:*",
    }


@pytest.mark.parametrize("element", ["Effect", "Action", "Resource", "Condition", "Sid"])
@pytest.mark.parametrize("odd", [UNKNOWN, None, 7, [UNKNOWN], {"a": [UNKNOWN]}, f"arn:aws:s3:::{UNKNOWN}"])
def test_an_odd_statement_does_not_hide_the_next_one(pack: Pack, element: str, odd: object) -> None:
    statements = [{**allow("s3:GetObject"), element: odd}, allow("sqs:*")]
    for policy in (json.dumps({"Statement": statements}), {"Statement": statements}):
        found = pack.analyze(Registered(type=cases_iam.ROLE_POLICY, props={"policy": policy}))
        assert "IAM-002[Action::sqs:*]" in findings(found)


def test_an_unknown_inside_a_longer_text_is_unknown(pack: Pack) -> None:
    topic = Registered(
        type="aws:sns/topic:Topic",
        props={
            "kmsMasterKeyId": KEY,
            "tags": {**TAGS, "Application": f"feed-{UNKNOWN}-api", "CostCenter": "", "Environment": "nowhere"},
        },
    )
    found = pack.analyze(topic)
    assert findings(found) == {"TAG-001[CostCenter]", "TAG-002[Environment]"}
    assert {each.id: each.message.partition(";")[0] for each in found if each.level == "advisory"} == {
        "TAG-008": "TAG-008 could not judge: tags.Application known only after deployment",
        "TAG-003": "TAG-003 could not judge: tags.Application known only after deployment",
    }


def test_what_could_not_be_judged_is_one_advisory_line_a_rule_that_lists_every_place(pack: Pack) -> None:
    template = Registered(
        type=cases_tagging.TEMPLATE,
        props=changed(
            cases_tagging.template,
            {"tagSpecifications.0.tags": UNKNOWN, "tagSpecifications.1.tags": UNKNOWN},
        ),
    )
    (line,) = pack.analyze(template)
    assert line.level == "advisory"
    assert "tagSpecifications[0].tags, tagSpecifications[1].tags known only after deployment" in line.message


def test_a_wholly_unknown_set_of_tags_is_not_taken_as_none(pack: Pack) -> None:
    topic = Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, "tags": UNKNOWN})
    found = pack.analyze(topic)
    assert {(each.id, each.level) for each in found} == {
        (rule, "advisory") for rule in ("TAG-001", "TAG-002", "TAG-003", "TAG-004", "TAG-008")
    }


HIDDEN = "[secret]"  # what `pulumi policy analyze` shows of a secret that it cannot decrypt


def test_what_a_saved_state_hides_blocks_and_says_how_to_show_it(pack: Pack) -> None:
    found = pack.analyze(Registered(type=cases_iam.POLICY, props={"policy": HIDDEN, "tags": TAGS}))
    assert {each.level for each in found} == {"mandatory"}
    assert {each.message.partition("; ")[0].partition(": ")[2] for each in found} == {
        "policy hidden by the saved state, export it with --show-secrets or give the passphrase"
    }


def test_a_secret_that_no_rule_asks_for_may_stay_hidden(pack: Pack) -> None:
    topic = Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, "tags": TAGS, "displayName": HIDDEN})
    assert pack.judge(topic) == []


def test_what_is_beside_the_hidden_is_judged(pack: Pack) -> None:
    found = pack.analyze(Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": HIDDEN, "tags": {}}))
    assert {f"TAG-001[{key}]" for key in TAGS} <= findings(found)


def test_a_stack_rule_blocks_when_another_resource_hides_what_it_needs(pack: Pack) -> None:
    bucket = Registered(type=BUCKET, props={"bucket": "assets", "tags": TAGS})
    beside = [
        replace(each, props=changed(each.props, {"policy": HIDDEN}) if each.type == BUCKET_POLICY else each.props)
        for each in beside_bucket()
    ]
    unjudged = [each for each in pack.analyze_stack([bucket, *beside]) if "could not judge" in each.message]
    assert {(each.level, each.urn) for each in unjudged} == {("mandatory", bucket.urn)}


def test_an_update_that_still_does_not_know_blocks() -> None:
    topic = Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, "tags": UNKNOWN})
    for dry_run, level in (("true", "advisory"), ("false", "mandatory")):
        with running(PULUMI_DRY_RUN=dry_run) as own:
            assert {each.level for each in own.analyze(topic)} == {level}
