"""What the provider fills in: names, texts, tags."""

import re

import pytest

from sandbox.provider.autoname import Proposal
from sandbox.provider.configuration import Configuration
from sandbox.provider.defaults import filled, tagged
from sandbox.schema.sdk import Sdk
from sandbox.schema.values import UNKNOWN, Bag

SEED = b"seed"


def fill(sdk: Sdk, token: str, inputs: Bag, olds: Bag | None = None, logical: str = "Main", seed: bytes = SEED) -> Bag:
    return filled(sdk.resource(token), inputs, olds or {}, logical=logical, seed=seed, proposal=None)


NAMES: list[tuple[str, Bag, str, str]] = [
    ("aws:iam/role:Role", {}, "name", r"Main-[0-9a-f]{7}"),
    ("aws:s3/bucket:Bucket", {}, "bucket", r"main-[0-9a-f]{7}"),
    ("aws:sqs/queue:Queue", {"fifoQueue": True}, "name", r"Main-[0-9a-f]{7}\.fifo"),
    ("aws:sns/topic:Topic", {"fifoTopic": True}, "name", r"Main-[0-9a-f]{7}\.fifo"),
    ("aws:kms/alias:Alias", {}, "name", r"alias/Main-[0-9a-f]{7}"),
    ("aws:glue/catalogDatabase:CatalogDatabase", {}, "name", r"main_[a-z]{8}"),
    ("aws:rds/instance:Instance", {}, "identifier", r"Main[0-9a-f]{7}"),
    ("aws:eks/nodeGroup:NodeGroup", {}, "nodeGroupName", r"Main-[0-9a-f]{7}"),
    ("aws:efs/fileSystem:FileSystem", {}, "creationToken", r"Main-[0-9a-f]{7}"),
]


@pytest.mark.parametrize(("token", "inputs", "property_name", "form"), NAMES)
def test_what_is_left_unnamed_is_named_as_the_bridge_does(
    sdk: Sdk, token: str, inputs: Bag, property_name: str, form: str
) -> None:
    made = fill(sdk, token, inputs)
    assert re.fullmatch(form, str(made[property_name]))
    assert made["__defaults"] == [property_name]


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:iam/role:Role", {"name": "own"}),
        ("aws:iam/role:Role", {"namePrefix": "own-"}),
        ("aws:rds/cluster:Cluster", {}),  # named by Terraform, not by the bridge
        ("aws:route53/record:Record", {}),  # its name is a domain
        ("aws:ec2/vpc:Vpc", {}),  # has none
    ],
)
def test_nothing_is_named_that_has_a_name_or_takes_none(sdk: Sdk, token: str, inputs: Bag) -> None:
    made = fill(sdk, token, inputs)
    assert {name: value for name, value in made.items() if name != "__defaults"} == inputs


def test_an_update_keeps_a_made_up_name_and_a_replacement_gets_another(sdk: Sdk) -> None:
    first = fill(sdk, "aws:iam/role:Role", {})
    assert fill(sdk, "aws:iam/role:Role", {}, first, seed=b"other") == first
    assert fill(sdk, "aws:iam/role:Role", {}, seed=b"other")["name"] != first["name"]


def test_a_name_taken_out_of_the_program_is_made_up_anew(sdk: Sdk) -> None:
    explicit = fill(sdk, "aws:iam/role:Role", {"name": "own"})
    assert fill(sdk, "aws:iam/role:Role", {}, explicit)["name"] != "own"


@pytest.mark.parametrize(
    ("token", "longest"),
    [("aws:lb/targetGroup:TargetGroup", 32), ("aws:iam/role:Role", 64), ("aws:s3/bucket:Bucket", 63)],
)
def test_a_name_longer_than_aws_allows_is_refused_with_the_way_out(sdk: Sdk, token: str, longest: int) -> None:
    fits = fill(sdk, token, {}, logical="x" * (longest - 8))
    assert longest in [len(value) for value in fits.values() if isinstance(value, str)]
    with pytest.raises(ValueError, match=f"longer than the {longest} allowed: choose a shorter logical name, or set"):
        fill(sdk, token, {}, logical="x" * (longest - 7))


def test_pulumis_own_naming_configuration_is_followed(sdk: Sdk) -> None:
    role = sdk.resource("aws:iam/role:Role")
    wished = Proposal(name="main-dev", is_off=False)
    assert filled(role, {}, {}, logical="main", seed=SEED, proposal=wished)["name"] == "main-dev"
    with pytest.raises(ValueError, match="automatic naming is switched off: set 'name'"):
        filled(role, {}, {}, logical="main", seed=SEED, proposal=Proposal(name="", is_off=True))


def test_a_text_that_aws_demands_is_filled_in(sdk: Sdk) -> None:
    assert fill(sdk, "aws:ec2/securityGroup:SecurityGroup", {})["description"] == "Managed by Pulumi"
    assert fill(sdk, "aws:ec2/securityGroup:SecurityGroup", {"description": "ours"})["description"] == "ours"


def configuration(tags: dict[str, str] | None) -> Configuration:
    return Configuration(
        region="ap-northeast-2",
        account="1" * 12,
        default_tags=tags,
        ignored_keys=frozenset({"Secret"}),
        ignored_prefixes=("aws:",),
    )


def test_default_tags_and_own_tags_make_tags_all_and_own_ones_win(sdk: Sdk) -> None:
    made = tagged(
        sdk.resource("aws:sqs/queue:Queue"),
        {"tags": {"Owner": "us", "Name": "q"}, "tagsAll": {"forged": "x"}},
        configuration({"Owner": "all", "Project": "p", "Secret": "x", "aws:x": "y"}),
    )
    assert made["tagsAll"] == {"Owner": "us", "Name": "q", "Project": "p"}


def test_one_unknown_tag_makes_tags_all_wholly_unknown(sdk: Sdk) -> None:
    queue = sdk.resource("aws:sqs/queue:Queue")
    assert tagged(queue, {"tags": {"a": "b", "vpc": UNKNOWN}}, configuration({}))["tagsAll"] is UNKNOWN
    assert tagged(queue, {"tags": {"a": "b"}}, configuration(None))["tagsAll"] is UNKNOWN


def test_a_type_without_tags_gets_none(sdk: Sdk) -> None:
    rule = sdk.resource("aws:iam/rolePolicy:RolePolicy")
    assert "tagsAll" not in tagged(rule, {}, configuration({"Project": "p"}))
