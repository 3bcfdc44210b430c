"""Property values as the engine sends them, in Python: plain JSON plus what JSON cannot say."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


class Unknown(enum.Enum):
    """A value that is known only after `up`: the output of something not yet created."""

    UNKNOWN = enum.auto()


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A value that must not be shown."""

    value: "Value"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file or an archive, as its wire fields."""

    fields: "Mapping[str, Value]"


Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | Unknown | Secret | Asset | None"
Bag: TypeAlias = dict[str, "Value"]


def reveal(value: Value) -> Value:
    """Take the secret marks off, at every depth."""
    match value:
        case Secret():
            return reveal(value.value)
        case list():
            return [reveal(item) for item in value]
        case dict():
            return {key: reveal(item) for key, item in value.items()}
        case _:
            return value


def has_unknown(value: Value) -> bool:
    """Say whether the value, or anything inside it, is not known yet."""
    match value:
        case Unknown():
            return True
        case Secret():
            return has_unknown(value.value)
        case list():
            return any(has_unknown(item) for item in value)
        case dict():
            return any(has_unknown(item) for item in value.values())
        case _:
            return False


def has_secret(value: Value) -> bool:
    """Say whether the value, or anything inside it, is a secret."""
    match value:
        case Secret():
            return True
        case list():
            return any(has_secret(item) for item in value)
        case dict():
            return any(has_secret(item) for item in value.values())
        case _:
            return False


def text(bag: Mapping[str, Value], name: str) -> str | None:
    """Return a property that is known text, else None."""
    found = reveal(bag.get(name))
    return found if isinstance(found, str) else None
