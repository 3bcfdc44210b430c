"""Catalogue tier: what is in the lake and the logs, as tables (REQ-S7, REQ-D3, REQ-O3), and the encryption of that.

Tables whose columns we know are declared, and their partitions are worked out (see `tables`). What jobs and people put
into the curated bucket is found by a crawler, each night. Access is IAM's alone: the database says of new tables what
Lake Formation takes for "whom IAM lets in" (docs/adr/0023).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout, tables, trail_table
from components.data.layout import Layout
from components.data.tables import Table
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "lake"
# How Glue begins the name of a crawler's log group where a security configuration encrypts it; the role's follows.
# https://docs.aws.amazon.com/glue/latest/dg/console-security-configurations.html
CRAWLER_LOGS = "/aws-glue/crawlers-role/"
CRAWLED_AT = "cron(0 19 * * ? *)"  # UTC; 04:00 in Korea, after the night's jobs and before somebody asks
_FOUND = "curated_"  # what the names of tables that were found begin with


@dataclass(frozen=True, kw_only=True)
class CatalogArgs:
    """Where the logs are, and the keys."""

    scope: Scope
    access_log_bucket: str
    trail_bucket: str | None  # of the account's trail; None where the organisation has it elsewhere
    distribution_id: pulumi.Input[str]  # CloudFront's, which is a part of its logs' keys
    log_titles: Sequence[str]  # which log groups' lines come into the lake: services, firewall
    curated_bucket: pulumi.Input[str]  # known once it is there
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    logs_key_arn: pulumi.Input[str]


class Catalog(pulumi.ComponentResource):
    """A database, its tables, and a crawler."""

    database: str
    events_table: pulumi.Output[str]  # its name, once it is there: Firehose asks it for columns

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Catalog", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        scope = args.scope
        self.database = Layout(scope=scope).database
        encryption = self._encryption()
        database = aws.glue.CatalogDatabase(
            f"{name}-database",
            name=self.database,
            description=f"The lake of {scope.name()}, and the logs beside it",
            create_table_default_permissions=[
                aws.glue.CatalogDatabaseCreateTableDefaultPermissionArgs(
                    permissions=["ALL"],
                    principal=aws.glue.CatalogDatabaseCreateTableDefaultPermissionPrincipalArgs(
                        data_lake_principal_identifier="IAM_ALLOWED_PRINCIPALS"
                    ),
                )
            ],
            tags=self._tags,
            # What is described before the catalogue is encrypted stays as it is.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[encryption]),
        )
        self._database_name = database.name
        events = self._table(tables.events(scope))
        for table in self._others():
            self._table(table)
        self._cloudfront()
        self._crawler()
        self.events_table = events.name
        self.register_outputs({"database": self.database})

    def _encryption(self) -> aws.glue.DataCatalogEncryptionSettings:
        """Of the account's catalogue in this region: there is one."""
        settings = aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsArgs(
            encryption_at_rest=(
                aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsEncryptionAtRestArgs(
                    catalog_encryption_mode="SSE-KMS", sse_aws_kms_key_id=self._args.key_arn
                )
            ),
            connection_password_encryption=(
                aws.glue.DataCatalogEncryptionSettingsDataCatalogEncryptionSettingsConnectionPasswordEncryptionArgs(
                    return_connection_password_encrypted=True, aws_kms_key_id=self._args.key_arn
                )
            ),
        )
        return aws.glue.DataCatalogEncryptionSettings(
            f"{self._name}-encryption", data_catalog_encryption_settings=settings, opts=self._child
        )

    def _others(self) -> list[Table]:
        scope = self._args.scope
        return [
            *(tables.snapshot(scope, each) for each in layout.SNAPSHOT_TABLES),
            tables.marketing_spend(scope),
            tables.costs(scope),
            tables.balancer_logs(scope, self._args.access_log_bucket),
            *(tables.log_lines(scope, title) for title in self._args.log_titles),
            *([trail_table.trail(scope, self._args.trail_bucket)] if self._args.trail_bucket else []),
        ]

    def _cloudfront(self) -> None:
        """AWS draws the distribution's id, so this table's places are known once that is there."""

        def described(distribution_id: str) -> Table:
            return tables.cloudfront_logs(self._args.scope, self._args.access_log_bucket, distribution_id)

        known = pulumi.Output.from_input(self._args.distribution_id)
        self._table(
            described(""),
            location=known.apply(lambda one: described(one).location),
            parameters=known.apply(lambda one: described(one).parameters),
        )

    def _table(
        self,
        table: Table,
        *,
        location: pulumi.Input[str] | None = None,
        parameters: pulumi.Input[dict[str, str]] | None = None,
    ) -> aws.glue.CatalogTable:
        form = table.format
        return aws.glue.CatalogTable(
            f"{self._name}-{table.name}",
            name=table.name,
            database_name=self._database_name,
            description=table.says,
            table_type="EXTERNAL_TABLE",
            parameters=parameters or table.parameters,
            partition_keys=[aws.glue.CatalogTablePartitionKeyArgs(name=key, type="string") for key in table.partitions],
            storage_descriptor=aws.glue.CatalogTableStorageDescriptorArgs(
                location=location or table.location,
                input_format=form.input,
                output_format=form.output,
                columns=[
                    aws.glue.CatalogTableStorageDescriptorColumnArgs(name=column, type=kind)
                    for column, kind in table.columns.items()
                ],
                ser_de_info=aws.glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library=form.reader, parameters=form.settings
                ),
            ),
            opts=self._child,
        )

    def _crawler(self) -> None:
        name, args = self._name, self._args
        role_name = args.scope.name("lake-crawler")
        role, permission = role_with_policy(
            f"{name}-crawler",
            description="Looks at the curated bucket and describes what it finds",
            trust=iam.service_trust(
                "glue.amazonaws.com", account_id=args.scope.account_id, source_arn=args.scope.arn("glue", "crawler/*")
            ),
            policy=crawler_policy(args.scope, role_name, args.key_alias),
            tags=self._tags,
            opts=self._child,
            role_name=role_name,  # Glue names the crawler's log group after it, and the logs key serves names
        )
        encryption = aws.glue.SecurityConfigurationEncryptionConfigurationArgs(
            cloudwatch_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationCloudwatchEncryptionArgs(
                cloudwatch_encryption_mode="SSE-KMS", kms_key_arn=args.logs_key_arn
            ),
            job_bookmarks_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationJobBookmarksEncryptionArgs(
                job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=args.key_arn
            ),
            s3_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationS3EncryptionArgs(
                s3_encryption_mode="SSE-KMS", kms_key_arn=args.key_arn
            ),
        )
        security = aws.glue.SecurityConfiguration(
            f"{name}-security",
            name=args.scope.name("lake"),
            encryption_configuration=encryption,
            opts=self._child,
        )
        aws.glue.Crawler(
            f"{name}-crawler",
            name=role_name,
            description="Finds what jobs and people put into the curated bucket",
            database_name=self._database_name,
            role=role.arn,
            schedule=CRAWLED_AT,
            table_prefix=_FOUND,
            security_configuration=security.name,
            s3_targets=[
                aws.glue.CrawlerS3TargetArgs(
                    path=pulumi.Output.concat("s3://", args.curated_bucket, "/"),
                    # Declared by us or by SageMaker, or no tables.
                    exclusions=[
                        f"{prefix}/**" for prefix in (layout.SPEND, layout.FEATURES, layout.TRAINING, layout.ARTIFACTS)
                    ],
                )
            ],
            schema_change_policy=aws.glue.CrawlerSchemaChangePolicyArgs(
                update_behavior="UPDATE_IN_DATABASE",
                delete_behavior="DEPRECATE_IN_DATABASE",  # a table whose files went is marked, for somebody to look at
            ),
            recrawl_policy=aws.glue.CrawlerRecrawlPolicyArgs(recrawl_behavior="CRAWL_EVERYTHING"),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )


def crawler_policy(scope: Scope, role_name: str, key_alias: str) -> str:
    """What the crawler may: read the curated bucket, describe tables of this database, log."""
    where = Layout(scope=scope)
    bucket = where.bucket("curated")
    group = scope.arn("logs", f"log-group:{CRAWLER_LOGS}{role_name}*")
    return iam.document(
        iam.Statement(
            sid="SeeTheCuratedBucket",
            actions=["s3:GetBucketLocation", "s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
        ),
        iam.Statement(sid="ReadTheCuratedBucket", actions=["s3:GetObject"], resources=[f"arn:aws:s3:::{bucket}/*"]),
        iam.Statement(
            sid="DescribeTablesOfTheLake",
            actions=[
                "glue:BatchCreatePartition",
                "glue:BatchGetPartition",
                "glue:CreateTable",
                "glue:GetDatabase",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:GetTables",
                "glue:UpdatePartition",
                "glue:UpdateTable",
            ],
            resources=where.catalog_arns,
        ),
        iam.Statement(sid="SeeHowItIsEncrypted", actions=["glue:GetSecurityConfiguration"], resources=["*"]),
        iam.by_key(
            scope,
            "UseTheLakeKey",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            alias=key_alias,
            through=("s3", "glue"),
        ),
        iam.Statement(
            sid="SayWhatItFound",
            actions=["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[group, f"{group}:*"],
        ),
    )
