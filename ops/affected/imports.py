"""Which files of the repository a Python program imports, read from its text; nothing is run."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path


def reached(entry: Path, roots: Sequence[Path]) -> frozenset[Path]:
    """The entry and every file below `roots` that it imports, at any depth and wherever in a file the import stands.

    A name that is computed at run time is not seen; the tests hold what the platform really imports against this.
    """
    found: set[Path] = set()
    waiting = [entry.resolve()]
    while waiting:
        file = waiting.pop()
        if file in found or not file.exists():
            continue
        found.add(file)
        waiting += [each for name in imported(file, roots) for each in _files(name, roots)]
    return frozenset(found)


def imported(file: Path, roots: Sequence[Path]) -> Iterator[str]:
    """The dotted names that a file imports; what follows `from a import` may be a module or a name in one."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError:  # the preview will say so, in better words
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, file, roots)
            yield base
            yield from (f"{base}.{each.name}" for each in node.names)


def _base(node: ast.ImportFrom, file: Path, roots: Sequence[Path]) -> str:
    """What an `import from` names, with the leading dots made whole."""
    if not node.level:
        return node.module or ""
    package = file.parents[node.level - 1]
    root = next((each for each in roots if package.is_relative_to(each)), package)
    return ".".join([*package.relative_to(root).parts, *([node.module] if node.module else [])])


def _files(name: str, roots: Sequence[Path]) -> Iterator[Path]:
    """The files that importing a dotted name runs: the packages above it, and itself."""
    parts = name.split(".")
    for root in roots:
        if not (root / parts[0]).is_dir() and not (root / f"{parts[0]}.py").exists():
            continue
        for depth in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:depth])
            yield from (each for each in (place / "__init__.py", place.with_suffix(".py")) if each.is_file())
        return


def referenced_projects(file: Path) -> Iterator[str]:
    """The projects whose outputs a file reads: `StackReference("organization/PROJECT/STACK")`, f-strings too."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("StackReference"):
            continue
        for argument in [*node.args, *(each.value for each in node.keywords)]:
            for part in ast.walk(argument):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.count("/") >= 1:
                    yield from (piece for piece in part.value.split("/") if piece and piece != "organization")
