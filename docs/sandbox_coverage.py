"""What the sandbox knows of each AWS type that the platform uses: `make sandbox-coverage` prints it.

With --write it becomes docs/sandbox-coverage.md, which `make generated` does; a test fails while the page is stale.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sandbox.coverage import Coverage, table
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk
from tests.unit.conftest import every_platform
from tests.unit.organization import organizations

PAGE = Path(__file__).parent / "sandbox-coverage.md"
HEADINGS = (
    "type",
    "names and types",
    "must be given",
    "enums, patterns, bounds",
    "any value taken",
    "JSON",
    "roles named in it",
    "id and ARN",
    "replaced on",
    "outputs of the right type only",
    "default values",
)


def tokens() -> list[str]:
    """Every AWS type that the platform registers in any stage and phase, or the organisation."""
    found = {one.type for run in (*every_platform(), *organizations()) for one in run.registrations}
    return sorted(token for token in found if token.startswith("aws:"))


def rows() -> list[Coverage]:
    """What is known of each."""
    return table(tokens(), Sdk.installed("aws"), CloudFormation.installed())


def cells(row: Coverage) -> tuple[str, ...]:
    """One line of the table, in the order of its headings."""
    return (
        row.token.removeprefix("aws:"),
        str(row.names),
        _list(row.required),
        str(len(row.constrained)),
        str(row.unconstrained),
        _list(row.documents),
        _list(row.principals),
        "AWS's form" if row.is_identified else "approximate",
        _replaced(row),
        _list(row.invented),
        str(len(row.defaults)),
    )


def _replaced(row: Coverage) -> str:
    named = f"{row.create_only_source}: {', '.join(row.create_only)}" if row.create_only_source else "-"
    notes = [", some only for some values"] * row.is_conditional + ["; the old one goes first"] * row.deletes_first
    return named + "".join(notes)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"


def page(found: Sequence[Coverage]) -> str:
    """The page."""
    lines = ["| " + " | ".join(f"`{cell}`" if at == 0 else cell for at, cell in enumerate(cells(row))) + " |"
             for row in found]  # fmt: skip
    return f"""# What the sandbox knows of each AWS type

Generated from `sandbox/` and the program itself by `make generated`; `make sandbox-coverage` prints the same. It lists
the {len(found)} types that the platform registers in any stage and phase, or `organization/` does. Every row has
a test in `tests/sandbox/test_coverage.py` that gives it one wrong input of each kind below and sees it refused.

- **names and types**: properties, nested ones too, whose name and type are checked against the installed `pulumi-aws`.
- **enums, patterns, bounds**: properties of which AWS's CloudFormation schema refuses some value of the right type.
- **any value taken**: texts and numbers of which nothing more than the type is checked.
- **JSON**: properties that must hold a JSON document; in those of the next column, the roles and users of the own
  account must exist when the resource is made.
- **replaced on**: what replaces the resource, beside its region and a name prefix. "Terraform" is a sourced table of
  the provider's ForceNew (`sandbox/schema/force_new.py`), "CloudFormation" an expectation from create-only properties.
- **outputs of the right type only**: computed outputs whose value looks like nothing in particular.
- **default values**: inputs that come back with the documented value when they are left out.

| {" | ".join(HEADINGS)} |
|{"---|" * len(HEADINGS)}
{chr(10).join(lines)}
"""


def show(found: Sequence[Coverage], console: Console) -> None:
    """Print the table."""
    drawn = Table(*HEADINGS, title=f"{len(found)} AWS types", show_lines=False, header_style="bold")
    for row in found:
        drawn.add_row(*cells(row))
    console.print(drawn, markup=False)


def main() -> None:
    """Print the table, or write the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} instead")
    if arguments.parse_args().write:
        PAGE.write_text(page(rows()), encoding="utf-8")
    else:
        show(rows(), Console(width=None))


if __name__ == "__main__":
    main()
