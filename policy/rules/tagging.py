"""Tags (A2): who owns it, who pays, how secret it is. On everything, also on what launches later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy.catalog import (
    ADVISORY_EVERYWHERE,
    ADVISORY_IN_DEV,
    MANDATORY_EVERYWHERE,
    STAGES,
    Finding,
    Outcome,
    Severity,
    judge_each,
    rule,
)
from policy.demands import Demands, filled, in_each, meets, on, one_of, when
from policy.tags import ALLOWED, GROUPS, KEYS, VALUES, effective_tag, is_missing, taggable_types
from policy.view import UNKNOWN, CannotJudgeError, Node, Plain, Resource

TAGGABLE = taggable_types()
LAUNCH_TEMPLATES = ("aws:ec2/launchTemplate:LaunchTemplate",)
LAUNCHED = ("instance", "volume")  # what a launch template starts and pays for; AWS tags neither by itself

COPIED: Demands = {
    "aws:dynamodb/table:Table": [in_each("replicas", on("propagateTags"))],
    "aws:ec2/instance:Instance": [
        when(lambda node: not (node.has("rootBlockDevice.tags") or node.has("launchTemplate")), filled("volumeTags"))
    ],
    "aws:ecs/service:Service": [one_of("propagateTags", "SERVICE", "TASK_DEFINITION")],
}
_SNAPSHOTS = [on("copyTagsToSnapshot")]
SNAPSHOTS: Demands = {
    "aws:neptune/cluster:Cluster": _SNAPSHOTS,
    "aws:rds/cluster:Cluster": _SNAPSHOTS,
    "aws:rds/instance:Instance": _SNAPSHOTS,
}
PLACEHOLDERS = frozenset(
    {"changeme", "example", "fixme", "foo", "n-a", "na", "null", "placeholder", "tbd", "todo", "unknown", "xxx"}
)
FREE_TEXT = ("Owner", "CostCenter", "Application")
DECISIVE = ("Environment", "DataClassification")  # other rules go by them
SPELT = ("Owner", "CostCenter", "Application", "Compliance")  # reports group by them


@rule(
    "TAG-001",
    on=TAGGABLE,
    says="every taggable resource carries Environment, Owner, CostCenter, Application, DataClassification, Compliance",
    fix="add the tag to the resource's tags, or to the provider's default_tags",
    isms_p=["1.2.1", "2.1.3"],
    soc2=["CC6.1", "C1.1"],
    requirements=["REQ-A2", "REQ-C6", "REQ-N6"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def six_tags_are_there(resource: Resource) -> Iterator[Outcome]:
    """A tag that is there with an unknown value is there; an empty one is not."""

    def is_there(key: str) -> Iterator[Outcome]:
        value = effective_tag(resource, key)
        if is_missing(value):
            yield Finding(path=f"tags.{key}", key=key, got=value)

    yield from judge_each(KEYS, is_there)


@rule(
    "TAG-002",
    on=TAGGABLE,
    says="the stage and the class of data are ones that other rules can read",
    fix="use an allowed value",
    isms_p=["1.2.1", "2.1.3"],
    soc2=["CC6.1", "C1.1"],
    requirements=["REQ-A2", "REQ-C6"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def tag_values_are_allowed(resource: Resource) -> Iterator[Outcome]:
    """Missing and empty tags are TAG-001's."""
    yield from _are_allowed(resource, DECISIVE)


@rule(
    "TAG-008",
    on=TAGGABLE,
    says="a tag is spelt as reports group by it",
    fix="use the allowed spelling",
    isms_p=["1.2.1", "2.1.3"],
    soc2=["CC6.1", "C1.1"],
    requirements=["REQ-A2"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def tags_are_spelt_alike(resource: Resource) -> Iterator[Outcome]:
    """Advice: `Team Feed` names the same people as `team-feed`, in a line of the report of its own."""
    yield from _are_allowed(resource, SPELT)


def _are_allowed(resource: Resource, keys: Sequence[str]) -> Iterator[Outcome]:
    def is_allowed(key: str) -> Iterator[Outcome]:
        value = _known_tag(resource, key)
        if not is_missing(value) and not (isinstance(value, str) and VALUES[key].fullmatch(value)):
            yield Finding(path=f"tags.{key}", key=key, got=value, detail=f"allowed: {ALLOWED[key]}")

    yield from judge_each(keys, is_allowed)


@rule(
    "TAG-003",
    on=TAGGABLE,
    says="a tag names somebody or something real",
    fix="replace the placeholder",
    isms_p=["1.2.1", "2.1.3"],
    soc2=["CC6.1", "C1.1"],
    requirements=["REQ-A2"],
    severity=Severity.LOW,
    level=ADVISORY_IN_DEV,
)
def tags_are_no_placeholders(resource: Resource) -> Iterator[Outcome]:
    """`todo` is a well-formed slug, and tells nobody who to call."""

    def is_real(key: str) -> Iterator[Outcome]:
        value = _known_tag(resource, key)
        if isinstance(value, str) and value.strip("<>[]{} ").lower() in PLACEHOLDERS:
            yield Finding(path=f"tags.{key}", key=key, got=value, detail="a placeholder")

    yield from judge_each(FREE_TEXT, is_real)


@rule(
    "TAG-004",
    on=TAGGABLE,
    says="the Environment tag is the stack's own stage",
    fix="set Environment to the stack's name",
    isms_p=["1.2.1", "2.1.3"],
    soc2=["CC6.1", "C1.1"],
    requirements=["REQ-A2", "REQ-E2"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def environment_is_the_stage(resource: Resource) -> Iterator[Outcome]:
    """A stack with any other name may be a preview of any stage; a value that is no stage is TAG-002's."""
    if resource.stack in STAGES:
        value = _known_tag(resource, "Environment")
        if value in STAGES and value != resource.stack:
            yield Finding(path="tags.Environment", key="Environment", seen=f"{value} in the stack {resource.stack}")


@rule(
    "TAG-005",
    on=[*LAUNCH_TEMPLATES, *GROUPS],
    says="instances and volumes that launch later carry the six tags",
    fix="give the launch template tag_specifications for instance and volume, the group propagate_at_launch=True",
    isms_p=["1.2.1", "2.1.3"],
    soc2=["CC6.1", "C1.1"],
    requirements=["REQ-A2", "REQ-N6"],
    severity=Severity.MEDIUM,
    level=MANDATORY_EVERYWHERE,
)
def launched_resources_are_tagged(resource: Resource) -> Iterator[Outcome]:
    """Neither the template's own tags nor the provider's default tags reach what EC2 starts from it."""
    yield from _propagates(resource) if resource.type in GROUPS else _specifies(resource)


@rule(
    "TAG-006",
    on=COPIED,
    says="what a resource starts or copies carries its tags",
    fix='set propagate_tags="SERVICE", volume_tags, or propagate_tags=True on a replica',
    isms_p=["2.1.3"],
    soc2=["CC6.1"],
    requirements=["REQ-A2", "REQ-N6"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def started_resources_are_tagged(resource: Resource) -> Iterator[Outcome]:
    """Default tags reach what Pulumi makes, not what AWS makes for it."""
    yield from meets(resource, COPIED)


@rule(
    "TAG-007",
    on=SNAPSHOTS,
    says="a snapshot carries its database's tags",
    fix="set copy_tags_to_snapshot=True",
    isms_p=["2.1.3"],
    soc2=["CC6.1"],
    requirements=["REQ-A2", "REQ-N6"],
    severity=Severity.LOW,
    level=ADVISORY_EVERYWHERE,
)
def snapshots_are_tagged(database: Resource) -> Iterator[Outcome]:
    """A snapshot outlives its database, and then nobody knows whose it was."""
    yield from meets(database, SNAPSHOTS)


def _propagates(group: Resource) -> Iterator[Outcome]:
    def reaches_instances(tag: Node) -> Iterator[Outcome]:
        if tag.known("key") in KEYS and tag.known("propagateAtLaunch") is not True:
            path = f"{tag.path}.propagateAtLaunch"
            yield Finding(path=path, key=f"propagate::{tag.get('key')}", got=tag.get("propagateAtLaunch"))

    yield from judge_each(group.elements("tags"), reaches_instances)


def _specifies(template: Resource) -> Iterator[Outcome]:
    specifications = template.elements("tagSpecifications")

    def is_specified(kind: str) -> Iterator[Outcome]:
        tags = [each.at("tags") for each in specifications if each.get("resourceType") == kind]
        unknown = [each for each in specifications if each.get("resourceType") is UNKNOWN]
        for key in KEYS:
            if any(isinstance(each.value, dict) and not is_missing(each.get(key)) for each in tags):
                continue
            if undecided := [*unknown, *(each for each in tags if each.value is UNKNOWN)]:
                yield CannotJudgeError(undecided[0].path)
            else:
                yield Finding(path="tagSpecifications", key=f"{kind}::{key}", detail=f"{key} for the {kind}")

    yield from judge_each(LAUNCHED, is_specified)


def _known_tag(resource: Resource, key: str) -> Plain:
    value = effective_tag(resource, key)
    if value is UNKNOWN:
        raise CannotJudgeError(f"tags.{key}")
    return value
