"""A good resource, the smallest change that makes it bad, and exactly what the pack then finds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from tests.policy.server import Registered

TAGS = {
    "Environment": "dev",
    "Owner": "team-feed",
    "CostCenter": "CC-1234",
    "Application": "feed",
    "DataClassification": "confidential",
    "Compliance": "isms-p+soc2",
}
KEY = "arn:aws:kms:ap-northeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


class Gone:
    """In a change: the property is taken away."""


GONE = Gone()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One control on one type.

    Attributes:
        good: the properties of a resource that nothing is found on.
        change: path to new value; applied to `good` it makes `finds`, and nothing else.
        beside: other resources of the stack.
        depends: per property of the subject, the resources beside it that it comes from.
        stack: the stage that it is in.
    """

    about: str
    type: str
    good: Mapping[str, object]
    change: Mapping[str, object]
    finds: frozenset[str]
    beside: Sequence[Registered] = ()
    depends: Mapping[str, Sequence[str]] | None = None
    stack: str = "dev"

    @property
    def subject(self) -> Registered:
        return Registered(type=self.type, props=self.good, stack=self.stack, depends=self.depends or {})

    @property
    def changed(self) -> Registered:
        return replace(self.subject, props=changed(self.good, self.change))


def case(about: str, token: str, good: Mapping[str, object], change: Mapping[str, object], *finds: str) -> Case:
    """A case on a resource that stands alone."""
    return Case(about=about, type=token, good=good, change=change, finds=frozenset(finds))


def changed(props: Mapping[str, object], change: Mapping[str, object]) -> dict[str, object]:
    """A deep copy with values replaced (or GONE) at dotted paths; a list's index is a name of its own."""
    copy: dict[str, object] = json.loads(json.dumps(props))
    for path, value in change.items():
        *above, last = path.split(".")
        place: object = copy
        for name in above:
            place = items(place)[name]
        if isinstance(place, list):
            cast("list[object]", place)[int(last) : int(last) + 1] = [] if isinstance(value, Gone) else [value]
        elif isinstance(value, Gone):
            del cast("dict[str, object]", place)[last]
        else:
            cast("dict[str, object]", place)[last] = value
    return copy


def items(value: object) -> dict[str, object]:
    """What stands below a value, by key or index; nothing below what is no container."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(cast("list[object]", value))}
    return {}
