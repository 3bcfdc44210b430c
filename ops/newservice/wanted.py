"""What somebody wants of a service, from a few words to all that service.yaml says. Pure.

Defaults are the careful ones: internal data, nothing promised beyond the stage, a small budget.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.service.spec import STAGES, Kind, Needs, Spec, SpecError, parse

WHERE = "make new-service"
# Dollars a month: a queue, keys and a quiet service's share of logs; prod's has room for a first thousand users.
BUDGET_USD: Mapping[str, float] = {"dev": 15, "stg": 30, "prod": 200}
# A need that is more than there or not there, and the words that say which after a colon.
_WORDS: Mapping[str, Sequence[str]] = {
    "mysql": ("write", "read"),
    "stream": ("produce", "consume"),
    "table": ("sort_key",),
}
# Needs that are said once for each that is wanted; those that are nothing without a name are no box to tick.
NAMED = ("mysql_reads", "secret")
_SEVERAL = ("events", *NAMED)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for; None is what was not said."""

    name: str
    team: str
    kind: str
    cost_center: str
    needs: Sequence[str] = ()  # such as mysql:read, events:api/post.published
    exposure: str | None = None
    classification: str | None = None
    description: str | None = None
    availability_percent: float | None = None
    p95_ms: int | None = None


def spec_of(wanted: Wanted) -> tuple[Spec, Mapping[str, Any]]:
    """The service, and what its service.yaml says.

    Raises:
        SpecError: it cannot be; with all that is wrong.
    """
    said: dict[str, Any] = {
        "name": wanted.name,
        "team": wanted.team,
        "cost_center": wanted.cost_center,
        "classification": wanted.classification or ("public" if wanted.kind == Kind.WEB else "internal"),
        "kind": wanted.kind,
        "exposure": wanted.exposure or ("internal" if wanted.kind in (Kind.GRPC, Kind.WORKER) else "public"),
    }
    if needs := needs_of(wanted):
        said["needs"] = needs
    promised = {"availability_percent": wanted.availability_percent, "p95_ms": wanted.p95_ms}
    if slo := {key: value for key, value in promised.items() if value is not None}:
        said["slo"] = slo
    return parse(said, WHERE), said


def needs_of(wanted: Wanted) -> Mapping[str, Any]:
    """Needs as service.yaml has them, in the order in which it lists them; an unknown one is left for it to refuse.

    Raises:
        SpecError: a need is said twice, or has a word after its colon that it does not know.
    """
    given: dict[str, list[str]] = {}
    for each in wanted.needs:
        need, colon, word = each.strip().partition(":")
        words = given.setdefault(need.replace("-", "_"), [])
        if words and need not in _SEVERAL:
            raise SpecError(f"{WHERE}: NEEDS = {','.join(wanted.needs)} names {need} twice; give it once")
        words.append(word if colon else "")
    known = [need for need in Needs.model_fields if need in given]
    return {need: _need(need, given[need], wanted) for need in [*known, *(each for each in given if each not in known)]}


def _need(need: str, words: Sequence[str], wanted: Wanted) -> object:
    (word, *_) = words
    if need == "events":
        return _events([each for each in words if each], wanted.name)
    if need in NAMED:
        if "" in words:
            example = {"mysql_reads": "mysql_reads:api", "secret": "secret:stripe"}[need]
            raise SpecError(f"{WHERE}: NEEDS = {need} has no name; give {need}:NAME, such as {example}, for each")
        return list(words) if need == "mysql_reads" else {title: dict[str, object]() for title in words}
    if word and word not in _WORDS.get(need, ()):
        allowed = " or ".join([need, *(f"{need}:{each}" for each in _WORDS.get(need, ()))])
        raise SpecError(f"{WHERE}: NEEDS = {need}:{word} is not allowed; give {allowed}")
    if need == "table":
        return {"sort_key": word == "sort_key"}
    if need == "stream":
        return word or ("consume" if wanted.kind == Kind.WORKER else "produce")
    return (word or "write") if need == "mysql" else True


def _events(words: Sequence[str], name: str) -> Mapping[str, object]:
    """`events:post.published` is published, `events:api/post.published` heard; `events` alone tells of changes."""
    published = [word for word in words if "/" not in word]
    heard = [word.partition("/") for word in words if "/" in word]
    titles = _titles(f"{source}-{re.sub('[._]+', '-', kind).strip('-')}" for source, _, kind in heard)
    subscribes = {
        title: {"source": source, "type": kind} for title, (source, _, kind) in zip(titles, heard, strict=True)
    }
    if not words:
        published = [f"{name}.changed"]
    return ({"publishes": published} if published else {}) | ({"subscribes": subscribes} if subscribes else {})


def _titles(wished: Iterable[str]) -> list[str]:
    """Each once: a number after those that come again."""
    seen: list[str] = []
    for each in wished:
        again = seen.count(each) + sum(1 for title in seen if re.fullmatch(rf"{re.escape(each)}-\d+", title))
        seen.append(each if not again else f"{each}-{again + 1}")
    return seen


def budgets_of(text: str) -> Mapping[str, float]:
    """Dollars a month in each stage, from `dev:15,prod:200`; a stage that is not named has its default.

    Raises:
        SpecError: a part is no STAGE:DOLLARS.
    """
    found = dict(BUDGET_USD)
    for part in (each for each in text.split(",") if each):
        stage, _, dollars = part.partition(":")
        if stage not in STAGES or not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", dollars) or float(dollars) <= 0:
            raise SpecError(f"{WHERE}: BUDGET = {part} is not allowed; give STAGE:DOLLARS, such as dev:15,prod:200")
        found[stage] = float(dollars)
    return found
