"""The reader of the installed SDK, against the real SDK."""

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import cache
from sandbox.errors import SandboxError
from sandbox.schema.sdk import PROVIDER, Sdk
from sandbox.schema.types import ListOf, MapOf, ObjectRef, Scalar

SUBNET = "aws:ec2/subnet:Subnet"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    return tmp_path


def test_every_resource_type_of_the_sdk_can_be_read(sdk: Sdk) -> None:
    empty: list[str] = []
    for token in sdk.tokens():
        file, name = sdk.source(token)
        if not file.arguments_of(name) and not file.results(name):
            empty.append(token)
    assert empty == [
        "aws:ram/sharingWithOrganization:SharingWithOrganization"
    ]  # it is a switch, and has nothing to set


def test_inputs_carry_wire_names_types_and_which_are_required(sdk: Sdk) -> None:
    subnet = sdk.resource(SUBNET)
    assert [name for name, each in subnet.inputs.items() if each.required] == ["vpcId"]
    assert subnet.inputs["cidrBlock"].type == Scalar(name="string")
    assert subnet.inputs["mapPublicIpOnLaunch"].type == Scalar(name="boolean")
    assert subnet.inputs["tags"].type == MapOf(value=Scalar(name="string"))


def test_outputs_that_nobody_can_set_are_told_from_inputs(sdk: Sdk) -> None:
    subnet = sdk.resource(SUBNET)
    assert subnet.computed == {"arn", "ipv6CidrBlockAssociationId", "ownerId", "tagsAll"}
    assert subnet.outputs["availabilityZone"].required  # left out, AWS chooses one


def test_nested_objects_are_read_as_deep_as_they_go(sdk: Sdk) -> None:
    group = sdk.resource("aws:ec2/securityGroup:SecurityGroup")
    ingress = group.inputs["ingress"].type
    assert isinstance(ingress, ListOf)
    assert isinstance(ingress.item, ObjectRef)
    rule = group.objects[ingress.item.name]
    assert {name for name, each in rule.items() if each.required} == {"fromPort", "toPort", "protocol"}


def test_secret_outputs_are_known_as_such(sdk: Sdk) -> None:
    assert "masterPassword" in sdk.resource("aws:rds/cluster:Cluster").secrets
    assert sdk.resource(SUBNET).secrets == frozenset()


def test_defaults_come_from_the_documentation(sdk: Sdk) -> None:
    assert sdk.resource("aws:ec2/vpc:Vpc").inputs["enableDnsSupport"].default is True
    assert sdk.resource("aws:kms/key:Key").inputs["isEnabled"].default is True


def test_the_provider_itself_has_a_schema(sdk: Sdk) -> None:
    assert {"region", "allowedAccountIds", "defaultTags", "assumeRoles"} <= sdk.resource(PROVIDER).inputs.keys()


def test_a_type_that_does_not_exist_is_no_schema(sdk: Sdk) -> None:
    with pytest.raises(KeyError):
        sdk.resource("aws:ec2/vcp:Vcp")


def test_an_sdk_that_is_not_installed_is_said_in_one_sentence() -> None:
    with pytest.raises(SandboxError, match="pulumi-nosuch is not installed"):
        Sdk.installed("nosuch")


def test_what_was_read_once_is_read_from_the_cache(own_cache: Path) -> None:
    first = Sdk.installed("aws").resource(SUBNET)
    (kept,) = own_cache.rglob("*.json")
    kept.write_text(kept.read_text().replace("mapPublicIpOnLaunch", "fromTheCache"))
    assert "fromTheCache" in Sdk.installed("aws").resource(SUBNET).inputs
    assert "fromTheCache" not in first.inputs


def test_a_cache_file_of_another_format_is_made_anew(own_cache: Path) -> None:
    whole = Sdk.installed("aws").resource(SUBNET)
    (kept,) = own_cache.rglob("*.json")
    kept.write_text(kept.read_text().replace('"format": 1', '"format": 0').replace("mapPublicIpOnLaunch", "old"))
    assert Sdk.installed("aws").resource(SUBNET) == whole


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1, "schema": {"token": 1}}'])
def test_a_damaged_cache_file_is_made_anew(own_cache: Path, damage: str) -> None:
    whole = Sdk.installed("aws").resource(SUBNET)
    (kept,) = own_cache.rglob("*.json")
    good = kept.read_text()
    kept.write_text(damage)
    assert Sdk.installed("aws").resource(SUBNET) == whole
    assert kept.read_text() == good
    assert list(kept.parent.iterdir()) == [kept]  # nothing half written is left behind


def test_reading_a_schema_never_imports_the_sdk(own_cache: Path) -> None:
    code = (
        "import sys; from sandbox.schema.sdk import Sdk; "
        f"Sdk.installed('aws').resource({SUBNET!r}); sys.exit('pulumi_aws' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
