"""Tagging: what each rule lets pass and what it stops."""

from collections.abc import Mapping

from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import GOOD
from tests.policy.server import UNKNOWN

TOPIC = "aws:sns/topic:Topic"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

topic: Mapping[str, object] = {"kmsMasterKeyId": KEY, "tags": TAGS, "tagsAll": TAGS}
group: Mapping[str, object] = {
    "maxSize": 3,
    "minSize": 1,
    "tags": [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()],
}
template = GOOD[TEMPLATE]


def with_tag(key: str, value: object) -> Mapping[str, object]:
    return {f"tags.{key}": value, f"tagsAll.{key}": value}


CASES: list[Case] = [
    *(
        case(f"{key} is missing", TOPIC, topic, {f"tags.{key}": GONE, f"tagsAll.{key}": GONE}, f"TAG-001[{key}]")
        for key in TAGS
    ),
    case("a tag is empty", TOPIC, topic, with_tag("Owner", ""), "TAG-001[Owner]"),
    case("a tag is blank", TOPIC, topic, with_tag("Owner", "  "), "TAG-001[Owner]"),
    case(
        "a key in another case is another tag",
        TOPIC,
        topic,
        {"tagsAll.Owner": GONE, "tagsAll.owner": "team-feed"},
        "TAG-001[Owner]",
    ),
    case(
        "nothing is tagged",
        TOPIC,
        topic,
        {"tags": GONE, "tagsAll": GONE},
        *(f"TAG-001[{key}]" for key in TAGS),
    ),
    case(
        "an unknown value hides no missing tag",
        TOPIC,
        {"kmsMasterKeyId": KEY, "tags": TAGS},
        {"tags.Application": UNKNOWN, "tagsAll": UNKNOWN, "tags.CostCenter": GONE},
        "TAG-001[CostCenter]",
        "TAG-003",
        "TAG-008",
    ),
    case("no such stage", TOPIC, topic, with_tag("Environment", "production"), "TAG-002[Environment]"),
    case("no such class", TOPIC, topic, with_tag("DataClassification", "secret"), "TAG-002[DataClassification]"),
    case("frameworks by comma", TOPIC, topic, with_tag("Compliance", "isms-p,soc2"), "TAG-008[Compliance]"),
    case("none and one", TOPIC, topic, with_tag("Compliance", "none+soc2"), "TAG-008[Compliance]"),
    case("a name in two words", TOPIC, topic, with_tag("Owner", "Team Feed"), "TAG-008[Owner]"),
    case("a cost center with a blank", TOPIC, topic, with_tag("CostCenter", "CC 1234"), "TAG-008[CostCenter]"),
    case("a number", TOPIC, topic, with_tag("Application", 7), "TAG-008[Application]"),
    case("nobody real", TOPIC, topic, with_tag("Owner", "todo"), "TAG-003[Owner]"),
    case("still to be filled in", TOPIC, topic, with_tag("Owner", "<owner>"), "TAG-008[Owner]"),
    case("a blank to fill in", TOPIC, topic, with_tag("Owner", "<TODO>"), "TAG-003[Owner]", "TAG-008[Owner]"),
    case("another stage's tag", TOPIC, topic, with_tag("Environment", "prod"), "TAG-004[Environment]"),
    case("a group lacks a tag", GROUP, group, {"tags.1": GONE}, "TAG-001[Owner]"),
    case(
        "a group keeps a tag to itself",
        GROUP,
        group,
        {"tags.1.propagateAtLaunch": False},
        "TAG-005[propagate::Owner]",
    ),
    case(
        "a group with an unknown tag",
        GROUP,
        group,
        {"tags.1.propagateAtLaunch": False, "tags.2": UNKNOWN},
        "TAG-001",
        "TAG-003",
        "TAG-005",
        "TAG-008",
        "TAG-005[propagate::Owner]",
    ),
    case(
        "volumes are not tagged",
        TEMPLATE,
        template,
        {"tagSpecifications.1": GONE},
        *(f"TAG-005[volume::{key}]" for key in TAGS),
    ),
    case(
        "instances lack a tag",
        TEMPLATE,
        template,
        {"tagSpecifications.0.tags.CostCenter": GONE},
        "TAG-005[instance::CostCenter]",
    ),
    case(
        "the volumes' tags are unknown",
        TEMPLATE,
        template,
        {"tagSpecifications.1.tags": UNKNOWN, "tagSpecifications.0.tags.Owner": GONE},
        "TAG-005",
        "TAG-005[instance::Owner]",
    ),
]
