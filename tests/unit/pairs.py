"""Services in which each kind meets each need, and each need each other, at least once; what cannot be is left out."""

import itertools
from collections.abc import Mapping, Sequence

from components.service.spec import Kind, Needs, SpecError
from ops.newservice.wanted import Wanted, spec_of

# Each need with the ways of having it, the first of which is not to.
_WAYS: Mapping[str, Sequence[str]] = {
    "mysql": ("", "mysql:read", "mysql:write"),
    "mysql_reads": ("", "mysql_reads:api"),
    "redis": ("", "redis"),
    "queue": ("", "queue"),
    "events": ("", "events:post.liked", "events:api/post."),
    "stream": ("", "stream:produce", "stream:consume"),
    "bucket": ("", "bucket"),
    "table": ("", "table", "table:sort_key"),
    "secret": ("", "secret:partner"),
    "feature_group": ("", "feature_group"),
    "model": ("", "model"),
    "llm": ("", "llm"),
    "login": ("", "login"),
}
# What others may want beside them.
_MORE: Sequence[Mapping[str, str]] = [
    one | other
    for one in ({}, {"queue": "queue"}, {"stream": "stream:consume"})
    for other in ({}, {"mysql": "mysql:read"})
]
WAYS: Mapping[str, Sequence[str]] = {
    "kind": tuple(Kind),
    **{need: _WAYS[need] for need in Needs.model_fields},
}
Row = Mapping[str, str]
Pair = tuple[tuple[str, str], tuple[str, str]]


def wanted(row: Row, name: str) -> Wanted:
    """The service of a row."""
    given = [way for need, way in row.items() if need != "kind" and way]
    return Wanted(name=name, team="growth", kind=row["kind"], cost_center="CC-2003", needs=given)


def completed(row: Row) -> Row | None:
    """The row with as little more as makes it a service; None if nothing does."""
    kinds = [row["kind"]] if "kind" in row else WAYS["kind"]
    nothing = {need: "" for need in WAYS if need != "kind"}
    for kind, more in itertools.product(kinds, _MORE):
        whole = nothing | dict(more) | dict(row) | {"kind": kind}
        try:
            spec_of(wanted(whole, "demo"))
        except SpecError:
            continue
        return {need: whole[need] for need in WAYS}
    return None


def pairs_of(row: Row) -> set[Pair]:
    """Each two of what a row says, in the order of WAYS."""
    return set(itertools.combinations([(need, row[need]) for need in WAYS if need in row], 2))


def possible_pairs() -> set[Pair]:
    """All that some service has."""
    ways = [[(need, way) for way in found] for need, found in WAYS.items()]
    every = itertools.chain.from_iterable(itertools.product(*two) for two in itertools.combinations(ways, 2))
    return {(one, other) for one, other in every if completed(dict((one, other))) is not None}


def rows() -> list[Row]:
    """Few rows with all pairs that can be: each begins with one that is left, and takes as many more as it can."""
    left, found = possible_pairs(), list[Row]()
    while left:
        row: dict[str, str] = dict(min(left))
        for need in [each for each in WAYS if each not in row]:
            best = sorted(WAYS[need], key=lambda way: -len(pairs_of(row | {need: way}) & left))
            row[need] = next(way for way in best if completed(row | {need: way}) is not None)
        whole = completed(row)
        assert whole is not None
        found.append(whole)
        left -= pairs_of(whole)
    return found


def services() -> list[Wanted]:
    """The service of each row."""
    return [wanted(row, f"pair-{number}") for number, row in enumerate(rows(), 1)]
