"""What changed between two states of a resource, and whether that replaces it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from sandbox.schema.documents import same_document
from sandbox.schema.values import Bag, Value, reveal


class Change(Enum):
    """How one property differs."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One changed place; `path` is the engine's way to write it, `top` the property it lies in."""

    path: str
    top: str
    change: Change


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What changes, what of it replaces the resource, and whether the old one must go first."""

    differences: list[Difference]
    replaces: frozenset[str]
    delete_first: bool


def differences(olds: Bag, news: Bag) -> list[Difference]:
    """List the places in which two property bags differ. A value that is not known yet counts as changed."""
    return [
        Difference(path=path, top=name, change=change)
        for name in sorted(olds.keys() | news.keys())
        for path, change in _compare(name, reveal(olds.get(name)), reveal(news.get(name)))
    ]


def _compare(path: str, old: Value, new: Value) -> Iterator[tuple[str, Change]]:
    match old, new:
        case None, None:
            return
        case None, _:
            yield path, Change.ADD
        case _, None:
            yield path, Change.DELETE
        case dict(), dict():
            for key in sorted(old.keys() | new.keys()):
                yield from _compare(_step(path, key), old.get(key), new.get(key))
        case list(), list():
            for index in range(max(len(old), len(new))):
                yield from _compare(f"{path}[{index}]", _at(old, index), _at(new, index))
        case str(), str() if same_document(old, new):
            return
        case _:
            if old != new:  # what is not known yet equals nothing that a state holds
                yield path, Change.UPDATE


def _at(values: list[Value], index: int) -> Value:
    return values[index] if index < len(values) else None


def _step(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'


def inside(found: Collection[Difference], paths: Collection[str]) -> list[Difference]:
    """Pick the differences at one of the paths, or inside what is there."""
    return [each for each in found if any(_within(each.path, path) for path in paths)]


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))
