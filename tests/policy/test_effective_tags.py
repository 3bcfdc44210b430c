"""Where a tag may come from: the resource, the provider's defaults, or what the provider made of both."""

import json

import pytest

from tests.policy.case import KEY, TAGS
from tests.policy.server import UNKNOWN, Pack, Registered, findings

DEFAULTS = {key: TAGS[key] for key in ("Environment", "Owner", "CostCenter", "Compliance")}
OWN = {key: TAGS[key] for key in ("Application", "DataClassification")}


def topic(**props: object) -> Registered:
    return Registered(type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, **props})


def through(provider: object, **props: object) -> Registered:
    return Registered(
        type="aws:sns/topic:Topic", props={"kmsMasterKeyId": KEY, **props}, provider={"defaultTags": provider}
    )


@pytest.mark.parametrize(
    "resource",
    [
        topic(tags=TAGS),
        topic(tags=OWN, tagsAll=TAGS),
        topic(tagsAll=TAGS),
        through(json.dumps({"tags": DEFAULTS}), tags=OWN),
        through({"tags": DEFAULTS}, tags=OWN),
        through({"tags": TAGS}),
        through({"tags": DEFAULTS}, tags=OWN, tagsAll=UNKNOWN),
    ],
)
def test_a_tag_counts_wherever_it_comes_from(pack: Pack, resource: Registered) -> None:
    assert pack.analyze(resource) == []


def test_what_the_provider_made_of_both_has_the_last_word(pack: Pack) -> None:
    resource = through({"tags": DEFAULTS}, tags=OWN, tagsAll=OWN)
    assert findings(pack.analyze(resource)) == {f"TAG-001[{key}]" for key in DEFAULTS}


def test_the_resources_own_tag_overrides_the_default(pack: Pack) -> None:
    resource = through({"tags": {**DEFAULTS, "Environment": "prod"}}, tags={**OWN, "Environment": "dev"})
    assert pack.analyze(resource) == []


def test_an_unknown_default_hides_nothing_that_is_known_to_be_wrong(pack: Pack) -> None:
    resource = through({"tags": {**DEFAULTS, "Owner": UNKNOWN}}, tags={"Application": "feed"}, tagsAll=UNKNOWN)
    found = pack.analyze(resource)
    assert findings(found) == {"TAG-001[DataClassification]"}
    assert findings(found, "advisory") == {"TAG-003", "TAG-008"}


def test_unknown_defaults_leave_only_what_they_might_bring_unjudged(pack: Pack) -> None:
    found = pack.analyze(through(UNKNOWN, tags={**OWN, "DataClassification": "secret"}))
    assert findings(found) == {"TAG-002[DataClassification]"}
    assert "TAG-001" in findings(found, "advisory")


def test_default_tags_do_not_reach_an_auto_scaling_group(pack: Pack) -> None:
    group = Registered(
        type="aws:autoscaling/group:Group",
        props={"maxSize": 1, "minSize": 1, "tags": []},
        provider={"defaultTags": {"tags": TAGS}},
    )
    assert findings(pack.analyze(group)) == {f"TAG-001[{key}]" for key in TAGS}
