"""What people may do, by permission set: managed and inline policies as data (REQ-S13, REQ-E2, REQ-S16, REQ-Y3).

People look, and operate what runs; what there is, pipelines change. So no set writes IAM, and none reads users' data:
whoever must, breaks the glass, and is seen. A boundary that AWS keeps holds whatever is added to a set later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components import iam
from components.naming import PROJECT as PLATFORM
from organization.settings import STAGES
from organization.tree import MANAGED_BY

LONGEST_HOURS = 8  # a working day, as policy IAM-012 has it
MANAGEMENT = "management"

# What reads users' data, whichever managed policy may allow it one day.
READS_OF_DATA = (
    "athena:GetQueryResults",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "kinesis:GetRecords",
    "kms:Decrypt",
    "rds-data:ExecuteStatement",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
_TRAIL_READS = ("kms:Decrypt", "s3:GetObject", "s3:GetObjectVersion")  # of an auditor, held to the trail's files
_READS_OF_LOGS = (
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "logs:StopQuery",
)


@dataclass(frozen=True, kw_only=True)
class PermissionSet:
    """What one group gets, and where."""

    title: str  # the last part of the role's name in each account
    description: str
    hours: int  # how long a session lasts
    accounts: Sequence[str]
    managed: Sequence[str] = ()  # names of AWS's policies, with the path below arn:aws:iam::aws:policy/
    statements: Sequence[iam.Statement] = ()
    boundary: str | None = None  # one of AWS's policies, too

    @property
    def inline(self) -> str:
        """The inline policy."""
        return iam.document(*self.statements)


def managed_arn(name: str) -> str:
    """ARN of a policy that AWS keeps."""
    return f"arn:aws:iam::aws:policy/{name}"


def permission_sets(*, management: str, accounts: Mapping[str, str]) -> dict[str, PermissionSet]:
    """By the group that gets each.

    Args:
        management: the management account's number.
        accounts: name -> number, of every other account that has one.
    """
    stages = [each for each in accounts if each in STAGES]
    return {
        "platform": PermissionSet(
            title="platform",
            description="Looks at everything but users' data, and operates what runs",
            hours=4,
            accounts=stages,
            managed=["job-function/ViewOnlyAccess", "CloudWatchReadOnlyAccess"],
            statements=[*_operations(), *_renewal(STAGES), *_sessions(STAGES), _no_data()],
            boundary="PowerUserAccess",
        ),
        "developer": PermissionSet(
            title="developer",
            description="Looks at dev and stg, reads logs and traces, renews secrets, opens sessions in dev",
            hours=LONGEST_HOURS,
            accounts=[each for each in stages if each != "prod"],
            managed=["job-function/ViewOnlyAccess", "CloudWatchReadOnlyAccess"],
            statements=[*_development(), *_renewal(("dev", "stg")), *_sessions(("dev",)), _no_data()],
            boundary="PowerUserAccess",
        ),
        "auditor": PermissionSet(
            title="auditor",
            description="Reads how everything is set up and who did what, and nobody's data",
            hours=4,
            accounts=[*accounts],
            managed=["SecurityAudit", "job-function/ViewOnlyAccess"],
            # No boundary of AWS's lets in both what IAM holds and the trail's files, which are encrypted.
            statements=[*_auditing(), _no_data(but=_TRAIL_READS)],
        ),
        "billing": PermissionSet(
            title="billing",
            description="Sees what everything costs, and sets what may be spent",
            hours=2,
            accounts=[MANAGEMENT],
            managed=["AWSBillingReadOnlyAccess"],
            statements=_billing(management),
        ),
        "break_glass": PermissionSet(
            title="break-glass",
            description="Becomes administrator of a member account for an hour; the trail has each use",
            hours=1,
            accounts=[MANAGEMENT],
            statements=_break_glass(accounts),
        ),
    }


def _no_data(*, but: Sequence[str] = ()) -> iam.Statement:
    actions = [each for each in READS_OF_DATA if each not in but]
    return iam.Statement(sid="NobodysData", effect="Deny", actions=actions, resources=["*"])


def _sessions(stages: Sequence[str]) -> list[iam.Statement]:
    """Shells and port-forwards through Session Manager: machines of ours, by documents of ours, which record.

    Without `ssm:SessionDocumentAccessCheck` a session without a document would get AWS's own, which records nothing.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-sessiondocumentaccesscheck.html
    """
    return [
        iam.Statement(
            sid="SessionsOnMachinesOfTheseStages",
            actions=["ssm:StartSession"],
            resources=["arn:aws:ec2:*:*:instance/*"],
            condition={
                "StringEquals": {"aws:ResourceTag/Environment": list(stages)},
                "BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"},
            },
        ),
        iam.Statement(
            sid="SessionsByDocumentsThatRecord",
            actions=["ssm:StartSession"],
            resources=[f"arn:aws:ssm:*:*:document/{PLATFORM}-*"],
        ),
        iam.Statement(
            sid="EncryptsWhatItTypes",
            actions=["kms:GenerateDataKey"],
            resources=["arn:aws:kms:*:*:key/*"],
            condition={"ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/{PLATFORM}-*"}},
        ),
        iam.Statement(
            sid="EndsAndResumesOwnSessions",
            actions=["ssm:ResumeSession", "ssm:TerminateSession"],
            resources=["arn:aws:ssm:*:*:session/${aws:userid}-*"],
        ),
        iam.Statement(
            sid="LooksForMachines",
            actions=["ssm:DescribeInstanceInformation", "ssm:DescribeSessions", "ssm:GetConnectionStatus"],
            resources=["*"],  # none of them has a resource
        ),
    ]


def _renewal(stages: Sequence[str]) -> list[iam.Statement]:
    """To put the next value of a service's secret, which nobody here can read, and have it tried and taken.

    A new version is encrypted without decrypting another. IAM has no word for the label that it gets. What may not be
    said is which function renews, and when: another function would be shown the value.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
    """
    secrets = [f"arn:aws:secretsmanager:*:*:secret:/{PLATFORM}/*/services/*"]
    ours = {"aws:ResourceTag/Environment": list(stages)}
    return [
        iam.Statement(
            sid="PutsTheNextValueOfAServicesSecret",
            actions=["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"],
            resources=secrets,
            condition={"StringEquals": ours},
        ),
        iam.Statement(
            sid="HasItTriedAndTaken",
            actions=["secretsmanager:RotateSecret"],
            resources=secrets,
            condition={
                "StringEquals": ours,
                "Null": {"secretsmanager:RotationLambdaARN": "true"},
                "BoolIfExists": {"secretsmanager:ModifyRotationRules": "false"},
            },
        ),
        iam.Statement(  # as Secrets Manager asks of whoever starts a renewal
            sid="ByTheServicesFunction",
            actions=["lambda:InvokeFunction"],
            resources=[f"arn:aws:lambda:*:*:function:{PLATFORM}-*-renewal"],
            condition={"StringEquals": ours},
        ),
        iam.Statement(
            sid="EncryptsWhatItPuts",
            actions=["kms:GenerateDataKey"],
            resources=["arn:aws:kms:*:*:key/*"],
            condition={
                "ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/{PLATFORM}-*-secrets"},
                "StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"},
            },
        ),
    ]


def _logs() -> iam.Statement:
    return iam.Statement(
        sid="ReadsOurLogs",
        actions=_READS_OF_LOGS,
        resources=[f"arn:aws:logs:*:*:log-group:/{PLATFORM}/*", "arn:aws:logs:*:*:log-group:/aws/*"],
    )


def _cluster() -> iam.Statement:
    """The Kubernetes API; what may be done there is the access entries' and RBAC's to say."""
    return iam.Statement(
        sid="ReachesOurClusters",
        actions=["eks:AccessKubernetesApi", "eks:DescribeCluster"],
        resources=[f"arn:aws:eks:*:*:cluster/{PLATFORM}-*"],
    )


def _operations() -> list[iam.Statement]:
    ours = f"{PLATFORM}-*"
    return [
        _logs(),
        _cluster(),
        iam.Statement(
            sid="ReplacesMachines",
            actions=[
                "autoscaling:CancelInstanceRefresh",
                "autoscaling:SetDesiredCapacity",
                "autoscaling:StartInstanceRefresh",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ],
            resources=[f"arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/{ours}"],
        ),
        iam.Statement(
            sid="FailsStoresOver",
            actions=["elasticache:TestFailover", "rds:FailoverDBCluster", "rds:RebootDBInstance"],
            resources=[
                f"arn:aws:elasticache:*:*:replicationgroup:{ours}",
                f"arn:aws:rds:*:*:cluster:{ours}",
                f"arn:aws:rds:*:*:db:{ours}",
            ],
        ),
        iam.Statement(
            sid="MovesFailedMessagesBack",
            actions=["sqs:CancelMessageMoveTask", "sqs:ListMessageMoveTasks", "sqs:StartMessageMoveTask"],
            resources=[f"arn:aws:sqs:*:*:{ours}"],
        ),
        iam.Statement(
            sid="ClearsWhatIsCachedAtTheEdge",
            actions=["cloudfront:CreateInvalidation"],
            resources=["arn:aws:cloudfront::*:distribution/*"],
            condition={"StringEquals": {"aws:ResourceTag/Environment": list(STAGES)}},
        ),
        iam.Statement(
            sid="AsksForHelp",
            actions=["support:AddCommunicationToCase", "support:CreateCase", "support:DescribeCases"],
            resources=["*"],  # none of them has a resource
        ),
    ]


def _development() -> list[iam.Statement]:
    return [
        _logs(),
        _cluster(),
        iam.Statement(
            sid="FollowsRequests",
            actions=["xray:BatchGetTraces", "xray:GetServiceGraph", "xray:GetTraceGraph", "xray:GetTraceSummaries"],
            resources=["*"],  # none of them has a resource
        ),
        iam.Statement(
            sid="PullsImages",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[f"arn:aws:ecr:*:*:repository/{PLATFORM}*"],
        ),
        iam.Statement(sid="SignsInToTheRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
    ]


def _auditing() -> list[iam.Statement]:
    return [
        iam.Statement(
            sid="ReadsWhatAwsIsAttested",
            actions=["artifact:GetReport", "artifact:GetReportMetadata", "artifact:GetTermForReport"],
            resources=["*"],
        ),
        iam.Statement(
            sid="ReadsWhoDidWhat", actions=["cloudtrail:LookupEvents", "cloudtrail:GetTrailStatus"], resources=["*"]
        ),
        iam.Statement(
            sid="ReadsTheTrailsFiles",
            actions=["s3:GetObject", "s3:GetObjectVersion"],
            resources=[f"arn:aws:s3:::{PLATFORM}-*-trail-*/AWSLogs/*"],
        ),
        iam.Statement(
            sid="DecryptsTheTrailsFiles",
            actions=["kms:Decrypt"],
            resources=["arn:aws:kms:*:*:key/*"],
            condition={
                "ForAnyValue:StringLike": {
                    "kms:ResourceAliases": [f"alias/{PLATFORM}-*-trail", f"alias/{PLATFORM}-*-audit"]
                },
                "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
            },
        ),
    ]


def _billing(management: str) -> list[iam.Statement]:
    return [
        iam.Statement(
            sid="SetsWhatMayBeSpent",
            actions=["budgets:ModifyBudget", "budgets:ViewBudget"],
            resources=[f"arn:aws:budgets::{management}:budget/*"],
        ),
        iam.Statement(
            sid="ReadsWhatItCosts",
            actions=[
                "ce:GetCostAndUsage",
                "ce:GetCostForecast",
                "ce:GetDimensionValues",
                "ce:GetReservationCoverage",
                "ce:GetSavingsPlansCoverage",
                "ce:GetTags",
            ],
            resources=["*"],
        ),
    ]


def _break_glass(accounts: Mapping[str, str]) -> list[iam.Statement]:
    """Not an administrator here, but somebody who may become one there, by the role that is made with an account."""
    return [
        iam.Statement(
            sid="BecomesAdministratorOfAMember",
            actions=["sts:AssumeRole"],
            resources=[f"arn:aws:iam::{number}:role/{MANAGED_BY}" for number in accounts.values()],
        )
    ]
