"""A way is gone step by step, can be cut off anywhere, and goes on from there."""
# boto3 makes its clients at run time: no checker knows their methods.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from components.phases import PhaseName
from ops.growth import stacks
from ops.growth.calls import FailOver
from ops.growth.cloud import Cloud
from ops.growth.errors import GrowthError
from ops.growth.journal import BEGUN, DONE, Journal
from ops.growth.move import Move
from ops.growth.run import Runner, way_of
from ops.growth.stacks import ROOT, Account
from ops.growth.stage_file import settings_of
from ops.growth.transitions import TRANSITIONS
from tests.ops.conftest import (
    Clock,
    NoEngine,
    Said,
    alarm,
    client,
    cloud,
    database,
    instance_classes,
    lag,
    prod,
    runner,
    shares,
    writer,
)

GROWTH, SCALEUP = PhaseName.GROWTH, PhaseName.SCALEUP
KEYS = {
    phase: [step.key for step in TRANSITIONS[phase].of(Move.of(prod(), before, phase))]
    for before, phase in ((PhaseName.MVP, GROWTH), (GROWTH, SCALEUP))
}
# Half a second each: the way with the failover runs with every change, the other at night.
CASES = [
    pytest.param(phase, key, state, marks=() if phase == GROWTH or key == "share-50" else pytest.mark.nightly)
    for phase, keys in KEYS.items()
    for key in keys
    for state in (BEGUN, DONE)
]


def stage(folder: Path, now: PhaseName, cluster_targets: str) -> NoEngine:
    """A stage that stands in a phase, with nothing wrong."""
    database("db.serverless" if now == PhaseName.MVP else "db.r7g.large", 2)
    lag(20)
    targets = [{"Id": f"172.31.0.{place}", "Port": 8080} for place in (4, 5)]
    client("elbv2", "ap-northeast-2").register_targets(TargetGroupArn=cluster_targets, Targets=targets)
    return NoEngine(journal=folder / "prod.json", now=now)


def told(stack: NoEngine) -> list[dict[str, str]]:
    return [{key.partition(":")[2]: value for key, value in config.items()} for config in stack.ups]


TO_GROWTH = [
    {"phase": "mvp", "sizes.mvp.database.instance_class": "db.r7g.large"},
    {
        "phase": "growth",
        "sizes.growth.database.proxy": "false",
        "sizes.growth.instances.instance_type": "t4g.medium",
    },
    {"phase": "growth", "sizes.growth.instances.instance_type": "t4g.medium"},
    {"phase": "growth"},
]


def test_from_mvp_to_growth_the_database_fails_over_before_anything_else_changes(aws: str, tmp_path: Path) -> None:
    stack, said = stage(tmp_path, PhaseName.MVP, aws), Said()
    runner(stack, GROWTH, said).forward()
    assert told(stack) == TO_GROWTH
    assert instance_classes() == {"0": "db.r7g.large", "1": "db.r7g.large"}
    assert writer() == "1"
    ups_and_calls = ["database-class", "readers-resized", "failed-over", "last-resized", "cluster-beside", "proxy",
                     "instances"]  # fmt: skip
    questions = [f"do {key}?" for key in ups_and_calls]
    by_hand = "is that done?"
    assert said.asked == [by_hand, *questions, by_hand]
    assert stack.previews == len(TO_GROWTH)  # a person sees each `up` before
    assert way_of(stack, GROWTH) is None
    journal = Journal.read(stack.journal)
    assert journal
    assert journal.finished


def test_from_growth_to_scaleup_requests_move_in_shares_and_then_the_instances_go(aws: str, tmp_path: Path) -> None:
    stack, said = stage(tmp_path, GROWTH, aws), Said()
    runner(stack, SCALEUP, said).forward()
    moved = [line for line in said.lines if "% of requests go" in line]
    assert moved == [f"  {percent} % of requests go to the cluster" for percent in (10, 25, 50, 100)]
    assert shares() == {"instances": 0, "cluster": 100}
    assert told(stack) == [
        {"phase": "growth", "sizes.growth.edge.cluster_weight": "100"},
        {"phase": "scaleup"},
    ]


@pytest.mark.parametrize(("to", "key", "state"), CASES)
def test_a_run_that_is_cut_off_around_any_step_goes_on_and_ends_as_one_that_was_not(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: PhaseName, key: str, state: str
) -> None:
    """Cut off before the step is done (and after it was begun), or after it was done and before that was noted."""
    stack = stage(tmp_path, PhaseName.MVP if to == GROWTH else GROWTH, aws)
    failovers: list[str] = []
    really, fail = Journal.note, FailOver.do

    def cut(self: Journal, at: str, becomes: str) -> None:
        if becomes == BEGUN:
            really(self, at, becomes)
        if (at, becomes) == (key, state):
            raise KeyboardInterrupt
        really(self, at, becomes)

    def counted(self: FailOver, at: Cloud) -> None:
        failovers.append(writer())
        fail(self, at)

    monkeypatch.setattr(FailOver, "do", counted)
    with monkeypatch.context() as cutting:
        cutting.setattr(Journal, "note", cut)
        with pytest.raises(KeyboardInterrupt):
            runner(stack, to).forward()
    said = Said()
    runner(stack, to, said).forward()
    assert [line.partition(":")[0].split()[1] for line in said.lines if line.endswith("done before")] == KEYS[to][
        : KEYS[to].index(key)
    ]
    if to == GROWTH:
        once = [config for place, config in enumerate(told(stack)) if config not in told(stack)[:place]]
        assert once == TO_GROWTH
        assert failovers == ["0"]
        assert instance_classes() == {"0": "db.r7g.large", "1": "db.r7g.large"}
    else:
        assert shares() == {"instances": 0, "cluster": 100}
    assert stack.now == to


def test_ctrl_c_while_aws_is_waited_for_loses_nothing(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)

    class Impatient(Clock):
        def sleep(self, seconds: float, /) -> None:
            raise KeyboardInterrupt(seconds)

    class Slow(NoEngine):
        def cloud(self) -> Cloud:
            return restarting()

    slow = Slow(journal=stack.journal, now=PhaseName.MVP)
    way = way_of(slow, GROWTH)
    assert way
    with pytest.raises(KeyboardInterrupt):
        Runner(stack=slow, way=way, voice=Said().voice(), clock=Impatient()).forward()
    journal = Journal.read(stack.journal)
    assert journal
    assert (journal.state("database-class"), journal.state("readers-resized")) == (DONE, BEGUN)
    stack.now = PhaseName.MVP
    runner(stack, GROWTH).forward()
    assert writer() == "1"


def restarting() -> Cloud:
    """An AWS in which an instance that was changed is never available."""
    real = cloud()

    class Rds:
        def __getattr__(self, name: str) -> Any:
            return getattr(client("rds", "ap-northeast-2"), name)

        def describe_db_instances(self, **given: Any) -> Any:
            found = client("rds", "ap-northeast-2").describe_db_instances(**given)
            for each in found["DBInstances"]:
                each["DBInstanceStatus"] = "modifying" if each["DBInstanceClass"] == "db.r7g.large" else "available"
            return found

    rds = Rds()
    return Cloud(
        scope=real.scope,
        other_region=real.other_region,
        client_of=lambda service, region: rds if service == "rds" else client(service, region),
        measures=True,
    )


def test_what_takes_too_long_is_given_up_by_name_and_gone_on_with(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)

    class Slow(NoEngine):
        def cloud(self) -> Cloud:
            return restarting()

    slow = Slow(journal=stack.journal, now=PhaseName.MVP)
    with pytest.raises(GrowthError, match=r"step 'readers-resized': after 60 minutes still: not db\.r7g\.large yet"):
        runner(slow, GROWTH).forward()


def test_an_alarm_that_is_on_stops_it_before_anything_is_done(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)
    alarm("ours", "ALARM", cloud().contract()["alarm_topic_arn"])
    with pytest.raises(GrowthError, match="step 'quiet-before': in alarm: ours"):
        runner(stack, GROWTH).forward()
    assert stack.ups == []


def test_alarms_must_stay_quiet_for_as_long_as_the_step_says(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, GROWTH, aws)
    topic = cloud().contract()["alarm_topic_arn"]

    class Eventful(Clock):
        """Five minutes into the first share an alarm comes on, and goes off after ten."""

        pace = 1

        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            state = "ALARM" if 300 <= self.now < 600 else "OK"
            alarm("ours", state, topic)

    clock = Eventful()
    way = way_of(stack, SCALEUP)
    assert way

    def no_further(question: str) -> bool:
        return question != "do share-25?"

    with pytest.raises(GrowthError, match="stopped before step 'share-25'"):
        Runner(stack=stack, way=way, voice=Said().voice(no_further), clock=clock).forward()
    assert 600 + 1800 <= clock.now < 600 + 1800 + 60
    assert shares() == {"instances": 90, "cluster": 10}


def test_who_says_no_is_asked_again_the_next_time(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)
    way = way_of(stack, GROWTH)
    assert way
    voice = Said().voice(lambda question: question != "do failed-over?")
    with pytest.raises(GrowthError, match="stopped before step 'failed-over', as you said"):
        Runner(stack=stack, way=way, voice=voice, clock=Clock()).forward()
    assert writer() == "0"
    said = Said()
    runner(stack, GROWTH, said).forward()
    assert said.asked[0] == "do failed-over?"


def test_it_goes_back_the_way_it_came(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)
    way = way_of(stack, GROWTH)
    assert way
    voice = Said().voice(lambda question: question != "do proxy?")
    with pytest.raises(GrowthError, match="'proxy'"):
        Runner(stack=stack, way=way, voice=voice, clock=Clock()).forward()
    stack.ups.clear()
    runner(stack, GROWTH).back()
    # Each `up` back is the one before it; the class comes back last, by the calls in between.
    assert told(stack) == [TO_GROWTH[0], {"phase": "mvp"}]
    assert instance_classes() == {"0": "db.serverless", "1": "db.serverless"}
    assert stack.now == PhaseName.MVP


def test_shares_come_back_one_by_one_and_an_up_writes_that_down(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, GROWTH, aws)
    way = way_of(stack, SCALEUP)
    assert way
    voice = Said().voice(lambda question: question != "do instances-gone?")
    with pytest.raises(GrowthError, match="'instances-gone'"):
        Runner(stack=stack, way=way, voice=voice, clock=Clock()).forward()
    stack.ups.clear()
    said = Said()
    runner(stack, SCALEUP, said).back()
    assert [line for line in said.lines if "% of requests go" in line] == [
        f"  {percent} % of requests go to the cluster" for percent in (50, 25, 10, 0)
    ]
    assert shares() == {"instances": 100, "cluster": 0}
    assert told(stack) == [{"phase": "growth"}]


def test_a_phase_out_of_order_is_refused_and_the_first_step_is_named(tmp_path: Path) -> None:
    stack = NoEngine(journal=tmp_path / "prod.json", now=PhaseName.MVP)
    with pytest.raises(GrowthError) as refused:
        way_of(stack, SCALEUP)
    assert str(refused.value) == (
        "prod is in phase mvp, and scaleup is reached from growth: growth comes first, and its first step is "
        "'quiet-before' (see that no alarm is on): make grow STAGE=prod TO=growth"
    )
    stack.now = GROWTH
    with pytest.raises(GrowthError, match="prod is in phase growth, and growing goes one way"):
        way_of(stack, PhaseName.MVP)


def test_another_way_is_refused_while_one_is_not_finished_and_its_next_step_is_named(aws: str, tmp_path: Path) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)
    way = way_of(stack, GROWTH)
    assert way
    voice = Said().voice(lambda question: question != "do proxy?")
    with pytest.raises(GrowthError, match="'proxy'"):
        Runner(stack=stack, way=way, voice=voice, clock=Clock()).forward()
    assert stack.now == GROWTH  # by the engine's word it is there already
    with pytest.raises(GrowthError, match=r"on its way to growth, and step 'proxy' \(put the proxy .* comes first"):
        way_of(stack, SCALEUP)


def test_a_journal_of_another_account_and_one_that_is_none_are_refused(tmp_path: Path) -> None:
    stack = NoEngine(journal=tmp_path / "prod.json", now=PhaseName.MVP)
    way = way_of(stack, GROWTH)
    assert way
    way.journal.note("quiet-before", DONE)
    written = json.loads(stack.journal.read_text())
    stack.journal.write_text(json.dumps({**written, "account": "000000000000"}))
    with pytest.raises(GrowthError, match=r"is of account 000000000000, and Pulumi.prod.yaml says 777788889999"):
        way_of(stack, GROWTH)
    for broken in ("{", "[]", json.dumps({**written, "version": 99})):
        stack.journal.write_text(broken)
        with pytest.raises(GrowthError, match=r"prod\.json"):
            way_of(stack, GROWTH)


def test_credentials_of_another_account_are_refused_before_anything(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "pulumi"
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GrowthError, match=r"of account 123456789012, and Pulumi.prod.yaml says .* = 777788889999"):
        Account(settings=prod())


def test_without_an_engine_or_a_stage_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GrowthError, match="no pulumi on PATH"):
        Account(settings=prod())
    with pytest.raises(GrowthError, match=r"there is no stage 'qa': .*; stages here: dev, prod, stg"):
        settings_of(ROOT, "qa")


def test_on_an_account_the_engine_gets_a_copy_of_the_stage_file_the_step_and_the_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine writes what `--config` tells it into the file that it reads, and that is not the committed one."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "Pulumi.prod.yaml").write_bytes((ROOT / "Pulumi.prod.yaml").read_bytes())
    asked = tmp_path / "asked"
    command = tmp_path / "pulumi"
    command.write_text(f"""#!/bin/sh
for word; do printf '%s\\n' "$word"; done >> {asked}
case "$1" in stack) echo '{{"phase": "mvp"}}';; preview) echo 'Previewing' '{{"steps": []}}';; up) exit 7;; esac
""")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    monkeypatch.setattr(Account, "_refuse_another_account", list)  # anything that takes the account and is content
    account = Account(settings=prod())
    assert account.phase() == PhaseName.MVP
    assert account.journal == tmp_path / ".growth" / "prod.json"
    config = {"startup-platform:phase": "growth", "startup-platform:sizes.growth.database.proxy": "false"}
    assert account.preview(config) == []
    with pytest.raises(GrowthError, match=r"the `up` ended with exit code 7; what it made is in the state"):
        account.up(config)
    words = asked.read_text().splitlines()
    copy = tmp_path / ".growth" / "Pulumi.prod.yaml"
    assert copy.exists()
    up = words[words.index("up") :]
    assert up == [
        *("up", "--yes", "--skip-preview", "--non-interactive", "--config-file", str(copy)),
        *("--policy-pack", str(tmp_path / "policy"), "--config", "startup-platform:phase=growth"),
        *("--config", 'startup-platform:sizes={"growth": {"database": {"proxy": false}}}', "--stack", "prod"),
    ]


def test_a_step_changes_one_size_and_leaves_the_stages_own_as_they_are() -> None:
    dev = settings_of(ROOT, "dev")
    words = stacks.arguments(dev, {"startup-platform:phase": "mvp", "startup-platform:sizes.mvp.database.readers": "1"})
    assert words[:3] == ["--config", "startup-platform:phase=mvp", "--config"]
    told_sizes = json.loads(words[3].removeprefix("startup-platform:sizes="))
    wanted = {**dev.sizes, "mvp": {**dev.sizes[PhaseName.MVP], "database": {"acu_min": 0, "readers": 1}}}
    assert told_sizes == wanted


@pytest.mark.parametrize("code", ["Throttling", "ServiceUnavailable"])
def test_what_aws_refuses_for_a_moment_is_asked_again(aws: str, tmp_path: Path, code: str) -> None:
    stack = refusing(stage(tmp_path, PhaseName.MVP, aws), code, times=3)
    runner(stack, GROWTH).forward()
    assert writer() == "1"


def test_what_aws_refuses_for_good_is_said_with_its_own_words(aws: str, tmp_path: Path) -> None:
    stack = refusing(stage(tmp_path, PhaseName.MVP, aws), "AccessDenied", times=1)
    with pytest.raises(GrowthError) as refused:
        runner(stack, GROWTH).forward()
    assert str(refused.value) == (
        "step 'readers-resized': AWS refused ModifyDBInstance: AccessDenied: a test; mend that, and run again: "
        "it goes on from here"
    )
    runner(stack, GROWTH).forward()
    assert stack.now == GROWTH


def refusing(stack: NoEngine, code: str, *, times: int) -> NoEngine:
    """A stack whose account refuses a call so many times."""
    left = [times]

    class Rds:
        def __getattr__(self, name: str) -> Any:
            return getattr(client("rds", "ap-northeast-2"), name)

        def modify_db_instance(self, **given: Any) -> Any:
            if left[0]:
                left[0] -= 1
                raise ClientError({"Error": {"Code": code, "Message": "a test"}}, "ModifyDBInstance")
            return client("rds", "ap-northeast-2").modify_db_instance(**given)

    real, rds = cloud(), Rds()

    class Refusing(NoEngine):
        def cloud(self) -> Cloud:
            return Cloud(
                scope=real.scope,
                other_region=real.other_region,
                client_of=lambda service, region: rds if service == "rds" else client(service, region),
                measures=True,
            )

    return Refusing(journal=stack.journal, now=stack.now)


def test_without_a_person_what_only_a_person_can_do_stops_it_until_it_is_said_to_be_done(
    aws: str, tmp_path: Path
) -> None:
    stack = stage(tmp_path, PhaseName.MVP, aws)
    way = way_of(stack, GROWTH)
    assert way
    alone = Said().voice(is_person=False)
    with pytest.raises(GrowthError, match=r"'addresses-announced' is a person's: .* DONE=addresses-announced"):
        Runner(stack=stack, way=way, voice=alone, clock=Clock()).forward()
    by_hand = ["addresses-announced", "stage-file"]
    way = way_of(stack, GROWTH)
    assert way
    Runner(stack=stack, way=way, voice=alone, clock=Clock(), done_by_hand=by_hand).forward()
    assert stack.now == GROWTH
    assert stack.previews == 0
