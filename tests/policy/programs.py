"""Whole programs as people write them, and what each says of itself in the last lines of its docstring:

    Stack: prod                      the stage that it is for; dev when it does not say
    When: up                         what shows its mistakes; preview when it does not say
    Blocked by: ENC-001, TAG-001     the rules that must block it, and no other; none of a good program

They run on the real engine (tests/engine/test_bad_programs.py).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from policy.catalog import STAGES
from policy.rules import CATALOGUE

HERE = Path(__file__).parent
FIELD = re.compile(r"(Stack|When|Blocked by): (.+)")
RULES = frozenset(each.id for each in CATALOGUE.rules)


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program and what it says of itself."""

    path: Path
    blocked_by: frozenset[str]
    stack: str
    when: str

    @property
    def name(self) -> str:
        return self.path.stem


def read(path: Path) -> Program:
    """Reads a program without running it.

    Raises:
        ValueError: its docstring names no stage, no rule or no command that there is.
    """
    text = path.read_text(encoding="utf-8")
    sentence, _, declared = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")
    fields: dict[str, str] = dict(FIELD.findall(declared))
    program = Program(
        path=path,
        blocked_by=frozenset(filter(None, fields.get("Blocked by", "").split(", "))),
        stack=fields.get("Stack", "dev"),
        when=fields.get("When", "preview"),
    )
    if len(fields) != len(declared.splitlines()) or not sentence.endswith("."):
        raise ValueError(f"{path.name}: the docstring is a sentence, an empty line, then Stack, When or Blocked by")
    if unknown := program.blocked_by - RULES:
        raise ValueError(f"{path.name}: Blocked by names {', '.join(sorted(unknown))}, which are no rules of the pack")
    if program.stack not in STAGES or program.when not in ("preview", "up"):
        raise ValueError(f"{path.name}: Stack is one of {', '.join(STAGES)}; When is preview or up")
    return program


BAD = [read(path) for path in sorted((HERE / "bad_programs").glob("*.py"))]
GOOD = [read(path) for path in sorted((HERE / "good_programs").glob("*.py"))]
