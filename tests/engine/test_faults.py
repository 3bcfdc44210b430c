"""What a real account does to a run, and that the stack comes back: the rows of docs/faults.md.

After each, the state is that of a run to which nothing happened, and the account's ledger has exactly one living object
for each URN. Checkpoints are kept here, as they are on a real account.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults.grammar import Kind
from sandbox.faults.recovery import Stack
from tests.engine.conftest import ROOT, Sandbox
from tests.engine.struck import Struck, write

# Minutes; ten rounds of the soak (test_soak.py) are what every change is tried with.
pytestmark = [pytest.mark.engine, pytest.mark.nightly]

ALL = {"key", "queue", "role", "policy"}
NETWORK = """
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags=TAGS, opts=own)
aws.ec2.SecurityGroup("group", vpc_id=vpc.id, tags=TAGS, opts=own)
"""


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack after an `up` to which nothing happened."""
    place = tmp_path_factory.mktemp("calm")
    write(place / "project")
    stack = Stack(project=place / "project", home=place / "home", name="dev")
    done = stack.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    return stack


@pytest.fixture(scope="module")
def planned(calm: Stack) -> list[dict[str, Any]]:
    """What the program wants."""
    return calm.planned()


@pytest.fixture
def faults(tmp_path: Path, calm: Stack, planned: list[dict[str, Any]]) -> Iterator[Struck]:
    """A stack that can be struck: `faults.run("up", faults="throttle@queue")`."""
    write(tmp_path / "project")
    home = tmp_path / "home"
    stack = Stack(project=tmp_path / "project", home=home, name="dev")
    yield Struck(stack=stack, reference=calm.peek(), planned=planned, scratch=tmp_path / "import.json")
    assert Sandbox(home=home).processes() == []


def test_throttled_calls_are_only_slow_while_the_provider_asks_again(faults: Struck) -> None:
    faults.good("up", faults="throttle@*,times=2")
    assert "Throttling" not in faults.said
    assert faults.has_converged()
    faults.good("destroy", faults="throttle@*,op=delete,times=2")
    assert faults.is_gone()


def test_a_throttle_that_outlasts_the_retries_is_an_error_and_the_next_up_goes_on(faults: Struck) -> None:
    faults.bad("up", faults="throttle@queue,times=9,retries=2")
    assert "ThrottlingException: Rate exceeded (gave up after 3 attempts)" in faults.said
    assert "queue" not in faults.in_state()
    faults.good("up")
    assert faults.has_converged()


def test_a_slow_create_says_how_far_it_is(faults: Struck) -> None:
    faults.good("up", faults="slow@aws:sqs/queue:Queue,times=2")
    assert "still creating: 0.5 s so far" in faults.said
    assert "still creating: 1.0 s so far" in faults.said
    assert faults.has_converged()


def test_what_cannot_be_found_yet_is_asked_for_again(faults: Struck) -> None:
    faults.good("up", faults="lag@key,times=3;lag@role,times=2")
    assert "NotFound" not in faults.said
    assert faults.has_converged()


def test_what_cannot_be_found_for_too_long_is_an_error_and_the_next_up_goes_on(faults: Struck) -> None:
    faults.bad("up", faults="lag@key,times=9,retries=1")
    assert re.search(r"aws:kms/key:Key: NotFound: \S+, \S+ does not exist \(gave up after 2 attempts\)", faults.said)
    assert {"key", "role"} == faults.in_state()
    faults.good("up")
    assert faults.has_converged()


def test_what_reads_as_gone_leaves_the_state_and_an_import_brings_it_back(faults: Struck) -> None:
    faults.good("up")
    faults.good("refresh", faults="unreadable@key,times=1")
    assert ALL - faults.in_state() == {"key"}
    assert "key" in faults.in_account()
    faults.recover()
    assert faults.has_converged()


def test_what_reads_as_it_was_makes_the_next_up_repeat_an_update(faults: Struck) -> None:
    write(faults.stack.project, seconds=60)
    faults.good("up")
    write(faults.stack.project)
    faults.good("up")
    faults.good("refresh", faults="stale@queue,times=1")
    assert faults.outputs_of("queue")["visibilityTimeoutSeconds"] == 60
    faults.good("up")
    assert "1 updated" in faults.said
    assert faults.has_converged()


def test_what_is_made_but_not_ready_is_in_the_state_with_its_error_and_the_next_up_mends_it(faults: Struck) -> None:
    faults.bad("up", faults="partial@queue")
    assert "it was made, and never became ready" in faults.said
    assert faults.errors_of("queue") == [
        "it was made, and never became ready [partial, injected into aws:sqs/queue:Queue]"
    ]
    assert "policy" not in faults.in_state()
    faults.good("up")
    assert faults.has_converged()


def test_an_orphan_without_a_name_is_made_again_by_a_plain_up(faults: Struck) -> None:
    faults.bad("up", faults="orphan@key")
    assert "key" not in faults.in_state()
    assert faults.waiting() == []  # the engine takes an error for "nothing was made"
    faults.good("up")
    assert faults.in_account() == ["key", "key", "policy", "queue", "role"]


def test_an_orphan_without_a_name_is_taken_over_by_an_import(faults: Struck) -> None:
    faults.bad("up", faults="orphan@key")
    faults.recover()
    assert faults.has_converged()


def test_an_orphan_with_a_name_stops_the_next_up_until_it_is_imported(faults: Struck) -> None:
    faults.bad("up", faults="orphan@role")
    faults.bad("up")
    assert "EntityAlreadyExists: worker exists already in the account, as worker" in faults.said
    faults.recover()
    assert faults.has_converged()


def test_a_delete_waits_for_what_is_still_attached(faults: Struck) -> None:
    write(faults.stack.project, program=NETWORK)
    faults.good("up")
    faults.good("destroy", faults="attached@group,times=3;attached@vpc,times=2")
    assert faults.is_gone()


def test_a_delete_that_waits_too_long_is_an_error_and_the_next_destroy_goes_on(faults: Struck) -> None:
    write(faults.stack.project, program=NETWORK)
    faults.good("up")
    faults.bad("destroy", faults="attached@aws:ec2/securityGroup:SecurityGroup,times=9,retries=1")
    assert "has a dependent object: a network interface is still attached (gave up after 2 attempts)" in faults.said
    assert faults.in_state() == {"group", "vpc"}
    faults.good("destroy")
    assert faults.is_gone()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_provider_that_dies_leaves_at_most_an_orphan(faults: Struck, when: str) -> None:
    faults.bad("up", faults=f"die@key,when={when}")
    assert "error reading from server: EOF" in faults.said
    assert "Traceback" not in faults.said
    assert faults.in_account().count("key") == (1 if when == "after" else 0)
    assert faults.waiting() == []
    faults.recover()
    assert faults.has_converged()


def test_a_killed_engine_leaves_a_lock_and_a_pending_create_that_an_import_and_a_refresh_resolve(
    faults: Struck,
) -> None:
    assert faults.run("up", faults="kill@key").returncode == 137
    assert "key" in faults.in_account()  # asked of the ledger: no run has removed the lock yet
    assert len(list(faults.stack.home.glob("state/.pulumi/locks/**/*.json"))) == 1
    assert "key" in faults.waiting()
    faults.take_over()
    assert "key" in faults.waiting()
    faults.good("refresh", "--clear-pending-creates")
    assert faults.waiting() == []
    faults.good("up")
    assert faults.has_converged()


def test_a_killed_engine_whose_create_never_happened_needs_only_the_refresh(faults: Struck) -> None:
    assert faults.run("up", faults="kill@policy,when=before").returncode == 137
    assert faults.waiting() == ["policy"]
    faults.good("refresh", "--yes", "--clear-pending-creates")
    faults.good("up")
    assert faults.has_converged()


def test_a_plain_up_after_a_kill_warns_and_makes_what_it_lost_a_second_time(faults: Struck) -> None:
    assert faults.run("up", "--parallel", "1", faults="kill@key").returncode == 137
    faults.good("up")
    assert "These resources are in an unknown state because the Pulumi CLI was interrupted" in faults.said
    assert faults.in_account().count("key") == 2
    assert "key" in faults.waiting()  # the warning comes back with every run until the refresh


def test_the_flag_that_imports_pending_creates_drops_them_instead(faults: Struck) -> None:
    assert faults.run("up", faults="kill@key").returncode == 137
    (key,) = (each for each in faults.stack.living() if each.urn.endswith("::key"))
    flag = "--import-pending-creates"
    faults.good("refresh", flag, key.urn, flag, key.id)
    assert "key" not in faults.waiting()
    assert "key" not in faults.in_state()
    faults.recover()
    assert faults.has_converged()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_in_a_destroy_is_finished_by_the_next_destroy(faults: Struck, when: str) -> None:
    faults.good("up")
    assert faults.run("destroy", faults=f"kill@queue,op=delete,when={when}").returncode == 137
    faults.good("destroy")
    assert faults.is_gone()


def test_a_kill_in_a_destroy_is_undone_by_a_refresh_and_an_up(faults: Struck) -> None:
    faults.good("up")
    assert faults.run("destroy", faults="kill@queue,op=delete").returncode == 137
    faults.recover()
    assert faults.has_converged()


def test_a_fault_that_does_not_exist_is_one_sentence(faults: Struck) -> None:
    faults.bad("up", faults="throtle@queue")
    assert faults.said == (
        "sandbox: SANDBOX_FAULTS, at 'throtle@queue': 'throtle' is no fault; there are throttle, slow, lag, "
        "unreadable, stale, partial, orphan, attached, die and kill\n"
    )


def rows() -> list[list[str]]:
    """The fault table of docs/faults.md, by cell."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    table = text.partition("## What happens")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if re.match(r"\| `\w+`", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_each_row_of_the_documented_table_has_its_test_and_each_fault_its_row() -> None:
    assert {row[0].strip("`") for row in rows()} == {each.value for each in Kind}
    for row in rows():
        named = re.findall(r"`(test_\w+)`", row[-1])
        assert named, row
        assert [name for name in named if name not in globals()] == []
