"""Schemas and users of services (REQ-S5, REQ-K3, REQ-S13): a function in the VPC that makes one on request.

The database answers inside the VPC only, and a deployment runs outside it. So a service's stack calls this function
with its name and what it may do, and the function says the rest to MySQL as the master. Who may call it is who deploys:
no other policy of the stage names it. docs/adr/0034 has why it is no Data API and no job in the cluster.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pymysql

from components import iam, tagging
from components.data import schemas
from components.foundation.acls import MYSQL_PORT
from components.foundation.passage import function_group, open_passage
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, raise_alarm

APPLICATION = "database"
MEMORY_MB = 256  # 128 to 10240; more than half is what boto3 takes
TIMEOUT_SECONDS = 120  # 1 to 900; two log-ins to a database that has to wake up first, 20 seconds each, and the rest
HANDLER = "components.data.schemas.handler.handle"
_OURS = Path(schemas.__file__).parent
_DRIVER = Path(pymysql.__file__).parent


@dataclass(frozen=True, kw_only=True)
class ServiceSchemasArgs:
    """Where the function stands, and what it reads."""

    scope: Scope
    contract_parameter: str  # name of the parameter that says which secret is the master's
    secret_prefix: str  # what the master's secret is called, up to the letters that AWS adds
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # private ones, with a way to Systems Manager and Secrets Manager
    database_security_group_id: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arn: pulumi.Input[str]


def function_name(scope: Scope) -> str:
    """The function's name, known before it is there."""
    return scope.name("database-schemas")


class ServiceSchemas(pulumi.ComponentResource):
    """A function, its role, its way to the database, its log, and an alarm."""

    function_name: pulumi.Output[str]  # known once it can be called

    def __init__(self, name: str, args: ServiceSchemasArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:ServiceSchemas", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(
            APPLICATION, tagging.Classification.RESTRICTED, name=args.scope.name("database-schemas")
        )
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/lambda/{function_name(args.scope)}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=self._tags,
            opts=self._child,
        )
        group, https = function_group(
            name,
            vpc_id=args.vpc_id,
            description="The function that makes schemas and users of services",
            https_to="Systems Manager and Secrets Manager",
            tags=self._tags,
            opts=self._child,
        )
        open_passage(
            name,
            callers={"schemas": group.id},
            store=args.database_security_group_id,
            port=MYSQL_PORT,
            tags=self._tags,
            opts=self._child,
        )
        role, permission = self._role()
        function = aws.lambda_.Function(
            f"{name}-function",
            name=function_name(args.scope),
            description="Makes the schema and the users of a service; called by the service's stack",
            runtime=aws.lambda_.Runtime.PYTHON3D13,
            architectures=["arm64"],
            handler=HANDLER,
            code=_archive(args.contract_parameter),
            role=role.arn,
            memory_size=MEMORY_MB,
            timeout=TIMEOUT_SECONDS,
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(subnet_ids=args.subnet_ids, security_group_ids=[group.id]),
            # Stacks wait for their answer; of a call that nobody waits for, somebody is told.
            dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=args.alarm_topic_arn),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="PassThrough"),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log, permission, https]),
        )
        self._alarm()
        self.function_name = function.name
        self.register_outputs({"functionName": self.function_name})

    def _role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args = self._args
        # By itself, since Lambda names no source when it takes the role of a function.
        trust = iam.document(
            iam.Statement(
                sid="AssumedByLambda", actions=["sts:AssumeRole"], principal={"Service": "lambda.amazonaws.com"}
            )
        )
        return role_with_policy(
            f"{self._name}-function",
            description="Reads the master's password and makes schemas and users of services",
            trust=trust,
            policy=iam.document(*rights(args)),
            tags=self._tags,
            opts=self._child,
        )

    def _alarm(self) -> None:
        name = function_name(self._args.scope)
        raise_alarm(
            f"{self._name}-failed",
            Alarm(
                says=f"{name}: a service did not get its schema or its users; the function's log says why",
                metrics={
                    "measured": Metric(
                        namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": name}, statistic="Sum"
                    )
                },
                above=0,
                minutes=1,
            ),
            tell=self._args.alarm_topic_arn,
            tags=self._tags,
            opts=self._child,
        )


def rights(args: ServiceSchemasArgs) -> list[iam.Statement]:
    """What the function may do: read one parameter and one secret, log, stand in the VPC, and say that it failed."""
    scope = args.scope
    log = scope.arn("logs", f"log-group:/aws/lambda/{function_name(scope)}")
    return [
        iam.Statement(
            sid="ReadWhichSecretIsTheMasters",
            actions=["ssm:GetParameter"],
            resources=[scope.arn("ssm", f"parameter{args.contract_parameter}")],
        ),
        iam.Statement(
            sid="ReadTheMastersPassword",
            actions=["secretsmanager:GetSecretValue"],
            resources=[scope.arn("secretsmanager", f"secret:{args.secret_prefix}*")],
        ),
        iam.by_key(
            scope,
            "DecryptItThroughSecretsManager",
            ["kms:Decrypt"],
            alias=f"alias/{scope.name('secrets')}",
            through="secretsmanager",
        ),
        iam.Statement(
            sid="WriteItsLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{log}:log-stream:*"],
        ),
        # Lambda asks with the role before it runs anything of ours; what runs has no use for it.
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
        iam.Statement(
            sid="StandInTheVpc",
            actions=[
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=["*"],
        ),
        iam.Statement(
            sid="ButNotItsCode",
            effect="Deny",
            actions=[
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=["*"],
            condition={
                "ArnEquals": {"lambda:SourceFunctionArn": scope.arn("lambda", f"function:{function_name(scope)}")}
            },
        ),
        iam.Statement(
            sid="SayThatItFailed", actions=["sns:Publish"], resources=[scope.arn("sns", scope.name("alarms"))]
        ),
        iam.by_key(
            scope,
            "EncryptWhatItSays",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            alias=f"alias/{scope.name('messaging')}",
            through="sns",
        ),
    ]


def _archive(contract_parameter: str) -> pulumi.AssetArchive:
    """Our code, the driver, and where the contract is.

    File by file: what Python leaves beside them differs from machine to machine, and would change the function.
    """
    names = ("handler.py", "statements.py", "authorities.pem")
    ours = {f"components/data/schemas/{each}": _OURS / each for each in names}
    driver = {f"pymysql/{each.relative_to(_DRIVER)}": each for each in sorted(_DRIVER.rglob("*.py"))}
    place = pulumi.StringAsset(json.dumps({"contract": contract_parameter}))
    files = {inside: pulumi.FileAsset(str(path)) for inside, path in {**ours, **driver}.items()}
    return pulumi.AssetArchive({**files, "components/data/schemas/place.json": place})
