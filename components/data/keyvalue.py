"""Key-value tier: one DynamoDB table for keys that must be the same in every region (REQ-X4): who is signed in where.

The cache keeps a session near; this table keeps what another region must know of it. Its key and its stream are decided
on day one, because neither a key schema can be changed nor a replica added to a table without a stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope

APPLICATION = "sessions"
KEY = "pk"
EXPIRY = "expires_at"  # seconds since 1970; DynamoDB deletes an item within days of it
PITR_DAYS = 35  # the longest; 1 to 35


@dataclass(frozen=True, kw_only=True)
class KeyValueArgs:
    """Where the table is, its key, and which regions have a replica."""

    scope: Scope
    key_arn: pulumi.Input[str]  # the data key
    replica_key_arns: Mapping[str, pulumi.Input[str]]  # other region -> ARN of the data key there
    destroy_protection: bool


class KeyValue(pulumi.ComponentResource):
    """An on-demand table that can be brought back to any second, with a replica in each other region that has a key."""

    table_name: str
    table_arn: str
    known_arn: pulumi.Output[str]  # the same, once table and replicas are there
    stream_arn: pulumi.Output[str]

    def __init__(self, name: str, args: KeyValueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:KeyValue", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.table_name = table_name(args.scope)
        self.table_arn = args.scope.arn("dynamodb", f"table/{self.table_name}")
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=self.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=KEY,
            attributes=[aws.dynamodb.TableAttributeArgs(name=KEY, type="S")],
            ttl=aws.dynamodb.TableTtlArgs(attribute_name=EXPIRY, enabled=True),
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
                enabled=True, recovery_period_in_days=PITR_DAYS
            ),
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",  # what a replica needs
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            deletion_protection_enabled=args.destroy_protection,
            replicas=[
                aws.dynamodb.TableReplicaArgs(
                    region_name=region,
                    kms_key_arn=key_arn,
                    point_in_time_recovery=True,
                    deletion_protection_enabled=args.destroy_protection,
                    propagate_tags=True,
                )
                for region, key_arn in args.replica_key_arns.items()
            ],
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
            opts=pulumi.ResourceOptions(parent=self, protect=args.destroy_protection),
        )
        aws.dynamodb.ResourcePolicy(
            f"{name}-policy", resource_arn=table.arn, policy=table_policy(args.scope, self.table_arn), opts=child
        )
        self.known_arn = table.arn
        self.stream_arn = table.stream_arn
        self.register_outputs({"tableName": self.table_name, "streamArn": self.stream_arn})


@dataclass(frozen=True, kw_only=True)
class KeyValueReplicaArgs:
    """Where the replica is."""

    scope: Scope  # of the replica's region
    table_arn: pulumi.Input[str]  # of the table that has it, once it is there


class KeyValueReplica(pulumi.ComponentResource):
    """What a replica does not take from its table: who may use it. The table itself makes the rest."""

    table_name: str
    table_arn: str
    known_arn: pulumi.Output[str]  # the same, once it is there

    def __init__(self, name: str, args: KeyValueReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:KeyValueReplica", name, None, opts)
        self.table_name = table_name(args.scope)
        self.table_arn = args.scope.arn("dynamodb", f"table/{self.table_name}")
        self.known_arn = pulumi.Output.from_input(args.table_arn).apply(lambda _: self.table_arn)
        aws.dynamodb.ResourcePolicy(
            f"{name}-policy",
            resource_arn=self.known_arn,
            policy=table_policy(args.scope, self.table_arn),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"tableName": self.table_name})


def table_name(scope: Scope) -> str:
    """The same in every region: a replica has the name of its table."""
    return scope.name("sessions")


def table_policy(scope: Scope, table_arn: str) -> str:
    """Nobody by plain text, nobody of another account; who of this one, their own policies say."""
    used = [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
    ]
    return iam.document(
        iam.Statement(
            sid="NothingInPlainText",
            effect="Deny",
            actions=used,
            resources=[table_arn],
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
        iam.Statement(
            sid="NobodyOfAnotherAccount",
            effect="Deny",
            actions=used,
            resources=[table_arn],
            principal="*",
            condition={
                "StringNotEquals": {"aws:PrincipalAccount": scope.account_id},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
    )
