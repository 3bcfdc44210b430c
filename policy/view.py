"""A resource as plain Python: dict, list, text, bool, number, None, or UNKNOWN. Rules see nothing else.

The SDK hands out proxies that raise on any touch of an unknown, are neither dict nor list, and carry whole numbers as
floats. All of that ends here, once per resource, so that an unknown neighbour never hides what is known.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeVar, cast

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)


class Unknown(Enum):
    """A type of one value: what cannot be seen."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


class Unseen(Enum):
    """Why what is unknown about a resource is unknown; the value is how a message says it."""

    YET = "known only after deployment"
    STILL = "not known even to a deployment"
    HIDDEN = "hidden by the saved state, export it with --show-secrets or give the passphrase"

    @property
    def is_for_good(self) -> bool:
        """Whether waiting helps nobody: nothing more will be known."""
        return self is not Unseen.YET


Plain: TypeAlias = "bool | int | float | str | Unknown | list[Plain] | dict[str, Plain] | None"

SENTINELS = (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
)
HIDDEN = "[secret]"  # what `pulumi policy analyze` puts in place of each secret that it cannot decrypt


class CannotJudgeError(Exception):
    """What a rule needs is unknown. A rule raises it, or yields it and goes on with the next part.

    Attributes:
        path: the property that is unknown, from the resource's root.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


Part = TypeVar("Part")


def any_of(parts: Iterable[Part], holds: Callable[[Part], bool]) -> bool:
    """Whether something holds for any part; an unknown part matters only when no known one decides.

    Raises:
        CannotJudgeError: it holds for no known part, and some part is unknown.
    """
    unknown: CannotJudgeError | None = None
    for part in parts:
        try:
            if holds(part):
                return True
        except CannotJudgeError as cannot:
            unknown = cannot
    if unknown is not None:
        raise unknown
    return False


def normalise(value: object) -> Plain:
    """Turns whatever the SDK hands out into plain Python; total: any value has an answer.

    Text with an unknown inside is unknown; JSON text is opened first, so that its known parts stay judgeable. A secret
    that the engine hides is unknown too.
    """
    return Reading().plain(value)


class Reading:
    """One pass over what the SDK hands out: what it says, and whether the engine hides a secret anywhere in it."""

    def __init__(self) -> None:
        self.hides_secrets = False

    def plain(self, value: object) -> Plain:
        """The same as `normalise`."""
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, _AS_THEY_ARE):
            return value
        if isinstance(value, float):
            return int(value) if value.is_integer() else value
        if isinstance(value, Mapping):
            mapping = cast("Mapping[object, object]", value)
            return {str(key): self._item(mapping, key) for key in mapping}
        if isinstance(value, Sequence):
            sequence = cast("Sequence[object]", value)
            return [self._item(sequence, index) for index in range(len(sequence))]
        return f"<{type(value).__name__}>"  # an asset or archive: its content is no property

    def _item(self, container: Mapping[object, object] | Sequence[object], key: object) -> Plain:
        try:
            return self.plain(container[key])  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownArgumentType]
        except UnknownValueError:
            return UNKNOWN

    def _text(self, text: str) -> Plain:
        if text == HIDDEN:
            self.hides_secrets = True
            return UNKNOWN
        if len(text) < _SENTINELS_LENGTH or not any(sentinel in text for sentinel in SENTINELS):
            return text
        opened = parsed_json(text)
        return self.plain(cast("object", opened)) if isinstance(opened, dict | list) else UNKNOWN


# Made once: a reading meets every value of every resource.
_AS_THEY_ARE = (bool, int, Unknown)
_SENTINELS_LENGTH = min(map(len, SENTINELS))


def parsed_json(text: str) -> object | None:
    """The value that a JSON text stands for; None when it is no JSON (or is the JSON null)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # a text nested a thousand deep is no document either
        return None


@dataclass(frozen=True, kw_only=True)
class Node:
    """One value of a resource and where it stands.

    Attributes:
        path: from the resource's root, such as `rootBlockDevice.encrypted` or `rules[0]`; empty for the root.
        value: None when absent.
    """

    path: str
    value: Plain

    def at(self, path: str) -> Node:
        """The node below, by a dotted path (empty: this one): absent below an absent, unknown below an unknown one."""
        node = self
        for name in filter(None, path.split(".")):
            node = node._child(name)
        return node

    def get(self, path: str) -> Plain:
        """The value at a dotted path; None when absent, UNKNOWN when unknown."""
        return self.at(path).value

    def known(self, path: str) -> Plain:
        """The value at a dotted path; None when absent.

        Raises:
            CannotJudgeError: the value, or something it stands in, is unknown.
        """
        node = self.at(path)
        if node.value is UNKNOWN:
            raise CannotJudgeError(node.path)
        return node.value

    def has(self, path: str) -> bool:
        """Whether anything was given: an unknown value counts, an empty text does not."""
        return self.get(path) not in (None, "")

    @property
    def is_given(self) -> bool:
        """Whether this is a text that is not blank, or a value that only a deployment can tell."""
        return self.value is UNKNOWN or (isinstance(self.value, str) and bool(self.value.strip()))

    def is_on(self, path: str) -> bool:
        """Whether a switch is on; some of AWS's switches are texts.

        Raises:
            CannotJudgeError: it is unknown.
        """
        value = self.known(path)
        return value is True or (isinstance(value, str) and value.lower() == "true")

    def text(self) -> str:
        """The text here; empty when it is absent or anything else.

        Raises:
            CannotJudgeError: it is unknown.
        """
        value = self.known("")
        return value if isinstance(value, str) else ""

    def elements(self, path: str) -> list[Node]:
        """The list at a dotted path, a node each; a single object counts as a list of one, nothing as none.

        Raises:
            CannotJudgeError: the list as a whole is unknown.
        """
        node = self.at(path)
        value = self.known(path)
        if isinstance(value, list):
            return [Node(path=f"{node.path}[{index}]", value=item) for index, item in enumerate(value)]
        return [] if value is None else [node]

    def _child(self, name: str) -> Node:
        path = f"{self.path}.{name}" if self.path else name
        if isinstance(self.value, dict):
            return Node(path=path, value=self.value.get(name))
        return Node(path=path, value=UNKNOWN if self.value is UNKNOWN else None)


def home_of(urn: str) -> str:
    """The stack and the project that a URN `urn:pulumi:<stack>::<project>::<types>::<name>` belongs to."""
    return "::".join(urn.removeprefix("urn:pulumi:").split("::", 2)[:2])


def stack_of(urn: str) -> str:
    """The stack's name in a URN."""
    return home_of(urn).partition("::")[0]


@dataclass(frozen=True, kw_only=True)
class Resource(Node):
    """A registered resource: its properties at the root, and who it is.

    Attributes:
        type: the token, such as `aws:sqs/queue:Queue`.
        provider: the properties of the provider it goes through; an empty object when it has none.
        depends: per property, the URNs of the resources that the property comes from (stack rules only).
        unseen: why what is unknown about it, or about what it is judged with, is unknown.
    """

    type: str
    urn: str
    provider: Node
    depends: Mapping[str, frozenset[str]]
    unseen: Unseen = Unseen.YET

    @property
    def stack(self) -> str:
        """The name of the stack that it belongs to."""
        return stack_of(self.urn)

    def stated(self, name: str) -> Plain:
        """A deployed resource's property as its program stated it; None when it did not.

        AWS's own answer is an output, unknown until it is deployed: an unknown that comes from no other resource was
        not stated.
        """
        value = self.get(name)
        is_an_answer = value is UNKNOWN and self.unseen is Unseen.YET and not self.depends.get(name)
        return None if is_an_answer else value


@dataclass(frozen=True, kw_only=True)
class Stack:
    """All resources of a stack, with their outputs.

    Attributes:
        by_type: the resources of each type.
        pointers: per URN and per text, which property of which resource comes from there or says so.
    """

    by_type: Mapping[str, Sequence[Resource]]
    pointers: Mapping[str, Sequence[tuple[str, Resource]]]

    @staticmethod
    def of(resources: Iterable[Resource]) -> Stack:
        """Files the resources by type, in the order in which they were registered."""
        by_type: defaultdict[str, list[Resource]] = defaultdict(list)
        pointers: defaultdict[str, list[tuple[str, Resource]]] = defaultdict(list)
        for resource in resources:
            by_type[resource.type].append(resource)
            for name, target in _targets(resource):
                pointers[target].append((name, resource))
        return Stack(by_type=dict(by_type), pointers=dict(pointers))

    def of_type(self, types: Iterable[str]) -> Iterator[Resource]:
        """The resources of any of these types."""
        return (resource for token in types for resource in self.by_type.get(token, ()))

    def users(self, resource: Resource, places: Mapping[str, str]) -> list[Resource]:
        """The resources that point to one, each by the property that `places` has for its type.

        Told by where the property's value comes from, since ids are unknown at preview, else by id, ARN or name.
        """
        names = (resource.get(name) for name in _NAMES)
        known = [resource.urn, *dict.fromkeys(name for name in names if isinstance(name, str) and name)]
        found = {
            user.urn: user
            for target in known
            for place, user in self.pointers.get(target, ())
            if places.get(user.type) == place
        }
        return list(found.values())


_NAMES = ("id", "arn", "bucket", "name", "url")  # by one of these a resource is called from another


def _targets(resource: Resource) -> Iterator[tuple[str, str]]:
    """Each property with each URN that it comes from and each text that it is or lists."""
    for name, urns in resource.depends.items():
        yield from ((name, urn) for urn in urns)
    for name, value in resource.value.items() if isinstance(resource.value, dict) else ():
        texts = value if isinstance(value, list) else [value]
        yield from ((name, text) for text in texts if isinstance(text, str) and text)
