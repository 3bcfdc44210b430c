"""Who looks after all accounts, and how far `audit_owner` lets it (REQ-S15)."""

import json
from collections.abc import Sequence

import pytest

from tests.unit.organization import organizations
from tests.unit.recording import Recorded, Registration

REGIONS = ["ap-northeast-2", "ap-southeast-1", "us-east-1"]
SECURITY = "222233334444"
MEMBERS = "aws:guardduty/organizationConfiguration:OrganizationConfiguration"
FEATURE = "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature"
HUBS = "aws:securityhub/organizationConfiguration:OrganizationConfiguration"
SCANS = "aws:inspector2/organizationConfiguration:OrganizationConfiguration"
FOR_ALL = {
    MEMBERS,
    FEATURE,
    HUBS,
    SCANS,
    "aws:securityhub/findingAggregator:FindingAggregator",
    "aws:accessanalyzer/analyzer:Analyzer",
    "aws:cfg/configurationAggregator:ConfigurationAggregator",
}
IN_EACH_REGION = {
    "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount": "adminAccountId",
    "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": "adminAccountId",
    "aws:inspector2/delegatedAdminAccount:DelegatedAdminAccount": "accountId",
}
OWNS, LEAVES = range(2)


def by(owner: int) -> Recorded:
    return organizations()[owner]


def providers(found: Sequence[Registration]) -> set[str]:
    return {one.provider.split("::")[3] for one in found}


@pytest.mark.parametrize("owner", [OWNS, LEAVES])
def test_the_security_account_speaks_for_the_organisation_whoever_owns_the_audit(owner: int) -> None:
    run = by(owner)
    for token, key in IN_EACH_REGION.items():
        assert {one["region"]: one[key] for one in run.of_type(token)} == dict.fromkeys(REGIONS, SECURITY)
        assert providers(run.of_type(token)) == {"aws-management"}
    once = run.of_type("aws:organizations/delegatedAdministrator:DelegatedAdministrator")
    assert {one["servicePrincipal"]: one["accountId"] for one in once} == {
        "access-analyzer.amazonaws.com": SECURITY,
        "config.amazonaws.com": SECURITY,
        "config-multiaccountsetup.amazonaws.com": SECURITY,
    }
    (trails,) = run.of_type("aws:cloudtrail/organizationDelegatedAdminAccount:OrganizationDelegatedAdminAccount")
    assert trails["accountId"] == SECURITY
    assert providers([*once, trails]) == {"aws-management"}


@pytest.mark.parametrize("owner", [OWNS, LEAVES])
def test_its_own_detector_is_there_before_it_is_delegated(owner: int) -> None:
    """Delegating makes a detector where there is none, and the program's own would clash with it."""
    for each in by(owner).of_type("aws:guardduty/organizationAdminAccount:OrganizationAdminAccount"):
        assert f"watch-{each['region']}-detector" in {urn.rpartition("::")[2] for urn in each.dependencies}


def test_nothing_is_made_for_all_accounts_where_stages_own_the_audit() -> None:
    assert {one.type for one in by(LEAVES).registrations} & FOR_ALL == set()
    assert {one.type for one in by(OWNS).registrations} >= FOR_ALL


def test_every_account_gets_a_detector_that_looks_at_everything() -> None:
    run = by(OWNS)
    assert {one["region"]: one["autoEnableOrganizationMembers"] for one in run.of_type(MEMBERS)} == dict.fromkeys(
        REGIONS, "ALL"
    )
    for region in REGIONS:
        found = [one for one in run.of_type(FEATURE) if one["region"] == region]
        assert {one["name"]: one["autoEnable"] for one in found} == dict.fromkeys(
            [
                "EBS_MALWARE_PROTECTION",
                "EKS_AUDIT_LOGS",
                "LAMBDA_NETWORK_LOGS",
                "RDS_LOGIN_EVENTS",
                "RUNTIME_MONITORING",
                "S3_DATA_EVENTS",
            ],
            "ALL",
        )
        (agents,) = [one["additionalConfigurations"] for one in found if one["name"] == "RUNTIME_MONITORING"]
        assert {one["name"]: one["autoEnable"] for one in agents} == dict.fromkeys(
            ["EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT"], "ALL"
        )


def test_every_account_gets_a_hub_and_scans_and_findings_come_together_in_seoul() -> None:
    run = by(OWNS)
    assert {(one["region"], one["autoEnable"], one["autoEnableStandards"]) for one in run.of_type(HUBS)} == {
        (region, True, "DEFAULT") for region in REGIONS
    }
    for one in run.of_type(SCANS):
        assert one["autoEnable"] == {"ec2": True, "ecr": True, "lambda": True, "lambdaCode": False}
    (together,) = run.of_type("aws:securityhub/findingAggregator:FindingAggregator")
    assert (together["region"], together["specifiedRegions"]) == ("ap-northeast-2", REGIONS[1:])


def test_one_analyzer_and_one_view_of_configurations_for_the_whole_organisation() -> None:
    run = by(OWNS)
    (analyzer,) = run.of_type("aws:accessanalyzer/analyzer:Analyzer")
    assert analyzer["type"] == "ORGANIZATION"
    (view,) = run.of_type("aws:cfg/configurationAggregator:ConfigurationAggregator")
    assert view["organizationAggregationSource"] == {"roleArn": "arn:mock:watch-config", "regions": REGIONS}
    role = run.named("watch-config", "aws:iam/role:Role")
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "config.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": SECURITY}
    assert providers([analyzer, view, role]) == {"aws-security"}
