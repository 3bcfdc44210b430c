"""The organisation, its units and its accounts (REQ-E2)."""

import pytest

from tests.unit.organization import organization_of
from tests.unit.recording import Recorded

ORGANIZATION = "aws:organizations/organization:Organization"
UNIT = "aws:organizations/organizationalUnit:OrganizationalUnit"
ACCOUNT = "aws:organizations/account:Account"


@pytest.fixture(scope="module")
def run() -> Recorded:
    return organization_of()


def test_the_units_stand_as_drawn(run: Recorded) -> None:
    assert {one["name"]: one["parentId"] for one in run.of_type(UNIT)} == {
        "Security": "r-root",
        "Workloads": "r-root",
        "Dev": "tree-workloads-id",
        "Stg": "tree-workloads-id",
        "Prod": "tree-workloads-id",
        "Suspended": "r-root",
    }
    assert all(one.protect for one in run.of_type(UNIT))


def test_each_stage_is_an_account_in_the_unit_of_its_name(run: Recorded) -> None:
    found = {one["name"]: (one["email"], one["parentId"], one["tags"]["Environment"]) for one in run.of_type(ACCOUNT)}
    assert found == {
        "example-security": ("aws+security@example.com", "tree-security-id", "prod"),
        "example-dev": ("aws+dev@example.com", "tree-dev-id", "dev"),
        "example-stg": ("aws+stg@example.com", "tree-stg-id", "stg"),
        "example-prod": ("aws+prod@example.com", "tree-prod-id", "prod"),
    }


def test_no_account_is_ever_closed_from_here(run: Recorded) -> None:
    for one in (*run.of_type(ACCOUNT), *run.of_type(ORGANIZATION)):
        assert (one.protect, one.retains) == (True, True), one.name
    for one in run.of_type(ACCOUNT):
        assert one["closeOnDeletion"] is False
        # AWS tells neither of an account that was adopted, and the provider would make another one for it.
        assert list(one.ignores) == ["iamUserAccessToBilling", "roleName"]


def test_the_organisation_has_both_kinds_of_control_policy_and_trusts_no_service_but_these(run: Recorded) -> None:
    (one,) = run.of_type(ORGANIZATION)
    assert one["featureSet"] == "ALL"
    assert one["enabledPolicyTypes"] == ["RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"]
    assert one["awsServiceAccessPrincipals"] == [
        "access-analyzer.amazonaws.com",
        "account.amazonaws.com",
        "cloudtrail.amazonaws.com",
        "config.amazonaws.com",
        "config-multiaccountsetup.amazonaws.com",
        "guardduty.amazonaws.com",
        "iam.amazonaws.com",
        "inspector2.amazonaws.com",
        "malware-protection.guardduty.amazonaws.com",
        "securityhub.amazonaws.com",
        "sso.amazonaws.com",
    ]


def test_root_users_of_members_lose_their_passwords(run: Recorded) -> None:
    (one,) = run.of_type("aws:iam/organizationsFeatures:OrganizationsFeatures")
    assert one["enabledFeatures"] == ["RootCredentialsManagement", "RootSessions"]


def test_the_provider_acts_on_the_management_account_only(run: Recorded) -> None:
    provider = run.named("aws-management", "pulumi:providers:aws")
    assert provider["allowedAccountIds"] == '["123456789012"]'
    (one,) = run.of_type(ORGANIZATION)
    assert "::aws-management::" in one.provider
