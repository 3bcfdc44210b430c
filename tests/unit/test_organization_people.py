"""Who may do what, and where: each permission set and each assignment (REQ-S13, REQ-E2, REQ-Y3)."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from policy_sentry.querying.actions import get_actions_for_service  # pyright: ignore[reportMissingTypeStubs]

from components.data.credentials import secret_prefix
from components.service.needs.secret import RENEWAL, secret_name
from organization.permissions import READS_OF_DATA
from tests.unit.organization import organization_config, organization_of
from tests.unit.recording import Recorded
from tests.unit.services import place, platform

SET = "aws:ssoadmin/permissionSet:PermissionSet"
INLINE = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"
MANAGED = "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment"
BOUNDARY = "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment"
ASSIGNMENT = "aws:ssoadmin/accountAssignment:AccountAssignment"
INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
# As Identity Center gets them: what git says of a change here is what changes for people.
DOCUMENTS: Mapping[str, Any] = json.loads(Path(__file__).with_name("permission_sets.json").read_text(encoding="utf-8"))
GROUP = "01234567-89ab-4cde-8f01-00000000000"


@pytest.fixture(scope="module")
def run() -> Recorded:
    return organization_of()


def of_set(run: Recorded, token: str, title: str) -> list[Any]:
    return [each for each in run.of_type(token) if each["permissionSetArn"] == f"arn:mock:people-{title}"]


def test_there_are_five_sets_and_their_sessions_end(run: Recorded) -> None:
    assert {one["name"]: one["sessionDuration"] for one in run.of_type(SET)} == {
        "platform": "PT4H",
        "developer": "PT8H",
        "auditor": "PT4H",
        "billing": "PT2H",
        "break-glass": "PT1H",
    }
    assert {one["instanceArn"] for one in run.of_type(SET)} == {INSTANCE}


@pytest.mark.parametrize("title", DOCUMENTS)
def test_what_a_set_holds_is_word_by_word_what_is_written_down(run: Recorded, title: str) -> None:
    (one,) = of_set(run, INLINE, title)
    assert json.loads(one["inlinePolicy"]) == DOCUMENTS[title]
    assert len(one["inlinePolicy"]) < 32_768  # https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html


def test_what_aws_keeps_of_a_set_and_what_bounds_it(run: Recorded) -> None:
    held = {
        title: (
            sorted(
                each["managedPolicyArn"].removeprefix("arn:aws:iam::aws:policy/")
                for each in of_set(run, MANAGED, title)
            ),
            [each["permissionsBoundary"]["managedPolicyArn"] for each in of_set(run, BOUNDARY, title)],
        )
        for title in DOCUMENTS
    }
    looks = ["CloudWatchReadOnlyAccess", "job-function/ViewOnlyAccess"]
    assert held == {
        "platform": (looks, ["arn:aws:iam::aws:policy/PowerUserAccess"]),
        "developer": (looks, ["arn:aws:iam::aws:policy/PowerUserAccess"]),
        "auditor": (["SecurityAudit", "job-function/ViewOnlyAccess"], []),
        "billing": (["AWSBillingReadOnlyAccess"], []),
        "break-glass": ([], []),
    }


def test_each_group_has_its_set_in_these_accounts_and_no_others(run: Recorded) -> None:
    found = {
        (one["permissionSetArn"].removeprefix("arn:mock:people-"), one["targetId"], one["principalId"])
        for one in run.of_type(ASSIGNMENT)
    }
    assert found == {
        ("platform", "tree-dev-id", f"{GROUP}1"),
        ("platform", "tree-stg-id", f"{GROUP}1"),
        ("platform", "tree-prod-id", f"{GROUP}1"),
        ("developer", "tree-dev-id", f"{GROUP}2"),
        ("developer", "tree-stg-id", f"{GROUP}2"),
        ("auditor", "tree-security-id", f"{GROUP}3"),
        ("auditor", "tree-dev-id", f"{GROUP}3"),
        ("auditor", "tree-stg-id", f"{GROUP}3"),
        ("auditor", "tree-prod-id", f"{GROUP}3"),
        ("billing", "123456789012", f"{GROUP}4"),
        ("break-glass", "123456789012", f"{GROUP}5"),
    }
    assert {(one["principalType"], one["targetType"]) for one in run.of_type(ASSIGNMENT)} == {("GROUP", "AWS_ACCOUNT")}


@pytest.mark.parametrize("title", ["platform", "developer"])
def test_nobody_in_a_stage_reads_users_data_or_changes_iam(title: str) -> None:
    statements = DOCUMENTS[title]["Statement"]
    (never,) = [each for each in statements if each["Effect"] == "Deny"]
    assert (never["Action"], never["Resource"]) == (sorted(READS_OF_DATA), ["*"])
    granted = {action for each in statements if each["Effect"] == "Allow" for action in each["Action"]}
    assert {each for each in granted if each.startswith(("iam:", "sts:", "organizations:"))} == set()
    assert granted & set(READS_OF_DATA) == set()


def test_an_auditor_reads_the_trails_files_and_no_others() -> None:
    said = {each["Sid"]: each for each in DOCUMENTS["auditor"]["Statement"]}
    trail = {"kms:Decrypt", "s3:GetObject", "s3:GetObjectVersion"}
    assert set(said["NobodysData"]["Action"]) == set(READS_OF_DATA) - trail
    granted = {
        action: (sid, each["Resource"])
        for sid, each in said.items()
        if each["Effect"] == "Allow"
        for action in each["Action"]
        if action in READS_OF_DATA
    }
    files = ("ReadsTheTrailsFiles", ["arn:aws:s3:::startup-platform-*-trail-*/AWSLogs/*"])
    assert granted == {
        "s3:GetObject": files,
        "s3:GetObjectVersion": files,
        "kms:Decrypt": ("DecryptsTheTrailsFiles", ["arn:aws:kms:*:*:key/*"]),
    }
    assert said["DecryptsTheTrailsFiles"]["Condition"]["StringLike"] == {"kms:ViaService": "s3.*.amazonaws.com"}


def test_a_session_is_opened_on_machines_of_the_stages_by_documents_that_record() -> None:
    for title, stages in (("platform", ["dev", "stg", "prod"]), ("developer", ["dev"])):
        starts = {each["Sid"]: each for each in DOCUMENTS[title]["Statement"] if "ssm:StartSession" in each["Action"]}
        assert {sid: each["Resource"] for sid, each in starts.items()} == {
            "SessionsOnMachinesOfTheseStages": ["arn:aws:ec2:*:*:instance/*"],
            "SessionsByDocumentsThatRecord": ["arn:aws:ssm:*:*:document/startup-platform-*"],
        }
        assert starts["SessionsOnMachinesOfTheseStages"]["Condition"] == {
            "StringEquals": {"aws:ResourceTag/Environment": stages},
            "BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"},
        }


def test_who_renews_a_services_secret_can_neither_read_it_nor_say_which_function_gets_it() -> None:
    """And reaches neither the database's nor another's: by name, as services' stacks give them."""
    named = secret_name(place({"secret": {"stripe": {}}}, platform("prod")), "stripe")
    arn = f"arn:aws:secretsmanager:ap-northeast-2:777788889999:secret:{named}-AbCdEf"
    master = f"arn:aws:secretsmanager:ap-northeast-2:777788889999:secret:{secret_prefix(platform('prod').scope)}AbCdEf"
    for title, stages in (("platform", ["dev", "stg", "prod"]), ("developer", ["dev", "stg"])):
        said = {each["Sid"]: each for each in DOCUMENTS[title]["Statement"]}
        put, rotate = said["PutsTheNextValueOfAServicesSecret"], said["HasItTriedAndTaken"]
        for each in (put, rotate):
            assert any(fnmatchcase(arn, pattern) for pattern in each["Resource"])
            assert not any(fnmatchcase(master, pattern) for pattern in each["Resource"])
            assert each["Condition"]["StringEquals"] == {"aws:ResourceTag/Environment": stages}
        assert rotate["Condition"]["Null"] == {"secretsmanager:RotationLambdaARN": "true"}
        assert rotate["Condition"]["BoolIfExists"] == {"secretsmanager:ModifyRotationRules": "false"}
        assert {"secretsmanager:GetSecretValue", "kms:Decrypt"} <= set(said["NobodysData"]["Action"])
        function = f"arn:aws:lambda:ap-northeast-2:777788889999:function:{place({}, platform('prod')).name(RENEWAL)}"
        assert any(fnmatchcase(function, pattern) for pattern in said["ByTheServicesFunction"]["Resource"])


def test_every_action_exists() -> None:
    for document in DOCUMENTS.values():
        for action in (action for each in document["Statement"] for action in each["Action"]):
            assert action in get_actions_for_service(action.partition(":")[0]), action


def test_a_set_is_bounded_before_it_holds_anything_and_is_taken_away_before_it_changes(run: Recorded) -> None:
    for title in ("platform", "developer"):
        (bound,) = of_set(run, BOUNDARY, title)
        assigned = {each.name for each in of_set(run, ASSIGNMENT, title)}
        assert assigned == {each.rpartition("::")[2] for each in bound.dependencies} & assigned
        for each in (*of_set(run, MANAGED, title), *of_set(run, INLINE, title)):
            assert f"people-{title}-boundary" in {urn.rpartition("::")[2] for urn in each.dependencies}


def test_an_account_without_a_number_has_no_people_yet() -> None:
    accounts = json.loads(organization_config()["startup-platform-organization:accounts"])
    run = organization_of(accounts=json.dumps(accounts | {"prod": accounts["prod"] | {"account_id": None}}))
    assert "tree-prod-id" not in {one["targetId"] for one in run.of_type(ASSIGNMENT)}
    (one,) = of_set(run, INLINE, "break-glass")
    assert "777788889999" not in one["inlinePolicy"]
    assert len(run.of_type("aws:organizations/account:Account")) == 4
