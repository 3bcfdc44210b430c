"""RULES.md, from the catalogue: `python -m policy.rules_md` writes it, a test fails when it is stale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from policy.catalog import STAGES, Catalogue, Level, Rule, StackRule
from policy.rules import CATALOGUE

_HEAD = """\
# Rules

Generated from the rules themselves by `make generated`; change a rule, not this page.

A finding reads `ID[key] what; rule: ...; fix: ...` and is as small as it can be: one tag, one action, one disk.
**mandatory** stops `pulumi preview` and `pulumi up`; **advisory** is shown. A stack that is called neither dev, stg nor
prod is judged as prod. A rule that crashes is a mandatory finding with its id. *Stack* rules compare resources and run
at the end: they block a preview, while `pulumi up` has made the resources by then, so a preview goes before every
update.

What is known only after deployment is listed as `ID could not judge: ...`, and hides nothing beside it. A preview
passes with such lines, and `pulumi up` judges the same property once it is known, before the resource is made. When
nothing more will be known, the line is mandatory, whatever the rule's level: a saved state whose secrets cannot be
decrypted shows `[secret]` in their place, so export it with `--show-secrets` or give the passphrase. `make
policy-report` counts them.

A finding can be lived with for a while: `exemptions.yaml` says which, on what, why, until when and who answers for it.
It is then shown as `exempted until <date> by <owner>: ID[key] ...`.
"""


def rules_md(catalogue: Catalogue) -> str:
    """The page: a table to find a rule, then a section for each."""
    rows = [
        f"| [{rule.id}](#{rule.id.lower()}) | {rule.says} | {rule.severity} | {_levels(rule.level)} |"
        for rule in catalogue.rules
    ]
    table = ["| id | what holds | severity | dev / stg / prod |", "|---|---|---|---|", *rows]
    return "\n".join([_HEAD, *table, "", *(_section(rule) for rule in catalogue.rules)])


def _section(rule: Rule) -> str:
    scope = " (stack rule)" if isinstance(rule, StackRule) else ""
    return f"""\
## {rule.id}

{rule.says[0].upper()}{rule.says[1:]}{scope}.

- fix: {rule.fix}
- exemption: {"possible" if rule.is_exemptible else "none"}
- judges: {_types(rule.on)}
- requirements: {", ".join(rule.requirements)}
- ISMS-P: {", ".join(rule.isms_p)}
- SOC 2: {", ".join(rule.soc2)}
"""


def _levels(level: Mapping[str, Level]) -> str:
    return " / ".join(level[stage] for stage in STAGES)


def _types(tokens: frozenset[str]) -> str:
    """The types, or their number where a list would tell nobody anything."""
    if len(tokens) > 100:
        return f"{len(tokens)} types, all that take tags"
    return ", ".join(f"`{token}`" for token in sorted(tokens))


if __name__ == "__main__":
    Path(__file__).with_name("RULES.md").write_text(rules_md(CATALOGUE), encoding="utf-8")
