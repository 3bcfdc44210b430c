"""Regions and their availability zones, as far as the platform uses them; other regions get three zones."""

import re
from collections.abc import Mapping

from sandbox.errors import SandboxError

_LETTERS: Mapping[str, str] = {
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ap-southeast-1": "abc",
    "us-east-1": "abcdef",
    "us-west-2": "abcd",
}
_OTHER = "abc"
_DIRECTIONS = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c"}
_ZONE = re.compile(r"^([a-z]{2,4}(?:-[a-z]+)+-\d)([a-f])$")


def zones(region: str) -> list[str]:
    """Return the names of a region's zones, such as ap-northeast-2a, in order."""
    return [f"{region}{letter}" for letter in _LETTERS.get(region, _OTHER)]


def zone_id(zone: str) -> str:
    """Return the id of a zone, such as apne2-az1 for ap-northeast-2a.

    In AWS each account has letters of its own for the same zones; here the first letter is always the first zone.

    Raises:
        SandboxError: the region has no such zone.
    """
    found = _ZONE.match(zone)
    if found is None or zone not in zones(found[1]):
        known = f"; {found[1]} has {', '.join(zones(found[1]))}" if found else ""
        raise SandboxError(f"{zone!r} is not an availability zone{known}")
    return f"{short_name(found[1])}-az{zones(found[1]).index(zone) + 1}"


def short_name(region: str) -> str:
    """Return the abbreviation of a region in zone ids: apne2 for ap-northeast-2, use1 for us-east-1."""
    area, *middle, number = region.split("-")
    words = re.findall("|".join(_DIRECTIONS), "".join(middle))
    return area + "".join(_DIRECTIONS[word] for word in words) + number
