"""The ways between phases as they are written down, held against what the platform really asks for on them."""

import json
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from components import settings
from components.naming import PROJECT
from components.phases import PHASES, PhaseName
from components.platform import Platform
from components.settings import Settings
from ops.growth.calls import ShiftRequests
from ops.growth.move import Move, Side
from ops.growth.run import spelled
from ops.growth.steps import FELT_BY, Api, Checked, Felt, Manual, Step, Up
from ops.growth.transitions import ORDER, TRANSITIONS, WEIGHT, before, next_after
from tests.unit.conftest import STAGES, stage_config
from tests.unit.recording import Recorded, record

WAYS = [pytest.param(stage, phase, id=f"{stage}-to-{phase}") for stage in STAGES for phase in ORDER[1:]]
# Seconds each: what a change of a way is most likely to break runs with every change, the rest at night.
FEW = [
    pytest.param(
        stage,
        phase,
        id=f"{stage}-to-{phase}",
        marks=() if (stage, phase) == ("prod", PhaseName.GROWTH) else pytest.mark.nightly,
    )
    for stage in STAGES
    for phase in ORDER[1:]
]


@cache
def settings_of(stage: str, told: tuple[tuple[str, str], ...]) -> Settings:
    """A stage's settings as the engine hands them over after `--config-path`."""
    config = stage_config(stage)
    for path, value in told:
        top, *below = path.removeprefix(f"{PROJECT}:").split(".")
        if not below:
            config[path] = value
            continue
        tree: Any = json.loads(config[f"{PROJECT}:{top}"])
        place = tree
        for part in below[:-1]:
            place = place.setdefault(part, {})
        place[below[-1]] = value
        config[f"{PROJECT}:{top}"] = json.dumps(tree)
    return settings.load(stage=stage, config=config)


@cache
def platform_with(stage: str, told: tuple[tuple[str, str], ...]) -> Recorded:
    loaded = settings_of(stage, told)
    return record(lambda: Platform("startup-platform", loaded), stack=stage)


def told(config: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(config.items()))


def move_of(stage: str, to: PhaseName) -> Move:
    return Move.of(settings.load(stage=stage, config=stage_config(stage)), before(to), to)


def ups_of(stage: str, to: PhaseName) -> list[tuple[Up, tuple[tuple[str, str], ...]]]:
    move = move_of(stage, to)
    return [(step, told(step.config(move))) for step in TRANSITIONS[to].of(move) if isinstance(step, Up)]


def felt_between(was: Recorded, becomes: Recorded) -> set[Felt]:
    """What users feel of all that is other in two runs of the program."""
    old = {(one.type, one.name): one for one in was.registrations}
    new = {(one.type, one.name): one for one in becomes.registrations}
    found = {FELT_BY[token, ""] for token, _ in old.keys() - new.keys() if (token, "") in FELT_BY}
    for token, name in old.keys() & new.keys():
        before, after = old[token, name].inputs, new[token, name].inputs
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        found |= {FELT_BY[token, key] for key in changed if (token, key) in FELT_BY}
    return found


def test_there_is_a_way_to_every_phase_and_each_begins_at_the_one_before() -> None:
    assert list(TRANSITIONS) == list(PHASES) == list(ORDER)
    assert [before(phase) for phase in ORDER] == [None, *ORDER[:-1]]
    assert [next_after(before(phase)) for phase in ORDER] == list(ORDER)
    assert next_after(ORDER[-1]) is None


@pytest.mark.parametrize("phase", ORDER)
def test_the_keys_of_a_way_are_its_own_since_journals_name_them(phase: PhaseName) -> None:
    keys = [step.key for step in TRANSITIONS[phase].steps]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("phase", ORDER)
def test_every_step_says_what_users_feel_and_how_to_go_back(phase: PhaseName) -> None:
    for step in TRANSITIONS[phase].steps:
        assert step.title
        assert step.back
        assert step.downtime
        if isinstance(step, Manual):
            assert step.commands, step.key
        if isinstance(step, Api | Checked):
            assert step.within > 0


@pytest.mark.parametrize(("stage", "phase"), WAYS)
def test_the_last_up_is_the_next_phase_and_nothing_else(stage: str, phase: PhaseName) -> None:
    _, last = ups_of(stage, phase)[-1]
    assert last == ((f"{PROJECT}:phase", phase.value),)


@pytest.mark.parametrize(("stage", "phase"), WAYS)
def test_no_up_takes_back_what_a_step_before_it_did(stage: str, phase: PhaseName) -> None:
    """Each size turns once, from what it was to what it becomes; a share of requests only grows."""
    move = move_of(stage, phase)
    keys = ("database.instance_class", "database.proxy", "instances.instance_type", WEIGHT)
    so_far = {key: move.size(Side.BEFORE, key) for key in keys}
    turned: set[str] = set()
    for step in TRANSITIONS[phase].of(move):
        if isinstance(step, Api):
            call = step.call(move)
            if isinstance(call, ShiftRequests):
                assert call.was == so_far[WEIGHT], step.key
                assert call.percent > call.was, step.key
                so_far[WEIGHT] = call.percent
                turned.add(WEIGHT)
        if not isinstance(step, Up):
            continue
        loaded = settings_of(stage, told(step.config(move)))
        for key in keys:
            value = Move.of(loaded, loaded.phase, loaded.phase).size(Side.AFTER, key)
            if key in turned:
                assert value in (so_far[key], None), f"{step.key} takes {key} back to {value}"
            elif value != so_far[key]:
                turned.add(key)
            so_far[key] = value


@pytest.mark.parametrize(("stage", "phase"), FEW)
def test_an_up_says_what_users_of_a_stage_feel_of_it_and_no_more(stage: str, phase: PhaseName) -> None:
    start = platform_with(stage, ((f"{PROJECT}:phase", str(before(phase))),))
    runs = [start, *(platform_with(stage, config) for _, config in ups_of(stage, phase))]
    for (was, becomes), (step, _) in zip(pairwise(runs), ups_of(stage, phase), strict=True):
        assert felt_between(was, becomes) == set(step.felt_in(move_of(stage, phase))), step.key


@pytest.mark.parametrize("phase", ORDER[1:])
def test_what_an_up_says_is_felt_is_so_in_some_stage(phase: PhaseName) -> None:
    felt: dict[str, set[Felt]] = {}  # by step; one that no stage of ours takes is not judged
    for stage in STAGES:
        for step, _ in ups_of(stage, phase):
            felt.setdefault(step.key, set()).update(step.felt_in(move_of(stage, phase)))
    said = {step.key: set(step.felt) for step in TRANSITIONS[phase].steps if isinstance(step, Up)}
    assert felt == {key: said[key] for key in felt}


@pytest.mark.parametrize(("stage", "phase"), WAYS)
def test_a_database_whose_class_changes_does_so_before_anything_else_and_with_a_failover_where_it_can(
    stage: str, phase: PhaseName
) -> None:
    move = move_of(stage, phase)
    steps = [step for step in TRANSITIONS[phase].of(move) if isinstance(step, Up | Api)]
    keys = [step.key for step in steps]
    if not move.resizes_database:
        assert not {"database-class", "failed-over", "only-one-resized"} & {*keys}
    elif move.has_readers:
        assert keys[:4] == ["database-class", "readers-resized", "failed-over", "last-resized"]
    else:
        assert keys[:2] == ["database-class", "only-one-resized"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_burstable_database_is_none_before_it_gets_a_copy_in_another_region(stage: str) -> None:
    move = move_of(stage, PhaseName.GLOBAL)
    ups = ups_of(stage, PhaseName.GLOBAL)
    before_it = settings_of(stage, ups[-2][1]) if len(ups) > 1 else settings_of(stage, told(move.config(Side.BEFORE)))
    assert not before_it.growth.sizes.database.instance_class.startswith("db.t")
    assert before_it.growth.regions == 1


@pytest.mark.parametrize("stage", STAGES)
def test_instances_go_only_after_the_cluster_has_every_request_and_the_program_knows_it(stage: str) -> None:
    ups = ups_of(stage, PhaseName.SCALEUP)
    last_but_one = settings_of(stage, ups[-2][1]).growth.sizes
    assert last_but_one.edge.cluster_weight == 100
    assert last_but_one.instances is not None
    steps: list[Step] = TRANSITIONS[PhaseName.SCALEUP].of(move_of(stage, PhaseName.SCALEUP))
    order = [step.key for step in steps]
    assert order.index("cluster-answers") < order.index("share-10") < order.index("share-100")
    assert order.index("share-100-watched") < order.index("share-written") < order.index("instances-gone")


@pytest.mark.parametrize("stage", STAGES)
def test_services_find_the_proxy_when_they_start_anew_since_instances_are_exchanged_after_it(stage: str) -> None:
    move = move_of(stage, PhaseName.GROWTH)
    order = [step.key for step in TRANSITIONS[PhaseName.GROWTH].of(move)]
    assert order.index("instances") > order.index("cluster-beside")
    assert ("proxy" in order) == move.gains_proxy
    if move.gains_proxy:
        assert order.index("cluster-beside") < order.index("proxy") < order.index("instances")


def test_the_old_database_is_copied_from_server_to_server_with_writes_stopped_and_compared() -> None:
    """REQ-X1: once to rehearse, once for good; no copy of people's data lies on a disk in between."""
    steps = {step.key: step for step in TRANSITIONS[PhaseName.MVP].of(move_of("prod", PhaseName.MVP))}
    order = list(steps)
    assert order.index("made") < order.index("import-rehearsed") < order.index("imported") < order.index("users-moved")
    for key in ("import-rehearsed", "imported"):
        step = steps[key]
        assert isinstance(step, Manual)
        commands = spelled(step, settings_of("prod", ()), move_of("prod", PhaseName.MVP))
        dumps = [line for line in commands if line.startswith("mysqldump")]
        assert len(dumps) == 3  # tables, rows, and what runs in the database
        assert all(" | mysql " in line and "--ssl-mode VERIFY_CA" in line and ">" not in line for line in dumps)
        assert ["--no-data" in line for line in dumps] == [True, False, True]
        assert "--no-create-info" in dumps[1]
        assert "CHECKSUM TABLE" in commands[-1]
        assert [line for line in commands if "{" in line] == []
    for_good = steps["imported"]
    assert isinstance(for_good, Manual)
    stops = [place for place, line in enumerate(for_good.commands) if "super_read_only = ON" in line]
    copies = [place for place, line in enumerate(for_good.commands) if line.startswith("mysqldump")]
    assert stops
    assert stops[0] < copies[0]
    assert steps["users-moved"].irreversible


@pytest.mark.parametrize("phase", ORDER)
@pytest.mark.parametrize("stage", STAGES)
def test_what_a_person_types_has_the_stages_own_names_in_it(stage: str, phase: PhaseName) -> None:
    move, told_of = move_of(stage, phase), settings_of(stage, ())
    for step in TRANSITIONS[phase].of(move):
        if isinstance(step, Manual):
            assert [line for line in spelled(step, told_of, move) if "{" in line] == [], step.key
