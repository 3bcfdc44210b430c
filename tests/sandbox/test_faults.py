"""How faults are written, whom they strike, and how a state is compared."""

import copy
from pathlib import Path
from typing import Any

import pytest

from sandbox.accounts import behind
from sandbox.errors import SandboxError
from sandbox.faults.grammar import Kind, Moment, Operation, read
from sandbox.faults.plan import Plan
from sandbox.faults.recovery import import_document, unknown
from sandbox.faults.soak import drawn
from sandbox.faults.states import astray, unlike
from sandbox.ledger import Thing
from sandbox.workspace import CHECKPOINTS, Workspace

QUEUE = "urn:pulumi:dev::small::test:index:Tier$aws:sqs/queue:Queue::queue"
VPC = "urn:pulumi:dev::small::aws:ec2/vpc:Vpc::network-vpc"
TIER = "urn:pulumi:dev::small::test:index:Tier::tier"
PROVIDER = "urn:pulumi:dev::small::pulumi:providers:aws::seoul"


def test_a_fault_says_kind_target_and_options() -> None:
    first, second = read(" throttle@aws:ec2/vpc:Vpc,times=5,retries=2,op=any ; kill@network-vpc,when=before,delay=20;")
    assert (first.kind, first.target, first.times, first.retries) == (Kind.THROTTLE, "aws:ec2/vpc:Vpc", 5, 2)
    assert first.operations == frozenset(Operation)
    assert (second.kind, second.moment, second.delay, second.count) == (Kind.KILL, Moment.BEFORE, 20, 1)
    assert read("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("throtle@*", "'throtle' is no fault; there are throttle, slow, lag, unreadable, stale, partial, orphan"),
        ("throttle", "throttle@ wants a target: * for all, a type such as aws:sqs/queue:Queue, or a name"),
        ("throttle@a b", "throttle@ wants a target"),
        ("orphan@*,times=2", "orphan has no option 'times=2'; it has count, seed, share and skip, as option=value"),
        ("throttle@*,times=0", "times=0: times is a whole number from 1 to 1000"),
        ("throttle@*,times=many", "times=many: times is a whole number from 1 to 1000"),
        ("slow@*,share=2", "share=2: share is a number above 0, and 1 at most"),
        ("die@*,op=replace", "op=replace: op is create, read, update, delete or any"),
        ("kill@*,when=later", "when=later: when is before or after"),
        ("orphan@*;kill", "at 'kill': kill@ wants a target"),
    ],
)
def test_a_wrong_word_is_one_sentence_that_says_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(SandboxError) as refused:
        read(text)
    assert str(refused.value).startswith("SANDBOX_FAULTS, at ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("target", ["*", "queue", "aws:sqs/queue:Queue"])
def test_a_target_is_all_a_name_or_a_type(target: str) -> None:
    (fault,) = read(f"orphan@{target}")
    assert fault.aims_at(QUEUE, Operation.CREATE)
    assert not fault.aims_at(QUEUE, Operation.DELETE)
    assert fault.aims_at(VPC, Operation.CREATE) == (target == "*")


def test_counts_say_how_many_are_struck_and_after_how_many_calls() -> None:
    plan = Plan(read("orphan@*,skip=1,count=2"))
    urns = [f"urn:pulumi:dev::small::aws:sqs/queue:Queue::q{number}" for number in range(5)]
    struck = [bool(plan.striking(Kind.ORPHAN, urn, Operation.CREATE)) for urn in urns]
    assert struck == [False, True, True, False, False]
    assert plan.striking(Kind.ORPHAN, urns[1], Operation.CREATE)  # one that was struck stays so


def test_a_resource_has_its_own_refusals() -> None:
    plan = Plan(read("throttle@*,times=2"))
    fault = plan.striking(Kind.THROTTLE, QUEUE, Operation.CREATE)
    assert fault
    assert [plan.use(fault, QUEUE) for _ in range(3)] == [True, True, False]
    assert plan.use(fault, VPC)


def test_a_share_is_drawn_by_the_seed_and_by_nothing_else() -> None:
    urns = [f"urn:pulumi:dev::small::aws:sqs/queue:Queue::q{number}" for number in range(400)]

    def struck(seed: int) -> list[str]:
        (fault,) = read(f"orphan@*,share=0.25,seed={seed}")
        return [urn for urn in urns if fault.aims_at(urn, Operation.CREATE)]

    assert struck(1) == struck(1) != struck(2)
    assert 60 < len(struck(1)) < 140


def test_where_faults_are_asked_for_checkpoints_are_kept_and_names_are_taken(tmp_path: Path) -> None:
    workspace = Workspace(project=tmp_path)
    calm = workspace.environment({})
    struck = workspace.environment({"SANDBOX_FAULTS": "orphan@*", CHECKPOINTS: "true"})
    assert (calm[CHECKPOINTS], struck[CHECKPOINTS]) == ("true", "false")
    assert behind(workspace, calm).notice() == ""
    assert len(behind(workspace, calm).calls()) == 1
    assert "with faults: orphan@*" in behind(workspace, struck).notice()
    assert len(behind(workspace, struck).calls()) == 2


def test_a_round_of_the_soak_is_the_same_for_the_same_seed() -> None:
    first = [drawn(7, number, full=False, size=200) for number in range(50)]
    assert first == [drawn(7, number, full=False, size=200) for number in range(50)]
    assert first != [drawn(8, number, full=False, size=200) for number in range(50)]
    assert {each.fault.partition("@")[0] for each in first} == {"kill", "die"}
    for each in first:
        assert read(each.fault)


def resource(urn: str, identifier: str, **more: Any) -> dict[str, Any]:
    return {"urn": urn, "custom": True, "id": identifier, "type": "x", "inputs": {}, "outputs": {}, **more}


def exported(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": list(resources)}}


REFERENCE = exported(
    resource(VPC, "vpc-1", inputs={"cidrBlock": "10.0.0.0/16"}, outputs={"arn": "arn/vpc-1"}),
    resource(QUEUE, "q", inputs={"policy": "of arn/vpc-1"}, dependencies=[VPC, TIER]),
)


def test_states_that_differ_in_made_up_values_only_are_alike() -> None:
    other = exported(
        resource(VPC, "vpc-2", inputs={"cidrBlock": "10.0.0.0/16"}, outputs={"arn": "arn/vpc-2"}, created="now"),
        resource(QUEUE, "q", inputs={"policy": "of arn/vpc-2"}, dependencies=[TIER, VPC]),
    )
    assert unlike(other, REFERENCE) == []


def test_states_that_differ_otherwise_are_not() -> None:
    dangling, less, waiting = (copy.deepcopy(REFERENCE) for _ in range(3))
    dangling["deployment"]["resources"][0].update(id="vpc-2", outputs={"arn": "arn/vpc-2"})  # the queue has the old one
    (said,) = unlike(dangling, REFERENCE)
    assert said.startswith(f"unlike the reference: {QUEUE}: inputs.policy is ")
    del less["deployment"]["resources"][1]
    assert unlike(less, REFERENCE) == [f"missing: {QUEUE}"]
    assert unlike(REFERENCE, less) == [f"not in the reference: {QUEUE}"]
    waiting["deployment"]["pending_operations"] = [{"resource": {"urn": QUEUE}, "type": "creating"}]
    assert unlike(waiting, REFERENCE) == [f"pending: {QUEUE}"]


def test_an_archive_is_what_its_hash_says_for_a_refresh_leaves_no_more_of_it() -> None:
    def function(content: str, **assets: Any) -> dict[str, Any]:
        code = {
            "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
            "hash": content,
            "assets": assets,
        }
        return exported(resource(QUEUE, "q", inputs={"code": code}, outputs={"code": code}))

    assert unlike(function("one"), function("one", handler={"path": "/here/handler.py"})) == []
    assert unlike(function("other"), function("one")) != []


def test_what_a_kubernetes_server_writes_beside_the_programs_metadata_may_differ_and_nothing_else_of_it() -> None:
    def applied(moment: str, name: str) -> dict[str, Any]:
        metadata = {"name": name, "creationTimestamp": moment, "uid": f"uid-{moment}", "resourceVersion": "7"}
        return exported(
            resource(QUEUE, "q", outputs={"metadata": metadata}, inputs={"metadata": {"name": name}})
            | {"type": "kubernetes:core/v1:Namespace"}
        )

    assert unlike(applied("now", "argocd"), applied("then", "argocd")) == []
    assert unlike(applied("now", "argocd"), applied("then", "other")) != []


def test_a_secret_that_the_program_draws_may_differ_if_it_does_so_everywhere() -> None:
    def drew(password: str, used: str) -> dict[str, Any]:
        secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": f'"{password}"'}
        return exported(resource(QUEUE, "q", inputs={"password": secret}), resource(VPC, "v", inputs={"uses": used}))

    assert unlike(drew("hunter2", "hunter2"), drew("passw0rd", "passw0rd")) == []
    invented = [
        exported(resource(QUEUE, "q", outputs={"secret": {"4dabf18193072939515e22adb298388d": "x", "plaintext": text}}))
        for text in ('"made"', '"again"')
    ]
    assert unlike(invented[0], invented[1]) == []
    assert unlike(drew("hunter2", "hunter3"), drew("passw0rd", "passw0rd")) != []


def thing(urn: str, identifier: str) -> Thing:
    return Thing(urn=urn, id=identifier, inputs={}, outputs={})


def test_a_state_and_its_account_are_compared_object_by_object() -> None:
    assert astray(REFERENCE, [thing(VPC, "vpc-1"), thing(QUEUE, "q")]) == []
    assert astray(REFERENCE, [thing(VPC, "vpc-1"), thing(VPC, "vpc-2")]) == [
        f"in the account only: {VPC} vpc-2",
        f"in the state only: {QUEUE} q",
    ]


def test_what_the_state_lost_is_imported_with_its_parent_and_its_provider() -> None:
    state = exported(resource(VPC, "vpc-1"))
    lost = unknown(state, [thing(VPC, "vpc-1"), thing(QUEUE, "q")])
    assert [each.urn for each in lost] == [QUEUE]
    planned = [{"urn": QUEUE, "parent": TIER, "provider": f"{PROVIDER}::uuid"}]
    assert import_document(lost, planned) == {
        "nameTable": {"r0": TIER, "r1": PROVIDER},
        "resources": [
            {"type": "aws:sqs/queue:Queue", "name": "queue", "id": "q", "parent": "r0", "provider": "r1"},
        ],
    }
    with pytest.raises(SandboxError, match="the program has no such resource: delete it"):
        import_document(lost, [])
