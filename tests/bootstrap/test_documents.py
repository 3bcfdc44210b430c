"""Who may do what in the account, statement by statement, and that the platform's types and services are all in it."""

import json
from typing import Any

import pytest

from bootstrap import documents, looking, permissions, services
from bootstrap.names import Names
from components import iam
from components.compute.cluster import access
from components.foundation.encryption import PURPOSES
from components.naming import Scope
from components.phases import PHASES, PhaseName
from components.repository import Repository
from tests.unit.conftest import platform_of
from tests.unit.recording import Recorded

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
NAMES = Names(scope=SCOPE)
REGIONS = ["ap-northeast-2", "ap-southeast-1"]
CONNECTION = f"arn:aws:codeconnections:ap-northeast-2:111122223333:connection/{'0' * 36}"
BOUNDARY = "arn:aws:iam::111122223333:policy/startup-platform-dev-boundary"


def repository(*, by_number: bool = True, url: str = "https://github.com/example/startup-platform") -> Repository:
    found = Repository.of(url, owner_id=42, repository_id=4711, by_number=by_number)
    assert found is not None
    return found


def statements(text: str) -> dict[str, dict[str, Any]]:
    found = json.loads(text)["Statement"]
    by_sid = {each["Sid"]: each for each in found}
    assert len(by_sid) == len(found)
    return by_sid


def test_the_roles_are_those_that_the_cluster_lets_in() -> None:
    expected = {title: entry.principal_arn for title, entry in access.entries(SCOPE).items()}
    assert {title: NAMES.role_arn(title) for title in documents.ROLES} == expected


@pytest.mark.parametrize(
    ("role", "by_number", "subject"),
    [
        ("deploy", True, "repo:example@42/startup-platform@4711:environment:dev"),
        ("preview", True, "repo:example@42/startup-platform@4711:environment:preview-dev"),
        ("deploy", False, "repo:example/startup-platform:environment:dev"),
    ],
)
def test_github_hands_a_role_to_one_environment_of_one_repository(role: str, by_number: bool, subject: str) -> None:
    assert json.loads(documents.workflow_trust(NAMES, repository(by_number=by_number), role))["Statement"] == [
        {
            "Sid": "AssumedByJobsOfOneEnvironmentOfOneRepository",
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
            "Condition": {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": subject,
                }
            },
        }
    ]


@pytest.mark.parametrize("url", ["https://gitlab.com/example/platform", "https://github.com/example"])
def test_a_repository_elsewhere_has_no_workflows_to_trust(url: str) -> None:
    assert Repository.of(url, owner_id=1, repository_id=1, by_number=True) is None


def test_a_repository_is_the_same_with_its_ending() -> None:
    assert repository(url="https://github.com/example/startup-platform.git") == repository()


def test_people_break_the_glass_by_identity_center_or_with_a_second_factor() -> None:
    found = statements(documents.people_trust(NAMES))
    assert list(found) == ["AssumedByPeopleWhomIdentityCenterLets", "AssumedByUsersWithASecondFactor"]
    assert {json.dumps(each["Principal"]) for each in found.values()} == {'{"AWS": "arn:aws:iam::111122223333:root"}'}
    assert found["AssumedByPeopleWhomIdentityCenterLets"]["Condition"] == {
        "ArnLike": {
            "aws:PrincipalArn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*"
            "AWSReservedSSO_break-glass_*"
        }
    }
    assert found["AssumedByUsersWithASecondFactor"]["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
    }


def test_the_state_bucket_refuses_the_clear() -> None:
    assert statements(documents.state_bucket(NAMES)) == {
        "RefusedWithoutTls": {
            "Sid": "RefusedWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [
                "arn:aws:s3:::startup-platform-dev-state-111122223333-ap-northeast-2",
                "arn:aws:s3:::startup-platform-dev-state-111122223333-ap-northeast-2/*",
            ],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    }


def test_each_key_is_used_for_one_thing() -> None:
    state, secrets = statements(documents.state_key(NAMES)), statements(documents.secrets_key(NAMES))
    for found in (state, secrets):
        assert found["AdministeredByThisAccount"]["Action"] == sorted(iam.KEY_ADMINISTRATION)
        assert "kms:Decrypt" not in found["AdministeredByThisAccount"]["Action"]
        assert len(found) == 2
    assert state["UsedThroughS3ByThisAccount"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert state["UsedThroughS3ByThisAccount"]["Condition"] == {
        "StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.ap-northeast-2.amazonaws.com"}
    }
    assert secrets["UsedForSecretsOfThisStack"]["Action"] == ["kms:Decrypt", "kms:Encrypt"]
    assert secrets["UsedForSecretsOfThisStack"]["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:stack": "startup-platform-dev"}
    }


def test_the_secrets_provider_says_the_context_that_the_key_asks_for() -> None:
    assert NAMES.secrets_provider == (
        "awskms://alias/startup-platform-dev-stack-secrets?region=ap-northeast-2&context_stack=startup-platform-dev"
    )
    assert NAMES.backend == "s3://startup-platform-dev-state-111122223333-ap-northeast-2?region=ap-northeast-2"


def test_nothing_gets_beyond_the_boundary() -> None:
    found = statements(documents.boundary(NAMES))
    allowed = [sid for sid, each in found.items() if each["Effect"] == "Allow"]
    assert allowed == ["WhatOtherPoliciesAllow"]
    roles = found["ExceptTheRolesOfTheAccount"]
    assert roles["Resource"] == sorted(NAMES.role_arn(title) for title in documents.ROLES)
    assert {"iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PassRole", "sts:AssumeRole"} <= set(roles["Action"])
    assert found["ExceptThisBoundary"]["Resource"] == [BOUNDARY]
    assert {"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"} <= set(found["ExceptThisBoundary"]["Action"])
    assert found["ExceptLiftingABoundary"] == {
        "Sid": "ExceptLiftingABoundary",
        "Effect": "Deny",
        "Action": ["iam:DeleteRolePermissionsBoundary"],
        "Resource": ["*"],
    }
    assert found["ExceptWhoSaysWhoAWorkflowIs"]["Resource"] == [NAMES.provider_arn]
    assert {"iam:CreateUser", "iam:CreateAccessKey"} <= set(found["ExceptPeopleAndTheirKeys"]["Action"])
    assert found["ExceptHandingOutEverything"]["Condition"] == {
        "ArnEquals": {
            "iam:PolicyARN": [
                "arn:aws:iam::aws:policy/AdministratorAccess",
                "arn:aws:iam::aws:policy/IAMFullAccess",
                "arn:aws:iam::aws:policy/PowerUserAccess",
            ]
        }
    }
    assert found["ExceptTheAccountAndItsOrganisation"]["Action"] == ["account:*", "organizations:*"]
    bucket = found["ExceptTheBucketOfTheState"]
    assert {"s3:DeleteBucket", "s3:DeleteObjectVersion", "s3:PutBucketVersioning"} <= set(bucket["Action"])
    assert not {"s3:PutObject", "s3:DeleteObject", "s3:GetObject"} & set(bucket["Action"])  # deployments write state
    keys = found["ExceptTheKeysOfTheState"]
    assert {"kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"} <= set(keys["Action"])
    assert keys["Condition"] == {
        "ForAnyValue:StringEquals": {
            "kms:ResourceAliases": ["alias/startup-platform-dev-state", "alias/startup-platform-dev-stack-secrets"]
        }
    }
    assert found["ExceptTheirAliases"]["Action"] == ["kms:DeleteAlias", "kms:UpdateAlias"]


def test_a_deployment_hands_one_connection_to_codebuild_alone_and_reads_no_token_of_it() -> None:
    found = statements(documents.deploy(NAMES, regions=REGIONS, linked=["rds.amazonaws.com"], connection=CONNECTION))
    of_connections = {sid: each for sid, each in found.items() if "codeconnections" in json.dumps(each["Action"])}
    assert of_connections == {
        "ConnectionHandedToCodeBuild": {
            "Sid": "ConnectionHandedToCodeBuild",
            "Effect": "Allow",
            "Action": ["codeconnections:PassConnection"],
            "Resource": [CONNECTION],
            "Condition": {"StringEquals": {"codeconnections:PassedToService": "codebuild.amazonaws.com"}},
        },
        "WebhookMadeThroughTheConnection": {
            "Sid": "WebhookMadeThroughTheConnection",
            "Effect": "Allow",
            "Action": ["codeconnections:GetConnection", "codeconnections:UseConnection"],
            "Resource": [CONNECTION],
        },
    }


def test_a_deployment_acts_where_the_stage_may_live_and_makes_roles_below_the_boundary_only() -> None:
    linked = ["spot.amazonaws.com", "rds.amazonaws.com"]
    found = statements(documents.deploy(NAMES, regions=REGIONS, linked=linked, connection=None))
    assert list(found) == [
        "ServicesInTheRegionsOfTheStage",
        "ServicesOfTheEdgeAndTheBill",
        "TheChatWhereItIsCalled",
        "RolesThatTheServicesHave",
        "RolesBelowTheBoundary",
        "RolesHandedToServices",
        "RolesThatServicesMakeThemselves",
        "WhoAmI",
    ]
    regional, edge = found["ServicesInTheRegionsOfTheStage"], found["ServicesOfTheEdgeAndTheBill"]
    assert regional["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGIONS}}
    assert edge["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    assert found["TheChatWhereItIsCalled"] == {
        "Sid": "TheChatWhereItIsCalled",
        "Effect": "Allow",
        "Action": ["chatbot:*"],
        "Resource": ["*"],
        "Condition": {"StringEquals": {"aws:RequestedRegion": "us-west-2"}},
    }
    assert not [action for each in (regional, edge) for action in each["Action"] if action.startswith(("iam:", "*"))]
    assert found["RolesBelowTheBoundary"] == {
        "Sid": "RolesBelowTheBoundary",
        "Effect": "Allow",
        "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
        "Resource": ["arn:aws:iam::111122223333:role/*"],
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
    }
    assert "iam:CreateRole" not in found["RolesThatTheServicesHave"]["Action"]
    assert "iam:PassRole" not in found["RolesThatTheServicesHave"]["Action"]
    assert found["RolesHandedToServices"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": list(permissions.TAKES_ROLES)}
    }
    assert found["RolesThatServicesMakeThemselves"]["Condition"] == {
        "StringEquals": {"iam:AWSServiceName": ["rds.amazonaws.com", "spot.amazonaws.com"]}
    }


def test_a_preview_reads_the_state_and_nothing_that_people_stored() -> None:
    found = statements(looking.preview(NAMES))
    bucket = "arn:aws:s3:::startup-platform-dev-state-111122223333-ap-northeast-2"
    allowed = {sid for sid, each in found.items() if each["Effect"] == "Allow" and not sid.startswith("Refreshes")}
    assert allowed == {
        "FindsTheState",
        "ReadsTheState",
        "OpensTheState",
        "OpensSecretsOfThisStack",
        "ReadsParametersOfTheStage",
        "OpensSettingsUnderTheKeyOfLake",
        "OpensSettingsUnderTheKeyOfSecrets",
        "OpensSettingsUnderTheKeyOfStorage",
    }
    assert found["FindsTheState"]["Action"] == ["s3:ListBucket"]
    assert found["FindsTheState"]["Resource"] == [bucket]
    assert found["ReadsTheState"]["Action"] == ["s3:GetObject"]
    assert found["ReadsTheState"]["Resource"] == [f"{bucket}/.pulumi/*"]
    opening = {sid: each for sid, each in found.items() if sid.startswith("Opens")}
    assert {json.dumps(each["Action"]) for each in opening.values()} == {'["kms:Decrypt"]'}
    assert found["OpensTheState"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/startup-platform-dev-state"]},
        "StringEquals": {"kms:ViaService": "s3.ap-northeast-2.amazonaws.com"},
    }
    assert found["OpensSecretsOfThisStack"]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/startup-platform-dev-stack-secrets"]},
        "StringEquals": {"kms:EncryptionContext:stack": "startup-platform-dev"},
    }
    refused = found["ReadsNothingThatPeopleStored"]
    assert refused["Effect"] == "Deny"
    assert refused["Resource"] == ["*"]
    assert {"dynamodb:Query", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage"} <= set(refused["Action"])


def test_a_preview_reads_the_contract_and_first_values_of_its_stage_alone() -> None:
    found = statements(looking.preview(NAMES))
    assert found["ReadsParametersOfTheStage"] == {
        "Sid": "ReadsParametersOfTheStage",
        "Effect": "Allow",
        "Action": ["ssm:GetParameter"],
        "Resource": ["arn:aws:ssm:*:111122223333:parameter/startup-platform/dev/*"],
    }


@pytest.mark.parametrize(
    ("key", "through"),
    [
        ("lake", ["bedrock.*.amazonaws.com", "glue.*.amazonaws.com"]),
        ("secrets", ["ssm.*.amazonaws.com"]),
        ("storage", ["appconfig.*.amazonaws.com"]),
    ],
)
def test_a_preview_opens_settings_that_a_key_of_the_stage_encrypts_and_no_data(key: str, through: list[str]) -> None:
    found = statements(looking.preview(NAMES))[f"OpensSettingsUnderTheKeyOf{key.title()}"]
    assert found["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": [f"alias/startup-platform-dev-{key}"]},
        "StringLike": {"kms:ViaService": through},
    }
    assert key in PURPOSES
    assert {each.partition(".")[0] for each in through} <= set(PURPOSES[key].via)


def test_policies_fit_into_what_iam_takes_for_the_longest_stage() -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (white space is not counted)
    names = Names(scope=Scope(stage="prod", account_id="111122223333", region="ap-northeast-2"))
    linked = [f"a-service-with-a-long-name-{number}.amazonaws.com" for number in range(12)]

    def length(text: str) -> int:
        return len(json.dumps(json.loads(text), separators=(",", ":")))

    assert length(documents.boundary(names)) <= 6144
    deploy = documents.deploy(names, regions=REGIONS, linked=linked, connection=CONNECTION)
    for inline in (deploy, looking.preview(names)):
        assert length(inline) <= 10_240
    assert length(documents.people_trust(names)) <= 2048


@pytest.fixture(scope="module")
def platforms() -> list[Recorded]:
    """What has instances and what has everything else, a channel in Slack too: together every type there is."""
    slack = {"workspace_id": "T07EA123LEP", "channel_id": "C07EZ1ABC23"}
    contacts = json.dumps({"alarms": "duty@example.com", "slack": slack})
    return [platform_of("dev", phase="growth"), platform_of("prod", phase="global", contacts=contacts)]


def test_a_deployment_may_make_whatever_the_platform_makes(platforms: list[Recorded]) -> None:
    tokens = {one.type for platform in platforms for one in platform.registrations}
    modules = {token.split(":")[1].split("/")[0] for token in tokens if token.startswith("aws:")}
    assert modules - set(permissions.PREFIXES) <= {"iam"}


def test_a_deployment_may_hand_roles_to_every_service_that_a_tier_trusts(platforms: list[Recorded]) -> None:
    trusted: set[str] = set()
    for platform in platforms:
        for role in platform.of_type("aws:iam/role:Role"):
            for statement in json.loads(role["assumeRolePolicy"])["Statement"]:
                services = statement["Principal"].get("Service", [])
                trusted |= {services} if isinstance(services, str) else set(services)
    assert trusted
    assert trusted <= set(permissions.TAKES_ROLES)


def test_a_deployment_may_turn_on_what_watches_the_account() -> None:
    may = services.deployable(PHASES[PhaseName.IPO])
    assert {"config.amazonaws.com", "guardduty.amazonaws.com", "rds.amazonaws.com"} <= set(may)
    assert "config.amazonaws.com" not in services.linked(PHASES[PhaseName.IPO]), "the stack makes that one itself"
