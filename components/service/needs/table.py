"""Need `table`: a DynamoDB table of the service's own, which can be brought back to any second."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.keyvalue import EXPIRY, KEY, PITR_DAYS, table_policy
from components.service.life import KEEPS
from components.service.place import Place

SORT_KEY = "sk"


def arn(place: Place) -> str:
    """The table's ARN."""
    return place.scope.arn("dynamodb", f"table/{place.name('table')}")


def rights(place: Place) -> list[iam.Statement]:
    """To use the items of its table by key or query; not to read the whole of it, nor to change what it is."""
    return [
        iam.Statement(
            sid="UseTheItemsOfItsTable",
            actions=[
                "dynamodb:BatchGetItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
            resources=[arn(place)],
        ),
        place.by_key("UseTheKeyOfItsTable", "data", "dynamodb", ["kms:Decrypt"]),
    ]


@dataclass(frozen=True, kw_only=True)
class TableArgs:
    """Whose table it is."""

    place: Place
    sort_key: bool


class Table(pulumi.ComponentResource):
    """An on-demand table; its stream is there from the first day, since no replica is added to one without."""

    def __init__(self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Table", name, None, opts)
        place, keys = args.place, [KEY, SORT_KEY] if args.sort_key else [KEY]
        kept = place.keeps("table")
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=place.name("table"),
            billing_mode="PAY_PER_REQUEST",
            hash_key=KEY,
            range_key=SORT_KEY if args.sort_key else None,
            attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in keys],
            ttl=aws.dynamodb.TableTtlArgs(attribute_name=EXPIRY, enabled=True),
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
                enabled=True, recovery_period_in_days=PITR_DAYS
            ),
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(
                enabled=True, kms_key_arn=place.platform.key_arns["data"]
            ),
            deletion_protection_enabled=kept,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=kept, retain_on_delete=kept),
        )
        aws.dynamodb.ResourcePolicy(
            f"{name}-policy",
            resource_arn=table.arn,
            policy=table_policy(place.scope, arn(place)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({KEEPS: place.kept("table")})
