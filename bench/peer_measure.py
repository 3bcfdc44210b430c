"""Runs our pack and Checkov over the same cases, in turns, and counts. `bench.policy_peer` says what came out."""

from __future__ import annotations

import re
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from bench import checkov, results
from bench.peer_cases import PARENT, Comparison, Shown, Twin, comparison
from bench.terraform import attributes, singular, snake, type_name
from sandbox.schema.sdk import Sdk
from tests.policy.all_cases import CASES
from tests.policy.server import Pack, running
from tests.policy.test_fairness import FAIR

ROUNDS = 3
PLAN, MANIFESTS = "a Terraform plan", "Kubernetes manifests"

# Of a case that Checkov misses, how near it came.
NOT_READ = "no check reads the property"
LETS_IT_BE = "a check reads the property and lets the value pass"
ON_BOTH = "a check that reads the property fails before the change too"

Places = Mapping[str, Set[tuple[str, str]]]  # of each stack, the checks that fail and where


@dataclass(frozen=True, kw_only=True)
class Runs:
    """What one tool took for one kind of input, round by round, in s."""

    wall: results.Spread
    cpu: results.Spread


@dataclass(frozen=True, kw_only=True)
class Line:
    """What became of one case.

    Attributes:
        checkov: the checks that fail after the change and did not before.
        pack: likewise the pack's findings.
        why: of a case that Checkov misses, how near one of its checks came.
    """

    twin: Twin
    checkov: Set[str]
    pack: Set[str]
    why: str


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that the page shows.

    Attributes:
        by_form: how many AWS cases Checkov catches when what nobody says is null, and when it is left out.
        alarms: Checkov's failed checks on careful resources, in both forms, by id and words.
        careful: how many distinct careful resources that is of.
        own_alarms: the pack's findings on the same resources.
        unreachable: type, check and attribute that no translation can produce.
        reachable: how many attributes the translation can.
        times: per kind of input, what Checkov and the pack took.
        sizes: per kind of input, how many resources.
    """

    shown: Comparison
    lines: Sequence[Line]
    by_form: tuple[int, int]
    alarms: Counter[tuple[str, str]]
    careful: int
    own_alarms: int
    unreachable: Sequence[tuple[str, str, str]]
    reachable: int
    times: Mapping[str, tuple[Runs, Runs]]
    sizes: Mapping[str, int]


def measure(sdk: Sdk) -> Measured:
    """Runs both tools over the same cases, in turns."""
    shown = comparison(CASES, FAIR, sdk)
    on_aws = [stack for twin in shown.twins if not twin.is_kubernetes for stack in (twin.good, twin.changed)]
    on_kubernetes = [stack for twin in shown.twins if twin.is_kubernetes for stack in (twin.good, twin.changed)]
    plans = [*on_aws, *shown.fair]
    rounds = [
        (checkov.judge_plan(plans), _judged(plans), checkov.judge_manifests(on_kubernetes), _judged(on_kubernetes))
        for _ in range(ROUNDS)
    ]
    of_plan, ours_of_plan, of_manifests, ours_of_manifests = rounds[-1]
    found = {**ours_of_plan.found, **ours_of_manifests.found}
    whole = [*of_plan.failed, *of_manifests.failed]
    bare = [*checkov.judge_plan(plans, is_bare=True).failed, *of_manifests.failed]
    reads = checkov.reads()
    lines = [_line(twin, _by_stack(whole), _by_stack(bare), found, reads) for twin in shown.twins]
    return Measured(
        shown=shown,
        lines=lines,
        by_form=(_caught_on_aws(shown, whole), _caught_on_aws(shown, bare)),
        alarms=_alarms(shown, whole, bare),
        careful=len(_careful(shown)),
        own_alarms=_own_alarms(shown, found),
        unreachable=_unreachable(shown, reads, sdk),
        reachable=sum(len(_wanted(reads[kind])) for kind in _types(shown) if kind in reads),
        times={
            PLAN: (_runs([each[0] for each in rounds]), _runs([each[1] for each in rounds])),
            MANIFESTS: (_runs([each[2] for each in rounds]), _runs([each[3] for each in rounds])),
        },
        sizes={
            PLAN: sum(len(stack.plan) for stack in plans),
            MANIFESTS: sum(len(stack.manifests) for stack in on_kubernetes),
        },
    )


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What the pack finds in each stack, by the stack's name, and the seconds from its start to its end."""

    found: Mapping[str, Set[str]]
    wall: float
    cpu: float


def _judged(stacks: Sequence[Shown]) -> _Judged:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with running() as pack:
        found = {stack.name: _found(pack, stack) for stack in stacks}
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return _Judged(found=found, wall=wall, cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _found(pack: Pack, stack: Shown) -> Set[str]:
    return {f"{each.id} {each.urn}" for each in pack.judge(*stack.resources)}


def _runs(runs: Sequence[checkov.Report | _Judged]) -> Runs:
    return Runs(
        wall=results.Spread(values=[each.wall for each in runs]), cpu=results.Spread(values=[each.cpu for each in runs])
    )


def _by_stack(failed: Iterable[checkov.Failed]) -> Places:
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for each in failed:
        found[each.stack].add((each.check, each.resource))
    return found


def _new(twin: Twin, found: Places) -> Set[str]:
    return {check for check, _ in found.get(twin.changed.name, set()) - found.get(twin.good.name, set())}


def _line(
    twin: Twin,
    whole: Places,
    bare: Places,
    found: Mapping[str, Set[str]],
    reads: Mapping[str, Mapping[str, Sequence[str]]],
) -> Line:
    caught = _new(twin, whole) | _new(twin, bare)
    failing = {check for check, _ in whole.get(twin.good.name, set())}
    return Line(
        twin=twin,
        checkov=caught,
        pack={one.split(" ", 1)[0] for one in found[twin.changed.name] - found[twin.good.name]},
        why="" if caught else why_missed(twin, failing, reads),
    )


def why_missed(twin: Twin, failing: Set[str], reads: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """How near Checkov came; of Kubernetes nothing is said, since its checks do not name what they read."""
    if twin.is_kubernetes:
        return ""
    changed = {snake(path.split(".")[0]) for path in twin.case.change}
    changed |= {singular(name) for name in changed}
    reading = {
        check
        for check, keys in reads.get(type_name(twin.case.type), {}).items()
        if changed & {re.split(r"[/.\[]", key)[0] for key in keys}
    }
    if not reading:
        return NOT_READ
    return ON_BOTH if reading & failing else LETS_IT_BE


def _caught_on_aws(shown: Comparison, failed: Iterable[checkov.Failed]) -> int:
    found = _by_stack(failed)
    return sum(bool(_new(twin, found)) for twin in shown.twins if not twin.is_kubernetes)


def _careful(shown: Comparison) -> Set[tuple[str, str]]:
    """Where each distinct careful resource is shown first: the stack's name, and its address there."""
    subjects = [(twin.good.name, each) for twin in shown.twins for each in twin.good.plan[:1]]
    fair = [(stack.name, each) for stack in shown.fair for each in stack.plan if not each.name.endswith(PARENT)]
    first: dict[str, tuple[str, str]] = {}
    for name, each in [*subjects, *fair]:
        first.setdefault(f"{each.type} {each.attributes}".replace(name, ""), (name, each.address.replace(name, "")))
    return set(first.values())


def _own_alarms(shown: Comparison, found: Mapping[str, Set[str]]) -> int:
    """What the pack finds on careful resources."""
    subjects = {twin.good.name: twin.case.subject.urn for twin in shown.twins if not twin.is_kubernetes}
    return sum(
        one.endswith(f" {subjects[name]}") if name in subjects else True
        for name in [*subjects, *(stack.name for stack in shown.fair)]
        for one in found[name]
    )


def _alarms(
    shown: Comparison, whole: Iterable[checkov.Failed], bare: Iterable[checkov.Failed]
) -> Counter[tuple[str, str]]:
    """What fails on careful AWS resources, each distinct resource once, whichever way the plan is written."""
    careful = _careful(shown)
    in_both_forms = {each for each in whole if (each.stack, each.resource) in careful} & set(bare)
    return Counter((each.check, each.what) for each in in_both_forms)


def _types(shown: Comparison) -> Mapping[str, str]:
    """Terraform's types on show, and ours."""
    return {type_name(each.type): each.type for twin in shown.twins for each in twin.good.resources if twin.good.plan}


def _wanted(checks: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Check and path, without indices; what a check reads of itself (its own notes) is none."""
    wanted = {
        (check, "/".join(part for part in re.split(r"[/.]", key) if not re.fullmatch(r"\[?[\d*]+\]?", part)))
        for check, keys in checks.items()
        for key in keys
    }
    return sorted((check, path) for check, path in wanted if path)


def _unreachable(
    shown: Comparison, reads: Mapping[str, Mapping[str, Sequence[str]]], sdk: Sdk
) -> list[tuple[str, str, str]]:
    missing: list[tuple[str, str, str]] = []
    for kind, token in sorted(_types(shown).items()):
        known = attributes(sdk.resource(token))
        segments = {part for path in known for part in path.split("/")}  # a name in a check's code may be of any block
        for check, path in _wanted(reads.get(kind, {})):
            if path not in known and ("/" in path or path not in segments):
                missing.append((kind, check, path))
    return missing
