"""Who may do what in the account, as data: trust, key, bucket and role policies (REQ-S13, REQ-Y2). Pure.

The account's own things are made by hand, once, and by nobody who deploys: what a deployment could change about its own
rights would be no limit. So the roles below stand outside the stack, under a boundary that they cannot lift.
"""

from collections.abc import Mapping, Sequence

from bootstrap.names import AUDIENCE, GITHUB, Names, environments
from bootstrap.permissions import CHAT_REGION, EDGE, REGIONAL, RIGHTS_OF_ROLES, TAKES_ROLES
from components import iam
from components.iam import Statement, document
from components.naming import EDGE_REGION
from components.repository import Repository

ROLES = ("deploy", "preview", "break-glass")
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"
_WIDE = (EVERYTHING, "arn:aws:iam::aws:policy/IAMFullAccess", "arn:aws:iam::aws:policy/PowerUserAccess")


def state_bucket(names: Names) -> str:
    """The state bucket: IAM says who reads it, and nobody comes in the clear."""
    return document(iam.only_by_tls(names.state_bucket))


def state_key(names: Names) -> str:
    """The key that encrypts the state: for S3, on behalf of whom IAM lets use it."""
    return document(
        _administered(names),
        Statement(
            sid="UsedThroughS3ByThisAccount",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            principal={"AWS": names.scope.root},
            condition={
                "StringEquals": {
                    "kms:CallerAccount": names.scope.account_id,
                    "kms:ViaService": f"s3.{names.scope.region}.amazonaws.com",
                }
            },
        ),
    )


def secrets_key(names: Names) -> str:
    """The key of what is secret within the state: for this stack's secrets alone, by whom IAM lets use it.

    IAM decides who, since whoever initialises a stack is neither of the roles yet.
    """
    return document(
        _administered(names),
        Statement(
            sid="UsedForSecretsOfThisStack",
            actions=["kms:Decrypt", "kms:Encrypt"],
            resources=["*"],
            principal={"AWS": names.scope.root},
            condition={"StringEquals": {"kms:EncryptionContext:stack": names.stack}},
        ),
    )


def workflow_trust(names: Names, repository: Repository, role: str) -> str:
    """GitHub hands the role to jobs of one repository that run in one environment of it.

    The environment is what GitHub lets protect: by reviewers, by branch. A pull request alone is no reason to trust.
    """
    return document(
        Statement(
            sid="AssumedByJobsOfOneEnvironmentOfOneRepository",
            actions=["sts:AssumeRoleWithWebIdentity"],
            principal={"Federated": names.provider_arn},
            condition={
                "StringEquals": {
                    f"{GITHUB}:aud": AUDIENCE,
                    f"{GITHUB}:sub": repository.subject(environments(names.scope.stage)[role]),
                }
            },
        )
    )


def people_trust(names: Names) -> str:
    """Break-glass is for people of this account: those whom Identity Center lets, or a user with a second factor."""
    account = names.scope.account_id
    return document(
        Statement(
            sid="AssumedByPeopleWhomIdentityCenterLets",
            actions=["sts:AssumeRole"],
            principal={"AWS": names.scope.root},
            condition={
                "ArnLike": {
                    "aws:PrincipalArn": f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/*"
                    "AWSReservedSSO_break-glass_*"
                }
            },
        ),
        Statement(
            sid="AssumedByUsersWithASecondFactor",
            actions=["sts:AssumeRole"],
            principal={"AWS": names.scope.root},
            condition={
                "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:user/*"},
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
            },
        ),
    )


def boundary(names: Names) -> str:
    """What neither a deployment nor any role that it makes gets beyond, whatever other policies allow."""
    own = [names.role_arn(role) for role in ROLES]
    return document(
        Statement(sid="WhatOtherPoliciesAllow", actions=["*"], resources=["*"]),
        Statement(
            sid="ExceptTheRolesOfTheAccount",
            effect="Deny",
            actions=[
                "iam:AttachRolePolicy",
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PassRole",
                "iam:PutRolePolicy",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "sts:AssumeRole",
            ],
            resources=own,
        ),
        Statement(
            sid="ExceptThisBoundary",
            effect="Deny",
            actions=[
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            resources=[names.boundary_arn],
        ),
        Statement(
            sid="ExceptLiftingABoundary",
            effect="Deny",
            actions=["iam:DeleteRolePermissionsBoundary"],
            resources=["*"],
        ),
        Statement(
            sid="ExceptWhoSaysWhoAWorkflowIs",
            effect="Deny",
            actions=[
                "iam:AddClientIDToOpenIDConnectProvider",
                "iam:DeleteOpenIDConnectProvider",
                "iam:UpdateOpenIDConnectProviderThumbprint",
            ],
            resources=[names.provider_arn],
        ),
        Statement(
            sid="ExceptPeopleAndTheirKeys",
            effect="Deny",
            actions=[
                "iam:AttachUserPolicy",
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:CreateUser",
                "iam:PutUserPolicy",
                "iam:UpdateLoginProfile",
            ],
            resources=["*"],
        ),
        Statement(
            sid="ExceptHandingOutEverything",
            effect="Deny",
            actions=["iam:AttachRolePolicy"],
            resources=["*"],
            condition={"ArnEquals": {"iam:PolicyARN": list(_WIDE)}},
        ),
        Statement(
            sid="ExceptTheAccountAndItsOrganisation",
            effect="Deny",
            actions=["account:*", "organizations:*"],
            resources=["*"],
        ),
        Statement(
            sid="ExceptTheBucketOfTheState",
            effect="Deny",
            actions=[
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:DeleteObjectVersion",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ],
            resources=[f"arn:aws:s3:::{names.state_bucket}", f"arn:aws:s3:::{names.state_bucket}/*"],
        ),
        Statement(
            sid="ExceptTheKeysOfTheState",
            effect="Deny",
            actions=[
                "kms:CreateGrant",
                "kms:DisableKey",
                "kms:DisableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "kms:UpdateAlias",
            ],
            resources=[names.scope.arn("kms", "key/*")],
            condition=known_by(names.state_alias, names.secrets_alias),
        ),
        Statement(
            sid="ExceptTheirAliases",
            effect="Deny",
            actions=["kms:DeleteAlias", "kms:UpdateAlias"],
            resources=[names.scope.arn("kms", alias) for alias in (names.state_alias, names.secrets_alias)],
        ),
    )


def deploy(names: Names, *, regions: Sequence[str], linked: Sequence[str], connection: str | None) -> str:
    """What a deployment does: the services of the platform where the stage may live, and the roles that they need.

    Args:
        names: of the stage.
        regions: its own and the one that may take over.
        linked: services whose service-linked roles the stage has, as `rds.amazonaws.com`.
        connection: ARN of the connection to GitHub that its runner has; None where it has no runner.
    """
    every = [names.scope.arn("iam", f"{kind}/*", region="") for kind in ("role", "policy", "instance-profile")]
    return document(
        Statement(
            sid="ServicesInTheRegionsOfTheStage",
            actions=[f"{service}:*" for service in REGIONAL],
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": sorted(regions)}},
        ),
        Statement(
            sid="ServicesOfTheEdgeAndTheBill",
            actions=[f"{service}:*" for service in EDGE],
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": EDGE_REGION}},
        ),
        Statement(
            sid="TheChatWhereItIsCalled",
            actions=["chatbot:*"],
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": CHAT_REGION}},
        ),
        Statement(sid="RolesThatTheServicesHave", actions=list(RIGHTS_OF_ROLES), resources=every),
        # A role without the boundary would be a way out of it: whoever makes it says what it may do.
        Statement(
            sid="RolesBelowTheBoundary",
            actions=["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            resources=every[:1],
            condition={"StringEquals": {"iam:PermissionsBoundary": names.boundary_arn}},
        ),
        Statement(
            sid="RolesHandedToServices",
            actions=["iam:PassRole"],
            resources=every[:1],
            condition={"StringEquals": {"iam:PassedToService": list(TAKES_ROLES)}},
        ),
        Statement(
            sid="RolesThatServicesMakeThemselves",
            actions=["iam:CreateServiceLinkedRole"],
            resources=[names.scope.arn("iam", "role/aws-service-role/*", region="")],
            condition={"StringEquals": {"iam:AWSServiceName": sorted(linked)}},
        ),
        *(_handing(connection) if connection else ()),
        Statement(sid="WhoAmI", actions=["sts:GetCallerIdentity"], resources=["*"]),
    )


def _handing(connection: str) -> list[Statement]:
    """A project of CodeBuild's takes a connection as a role: whoever gives it has to be let. Its token is not read.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeconnections.html
    """
    return [
        Statement(
            sid="ConnectionHandedToCodeBuild",
            actions=["codeconnections:PassConnection"],
            resources=[connection],
            condition={"StringEquals": {"codeconnections:PassedToService": "codebuild.amazonaws.com"}},
        ),
        Statement(
            sid="WebhookMadeThroughTheConnection",
            actions=["codeconnections:GetConnection", "codeconnections:UseConnection"],
            resources=[connection],
        ),
    ]


def _administered(names: Names) -> Statement:
    return Statement(
        sid="AdministeredByThisAccount",
        actions=iam.KEY_ADMINISTRATION,
        resources=["*"],
        principal={"AWS": names.scope.root},
    )


def known_by(*aliases: str) -> Mapping[str, Mapping[str, str | Sequence[str]]]:
    """A key's id is not known before it is made; what it is called is."""
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": list(aliases)}}
