"""From the engine's JSON to changes, and from changes to the rows of docs/fulfilment.yaml that they touch."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from docs.fulfilment import FulfilmentError, Row, read, resources
from ops.diff.model import Change, Kind, Property
from ops.stateful import LOST
from sandbox.provider.tampering import found_at
from sandbox.provider.wire import UNKNOWNS

SHOWN = 60  # characters of a value
LATER = "known after the deployment"
LEAD = 20  # of them before the first that is other, where both begin alike
_KINDS: Mapping[str, Kind] = {
    "create": Kind.CREATE,
    "import": Kind.CREATE,
    "update": Kind.UPDATE,
    "delete": Kind.DELETE,
    "replace": Kind.REPLACE,
    "create-replacement": Kind.REPLACE,
    "delete-replaced": Kind.REPLACE,
    "import-replacement": Kind.REPLACE,
    "discard-replaced": Kind.REPLACE,
}
# What the engine makes itself, and whose change a reader already sees at the resources: providers without any change
# of a value still show their version as one.
_NOT_SHOWN = ("pulumi:providers:", "pulumi:pulumi:Stack")


def changes(steps: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """What becomes of each resource: the steps of one URN are one change, worst first.

    A component is none: there is nothing of it in the account, and its children's steps say what becomes of it.
    """
    found: dict[str, Change] = {}
    for step in steps:
        kind, urn = _KINDS.get(step["op"]), step["urn"]
        if kind is None or urn.split("::")[2].startswith(_NOT_SHOWN) or _is_component(step):
            continue
        before = found.get(urn)
        one = _change(kind, urn, step)
        if before is None or not before.properties or one.properties:
            found[urn] = one
    order = list(Kind)
    return tuple(sorted(found.values(), key=lambda each: (order.index(each.kind), not each.is_stateful, each.urn)))


def _is_component(step: Mapping[str, Any]) -> bool:
    state: Mapping[str, Any] = step.get("newState") or step.get("oldState") or {}
    return state.get("custom") is False


def _change(kind: Kind, urn: str, step: Mapping[str, Any]) -> Change:
    old: Mapping[str, Any] = step.get("oldState") or {}
    kept = bool(old.get("retainOnDelete"))
    kind_of = urn.split("::")[2].rpartition("$")[2]
    return Change(
        kind=kind,
        urn=urn,
        properties=tuple(_properties(step)) if kind in (Kind.UPDATE, Kind.REPLACE) else (),
        is_stateful=kind_of in LOST or kept or bool(old.get("protect")),
        is_kept=kept and kind in (Kind.DELETE, Kind.REPLACE),
    )


def _properties(step: Mapping[str, Any]) -> Iterator[Property]:
    detailed: Mapping[str, Any] = step.get("detailedDiff") or {}
    replacing: set[str] = set(step.get("replaceReasons") or ())
    reasons: Sequence[str] = step.get("diffReasons") or ()
    paths = sorted(detailed) or sorted({*replacing, *reasons})
    old: Mapping[str, Any] = step.get("oldState") or {}
    new: Mapping[str, Any] = step.get("newState") or {}
    for path in paths:
        if path.startswith("tagsAll") and f"tags{path.removeprefix('tagsAll')}" in paths:
            continue  # the same once more, with the provider's default tags
        entry: Mapping[str, Any] = detailed.get(path) or {}
        how = str(entry.get("kind", ""))
        first = path.partition(".")[0].partition("[")[0]
        was, becomes = _shown(_value(old, path), _value(new, path))
        yield Property(
            path=path,
            was=was,
            becomes=becomes,
            replaces=how.endswith("replace") or (not how and first in replacing),
        )


def _value(state: Mapping[str, Any], path: str) -> str:
    """What a program gave there; `-` for nothing."""
    value = found_at(state.get("inputs") or {}, path)
    if value is None:
        return "-"
    if value in UNKNOWNS:
        return LATER
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(was: str, becomes: str) -> tuple[str, str]:
    """Both cut to what a reader takes in; of long ones, from shortly before the place where they part."""
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, becomes, strict=False)))
    start = alike - LEAD if alike > SHOWN - LEAD and max(len(was), len(becomes)) > SHOWN else 0
    return _cut(was, start), _cut(becomes, start)


def _cut(text: str, start: int) -> str:
    piece = text[start : start + SHOWN]
    return f"{'...' if start else ''}{piece}{'...' if start + SHOWN < len(text) else ''}"


def rows(text: str | None) -> dict[str, Row]:
    """The rows of a docs/fulfilment.yaml; none where there is no such file or it is being repaired."""
    try:
        return read(text) if text else {}
    except FulfilmentError:
        return {}


def requirements(base: Mapping[str, Row], head: Mapping[str, Row], changed: Sequence[Change]) -> dict[str, list[str]]:
    """The requirements whose row is other than in the base, or names a resource that changes."""
    at = {(change.type, change.name): change for change in changed}
    touched: dict[str, list[str]] = {}
    for each in sorted(base.keys() | head.keys()):
        said: list[str] = []
        old, new = base.get(each), head.get(each)
        if old != new:
            said.append("its row is new" if old is None else "its row is gone" if new is None else "its row changes")
        # What is deleted stands in the base's row only.
        claims = dict.fromkeys(claim for row in (old, new) if row for claim in row.by)
        named = dict.fromkeys(one for claim in claims for one in resources(claim) if one in at)
        said += [f"{at[one].kind} {at[one].name}" for one in named]
        if said:
            touched[each] = said
    return touched
