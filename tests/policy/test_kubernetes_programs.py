"""Whole programs for the cluster, as hurried and as careful engineers write them.

The sandbox stands in for AWS only, so the engine cannot preview these: they run on Pulumi's mocks, and the pack's real
server judges what they register. That proves what the pack finds in what the SDK sends, not what the engine adds.
"""

import runpy

import pytest

from tests.policy.programs import BAD, GOOD, Program
from tests.policy.server import Pack, Registered, findings
from tests.unit.recording import record

HURRIED = [each for each in BAD if each.is_of_kubernetes]
CAREFUL = [each for each in GOOD if each.is_of_kubernetes]


def judge(program: Program, pack: Pack) -> set[str]:
    """The ids of the rules that block a program."""
    recorded = record(lambda: runpy.run_path(str(program.path)), stack=program.stack)
    resources = [
        Registered(type=each.type, name=each.name, props=each.inputs, stack=program.stack)
        for each in recorded.registrations
    ]
    assert any(each.type.startswith("kubernetes:") for each in resources)
    return {each.partition("[")[0] for each in findings(pack.judge(*resources))}


@pytest.mark.parametrize("program", HURRIED, ids=[each.name for each in HURRIED])
def test_a_hurried_program_is_blocked_by_the_rules_it_breaks(program: Program, pack: Pack) -> None:
    assert judge(program, pack) == program.blocked_by


@pytest.mark.parametrize("program", CAREFUL, ids=[each.name for each in CAREFUL])
def test_a_careful_program_passes(program: Program, pack: Pack) -> None:
    assert judge(program, pack) == set()
