"""The six tags of requirement A2: their keys, their values, and what a resource really ends up with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from policy.catalog import STAGES
from policy.view import UNKNOWN, CannotJudgeError, Node, Plain, Resource, normalise, parsed_json

KEYS = ("Environment", "Owner", "CostCenter", "Application", "DataClassification", "Compliance")

_SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"

# AWS allows letters, digits, spaces and _.:/=+-@ in most tag values, so a list of frameworks is joined by `+`.
VALUES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "Environment": re.compile("|".join(STAGES)),
        "Owner": re.compile(rf"{_SLUG}|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
        "CostCenter": re.compile(r"[A-Za-z0-9-]{2,32}"),
        "Application": re.compile(_SLUG),
        "DataClassification": re.compile("public|internal|confidential|restricted", re.IGNORECASE),
        "Compliance": re.compile(r"none|isms-p(\+soc2)?|soc2(\+isms-p)?"),
    }
)
ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        "Environment": "dev, stg or prod",
        "Owner": "an e-mail address or a team's slug such as team-feed",
        "CostCenter": "2 to 32 letters, digits and hyphens such as CC-1234",
        "Application": "a slug such as feed-api",
        "DataClassification": "public, internal, confidential or restricted",
        "Compliance": "isms-p, soc2, isms-p+soc2 or none",
    }
)

# Of DataClassification: what asks for more than the default, and what does not.
CLOSED_CLASSES = ("confidential", "restricted")
OPEN_CLASSES = ("public", "internal")

# `tags` here selects other resources, it does not label this one.
SELECTORS = frozenset(
    {"aws:devopsguru/resourceCollection:ResourceCollection", "aws:inspector/resourceGroup:ResourceGroup"}
)
GROUPS = frozenset({"aws:autoscaling/group:Group"})  # takes a list of {key, value, propagateAtLaunch}, no default tags


def taggable_types() -> frozenset[str]:
    """Every AWS type that can carry tags, from the generated list of the SDK's types with a `tags` input."""
    listed = json.loads((Path(__file__).parent / "data" / "taggable.json").read_text("utf-8"))["types"]
    return frozenset(listed) - SELECTORS


def effective_tag(resource: Resource, key: str) -> Plain:
    """The value that a tag ends up with: None when it is missing, UNKNOWN when it is there with an unknown value.

    The provider's Check puts `tagsAll` (its default tags and the resource's own) into the inputs. It is wholly unknown
    as soon as one value is; and a stand-in may leave it out. Then the two sources themselves are read.

    Raises:
        CannotJudgeError: the tags as a whole are unknown, so nobody can say whether this one is among them.
    """
    if resource.type in GROUPS:
        return listed_tag(resource, "tags", key)
    everything = resource.at("tagsAll")
    sources = [everything] if isinstance(everything.value, dict) else [resource.at("tags"), default_tags(resource)]
    for source in sources:
        if isinstance(source.value, dict) and key in source.value:
            return source.value[key]
    for source in sources:
        if source.value is UNKNOWN:
            raise CannotJudgeError(source.path)
    return None


def data_class(resource: Resource) -> Plain:
    """Its DataClassification in lower case: `Confidential` asks for no less than `confidential`."""
    value = effective_tag(resource, "DataClassification")
    return value.lower() if isinstance(value, str) else value


def holds_closed_data(resource: Resource) -> bool:
    """Whether its DataClassification is confidential or restricted; without the tag it is not said to be.

    Raises:
        CannotJudgeError: the tag's value is unknown.
    """
    classification = data_class(resource)
    if classification is UNKNOWN:
        raise CannotJudgeError("tags.DataClassification")
    return classification in CLOSED_CLASSES


def holds_open_data(resource: Resource) -> bool:
    """Whether its DataClassification is public or internal; without the tag it is not said to be.

    Raises:
        CannotJudgeError: the tag's value is unknown.
    """
    classification = data_class(resource)
    if classification is UNKNOWN:
        raise CannotJudgeError("tags.DataClassification")
    return classification in OPEN_CLASSES


def is_missing(value: Plain) -> bool:
    """Whether a tag is not there, or is there and says nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def listed_tag(node: Node, path: str, key: str) -> Plain:
    """The value of a tag in a list of {key, value}: None when it is missing.

    Raises:
        CannotJudgeError: it is not among the known keys, and some key is unknown.
    """
    tags = node.elements(path)
    for tag in tags:
        if tag.get("key") == key:
            return tag.get("value")
    for tag in tags:
        tag.known("key")
    return None


def default_tags(resource: Resource) -> Node:
    """The tags that the resource's provider adds; SDKs register a provider's objects as JSON text."""
    block = resource.provider.at("defaultTags")
    opened = parsed_json(block.value) if isinstance(block.value, str) else block.value
    return Node(path=block.path, value=normalise(opened)).at("tags")
