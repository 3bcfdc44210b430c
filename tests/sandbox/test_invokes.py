"""The functions that the stand-in answers."""

import json
import re
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.provider.configuration import Configuration
from sandbox.provider.invokes import FUNCTIONS, answer
from sandbox.provider.zones import short_name, zone_id
from sandbox.schema.values import Bag, Secret

ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"
DOCUMENT = "aws:iam/getPolicyDocument:getPolicyDocument"


def test_who_and_where_are_those_of_the_provider_instance(seoul: Configuration) -> None:
    assert answer("aws:index/getCallerIdentity:getCallerIdentity", {}, seoul)["accountId"] == "111122223333"
    assert answer("aws:index/getRegion:getRegion", {}, seoul)["region"] == "ap-northeast-2"
    assert answer("aws:index/getPartition:getPartition", {}, seoul)["dnsSuffix"] == "amazonaws.com"


@pytest.mark.parametrize(
    ("region", "letters"), [("ap-northeast-2", "abcd"), ("ap-southeast-1", "abc"), ("us-east-1", "abcdef")]
)
def test_each_region_has_its_zones(seoul: Configuration, region: str, letters: str) -> None:
    found = answer(ZONES, {"region": region}, seoul)
    assert found["names"] == [region + letter for letter in letters]
    assert found["zoneIds"] == [f"{short_name(region)}-az{number}" for number in range(1, len(letters) + 1)]


def test_zones_can_be_left_out(seoul: Configuration) -> None:
    found = answer(ZONES, {"excludeNames": ["ap-northeast-2b"], "excludeZoneIds": ["apne2-az4"]}, seoul)
    assert found["names"] == ["ap-northeast-2a", "ap-northeast-2c"]


def test_one_zone_is_found_by_name_or_id_and_a_wrong_one_is_refused(seoul: Configuration) -> None:
    token = "aws:index/getAvailabilityZone:getAvailabilityZone"
    assert answer(token, {"name": "ap-northeast-2c"}, seoul)["zoneId"] == "apne2-az3"
    assert answer(token, {"zoneId": "apne2-az3"}, seoul)["name"] == "ap-northeast-2c"
    with pytest.raises(SandboxError, match="has no zone 'ap-northeast-2z'; it has ap-northeast-2a"):
        answer(token, {"name": "ap-northeast-2z"}, seoul)


@pytest.mark.parametrize(
    ("zone", "identifier"),
    [("ap-northeast-2a", "apne2-az1"), ("us-east-1f", "use1-az6"), ("eu-central-1b", "euc1-az2")],
)
def test_zone_ids_have_awss_form(zone: str, identifier: str) -> None:
    assert zone_id(zone) == identifier


@pytest.mark.parametrize("zone", ["nowhere", "ap-northeast-2", "ap-southeast-1d"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(SandboxError, match=f"'{zone}' is not an availability zone"):
        zone_id(zone)


def test_awss_own_prefix_lists_have_an_id_in_each_region(seoul: Configuration) -> None:
    token, name = "aws:ec2/getManagedPrefixList:getManagedPrefixList", "com.amazonaws.global.cloudfront.origin-facing"
    here = answer(token, {"name": name}, seoul)
    there = answer(token, {"name": name, "region": "us-east-1"}, seoul)
    assert re.fullmatch("pl-[0-9a-f]{8}", str(here["id"]))
    assert here["id"] != there["id"]
    assert here == answer(token, {"name": name}, seoul)
    with pytest.raises(SandboxError, match="'ours'"):
        answer(token, {"name": "ours"}, seoul)


def test_a_function_that_nobody_modelled_fails_by_name_and_says_how_to_add_it(seoul: Configuration) -> None:
    with pytest.raises(SandboxError, match=r"aws:ec2/getAmi:getAmi: write it in sandbox/provider/invokes\.py"):
        answer("aws:ec2/getAmi:getAmi", {}, seoul)


def document(seoul: Configuration, arguments: Bag) -> Any:
    result = answer(DOCUMENT, arguments, seoul)
    assert json.loads(str(result["json"])) == json.loads(str(result["minifiedJson"]))
    return json.loads(str(result["json"]))


def test_a_policy_document_is_rendered_as_iam_reads_it(seoul: Configuration) -> None:
    statement: Bag = {
        "sid": "Read",
        "actions": ["s3:GetObject", "s3:ListBucket"],
        "resources": ["arn:aws:s3:::b"],
        "principals": [{"type": "AWS", "identifiers": ["1"]}, {"type": "Service", "identifiers": ["a.b", "c.d"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:x", "values": ["y"]}],
    }
    assert document(seoul, {"statements": [statement]}) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:GetObject"],
                "Resource": "arn:aws:s3:::b",
                "Principal": {"AWS": "1", "Service": ["c.d", "a.b"]},
                "Condition": {"StringEquals": {"aws:x": "y"}},
            }
        ],
    }


def test_everyone_is_a_star(seoul: Configuration) -> None:
    statement: Bag = {"effect": "Deny", "notActions": ["a:b"], "principals": [{"type": "*", "identifiers": ["*"]}]}
    assert document(seoul, {"statements": [statement]})["Statement"] == [
        {"Effect": "Deny", "NotAction": "a:b", "Principal": "*"}
    ]


def test_documents_are_merged_and_a_sid_is_overridden(seoul: Configuration) -> None:
    source = json.dumps({"Statement": [{"Sid": "A", "Action": "old"}, {"Action": "kept"}]})
    override = json.dumps({"Statement": {"Sid": "B", "Action": "over"}})
    found = document(
        seoul,
        {
            "policyId": "id",
            "sourcePolicyDocuments": [source],
            "statements": [{"sid": "A", "actions": ["new"]}, {"sid": "B", "actions": ["below"]}],
            "overridePolicyDocuments": [Secret(value=override)],
        },
    )
    assert found["Id"] == "id"
    assert [(each.get("Sid"), each["Action"]) for each in found["Statement"]] == [
        ("A", "new"),
        (None, "kept"),
        ("B", "over"),
    ]


def test_a_source_that_is_no_document_is_refused(seoul: Configuration) -> None:
    with pytest.raises(SandboxError, match="is not a JSON policy document"):
        answer(DOCUMENT, {"sourcePolicyDocuments": ["{nope"]}, seoul)


def test_every_function_is_named_as_the_sdk_names_it() -> None:
    assert [token for token in FUNCTIONS if not re.fullmatch(r"aws:\w+/(get\w+):\1", token)] == []


CONTRACT = "aws:ssm/getParameter:getParameter"


def test_a_service_stack_gets_the_fixture_in_place_of_a_contract_and_is_told_so(seoul: Configuration) -> None:
    found = answer(CONTRACT, {"name": "/startup-platform/dev/contract/v1"}, seoul)
    contract = json.loads(str(found["value"]))
    assert (contract["stage"], contract["account_id"]) == ("dev", "111122223333")
    assert contract["fixture"] == "services/contract.fixture.json"


@pytest.mark.parametrize("name", ["/startup-platform/qa/contract/v1", "/startup-platform/dev/contract", "/other"])
def test_there_is_no_other_parameter(seoul: Configuration, name: str) -> None:
    with pytest.raises(SandboxError, match=f"ParameterNotFound: there is no parameter '{name}' in account"):
        answer(CONTRACT, {"name": name}, seoul)


def test_another_account_or_region_has_no_contract(seoul: Configuration) -> None:
    with pytest.raises(SandboxError, match="ParameterNotFound"):
        answer(CONTRACT, {"name": "/startup-platform/dev/contract/v1", "region": "us-east-1"}, seoul)
