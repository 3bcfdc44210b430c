"""What holds data stays: the guard goes red for each type, is not silenced, and what it guards is protected."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from ops.growth.changes import LOSES, lost, told
from ops.stateful import GUARDED, HELD, LOST, Holds
from sandbox.provider.protected import PROTECTED
from sandbox.provider.requests import planned
from sandbox.schema.cloudformation import CloudFormation
from sandbox.schema.sdk import Sdk
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded, Registration

# The only changes on what holds data that the program is blind to. A property that replaces must not be among them
# without a reason: whoever changes it then would believe that it was done.
IGNORED: Mapping[tuple[str, str], str] = {
    ("aws:elasticache/replicationGroup:ReplicationGroup", "engineVersion"): "AWS raises minor versions by itself",
    ("aws:rds/cluster:Cluster", "engineVersion"): "AWS raises minor versions by itself",
    (
        "aws:rds/cluster:Cluster",
        "globalClusterIdentifier",
    ): "the Global Database takes its members in, and lets them go",
    ("aws:rds/cluster:Cluster", "replicationSourceIdentifier"): "who follows whom changes with each takeover",
    ("aws:rds/globalCluster:GlobalCluster", "engineVersion"): "it follows its members'",
}
# What holds no data that cannot be had again, though others of its type do: by type and how its name ends.
UNPROTECTED: Mapping[tuple[str, str], str] = {
    ("aws:cloudwatch/logGroup:LogGroup", "-delivery"): "says why records were not delivered; the records are elsewhere",
    ("aws:cloudwatch/logGroup:LogGroup", "-log"): "says what a store or a function did; audits read others",
    ("aws:cloudwatch/logGroup:LogGroup", "-metrics"): "metrics on their way into CloudWatch, which keeps them",
    ("aws:ec2/subnet:Subnet", ""): "AWS deletes none with something in it, and the VPC is protected",
    ("aws:glue/catalogDatabase:CatalogDatabase", ""): "describes files; the program describes it",
    ("aws:s3/bucket:Bucket", "lake-results-bucket"): "answers to queries, which can be asked again",
    ("aws:sns/topic:Topic", ""): "passes on, and keeps nothing",
    ("aws:sqs/queue:Queue", "capacity-aside"): "notices of machines that are gone by now",
    ("aws:sqs/queue:Queue", "capacity-notices"): "notices that are worth something for two minutes",
}
STAGES = ("stg", "prod")
FLIPS = {token: one.flip for token, one in HELD.items() if one.flip}


@cache
def whole(stage: str) -> Recorded:
    """The stage with two regions, which has every type."""
    return platform_of(stage, phase="global")


def stateful(stage: str) -> list[Registration]:
    return [one for one in whole(stage).registrations if one.type in GUARDED]


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    return Sdk.installed("aws")


@pytest.fixture(scope="module")
def cloudformation() -> CloudFormation:
    return CloudFormation.installed()


@pytest.mark.parametrize("token", sorted(FLIPS))
def test_a_flipped_property_replaces_and_the_guard_names_what_would_go(
    token: str, sdk: Sdk, cloudformation: CloudFormation
) -> None:
    """By the provider's own diff, with what our program ignores on that type."""
    key, other = FLIPS[token]
    ignored = sorted({each for one in stateful("prod") if one.type == token for each in one.ignores})
    olds: dict[str, Any] = {key: "as it is"}
    plan = planned(sdk.resource(token), cloudformation, olds=olds, news={key: other}, ignored=ignored)
    assert key in plan.replaces, f"a change of {key} is no replacement: the guard would never see it"
    urn = f"urn:pulumi:prod::startup-platform::{token}::one"
    state = {"type": token}
    for op in sorted(LOSES):
        step = {"op": op, "urn": urn, "oldState": state, "newState": None if op == "delete" else state}
        assert lost([step]) == [urn], op
    assert f"HOLDS DATA and would go: {urn}" in told([{"op": "replace", "urn": urn, "newState": state}])
    assert lost([{"op": "update", "urn": urn, "oldState": state, "newState": state}]) == []


def test_the_program_has_every_type_that_can_be_flipped_and_no_other_that_is_guarded() -> None:
    inside_of_eks = {"aws:eks/cluster:Cluster"}  # pulumi-eks makes it; tests/engine sees it
    assert {one.type for one in stateful("prod")} == set(FLIPS) - inside_of_eks


def test_a_preview_warns_of_data_and_of_the_last_that_answers_and_growing_guards_data_and_addresses() -> None:
    assert {token for token, one in HELD.items() if one.holds is Holds.DATA} == LOST & GUARDED
    assert {"aws:rds/clusterInstance:ClusterInstance"} == LOST - GUARDED
    assert {"aws:ec2/vpc:Vpc", "aws:ec2/eip:Eip", "aws:lb/loadBalancer:LoadBalancer"} <= GUARDED - LOST
    assert {"aws:rds/cluster:Cluster", "aws:s3/bucket:Bucket", "aws:kms/key:Key"} <= LOST & GUARDED


@pytest.mark.parametrize("stage", STAGES)
def test_whatever_is_protected_is_guarded(stage: str) -> None:
    protected = {one.type for one in whole(stage).registrations if one.protect}
    assert protected - GUARDED == {"eks:index:Cluster"}


def test_no_change_of_what_holds_data_is_ignored_but_these() -> None:
    ignored = {(one.type, each) for stage in STAGES for one in stateful(stage) for each in one.ignores}
    assert ignored == set(IGNORED)


def test_nothing_that_is_ignored_would_have_replaced(sdk: Sdk, cloudformation: CloudFormation) -> None:
    for token, key in sorted(IGNORED):
        olds: dict[str, Any] = {key: "1.1"}
        plan = planned(sdk.resource(token), cloudformation, olds=olds, news={key: "1.2"}, ignored=())
        assert key not in plan.replaces, f"{token}.{key}"


@pytest.mark.parametrize("stage", STAGES)
def test_what_holds_data_is_protected_in_stg_and_prod_but_these(stage: str) -> None:
    used: set[tuple[str, str]] = set()
    bare: list[str] = []
    for one in stateful(stage):
        if one.protect:
            continue
        reasons = [(token, end) for token, end in UNPROTECTED if one.type == token and one.name.endswith(end)]
        used.update(reasons)
        bare += [] if reasons else [f"{one.type} {one.name}"]
    assert bare == []
    assert used == set(UNPROTECTED)


@pytest.mark.parametrize("stage", STAGES)
def test_what_can_protect_itself_does_in_stg_and_prod(stage: str) -> None:
    found = [one for one in stateful(stage) if one.type in PROTECTED]
    assert {one.type for one in found} == set(PROTECTED) - {"aws:ec2/instance:Instance", "aws:eks/cluster:Cluster"}
    for one in found:
        name, value, _ = PROTECTED[one.type]
        assert one.get(name) == value, one.name
    (cluster, *_) = whole(stage).of_type("eks:index:Cluster")
    assert cluster.protect
    assert cluster["deletionProtection"] is True
