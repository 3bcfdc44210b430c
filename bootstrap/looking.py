"""What the preview role reads: how everything is set up, the state, and each resource as the provider reads it. Pure.

A preview of a pull request and the comparison of each night run under it (REQ-S13). What the provider asks for is in
bootstrap/reads.yaml, type by type, and a test holds this file against that one.
"""

from collections.abc import Mapping, Sequence

from bootstrap.documents import known_by
from bootstrap.names import Names
from components.iam import Statement, document

# Policies that AWS keeps. Both see how things are set up, and nothing that somebody stored in them.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html
SEES = ("arn:aws:iam::aws:policy/SecurityAudit", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")
# A key of the stage, and the services that decrypt their own settings with it for whoever reads them: a guardrail and
# the catalogue, first values, flags. None of these opens data, which is behind other services.
_OPENED: Mapping[str, Sequence[str]] = {"lake": ["bedrock", "glue"], "secrets": ["ssm"], "storage": ["appconfig"]}


def preview(names: Names) -> str:
    """What a preview does beyond looking (`SEES`): read the state, open the stack's secrets. It takes no lock.

    The same role compares the stage with its state each night, so it reads each resource as the provider does
    (bootstrap/reads.yaml). No value in Secrets Manager is among that: the provider lists a write-only one's versions.
    """
    bucket, keys = f"arn:aws:s3:::{names.state_bucket}", names.scope.arn("kms", "key/*")
    return document(
        Statement(
            sid="FindsTheState",
            actions=["s3:ListBucket"],
            resources=[bucket],
            condition={"StringLike": {"s3:prefix": [".pulumi", ".pulumi/*"]}},
        ),
        Statement(sid="ReadsTheState", actions=["s3:GetObject"], resources=[f"{bucket}/.pulumi/*"]),
        Statement(
            sid="OpensTheState",
            actions=["kms:Decrypt"],
            resources=[keys],
            condition={
                **known_by(names.state_alias),
                "StringEquals": {"kms:ViaService": f"s3.{names.scope.region}.amazonaws.com"},
            },
        ),
        Statement(
            sid="OpensSecretsOfThisStack",
            actions=["kms:Decrypt"],
            resources=[keys],
            condition={
                **known_by(names.secrets_alias),
                "StringEquals": {"kms:EncryptionContext:stack": names.stack},
            },
        ),
        # What a service's program reads of the platform, and first values, which the state holds as well.
        Statement(
            sid="ReadsParametersOfTheStage",
            actions=["ssm:GetParameter"],
            resources=[_anywhere(names, "ssm", f"parameter{names.scope.path('*')}")],
        ),
        *(_opened(names, key, through=through) for key, through in _OPENED.items()),
        *_refreshed(names),
        # A pull request's code runs under this role: reading what people stored is refused, and not only left out.
        Statement(
            sid="ReadsNothingThatPeopleStored",
            effect="Deny",
            actions=[
                "athena:GetQueryResults",
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:PartiQLSelect",
                "dynamodb:Query",
                "dynamodb:Scan",
                "kinesis:GetRecords",
                "logs:FilterLogEvents",
                "logs:GetLogEvents",
                "logs:StartQuery",
                "rds-data:*",
                "secretsmanager:BatchGetSecretValue",
                "secretsmanager:GetSecretValue",
                "sqs:ReceiveMessage",
            ],
            resources=["*"],
        ),
    )


def _refreshed(names: Names) -> Sequence[Statement]:
    """What the provider's reads ask for and `SEES` lacks, of what bears the stage's name, else of the account."""
    named, database = names.scope.name("*"), names.scope.name("*").replace("-", "_")
    by_name = {
        "athena": (["athena:GetNamedQuery"], [f"workgroup/{named}"]),
        "backup": (
            ["backup:GetRestoreTestingPlan", "backup:GetRestoreTestingSelection"],
            [f"restore-testing-plan:{database}"],
        ),
        "glue": (
            ["glue:GetCrawler", "glue:GetDatabase", "glue:GetPartitionIndexes"],
            ["catalog", f"crawler/{named}", f"database/{database}", f"table/{database}/*"],
        ),
        "kinesis": (["kinesis:ListTagsForResource"], [f"stream/{named}"]),
        "lambda": (["lambda:GetFunction"], [f"function:{named}"]),
        "scheduler": (["scheduler:GetSchedule"], [f"schedule/*/{named}"]),
        "ssm": (["ssm:GetDocument"], [f"document/{named}"]),
    }
    return [
        *(
            Statement(
                sid=f"Refreshes{service.title()}",
                actions=actions,
                resources=[_anywhere(names, service, each) for each in resources],
            )
            for service, (actions, resources) in by_name.items()
        ),
        Statement(
            sid="RefreshesBudgets",
            actions=["budgets:ListTagsForResource", "budgets:ViewBudget"],
            resources=[names.scope.arn("budgets", f"budget/{named}", region="")],
        ),
        # AWS draws the ids of these, or the actions know no resource.
        Statement(
            sid="RefreshesWhatHasNoNameOfTheStage",
            actions=[
                "appconfig:GetDeployment",
                "appconfig:GetHostedConfigurationVersion",
                "bcm-data-exports:GetExport",
                "bcm-data-exports:ListTagsForResource",
                "ce:GetAnomalyMonitors",
                "ce:GetAnomalySubscriptions",
                "ce:ListTagsForResource",
                "chatbot:DescribeSlackChannelConfigurations",
                "chatbot:ListTagsForResource",
                "cloudfront:DescribeFunction",
                "cognito-idp:GetUserPoolMfaConfig",
                "elasticloadbalancing:GetLoadBalancerWebACL",
                "logs:GetDelivery",
                "logs:GetDeliveryDestination",
                "logs:GetDeliverySource",
                "s3:ListTagsForResource",
                "serverlessrepo:GetApplication",
                "states:ValidateStateMachineDefinition",
            ],
            resources=["*"],
        ),
    ]


def _opened(names: Names, key: str, *, through: Sequence[str]) -> Statement:
    """A key of the stage, for services that decrypt their own settings with it on behalf of who reads them."""
    return Statement(
        sid=f"OpensSettingsUnderTheKeyOf{key.title()}",
        actions=["kms:Decrypt"],
        resources=[_anywhere(names, "kms", "key/*")],
        condition={
            **known_by(f"alias/{names.scope.name(key)}"),
            "StringLike": {"kms:ViaService": [f"{service}.*.amazonaws.com" for service in through]},
        },
    )


def _anywhere(names: Names, service: str, resource: str) -> str:
    """An ARN in the account: a stage has a second region in later phases, and some of its edge in Virginia."""
    return names.scope.arn(service, resource, region="*")
