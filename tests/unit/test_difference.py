"""What a difference preview says: steps to changes, lines to findings, and a comment that GitHub takes."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from docs.fulfilment import Row
from ops.diff import markdown, read
from ops.diff.__main__ import as_json
from ops.diff.model import Change, Difference, Exit, Findings, Kind, compared
from ops.stateful import HELD
from policy.report import Line, State
from sandbox.schema.sdk import Sdk

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # what the engine writes for a text that is not known yet
TODAY = date(2026, 11, 26)
CLUSTER = "urn:pulumi:prod::startup-platform::own:index:Aurora$aws:rds/cluster:Cluster::database-cluster"
ALARM = "urn:pulumi:prod::startup-platform::aws:cloudwatch/metricAlarm:MetricAlarm::database-alarm"
NOTHING = Difference(stack="dev", phase=None, base="`main` at abc", head="def", today=TODAY, requirements={})


def step(op: str, urn: str, **more: object) -> dict[str, Any]:
    return {"op": op, "urn": urn, **more}


def line(rule: str, state: State = State.BLOCKS, urn: str = ALARM, **more: Any) -> Line:
    given: dict[str, Any] = {"key": "a", "is_unjudged": False, "text": "what", "until": None, "owner": None, **more}
    return Line(rule=rule, state=state, urn=urn, **given)


def created(count: int) -> tuple[Change, ...]:
    return tuple(Change(kind=Kind.CREATE, urn=f"{ALARM}-{number}") for number in range(count))


def test_the_steps_of_a_replacement_are_one_change_that_says_what_replaces() -> None:
    old = {"inputs": {"kmsKeyId": "arn:old", "tags": {"a": "b"}}}
    new = {"inputs": {"kmsKeyId": "arn:new", "tags": {"a": "c"}}}
    diff = {"kmsKeyId": {"kind": "update-replace"}, "tags.a": {"kind": "update"}, "tagsAll.a": {"kind": "update"}}
    (change,) = read.changes(
        [
            step(
                "create-replacement",
                CLUSTER,
                oldState=old,
                newState=new,
                detailedDiff=diff,
                replaceReasons=["kmsKeyId"],
            ),
            step("replace", CLUSTER, oldState=old, newState=new, detailedDiff=diff),
            step("delete-replaced", CLUSTER, oldState=old),
            step("same", ALARM),
        ]
    )
    assert (change.kind, change.destroys, change.stack, change.name) == (Kind.REPLACE, True, "prod", "database-cluster")
    assert [(each.path, each.was, each.becomes, each.replaces) for each in change.properties] == [
        ("kmsKeyId", "arn:old", "arn:new", True),
        ("tags.a", "b", "c", False),
    ]


def test_of_long_values_the_place_where_they_part_is_shown() -> None:
    was, becomes = f"{'a' * 200}old{'b' * 200}", f"{'a' * 200}new{'b' * 200}"
    diff = {"text": {"kind": "update"}, "whole": {"kind": "update"}}
    given = {"oldState": {"inputs": {"text": was, "whole": "x" * 70}}, "newState": {"inputs": {"text": becomes}}}
    (change,) = read.changes([step("update", ALARM, detailedDiff=diff, **given)])
    assert [(each.was, each.becomes) for each in change.properties] == [
        (f"...{'a' * 20}old{'b' * 37}...", f"...{'a' * 20}new{'b' * 37}..."),
        (f"{'x' * 60}...", "-"),
    ]


def test_what_nobody_knows_yet_is_said_in_words() -> None:
    given = {"oldState": {"inputs": {"arn": "arn:a"}}, "newState": {"inputs": {"arn": UNKNOWN}}}
    (change,) = read.changes([step("update", ALARM, detailedDiff={"arn": {"kind": "update"}}, **given)])
    assert [(each.was, each.becomes) for each in change.properties] == [("arn:a", "known after the deployment")]


def test_a_component_is_no_change_of_its_own() -> None:
    tier = "urn:pulumi:prod::startup-platform::startup-platform:data:Aurora::database"
    steps = [step("create", tier, newState={"custom": False}), step("create", ALARM, newState={"custom": True})]
    steps.append(step("delete", f"{tier}-2", oldState={"custom": False}))
    assert [each.urn for each in read.changes(steps)] == [ALARM]


def test_a_services_part_of_the_comment_says_whose_stage_it_is() -> None:
    assert markdown.comment(replace(NOTHING, project="services/feed")).startswith("## `dev` of `services/feed`: no")
    assert markdown.comment(NOTHING).startswith("## `dev`: no change\n")


def test_what_the_program_protects_is_stateful_whatever_its_type_and_what_is_kept_is_said() -> None:
    protected, kept = read.changes(
        [
            step("delete", ALARM, oldState={"protect": True}),
            step("delete", f"{ALARM}-2", oldState={"retainOnDelete": True}),
        ]
    )
    assert (protected.destroys, protected.is_kept) == (True, False)
    assert (kept.destroys, kept.is_kept) == (True, True)


def test_the_worst_change_comes_first() -> None:
    found = read.changes(
        [step("create", ALARM), step("update", f"{ALARM}-2"), step("delete", f"{ALARM}-3"), step("delete", CLUSTER)]
    )
    assert [(each.kind, each.name) for each in found] == [
        (Kind.DELETE, "database-cluster"),
        (Kind.DELETE, "database-alarm-3"),
        (Kind.UPDATE, "database-alarm-2"),
        (Kind.CREATE, "database-alarm"),
    ]


def test_every_stateful_type_is_one_of_the_providers() -> None:
    sdk = Sdk.installed("aws")
    assert [each for each in sorted(HELD) if each.startswith("aws:") and each not in sdk] == []


def test_findings_are_new_fixed_standing_or_exempted_and_never_two_of_these() -> None:
    stays, gone, comes = line("AAA-001"), line("AAA-002"), line("AAA-003", State.ADVISES)
    exempted = line("AAA-004", State.EXEMPTED, until="2026-12-24", owner="team-feed")
    blind = line("AAA-005", State.UNJUDGED, is_unjudged=True, key=None)
    found = compared([stays, gone], [stays, comes, exempted, blind])
    assert (found.new, found.fixed, found.standing) == ((comes,), (gone,), (stays,))
    assert (found.exempted, found.unjudged) == ((exempted,), (blind,))
    assert found.blocks
    assert found.ends_soon(exempted, TODAY)
    assert not found.ends_soon(exempted, date(2026, 11, 23))


def test_what_was_advice_and_blocks_now_is_new() -> None:
    found = compared([line("AAA-001", State.ADVISES)], [line("AAA-001")])
    assert [each.rule for each in found.new] == ["AAA-001"]
    assert found.blocks


def test_what_an_ended_exemption_lets_go_is_new_as_against_a_base_where_it_held() -> None:
    exempted = line("AAA-004", State.EXEMPTED, until="2026-11-26", owner="team-feed")
    assert compared([exempted], [line("AAA-004")]).new == (line("AAA-004"),)


def test_the_exit_code_says_failed_before_destroys_and_accepting_it_undoes_only_the_latter() -> None:
    gone = replace(NOTHING, changes=(Change(kind=Kind.DELETE, urn=CLUSTER, is_stateful=True),))
    blocked = replace(gone, findings=Findings(standing=(line("AAA-001"),)))
    assert (NOTHING.exit(), gone.exit(), gone.exit(accepted=True)) == (Exit.OK, Exit.DESTROYS, Exit.OK)
    assert (blocked.exit(), blocked.exit(accepted=True)) == (Exit.FAILED, Exit.FAILED)
    assert replace(NOTHING, errors=("the engine died",)).exit() is Exit.FAILED


def test_rows_are_touched_by_their_resources_and_by_their_own_change() -> None:
    row = Row(by=["aws:rds/cluster:Cluster {database,other}-cluster from growth"], tests=["tests/x.py"])
    other = Row(by=["aws:s3/bucket:Bucket lake"], tests=["tests/x.py"])
    changed = [Change(kind=Kind.REPLACE, urn=CLUSTER, is_stateful=True)]
    assert read.requirements({"S5": row}, {"S5": row, "S9": other}, changed) == {
        "S5": ["replace database-cluster"],
        "S9": ["its row is new"],
    }
    assert read.requirements({"S5": row}, {}, changed) == {"S5": ["its row is gone", "replace database-cluster"]}
    assert read.rows("S5: {by: []") == {}


def test_a_long_comment_is_cut_below_githubs_limit_from_the_end_and_says_how_much() -> None:
    lost = Change(kind=Kind.DELETE, urn=CLUSTER, is_stateful=True)
    said = markdown.comment(replace(NOTHING, changes=(lost, *created(3000))), artifact="the artifact `difference-dev`")
    assert len(said.encode()) <= markdown.LIMIT < 65_536
    rows = sum(row.startswith("| `database-alarm-") for row in said.splitlines())
    assert 100 < rows < 3000
    assert (
        f"**{3000 - rows} more lines did not fit into a comment; all of them are in the artifact `difference-dev`.**"
        in said
    )
    assert f"<summary>Created ({rows} of 3000)</summary>" in said
    assert "| **`database-cluster`**<br>`aws:rds/cluster:Cluster` | **holds data** |" in said


def test_a_comment_that_fits_is_whole() -> None:
    said = markdown.comment(replace(NOTHING, changes=created(30)))
    assert sum(row.startswith("| `database-alarm-") for row in said.splitlines()) == 30
    assert "did not fit" not in said


def test_what_a_fork_writes_cannot_leave_its_cell_call_anybody_or_link() -> None:
    text = "a | b\n<img src=x> @security-team [x](http://e.invalid) `code`"
    said = markdown.comment(replace(NOTHING, findings=Findings(new=(line("AAA-001", text=text),))))
    (row,) = [each for each in said.splitlines() if each.startswith("| **`AAA-001")]
    assert row.replace("\\|", "").count("|") == 3
    assert "@security-team" not in row
    assert "\\<img" in row
    assert "\\[x\\]" in row


def test_what_one_rule_finds_on_a_resource_is_one_row_and_so_is_what_nobody_can_judge_there() -> None:
    owner, cost = (
        line("TAG-001", key=key, text=f"tags.{key} is absent; rule: all have it; fix: add it")
        for key in ("Owner", "Cost")
    )
    later = "policy known only after deployment"
    blind = [
        line(rule, State.UNJUDGED, is_unjudged=True, key=None, text=f"{later}; rule: {rule} is so")
        for rule in ("IAM-001", "IAM-002")
    ]
    said = markdown.comment(replace(NOTHING, findings=Findings(new=(owner, cost), unjudged=tuple(blind))))
    alarm = "`aws:cloudwatch/metricAlarm:MetricAlarm database-alarm`"
    assert "> Policies block this: `TAG-001`." in said
    assert (
        f"| **`TAG-001[Owner, Cost]`**<br>{alarm} | tags.Owner is absent<br>tags.Cost is absent<br>"
        "rule: all have it<br>fix: add it |"
    ) in said.splitlines()
    assert f"| `IAM-001`, `IAM-002`<br>{alarm} | {later} |" in said.splitlines()


def test_a_result_that_is_not_whole_says_so_first() -> None:
    said = markdown.comment(replace(NOTHING, errors=("The preview failed: boom",)))
    assert said.startswith("## `dev`: nothing to tell\n")
    assert "> - The preview failed: boom" in said
    assert "The stack stays as it is." not in said


def test_the_json_has_the_exit_code_and_every_change() -> None:
    gone = replace(NOTHING, changes=(Change(kind=Kind.DELETE, urn=CLUSTER, is_stateful=True),))
    document: Mapping[str, Any] = json.loads(as_json(gone, gone.exit()))
    assert (document["version"], document["exit"], document["destroys"]) == (1, 2, [CLUSTER])
    assert document["counts"] == {"delete": 1, "replace": 0, "update": 0, "create": 0}
    assert document["today"] == "2026-11-26"
