"""What nobody may do in an account, whatever its own policies say: control policies as data (REQ-S13, REQ-Y3, REQ-N3).

A control policy grants nothing. It does not bind the management account, nor service-linked roles. AWS counts spaces,
so documents are written without any.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.iam import Condition
from components.naming import EDGE_REGION
from components.naming import PROJECT as PLATFORM
from components.settings.stage import RECOVERY_REGION, REGION
from organization.tree import MANAGED_BY

LONGEST = 5120  # characters of a control policy
REGIONS = (REGION, RECOVERY_REGION, EDGE_REGION)  # REQ-E1, and where CloudFront takes its certificates from

_ANY_ACCOUNT = "arn:aws:iam::*:"
MANAGER = f"{_ANY_ACCOUNT}role/{MANAGED_BY}"
DEPLOYERS = f"{_ANY_ACCOUNT}role/{PLATFORM}-*-deploy"
# What the first hour of an account leaves behind, and every later deployment stands on.
BOOTSTRAPPED_ROLES = (DEPLOYERS, f"{_ANY_ACCOUNT}role/{PLATFORM}-*-preview", MANAGER)
BOUNDARIES = f"{_ANY_ACCOUNT}policy/{PLATFORM}-*-boundary"
GITHUB = f"{_ANY_ACCOUNT}oidc-provider/token.actions.githubusercontent.com"

# Services that are called in one region, or none, wherever their work is.
# https://docs.aws.amazon.com/controltower/latest/controlreference/primary-region-deny-policy.html
GLOBAL_SERVICES = (
    "account:*",
    "aws-marketplace:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "chatbot:*",
    "cloudfront:*",
    "consolidatedbilling:*",
    "cur:*",
    "freetier:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "invoicing:*",
    "networkmanager:*",
    "notifications:*",
    "organizations:*",
    "payments:*",
    "pricing:*",
    "route53-recovery-cluster:*",
    "route53-recovery-control-config:*",
    "route53-recovery-readiness:*",
    "route53:*",
    "route53domains:*",
    "savingsplans:*",
    "shield:*",
    "sso:*",
    "sts:*",
    "support:*",
    "supportplans:*",
    "tax:*",
    "trustedadvisor:*",
    "waf:*",
)
# What tells of regions, or of all buckets at once.
EVERYWHERE = (
    "ec2:DescribeRegions",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
)
# What holds users' data or runs our code may not be made where CloudFront's certificates are.
NOT_AT_THE_EDGE = (
    "dynamodb:CreateTable",
    "ec2:CreateNatGateway",
    "ec2:CreateVpc",
    "ec2:RunInstances",
    "ecs:CreateCluster",
    "eks:CreateCluster",
    "elasticache:CreateReplicationGroup",
    "elasticache:CreateServerlessCache",
    "kinesis:CreateStream",
    "rds:CreateDBCluster",
    "rds:CreateDBInstance",
    "redshift:CreateCluster",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateNotebookInstance",
)

# Whatever would blind those who watch. What only adds (a detector, a recorder) is not refused.
BLINDING = (
    "access-analyzer:DeleteAnalyzer",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteAggregationAuthorization",
    "config:DeleteConfigRule",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:DeleteRetentionConfiguration",
    "config:PutConfigurationRecorder",
    "config:PutDeliveryChannel",
    "config:PutRetentionConfiguration",
    "config:StopConfigurationRecorder",
    "guardduty:CreateFilter",  # archives what it matches, unseen
    "guardduty:CreateIPSet",  # whom it trusts from then on
    "guardduty:DeleteDetector",
    "guardduty:DeleteMembers",
    "guardduty:DeletePublishingDestination",
    "guardduty:DisassociateFromAdministratorAccount",
    "guardduty:DisassociateMembers",
    "guardduty:StopMonitoringMembers",
    "guardduty:UpdateDetector",
    "guardduty:UpdateFilter",
    "guardduty:UpdateIPSet",
    "inspector2:Disable",
    "inspector2:DisassociateMember",
    "securityhub:BatchDisableStandards",
    "securityhub:DeleteMembers",
    "securityhub:DisableImportFindingsForProduct",
    "securityhub:DisableSecurityHub",
    "securityhub:DisassociateFromAdministratorAccount",
    "securityhub:DisassociateMembers",
    "securityhub:UpdateStandardsControl",
)

_CHANGES_OF_ROLES = (
    "iam:AttachRolePolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)
_CHANGES_OF_POLICIES = (
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
_CHANGES_OF_PROVIDERS = (
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:DeleteOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "iam:UpdateOpenIDConnectProviderThumbprint",
)
# What organization/baseline.py sets in each account, and what would bring lasting credentials back.
_BASELINE = (
    "account:DeleteAlternateContact",
    "account:PutAlternateContact",
    "ec2:DisableEbsEncryptionByDefault",
    "ec2:DisableImageBlockPublicAccess",
    "ec2:DisableSnapshotBlockPublicAccess",
    "ec2:ModifyInstanceMetadataDefaults",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateUser",
    "iam:DeleteAccountPasswordPolicy",
    "iam:UpdateAccountPasswordPolicy",
    "s3:PutAccountPublicAccessBlock",
)
# Of the services that a resource control policy can speak for, those where our data and its keys are.
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
_HOLDING_DATA = ("kms:*", "s3:*", "secretsmanager:*", "sqs:*")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One statement of a control policy."""

    sid: str
    actions: Sequence[str] = ()
    all_but: Sequence[str] = ()  # in place of actions: everything else is refused
    resources: Sequence[str] = ("*",)
    condition: Condition = field(default_factory=dict[str, Mapping[str, str | Sequence[str]]])
    of_resources: bool = False  # whether it stands in a resource control policy, which says for whom

    def as_json(self) -> dict[str, object]:
        """The statement as AWS spells it."""
        statement: dict[str, object] = {"Sid": self.sid, "Effect": "Deny"}
        if self.of_resources:
            statement["Principal"] = "*"
        statement |= {"NotAction": sorted(self.all_but)} if self.all_but else {"Action": sorted(self.actions)}
        statement["Resource"] = sorted(self.resources)
        return {**statement, "Condition": self.condition} if self.condition else statement


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """A control policy, and which units it is over; the unit "" is the root."""

    title: str
    description: str
    over: Sequence[str]
    refusals: Sequence[Refusal]
    kind: str = "SERVICE_CONTROL_POLICY"

    @property
    def content(self) -> str:
        """The document."""
        statements = [each.as_json() for each in self.refusals]
        return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _but(*arns: str) -> Condition:
    return {"ArnNotLike": {"aws:PrincipalArn": list(arns)}}


def service_control_policies(*, stages_own_audit: bool) -> list[Guardrail]:
    """What nobody may do; the root has room for five policies, AWS's own FullAWSAccess among them.

    Args:
        stages_own_audit: whether each stage makes its trail, detector and the like; its deployer may change them then.
    """
    auditors = (MANAGER, DEPLOYERS) if stages_own_audit else (MANAGER,)
    return [
        Guardrail(
            title="regions",
            description="Nothing outside our regions, and no data or machines where CloudFront's certificates are",
            over=[""],
            refusals=[
                Refusal(
                    sid="NothingOutsideOurRegions",
                    all_but=[*GLOBAL_SERVICES, *EVERYWHERE],
                    condition={"StringNotEquals": {"aws:RequestedRegion": list(REGIONS)}},
                ),
                Refusal(
                    sid="NoDataAndNoMachinesAtTheEdge",
                    actions=NOT_AT_THE_EDGE,
                    condition={"StringEquals": {"aws:RequestedRegion": EDGE_REGION}},
                ),
            ],
        ),
        Guardrail(
            title="identities",
            description="No root user, no leaving, and nobody changes what deployments stand on",
            over=[""],
            refusals=[
                Refusal(
                    sid="NothingAsTheRootUser",
                    actions=["*"],
                    # A privileged task that the management account does in a member's name stays possible.
                    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
                    condition={
                        "ArnLike": {"aws:PrincipalArn": f"{_ANY_ACCOUNT}root"},
                        "Null": {"aws:AssumedRoot": "true"},
                    },
                ),
                Refusal(
                    sid="NobodyLeavesOrClosesAnAccountFromWithin",
                    actions=["account:CloseAccount", "account:DisableRegion", "organizations:LeaveOrganization"],
                ),
                Refusal(
                    sid="NobodyChangesWhoDeploys",
                    actions=_CHANGES_OF_ROLES,
                    resources=BOOTSTRAPPED_ROLES,
                    condition=_but(MANAGER),
                ),
                Refusal(
                    sid="NobodyChangesWhatBoundsThem",
                    actions=_CHANGES_OF_POLICIES,
                    resources=[BOUNDARIES],
                    condition=_but(MANAGER),
                ),
                Refusal(
                    sid="NobodyChangesWhomTheyTrust",
                    actions=_CHANGES_OF_PROVIDERS,
                    resources=[GITHUB],
                    condition=_but(MANAGER),
                ),
            ],
        ),
        Guardrail(
            title="audit",
            description="Nobody blinds CloudTrail, Config, GuardDuty, Security Hub, Inspector or Access Analyzer",
            over=[""],
            refusals=[Refusal(sid="NobodyBlindsWhoWatches", actions=BLINDING, condition=_but(*auditors))],
        ),
        Guardrail(
            title="baseline",
            description="Nobody undoes an account's baseline or makes lasting credentials",
            over=[""],
            refusals=[Refusal(sid="NobodyUndoesTheBaseline", actions=_BASELINE, condition=_but(MANAGER))],
        ),
        Guardrail(
            title="instances",
            description="Instances give credentials to IMDSv2 only",
            over=["Workloads"],
            refusals=[
                Refusal(
                    sid="NoInstanceWithoutTokens",
                    actions=["ec2:RunInstances"],
                    resources=["arn:aws:ec2:*:*:instance/*"],
                    condition={"StringNotEquals": {"ec2:MetadataHttpTokens": "required"}},
                ),
                Refusal(
                    sid="NoInstanceFarFromItsTokens",
                    actions=["ec2:RunInstances"],
                    resources=["arn:aws:ec2:*:*:instance/*"],
                    condition={"NumericGreaterThan": {"ec2:MetadataHttpPutResponseHopLimit": "2"}},
                ),
                Refusal(
                    sid="NothingByCredentialsOfTheFirstVersion",
                    actions=["*"],
                    condition={"NumericLessThan": {"ec2:RoleDelivery": "2.0"}},
                ),
                Refusal(
                    sid="NobodyChangesMetadataOptions",
                    actions=["ec2:ModifyInstanceMetadataOptions"],
                    condition=_but(MANAGER),
                ),
            ],
        ),
        Guardrail(
            title="standstill",
            description="An account that is given up does nothing",
            over=["Suspended"],
            refusals=[Refusal(sid="Nothing", actions=["*"], condition=_but(MANAGER))],
        ),
    ]


def resource_control_policy(*, organization_id: str, partner_accounts: Sequence[str]) -> Guardrail:
    """Who may reach our data, whatever a bucket's, key's, queue's, secret's or role's own policy says (REQ-N3).

    A service reaches it on behalf of our own accounts only; where it says no account, its own policies decide.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html

    Args:
        organization_id: ours.
        partner_accounts: accounts outside it whose roles may assume roles of ours; they get no further by this.
    """
    strangers = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization_id},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    partners = {"aws:PrincipalAccount": list(partner_accounts)} if partner_accounts else {}
    return Guardrail(
        title="perimeter",
        description="Only our organisation, and services on its behalf, reach data, keys and roles; and only by TLS",
        over=["Security", "Workloads"],
        kind="RESOURCE_CONTROL_POLICY",
        refusals=[
            Refusal(sid="OnlyOurOwn", actions=_HOLDING_DATA, condition=strangers, of_resources=True),
            Refusal(
                sid="OnlyOurOwnAndPartnersAssumeRoles",
                actions=["sts:AssumeRole"],
                condition={
                    **strangers,
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization_id, **partners},
                },
                of_resources=True,
            ),
            Refusal(
                sid="ServicesForOurOwnOnly",
                actions=[*_HOLDING_DATA, "sts:AssumeRole"],
                condition={
                    "StringNotEqualsIfExists": {"aws:SourceOrgID": organization_id},
                    "Null": {"aws:SourceAccount": "false"},
                    "Bool": {"aws:PrincipalIsAWSService": "true"},
                },
                of_resources=True,
            ),
            Refusal(
                sid="OnlyByTls",
                actions=_HOLDING_DATA,
                condition={"BoolIfExists": {"aws:SecureTransport": "false"}},
                of_resources=True,
            ),
        ],
    )
