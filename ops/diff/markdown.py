"""The difference as a comment on a pull request; the worst first, and cut where GitHub would refuse it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ops.diff.model import Change, Difference, Exit, Findings, Kind
from policy.report import Line, State

# GitHub refuses a comment of more than 65,536 characters. Bytes are counted, of which no character has fewer than one,
# and some room is left for what stands around it.
LIMIT = 60_000
_PROPERTIES = 12  # of one resource
_OPEN = 25  # rows that are shown unfolded


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A heading, the head of a table, and its rows."""

    title: str
    head: str = ""
    rows: Sequence[str]
    is_folded: bool = False


def comment(difference: Difference, *, artifact: str = "", accepted: bool = False, limit: int = LIMIT) -> str:
    """The comment; `artifact` says where the whole is when this is cut."""
    parts = [f"## {_named(difference)}{_phase(difference)}: {_headline(difference)}", "", _origin(difference), ""]
    parts += _verdict(difference, accepted=accepted)
    blocks = list(_blocks(difference))
    left = limit - len("\n".join(parts).encode()) - 400  # the sentence that says what is cut
    cut = 0
    for block in blocks:
        rows = list(block.rows)
        while rows and len(_text(block, rows, len(block.rows) - len(rows)).encode()) > left:
            rows = rows[: len(rows) * 9 // 10]
        cut += len(block.rows) - len(rows)
        if rows:
            text = _text(block, rows, len(block.rows) - len(rows))
            left -= len(text.encode()) + 1
            parts.append(text)
    if cut:
        where = artifact or "`make diff OUT=folder`"
        parts.append(f"**{cut} more {_lines(cut)} did not fit into a comment; all of them are in {where}.**\n")
    return "\n".join(parts)


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _named(difference: Difference) -> str:
    """A stage, and of whom where it is not the platform's."""
    of = f" of {_code(difference.project)}" if difference.project else ""
    return f"{_code(difference.stack)}{of}"


def _phase(difference: Difference) -> str:
    return f" in `{difference.phase}`" if difference.phase else ""


def _headline(difference: Difference) -> str:
    counts = [(kind, len(difference.of(kind))) for kind in Kind]
    said = [f"{count} to {kind}" for kind, count in counts if count]
    return ", ".join(said) or ("nothing to tell" if difference.errors else "no change")


def _origin(difference: Difference) -> str:
    return f"Base {difference.base}, checkout {difference.head}. {difference.where}".rstrip()


def _verdict(difference: Difference, *, accepted: bool) -> Iterator[str]:
    if difference.errors:
        yield from ("> [!WARNING]", "> This is not whole; what is below is what could be told.", ">")
        yield from (f"> - {_cell(error)}" for error in difference.errors)
        yield ""
    if difference.findings.blocks:
        blocking = [line.rule for line in _head_lines(difference.findings) if line.state is State.BLOCKS]
        yield from ("> [!WARNING]", f"> Policies block this: {', '.join(map(_code, dict.fromkeys(blocking)))}.", "")
    if gone := difference.destroys:
        named = ", ".join(f"**{_code(change.name)}**" for change in gone[:10]) + (" ..." if len(gone) > 10 else "")
        holds = "holds" if len(gone) == 1 else "hold"
        yield from ("> [!CAUTION]", f"> **{len(gone)} that {holds} data would be deleted or replaced**: {named}.")
        yield "> Somebody has accepted it." if accepted else "> Merging this needs somebody's word for it (docs/ci.md)."
        yield ""
    if difference.exit(accepted=True) is Exit.OK and not gone and not difference.changes:
        yield from ("The stack stays as it is.", "")


def _head_lines(findings: Findings) -> tuple[Line, ...]:
    return (*findings.new, *findings.standing, *findings.unjudged)


def _blocks(difference: Difference) -> Iterator[_Block]:
    for kind in (Kind.DELETE, Kind.REPLACE):
        if found := difference.of(kind):
            yield _Block(title=_HEADS[kind], head=_CHANGES, rows=[_row(change) for change in found])
    yield from _policy_blocks(difference)
    for kind in (Kind.UPDATE, Kind.CREATE):
        if found := difference.of(kind):
            head = _CHANGES if kind is Kind.UPDATE else _CREATED
            yield _Block(
                title=_HEADS[kind], head=head, rows=[_row(each) for each in found], is_folded=len(found) > _OPEN
            )
    if difference.requirements:
        rows = [f"| {each} | {_cell(', '.join(said))} |" for each, said in difference.requirements.items()]
        yield _Block(
            title="Requirements touched", head="| id | what |\n|---|---|", rows=rows, is_folded=len(rows) > _OPEN
        )
    if difference.notes:
        yield _Block(title="Good to know", rows=[f"- {_cell(note)}" for note in difference.notes])


_HEADS = {Kind.DELETE: "Deleted", Kind.REPLACE: "Replaced", Kind.UPDATE: "Updated", Kind.CREATE: "Created"}
_CHANGES = "| resource | what |\n|---|---|"
_CREATED = "| resource | type |\n|---|---|"


def _policy_blocks(difference: Difference) -> Iterator[_Block]:
    found = difference.findings
    for title, lines in (
        ("Policies: new findings", found.new),
        ("Policies: blocked before, blocked still", found.standing),
        ("Policies: could not judge", found.unjudged),
        ("Policies: fixed", found.fixed),
    ):
        if lines:
            is_folded = len(lines) > _OPEN or title.endswith("judge")
            yield _Block(title=title, head=_FOUND, rows=_findings(lines), is_folded=is_folded)
    if found.exempted:
        rows = [_exempted(line, soon=found.ends_soon(line, difference.today)) for line in found.exempted]
        yield _Block(title="Policies: exempted", head=_EXEMPTED, rows=rows)


_FOUND = "| finding | what |\n|---|---|"
_EXEMPTED = "| finding | until | owner |\n|---|---|---|"


def _findings(lines: Sequence[Line]) -> list[str]:
    """A row for all that one rule finds on a resource, and for all that cannot be judged there for the same reason."""
    rows: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        fact, *advice = _parts(line.text)
        same = (fact,) if line.is_unjudged else (line.rule, *advice)
        rows.setdefault((line.urn, line.state, line.is_unjudged, *same), []).append(line)
    return [_finding(found) for found in rows.values()]


def _finding(lines: Sequence[Line]) -> str:
    keys: dict[str, list[str]] = {}
    for line in lines:
        keys.setdefault(line.rule, []).extend([line.key] if line.key is not None else [])
    first = lines[0]
    titles = [_code(f"{rule}[{', '.join(found)}]" if found else rule) for rule, found in keys.items()]
    said = ", ".join(f"**{title}**" if first.state is State.BLOCKS else title for title in titles)
    facts = dict.fromkeys(_parts(line.text)[0] for line in lines)
    # What rules ask for is said where they can be followed; where nothing is known yet there is nothing to mend.
    advice = [] if first.is_unjudged else _parts(first.text)[1:]
    return f"| {said}<br>{_code(first.resource)} | {'<br>'.join(map(_cell, (*facts, *advice)))} |"


def _parts(text: str) -> list[str]:
    """What was found, the rule, and how to repair it, as a line of the pack has them."""
    return re.split(r"; (?=(?:rule|fix): )", text)


def _exempted(line: Line, *, soon: bool) -> str:
    until = f"**{line.until}: ends soon**" if soon else line.until
    return f"| {_code(line.title)}<br>{_code(line.resource)} | {until} | {_cell(line.owner or '')} |"


def _row(change: Change) -> str:
    name = f"**{_code(change.name)}**" if change.destroys else _code(change.name)
    if change.kind is Kind.CREATE:
        return f"| {name} | {_code(change.type)} |"
    said = ["**holds data**"] if change.destroys else []
    said += ["stays in the account, and Pulumi forgets it"] if change.is_kept else []
    for each in change.properties[:_PROPERTIES]:
        path = f"**{_code(each.path)}**" if each.replaces else _code(each.path)
        said.append(f"{path}: {_cell(each.was)} → {_cell(each.becomes)}")
    if (more := len(change.properties) - _PROPERTIES) > 0:
        said.append(f"{more} more")
    return f"| {name}<br>{_code(change.type)} | {'<br>'.join(said)} |"


def _text(block: _Block, rows: Sequence[str], cut: int) -> str:
    count = f"{len(rows)} of {len(block.rows)}" if cut else str(len(block.rows))
    lines = [block.head] if block.head else []
    lines += rows
    body = "\n".join(lines)
    if block.is_folded:
        return f"<details><summary>{block.title} ({count})</summary>\n\n{body}\n\n</details>\n"
    return f"### {block.title} ({count})\n\n{body}\n"


def _cell(text: str) -> str:
    """Text that keeps to its cell, and that Markdown and a mention shows as it is: it comes from a fork's program."""
    for special in "\\`*_<>[]|~#":
        text = text.replace(special, f"\\{special}")
    return " ".join(text.replace("@", "@\u200b").split())


def _code(text: str) -> str:
    return f"`{' '.join(text.replace('`', chr(39)).split())}`".replace("|", "\\|")
