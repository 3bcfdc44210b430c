"""Database credentials: the master's password in Secrets Manager, rotated (REQ-S14, REQ-Y2).

A password that RDS manages itself rules out a Global Database later, so it is ours: a seed that is rotated away as soon
as the database answers, and anew every month, by the function that AWS publishes for the purpose. The master is for
making users and for emergencies; services and their migrations log in by IAM. Another region has a replica of the
secret, for the day on which its cluster becomes the writer (docs/adr/0022).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.foundation.acls import MYSQL_PORT
from components.foundation.passage import function_group, open_passage
from components.naming import Scope

APPLICATION = "database"
ROTATION_DAYS = 30
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_available-rotation-templates.html; published
# in us-east-1 for every region.
ROTATOR = "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSMySQLRotationSingleUser"
ROTATOR_VERSION = "1.1.671"
FIRST_VERSION = 1
# Secrets Manager deletes a version without a label, and the provider would then write the seed again, over a password
# that works. With a label of its own the first version stays for ever:
# https://github.com/hashicorp/terraform-provider-aws/issues/37302
STAGES = ("AWSCURRENT", "SEED")


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """Whose password it is, where the function that changes it runs, and the keys."""

    scope: Scope
    cluster_identifier: str
    host: pulumi.Input[str]
    username: str
    first_password: pulumi.Input[str]  # a seed
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # private ones, with a way to Secrets Manager
    database_security_group_id: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    replica_key_arns: Mapping[str, pulumi.Input[str]]  # other region -> ARN of the secrets key there
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    destroy_protection: bool


def secret_prefix(scope: Scope) -> str:
    """What the secret is called, up to the letters that AWS adds."""
    return scope.path("database", "master-")


class Credentials(pulumi.ComponentResource):
    """A secret that a function rotates."""

    secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Credentials", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(
            APPLICATION, tagging.Classification.RESTRICTED, name=args.scope.name("database-credentials")
        )
        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            # Only a prefix: a secret that was deleted keeps its name for weeks.
            name_prefix=secret_prefix(args.scope),
            description=f"Master of {args.cluster_identifier}: for making users and for emergencies",
            kms_key_id=args.secrets_key_arn,
            replicas=[
                aws.secretsmanager.SecretReplicaArgs(region=region, kms_key_id=key_arn)
                for region, key_arn in args.replica_key_arns.items()
            ],
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        first = aws.secretsmanager.SecretVersion(
            f"{name}-first",
            secret_id=secret.id,
            secret_string_wo=pulumi.Output.json_dumps(
                {
                    "engine": "mysql",
                    "host": args.host,
                    "port": MYSQL_PORT,
                    "username": args.username,
                    "password": args.first_password,
                    "dbClusterIdentifier": args.cluster_identifier,
                }
            ),
            secret_string_wo_version=FIRST_VERSION,
            version_stages=STAGES,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["versionStages"]),
        )
        function_name, rotator = self._rotator()
        aws.secretsmanager.SecretRotation(
            f"{name}-rotation",
            secret_id=secret.id,
            rotation_lambda_arn=args.scope.arn("lambda", f"function:{function_name}"),
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=ROTATION_DAYS),
            rotate_immediately=True,  # nobody works with a seed
            opts=pulumi.ResourceOptions(parent=self, depends_on=[first, rotator]),
        )
        self.secret_arn = secret.arn
        self.register_outputs({"secretArn": self.secret_arn})

    def _rotator(self) -> tuple[str, aws.serverlessrepository.CloudFormationStack]:
        """AWS's function, in private subnets: MySQL to the database, HTTPS to Secrets Manager, nothing else."""
        args = self._args
        function_name = args.scope.name("database-rotation")
        group, _ = function_group(
            self._name,
            vpc_id=args.vpc_id,
            description="The function that rotates the password of the database",
            https_to="Secrets Manager",
            tags=self._tags,
            opts=self._child,
        )
        open_passage(
            self._name,
            callers={"rotation": group.id},
            store=args.database_security_group_id,
            port=MYSQL_PORT,
            tags=self._tags,
            opts=self._child,
        )
        log = aws.cloudwatch.LogGroup(
            f"{self._name}-log",
            name=f"/aws/lambda/{function_name}",
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=self._tags,
            opts=self._child,
        )
        rotator = aws.serverlessrepository.CloudFormationStack(
            f"{self._name}-rotator",
            application_id=ROTATOR,
            semantic_version=ROTATOR_VERSION,
            capabilities=["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
            parameters={
                "endpoint": f"https://secretsmanager.{args.scope.region}.amazonaws.com",
                "functionName": function_name,
                "vpcSubnetIds": pulumi.Output.all(*args.subnet_ids).apply(",".join),
                "vpcSecurityGroupIds": group.id,
                "kmsKeyArn": args.secrets_key_arn,
            },
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log]),
        )
        return function_name, rotator


def replica_of(secret_arn: pulumi.Output[str], *, source: str, region: str) -> pulumi.Output[str]:
    """The ARN of a secret's replica: the same, but for the region.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
    """
    return secret_arn.apply(lambda arn: arn.replace(f":{source}:", f":{region}:", 1))
