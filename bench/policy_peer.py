"""Our policy pack beside Checkov, on the same cases: `python -m bench.policy_peer` measures and publishes.

Requirements: REQ-C6, REQ-A2.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bench import checkov, results
from bench.peer_cases import family
from bench.peer_measure import ROUNDS, Line, Measured, measure
from sandbox.schema.sdk import Sdk

COMMAND = "python -m bench.policy_peer"
TITLE = "What is found: our policies beside Checkov"
CASES = results.HERE / "peer_cases.tsv"
MOST_FREQUENT = 10

_INTRODUCTION = """\
Both tools are shown the same resources: a careful one, and the same with one change. **Caught** means that
something fails after the change that did not fail before it: any check of Checkov, any finding of our pack, at
any level.

**Read the table with its bias.** The cases are this repository's own and were written beside our rules, each
for a rule of ours: our column is full because a test demands it, and says nothing more. The table answers one
question: of what our policies stop, how much would the built-in checks of the usual scanner stop as well? What
Checkov finds and we do not look for is not in it. Some cases are organisational (the six tag keys), some are
the smallest change a rule reacts to and not a likely one, and a rule with many cases weighs more: so rules are
counted too. Checkov also takes policies of one's own, with which it could be taught much of this; none is used
here."""

_OUT_OF_REACH = """\
Not scored, because the form of the input decides it and not the quality of a check:

- **What is not known before the update.** Our pack says that it could not judge, and why; a plan shows a gap or
  a reference, on which a check passes or fails.
- **Pulumi's own resources**: Helm releases, component resources, providers and their default tags.
- **Exemptions** with an owner and an end, which our pack judges too. A skip of Checkov has neither.
- **The stage**: the same finding advises in dev and blocks in prod. In Checkov that is a matter of a run's flags.

Checkov in turn reads Terraform's own files, CloudFormation, Dockerfiles and more, and looks for more than we do."""

_METHOD = """\
The resources are translated mechanically, from the shapes in the installed Pulumi SDK; the few irregular names
and defaults stand in [terraform_names.py](terraform_names.py). In doubt, the translation favours Checkov:

- What nobody says is shown to it twice, as null and left out, and a case is caught when either way shows it; a
  failed check on a careful resource counts only when both ways do.
- A bucket's or an API's configuration that stands alone in a case gets its bucket or API beside it, since some
  checks start there.
- Whatever refers to another resource has a reference, so that checks over several resources see it.

Whether a check could see what it asks for is compared with the attributes that the checks themselves say they
read."""


def main() -> None:
    """Measures, and publishes what came out."""
    checkov.install()
    load = results.load()
    measured = measure(Sdk.installed("aws"))
    versions = [f"Checkov {checkov.version()}", *results.installed("pulumi", "pulumi-policy", "pulumi-aws")]
    results.publish(TITLE, page(measured, results.circumstances(COMMAND, versions, load)))
    CASES.write_text("".join(f"{line}\n" for line in cases(measured.lines)), encoding="utf-8")
    sys.stdout.write(f"{results.PAGE}\n{CASES}\n")


def page(measured: Measured, circumstances: str) -> str:
    """The section of the page, in Markdown."""
    parts = [
        _INTRODUCTION,
        circumstances,
        _findings(measured),
        "### What careful resources set off\n",
        _false_alarms(measured),
        "### Time\n",
        _times(measured),
        "### What is not compared\n",
        _apart(measured),
        _OUT_OF_REACH,
        "### How the resources were translated\n",
        _METHOD,
        _reach(measured),
    ]
    return "\n\n".join(part.strip() for part in parts)


def cases(lines: Iterable[Line]) -> Iterator[str]:
    """Every compared case as a line of a table with tabs."""
    yield "type\tcase\tour pack finds\tCheckov fails\thow near Checkov came"
    for line in lines:
        case = line.twin.case
        yield "\t".join([case.type, case.about, " ".join(sorted(line.pack)), " ".join(sorted(line.checkov)), line.why])


def _findings(measured: Measured) -> str:
    lines = sorted(measured.lines, key=lambda line: line.twin.family)
    head = ["family", "cases", "Checkov catches", "Checkov misses", "we catch", "we miss"]
    head += ["rules", "rules of which Checkov catches a case"]
    rows = [_row(name, list(those)) for name, those in groupby(lines, key=lambda line: line.twin.family)]
    whys = Counter(line.why for line in lines if line.why)
    near = "\n".join(f"- {why}: {count}" for why, count in whys.most_common())
    null, left_out = measured.by_form
    return f"""{results.table(head, [*rows, _row("**all**", lines)])}

The families are those of [policy/RULES.md](../policy/RULES.md). Every case, with the checks that caught it, is
in [{CASES.name}]({CASES.name}). Of the AWS cases, Checkov catches {null} when what nobody says is shown as null and
{left_out} when it is left out; the table counts either. Of those that it misses:

{near}"""


def _row(name: str, lines: Sequence[Line]) -> list[object]:
    theirs, ours = sum(bool(line.checkov) for line in lines), sum(bool(line.pack) for line in lines)
    rules = {rule for line in lines for rule in _rules(line)}
    seen = {rule for line in lines if line.checkov for rule in _rules(line)}
    return [name, len(lines), theirs, len(lines) - theirs, ours, len(lines) - ours, len(rules), len(seen)]


def _rules(line: Line) -> set[str]:
    """The rules of the case's family that it is about."""
    found = {one.partition("[")[0] for one in line.twin.case.finds}
    return {rule for rule in found if rule.startswith(line.twin.family)}


def _false_alarms(measured: Measured) -> str:
    by_count = sorted(measured.alarms.items(), key=lambda item: (-item[1], item[0]))
    frequent = [(check, what, count) for (check, what), count in by_count[:MOST_FREQUENT]]
    failed, kinds = measured.alarms.total(), len(measured.alarms)
    return f"""On the {measured.careful} distinct AWS resources that our cases regard as careful, {failed} checks of
Checkov fail, of {kinds} kinds; our pack finds {measured.own_alarms}, again because a test demands it. None
of Checkov's is called false here: they are its opinion on things that our rules do not ask for, and cases leave out
what they are not about. The most frequent, for the reader to judge:

{results.table(["check", "asks for", "fails on"], frequent)}"""


def _times(measured: Measured) -> str:
    rows = [
        (kind, measured.sizes[kind], name, runs.wall.in_seconds(), runs.cpu.in_seconds())
        for kind, both in measured.times.items()
        for name, runs in zip(("Checkov", "our pack"), both, strict=True)
    ]
    return f"""From the start of the tool's process to its end, in turns; CPU is that of the process; median (range) of
{ROUNDS} rounds. Checkov reads everything as one plan or one directory. Our pack is asked as the engine asks it: once a
resource, and once a stack, of which each case has two.

{results.table(["input", "resources", "tool", "wall s", "CPU s"], rows)}"""


def _apart(measured: Measured) -> str:
    reasons = Counter((family(each.case), each.reason) for each in measured.shown.apart)
    compared, apart = len(measured.lines), len(measured.shown.apart)
    return f"""{compared} of {compared + apart} cases are compared; {apart} are not:

{results.table(["family", "reason", "cases"], [(*key, count) for key, count in sorted(reasons.items())])}"""


def _reach(measured: Measured) -> str:
    missing = len(measured.unreachable)
    return f"""On the compared types they read {measured.reachable} attributes. No plan of ours can have {missing} of
them: the provider no longer has them, or the check is also for other types and reads them there.

{results.table(["type", "check", "attribute"], measured.unreachable)}"""


if __name__ == "__main__":
    main()
