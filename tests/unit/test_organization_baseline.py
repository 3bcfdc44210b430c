"""What every account has from its first day (REQ-N3, REQ-S13)."""

import json

import pytest

from tests.unit.organization import organization_config, organization_of
from tests.unit.recording import Recorded

ACCOUNTS = ("management", "security", "dev", "stg", "prod")
REGIONS = ("ap-northeast-2", "ap-southeast-1", "us-east-1")


@pytest.fixture(scope="module")
def run() -> Recorded:
    return organization_of()


def provider_of(urn: str) -> str:
    return urn.split("::")[3]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_each_account_has_its_baseline_by_a_provider_of_its_own(run: Recorded, account: str) -> None:
    for token in (
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
    ):
        (one,) = [each for each in run.of_type(token) if each.name.startswith(f"{account}-baseline-")]
        assert provider_of(one.provider) == f"aws-{account}"


def test_a_member_is_reached_by_the_role_it_was_made_with_and_nobody_else_by_that_provider(run: Recorded) -> None:
    numbers = {"security": "222233334444", "dev": "111122223333", "stg": "444455556666", "prod": "777788889999"}
    for account, number in numbers.items():
        provider = run.named(f"aws-{account}", "pulumi:providers:aws")
        assert json.loads(provider["allowedAccountIds"]) == [number]
        (role,) = json.loads(provider["assumeRoles"])
        assert role["roleArn"] == f"arn:aws:iam::{number}:role/OrganizationAccountAccessRole"
        tags = json.loads(provider["defaultTags"])["tags"]
        assert tags["Environment"] == (account if account != "security" else "prod")
    assert run.named("aws-management", "pulumi:providers:aws").get("assumeRoles") is None


def test_no_bucket_of_an_account_can_be_opened_to_the_public(run: Recorded) -> None:
    for one in run.of_type("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"):
        assert dict(one.inputs) == {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }


def test_a_password_would_be_long_mixed_new_and_changed_every_quarter(run: Recorded) -> None:
    for one in run.of_type("aws:iam/accountPasswordPolicy:AccountPasswordPolicy"):
        assert dict(one.inputs) == {
            "allowUsersToChangePassword": True,
            "maxPasswordAge": 90,
            "minimumPasswordLength": 14,
            "passwordReusePrevention": 24,
            "requireLowercaseCharacters": True,
            "requireNumbers": True,
            "requireSymbols": True,
            "requireUppercaseCharacters": True,
        }


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": True}),
        ("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", {"state": "block-all-sharing"}),
        ("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", {"state": "block-new-sharing"}),
        (
            "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
            {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 2},
        ),
    ],
)
def test_what_is_set_per_region_is_set_in_each_that_may_be_used(
    run: Recorded, token: str, inputs: dict[str, object]
) -> None:
    found = {(provider_of(one.provider), one["region"]) for one in run.of_type(token)}
    assert found == {(f"aws-{account}", region) for account in ACCOUNTS for region in REGIONS}
    for one in run.of_type(token):
        assert {key: value for key, value in one.inputs.items() if key != "region"} == inputs


def test_aws_knows_whom_to_call_about_each_account(run: Recorded) -> None:
    found = run.of_type("aws:account/alternativeContact:AlternativeContact")
    assert len(found) == 3 * len(ACCOUNTS)
    assert {(one["alternateContactType"], one["emailAddress"]) for one in found} == {
        ("SECURITY", "security@example.com"),
        ("OPERATIONS", "platform@example.com"),
        ("BILLING", "finance@example.com"),
    }


def test_an_account_without_a_number_gets_its_baseline_later() -> None:
    accounts = json.loads(organization_config()["startup-platform-organization:accounts"])
    run = organization_of(accounts=json.dumps(accounts | {"prod": accounts["prod"] | {"account_id": None}}))
    assert [one.name for one in run.registrations if one.name.startswith(("prod-baseline", "aws-prod"))] == []
