"""Joins each requirement to what fulfils it and to the tests that show it: docs/requirements.md.

docs/fulfilment.yaml states the link, once. Every word of it can be wrong: a resource that no stage registers, a test, a
path, a target or a rule that is not there makes its row red, on the page and in tests/claims.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from components.phases import PhaseName

ROOT = Path(__file__).resolve().parents[1]
STATES = ("fulfilled", "partly", "later", "red")
WORK = (  # what is later, and not of this repository's tiers today
    "domain code",
    "pipelines",
    "intelligence",
    "operations",
    "audit and rehearsal tools",
    "cost tools",
    "runbooks",
)
Run = tuple[str, str]  # stage and phase
Resource = tuple[str, str]  # type and logical name
_ID = Annotated[str, Field(pattern=r"^[A-Z]\d+$")]
_SENTENCE = Annotated[str, Field(min_length=20)]
_RESOURCE = re.compile(
    r"(?P<type>[\w-]+:[\w./-]+:\w+) (?P<name>\S+)"
    r"(?: from (?P<first>\w+))?(?: until (?P<last>\w+))?(?: in (?P<stage>\w+))?"
)


class Row(BaseModel):
    """What is said of one requirement: what fulfils it and which tests show it, or whose later work it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    by: list[str] = []
    tests: list[str] = []
    missing: _SENTENCE | None = None
    note: _SENTENCE | None = None  # what a reader should know and what makes it no less fulfilled
    later: Annotated[str, Field(pattern=rf"^({'|'.join(WORK)}): .{{20,}}")] | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if self.later is None and not (self.by and self.tests):
            raise PydanticCustomError("row", "says neither `later` nor both `by` and `tests`")
        if self.later is not None and (self.by or self.tests or self.missing or self.note):
            raise PydanticCustomError("row", "is `later` and so has no `by`, `tests`, `missing` or `note`")
        return self

    @property
    def state(self) -> str:
        """One of STATES, as far as the row itself can say."""
        return "later" if self.later else "partly" if self.missing else "fulfilled"

    @property
    def remark(self) -> str:
        """What there is to say beside the state."""
        return self.later or " ".join(one for one in (self.missing, self.note) if one)


Rows = Mapping[str, Row]


class FulfilmentError(Exception):
    """docs/fulfilment.yaml cannot be read."""


def read(text: str) -> dict[str, Row]:
    """The rows of a text as docs/fulfilment.yaml is.

    Raises:
        FulfilmentError: a row is malformed or there twice, in one sentence.
    """
    ids = re.findall(r"^([A-Z]\d+):", text, re.MULTILINE)
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise FulfilmentError(f"docs/fulfilment.yaml: {', '.join(twice)} is there twice; say it in one row")
    try:
        return TypeAdapter(dict[_ID, Row]).validate_python(yaml.safe_load(text))
    except yaml.YAMLError as wrong:
        raise FulfilmentError(f"docs/fulfilment.yaml: is no YAML: {' '.join(str(wrong).split())}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        raise FulfilmentError(f"docs/fulfilment.yaml: {place} {first['msg']}; got {first['input']!r}") from None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What there is: rows are held against it, and against nothing else."""

    requirements: Mapping[str, Mapping[str, str]]  # section -> id -> what it asks for
    registered: Mapping[Run, frozenset[Resource]]
    tests: frozenset[str]  # files, and node ids without parameters
    rules: Mapping[str, Sequence[str]]  # requirement id -> policy rules that name it
    targets: frozenset[str]  # of make
    root: Path = ROOT

    @property
    def ids(self) -> list[str]:
        """Every requirement, in the order of its file."""
        return [each for section in self.requirements.values() for each in section]

    def without(self, resource: Resource) -> "Facts":
        """As if the program did not register it anywhere."""
        return replace(self, registered={run: each - {resource} for run, each in self.registered.items()})


def facts() -> Facts:
    """What there is in this repository, with the program recorded in all stages and phases."""
    from policy.rules import CATALOGUE  # noqa: PLC0415 (what only needs rows does not wait for the pack)
    from tests.unit.conftest import platforms  # noqa: PLC0415

    rules: dict[str, list[str]] = {}
    for rule in CATALOGUE.rules:
        for each in rule.requirements:
            rules.setdefault(each.removeprefix("REQ-"), []).append(rule.id)
    return Facts(
        requirements=yaml.safe_load((ROOT / "docs" / "requirements.yaml").read_text(encoding="utf-8")),
        registered={
            (stage, str(phase)): frozenset((one.type, one.name) for one in run.registrations)
            for (stage, phase), run in platforms().items()
        },
        tests=frozenset(_tests()),
        rules=rules,
        targets=frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)),
    )


def rows() -> dict[str, Row]:
    """The committed rows."""
    return read((ROOT / "docs" / "fulfilment.yaml").read_text(encoding="utf-8"))


def complaints(said: Rows, there: Facts) -> Iterator[tuple[str, str]]:
    """What is wrong with which requirement's row."""
    for unknown in said.keys() - set(there.ids):
        yield unknown, "is no requirement of docs/requirements.yaml"
    for each in there.ids:
        if each not in said:
            yield each, "has no row in docs/fulfilment.yaml"
        else:
            yield from ((each, wrong) for wrong in wrong_with(each, said[each], there))


def wrong_with(requirement: str, row: Row, there: Facts) -> Iterator[str]:
    """What a requirement's row names that is not there."""
    for claim in row.by:
        for one in expanded(claim):
            yield from _wrong(requirement, one, there)
    for test in row.tests:
        if test not in there.tests:
            yield f"names the test {test}, which does not exist"


def resources(claim: str) -> list[Resource]:
    """The resources that a claim names; none where it names something else."""
    found = [_RESOURCE.fullmatch(one) for one in expanded(claim)]
    return [(each["type"], each["name"]) for each in found if each]


def expanded(claim: str) -> list[str]:
    """`nat-{a,b}` as `nat-a` and `nat-b`: short to write, and each is still looked for by itself."""
    parts = re.split(r"\{([^{}]*)\}", claim)
    choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
    return ["".join(each) for each in product(*choices)]


def page(said: Rows, there: Facts) -> str:
    """docs/requirements.md."""
    wrong: dict[str, list[str]] = {}
    for each, sentence in complaints(said, there):
        wrong.setdefault(each, []).append(sentence)
    states = {each: "red" if each in wrong else said[each].state for each in there.ids}
    counts = [sum(1 for one in states.values() if one == state) for state in STATES]
    lines = [_HEAD, f"| {' | '.join(STATES)} | all |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(str(each) for each in counts)} | {len(states)} |", ""]
    for title, section in there.requirements.items():
        lines += [f"## {title}", "", "| id | asks for | | what is missing, or good to know |", "|---|---|---|---|"]
        for each, asks in section.items():
            left = "; ".join(wrong.get(each, [])) or said[each].remark
            lines.append(f"| {each} | {_cell(asks)} | {_STATE[states[each]]} | {_cell(left)} |")
        lines.append("")
        for each in section:
            if each in said and not said[each].later:
                lines += [f"**{each}**", "", *_by(each, said[each], there), *_shown(said[each].tests), ""]
    return "\n".join(lines)


_HEAD = """\
# The requirements, and what fulfils them

Generated by `make generated` from [requirements.yaml](requirements.yaml) and [fulfilment.yaml](fulfilment.yaml); change
those, not this page.

- **fulfilled**: everything that it asks of the platform is here. Below the table stand the resources (type and logical
  name) as every stage registers them, and the tests that show it. `from` and `until` say in which phases they are
  registered, `in` for which stage alone it is said.
- **partly**: some of it is here; what is missing is said.
- **later**: nothing of it is here; whose work it is, is said.
- **red**: the row names something that is not there any more. A test then fails with the same sentence.
"""
_STATE = {"fulfilled": "fulfilled", "partly": "**partly**", "later": "*later*", "red": "**RED**"}
_RULES_SHOWN = 8


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _by(requirement: str, row: Row, there: Facts) -> Iterator[str]:
    for claim in row.by:
        if claim == "rules":
            named = there.rules.get(requirement, ())
            some = ", ".join(named) if len(named) <= _RULES_SHOWN else f"{len(named)} rules"
            yield f"- policy, at preview: [{some}](../policy/RULES.md)"
        elif found := resources(claim):
            for token in dict.fromkeys(token for token, _ in found):
                names = ", ".join(f"`{name}`" for its, name in found if its == token)
                yield f"- `{token}` {names}{_where(claim)}"
        elif claim.startswith("make "):
            yield f"- `{claim}`"
        else:
            path, _, symbol = claim.partition("::")
            yield f"- [`{path}`](../{path})" + (f", `{symbol}`" if symbol else "")


def _where(claim: str) -> str:
    """` from growth`, as the claim says it."""
    first = _RESOURCE.fullmatch(expanded(claim)[0])
    return "" if first is None else first.string[first.end("name") :]


def _shown(tests: Iterable[str]) -> Iterator[str]:
    by_file: dict[str, list[str]] = {}
    for each in tests:
        path, _, name = each.partition("::")
        by_file.setdefault(path, []).extend([name] if name else [])
    for path, names in by_file.items():
        yield f"- shown by [`{path}`](../{path})" + (f": {', '.join(f'`{each}`' for each in names)}" if names else "")


def _wrong(requirement: str, claim: str, there: Facts) -> Iterator[str]:
    if claim == "rules":
        if not there.rules.get(requirement):
            yield "names rules, and no policy rule names it"
    elif found := _RESOURCE.fullmatch(claim):
        yield from _not_registered(found, there)
    elif claim.startswith("make "):
        if claim.removeprefix("make ") not in there.targets:
            yield f"names the target {claim}, which does not exist"
    else:
        path, _, symbol = claim.partition("::")
        file = there.root / path
        if not file.exists():
            yield f"names {path}, which does not exist"
        elif symbol and symbol not in _symbols(file):
            yield f"names {symbol} of {path}, which does not exist"


def _not_registered(found: re.Match[str], there: Facts) -> Iterator[str]:
    named, phases = f"{found['type']} {found['name']}", list(map(str, PhaseName))
    stages = {stage for stage, _ in there.registered}
    for word, known in (("first", phases), ("last", phases), ("stage", sorted(stages))):
        if found[word] is not None and found[word] not in known:
            yield f"says {found[word]} of {named}; allowed are {', '.join(known)}"
            return
    first = phases.index(found["first"] or phases[0])
    last = phases.index(found["last"] or phases[-1])
    where = {run for run, all_there in there.registered.items() if (found["type"], found["name"]) in all_there}
    if not where:
        yield f"names {named}, which no stage registers in any phase"
        return
    said = {
        (stage, phase)
        for stage, phase in there.registered
        if first <= phases.index(phase) <= last and stage == (found["stage"] or stage)
    }
    if lacks := sorted(said - where):
        yield f"names {named}, which is not registered in {', '.join(' '.join(run) for run in lacks)}"


def _tests() -> Iterator[str]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        path = file.relative_to(ROOT).as_posix()
        yield path
        yield from (f"{path}::{name}" for name in _symbols(file) if name.startswith("test_"))


@cache
def _symbols(file: Path) -> set[str]:
    """What a Python file defines at its top."""
    found = set[str]()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found
