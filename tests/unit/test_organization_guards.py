"""What nobody may do: each control policy word by word, and what it refuses and lets pass (REQ-S13, REQ-N3)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from policy_sentry.querying.actions import get_actions_for_service  # pyright: ignore[reportMissingTypeStubs]
from policy_sentry.querying.all import get_all_service_prefixes  # pyright: ignore[reportMissingTypeStubs]

from components.naming import Scope
from organization.guardrails import LONGEST, service_control_policies
from tests.unit.control_policies import refuses
from tests.unit.organization import organization_of, organizations
from tests.unit.recording import Recorded

POLICY = "aws:organizations/policy:Policy"
ATTACHMENT = "aws:organizations/policyAttachment:PolicyAttachment"
UNITS = {
    "": "r-root",
    "Security": "tree-security-id",
    "Workloads": "tree-workloads-id",
    "Suspended": "tree-suspended-id",
}
# As AWS gets them; what git says of a change here is what changes for everybody in every account.
DOCUMENTS: Mapping[str, Any] = json.loads(Path(__file__).with_name("control_policies.json").read_text(encoding="utf-8"))

SEOUL = {"aws:RequestedRegion": "ap-northeast-2"}
OREGON = {"aws:RequestedRegion": "us-west-2"}
VIRGINIA = {"aws:RequestedRegion": "us-east-1"}
PERSON = {
    "aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/ap-northeast-2/"
    "AWSReservedSSO_platform_0123456789abcdef"
}
MANAGER = {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"}
DEPLOYER = {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/startup-platform-dev-deploy"}
ROOT = {"aws:PrincipalArn": "arn:aws:iam::111122223333:root"}


@pytest.fixture(scope="module")
def run() -> Recorded:
    return organization_of()


def content(run: Recorded, title: str) -> str:
    (one,) = [each for each in run.of_type(POLICY) if each["name"] == title]
    return one["content"]


@pytest.mark.parametrize("title", DOCUMENTS)
def test_a_control_policy_is_word_by_word_what_is_written_down(run: Recorded, title: str) -> None:
    (one,) = [each for each in run.of_type(POLICY) if each["name"] == title]
    over = {each["targetId"] for each in run.of_type(ATTACHMENT) if each["policyId"] == f"guards-{title}-id"}
    assert {"type": one["type"], "over": over, "content": json.loads(one["content"])} == {
        **DOCUMENTS[title],
        "over": {UNITS[unit] for unit in DOCUMENTS[title]["over"]},
    }


def test_there_are_no_other_policies_and_each_fits(run: Recorded) -> None:
    assert {one["name"] for one in run.of_type(POLICY)} == set(DOCUMENTS)
    for one in (each for every in organizations() for each in every.of_type(POLICY)):
        assert len(one["content"]) < LONGEST, one["name"]
        assert " " not in one["content"], one["name"]


def test_no_unit_has_more_policies_than_aws_takes(run: Recorded) -> None:
    """Five of a kind, AWS's own that allows everything among them."""
    kinds = {f"guards-{one['name']}-id": one["type"] for one in run.of_type(POLICY)}
    over = [(kinds[each["policyId"]], each["targetId"]) for each in run.of_type(ATTACHMENT)]
    assert max(over.count(each) for each in over) == 4


def test_every_action_that_is_refused_or_let_pass_exists() -> None:
    prefixes = set(get_all_service_prefixes())
    for policy in service_control_policies(stages_own_audit=True):
        for name in (name for each in policy.refusals for name in (*each.actions, *each.all_but) if name != "*"):
            service, _, action = name.partition(":")
            assert service in prefixes, name
            assert action == "*" or name in get_actions_for_service(service), name


def test_nothing_is_done_outside_our_regions_but_what_has_no_region(run: Recorded) -> None:
    regions = content(run, "regions")
    assert refuses(regions, "ec2:RunInstances", OREGON) == ["NothingOutsideOurRegions"]
    assert refuses(regions, "s3:CreateBucket", OREGON) == ["NothingOutsideOurRegions"]
    assert refuses(regions, "ec2:RunInstances", SEOUL) == []
    assert refuses(regions, "rds:CreateDBCluster", {"aws:RequestedRegion": "ap-southeast-1"}) == []
    for action in (
        "chatbot:CreateSlackChannelConfiguration",
        "globalaccelerator:CreateAccelerator",
        "iam:CreateRole",
        "route53:ChangeResourceRecordSets",
    ):
        assert refuses(regions, action, OREGON) == []


def test_at_the_edge_there_are_certificates_and_no_data(run: Recorded) -> None:
    regions = content(run, "regions")
    assert refuses(regions, "acm:RequestCertificate", VIRGINIA) == []
    assert refuses(regions, "wafv2:CreateWebACL", VIRGINIA) == []
    assert refuses(regions, "rds:CreateDBCluster", VIRGINIA) == ["NoDataAndNoMachinesAtTheEdge"]
    assert refuses(regions, "ec2:RunInstances", VIRGINIA) == ["NoDataAndNoMachinesAtTheEdge"]


def test_a_root_user_does_nothing_save_what_the_management_account_does_in_its_name(run: Recorded) -> None:
    identities = content(run, "identities")
    assert refuses(identities, "s3:GetObject", ROOT) == ["NothingAsTheRootUser"]
    assert refuses(identities, "s3:DeleteBucketPolicy", {**ROOT, "aws:AssumedRoot": "true"}) == []
    assert refuses(identities, "s3:GetObject", PERSON) == []


def test_no_account_leaves(run: Recorded) -> None:
    for action in ("organizations:LeaveOrganization", "account:CloseAccount"):
        assert refuses(content(run, "identities"), action, MANAGER) == ["NobodyLeavesOrClosesAnAccountFromWithin"]


def test_only_the_management_account_changes_what_deployments_stand_on(run: Recorded) -> None:
    identities = content(run, "identities")
    scope = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
    for part in ("deploy", "preview"):
        role = scope.arn("iam", f"role/{scope.name(part)}", region="")
        assert refuses(identities, "iam:UpdateAssumeRolePolicy", PERSON, role) == ["NobodyChangesWhoDeploys"]
        assert refuses(identities, "iam:PutRolePolicy", DEPLOYER, role) == ["NobodyChangesWhoDeploys"]
        assert refuses(identities, "iam:PutRolePolicy", MANAGER, role) == []
    of_a_service = scope.arn("iam", f"role/{scope.name('cluster-system')}", region="")
    assert refuses(identities, "iam:PutRolePolicy", DEPLOYER, of_a_service) == []
    github = scope.arn("iam", "oidc-provider/token.actions.githubusercontent.com", region="")
    assert refuses(identities, "iam:DeleteOpenIDConnectProvider", DEPLOYER, github) == ["NobodyChangesWhomTheyTrust"]
    boundary = scope.arn("iam", f"policy/{scope.name('boundary')}", region="")
    assert refuses(identities, "iam:CreatePolicyVersion", DEPLOYER, boundary) == ["NobodyChangesWhatBoundsThem"]


@pytest.mark.parametrize(
    "action",
    [
        "cloudtrail:StopLogging",
        "config:StopConfigurationRecorder",
        "guardduty:DeleteDetector",
        "securityhub:DisableSecurityHub",
        "inspector2:Disable",
        "access-analyzer:DeleteAnalyzer",
    ],
)
def test_nobody_blinds_who_watches_but_its_owner(action: str) -> None:
    by_organization, by_stage = (content(one, "audit") for one in organizations())
    for audit in (by_organization, by_stage):
        assert refuses(audit, action, PERSON) == ["NobodyBlindsWhoWatches"]
        assert refuses(audit, action, MANAGER) == []
    assert refuses(by_organization, action, DEPLOYER) == ["NobodyBlindsWhoWatches"]
    assert refuses(by_stage, action, DEPLOYER) == []


def test_instances_have_session_tokens_only(run: Recorded) -> None:
    instances = content(run, "instances")
    good = {"ec2:MetadataHttpTokens": "required", "ec2:MetadataHttpPutResponseHopLimit": "2"}
    assert refuses(instances, "ec2:RunInstances", good, "arn:aws:ec2:ap-northeast-2:111122223333:instance/i-1") == []
    assert refuses(instances, "ec2:RunInstances", {"ec2:MetadataHttpTokens": "optional"}) == ["NoInstanceWithoutTokens"]
    far = {**good, "ec2:MetadataHttpPutResponseHopLimit": "3"}
    assert refuses(instances, "ec2:RunInstances", far) == ["NoInstanceFarFromItsTokens"]
    # A launch names its subnet too, and only the instance has metadata options.
    assert refuses(instances, "ec2:RunInstances", {}, "arn:aws:ec2:ap-northeast-2:111122223333:subnet/subnet-1") == []
    old = {"ec2:RoleDelivery": "1.0"}
    assert refuses(instances, "s3:GetObject", old) == ["NothingByCredentialsOfTheFirstVersion"]
    assert refuses(instances, "s3:GetObject", {"ec2:RoleDelivery": "2.0"}) == []


def test_an_account_that_is_given_up_does_nothing(run: Recorded) -> None:
    assert refuses(content(run, "standstill"), "s3:ListBucket", PERSON) == ["Nothing"]
    assert refuses(content(run, "standstill"), "s3:ListBucket", MANAGER) == []


OURS = {"aws:PrincipalOrgID": "o-exampleorg1", "aws:PrincipalIsAWSService": "false", "aws:SecureTransport": "true"}
STRANGER = {
    "aws:PrincipalOrgID": "o-stranger0001",
    "aws:PrincipalAccount": "999900001111",
    "aws:PrincipalIsAWSService": "false",
    "aws:SecureTransport": "true",
}
CLOUDFRONT = {
    "aws:PrincipalIsAWSService": "true",
    "aws:SourceAccount": "111122223333",
    "aws:SourceOrgID": "o-exampleorg1",
    "aws:SecureTransport": "true",
}


def test_data_is_reached_by_our_own_and_by_services_for_them(run: Recorded) -> None:
    perimeter = content(run, "perimeter")
    assert refuses(perimeter, "s3:GetObject", OURS) == []
    assert refuses(perimeter, "s3:GetObject", STRANGER) == ["OnlyOurOwn"]
    anybody = {"aws:PrincipalIsAWSService": "false", "aws:SecureTransport": "true"}
    assert refuses(perimeter, "s3:GetObject", anybody) == ["OnlyOurOwn"]
    assert refuses(perimeter, "s3:GetObject", CLOUDFRONT) == []
    for_strangers = {**CLOUDFRONT, "aws:SourceAccount": "999900001111", "aws:SourceOrgID": "o-stranger0001"}
    assert refuses(perimeter, "kms:Decrypt", for_strangers) == ["ServicesForOurOwnOnly"]
    assert refuses(perimeter, "s3:GetObject", {**OURS, "aws:SecureTransport": "false"}) == ["OnlyByTls"]


def test_a_role_is_assumed_by_our_own_by_partners_that_are_named_and_by_nobody_else(run: Recorded) -> None:
    said = ["OnlyOurOwnAndPartnersAssumeRoles"]
    assert refuses(content(run, "perimeter"), "sts:AssumeRole", STRANGER) == said
    partner = content(organization_of(partner_accounts='["999900001111"]'), "perimeter")
    assert refuses(partner, "sts:AssumeRole", STRANGER) == []
    assert refuses(partner, "s3:GetObject", STRANGER) == ["OnlyOurOwn"]
    other = {**STRANGER, "aws:PrincipalAccount": "888800001111"}
    assert refuses(partner, "sts:AssumeRole", other) == said
    # A pipeline has no account: GitHub's token says who it is, and the role's own trust decides.
    assert refuses(partner, "sts:AssumeRoleWithWebIdentity", {"aws:PrincipalIsAWSService": "false"}) == []


def test_without_the_organisations_id_there_is_no_perimeter() -> None:
    assert "perimeter" not in {one["name"] for one in organization_of(organization_id="null").of_type(POLICY)}
