"""Analytics tier: who asks the lake, and what it costs them (REQ-S7, REQ-D3, REQ-P2).

One Athena workgroup, whose clients cannot choose otherwise: results are encrypted and go to the bucket for results,
and a query that would scan too much ends. The questions of K4, K5, K6 and B3 are there by name. A policy says what an
analyst may; who gets it is decided where people are (Identity Center).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout, questions
from components.data.layout import Layout
from components.naming import Scope
from components.sizes import LakeSize

APPLICATION = "analytics"
GIGABYTE = 10**9  # as Athena counts
ENGINE = "Athena engine version 3"  # Trino; "AUTO" would change the SQL under the questions


@dataclass(frozen=True, kw_only=True)
class AnalyticsArgs:
    """What may be scanned, where results go, and what there is to ask."""

    scope: Scope
    size: LakeSize
    database: pulumi.Input[str]  # once its tables are there
    results_bucket: pulumi.Input[str]
    access_log_bucket: str
    budget_manwon: int  # a month, of the phase (REQ-F1)
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str


class Analytics(pulumi.ComponentResource):
    """A workgroup, its questions, and the policy of who may ask them."""

    workgroup: str
    workgroup_name: pulumi.Output[str]  # once it is there
    analyst_policy_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AnalyticsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Analytics", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scope, where = args.scope, Layout(scope=args.scope)
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        self.workgroup = where.workgroup
        group = aws.athena.Workgroup(
            f"{name}-workgroup",
            name=self.workgroup,
            description="Questions to the lake",
            configuration=aws.athena.WorkgroupConfigurationArgs(
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=args.size.scan_gigabytes * GIGABYTE,
                engine_version=aws.athena.WorkgroupConfigurationEngineVersionArgs(selected_engine_version=ENGINE),
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=pulumi.Output.concat("s3://", args.results_bucket, "/"),
                    expected_bucket_owner=scope.account_id,
                    encryption_configuration=(
                        aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                            encryption_option="SSE_KMS", kms_key_arn=args.key_arn
                        )
                    ),
                ),
            ),
            tags=tags,
            opts=child,
        )
        for title in questions.titles():
            aws.athena.NamedQuery(
                f"{name}-{title.replace('_', '-')}",
                name=title,
                description=questions.says(title),
                database=args.database,
                workgroup=group.name,
                query=questions.text(title, database=where.database, budget_manwon=args.budget_manwon),
                opts=child,
            )
        analyst = aws.iam.Policy(
            f"{name}-analyst",
            description="Asks the lake, in the workgroup, and reads its answers",
            policy=analyst_policy(scope, args.access_log_bucket, args.key_alias),
            tags=tags,
            opts=child,
        )
        self.workgroup_name, self.analyst_policy_arn = group.name, analyst.arn
        self.register_outputs({"workgroup": self.workgroup, "analystPolicyArn": self.analyst_policy_arn})


def analyst_policy(scope: Scope, access_log_bucket: str, key_alias: str) -> str:
    """Queries in this workgroup only; of the buckets only what tables show, and only results are written."""
    where = Layout(scope=scope)
    raw, curated, results = (where.bucket(zone) for zone in ("raw", "curated", "results"))
    shown = (layout.EVENTS, layout.SNAPSHOTS, layout.COSTS, layout.LOGS)
    return iam.document(
        iam.Statement(
            sid="AskInTheWorkgroup",
            actions=[
                "athena:BatchGetNamedQuery",
                "athena:BatchGetQueryExecution",
                "athena:GetNamedQuery",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetQueryResultsStream",
                "athena:GetWorkGroup",
                "athena:ListNamedQueries",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            resources=[scope.arn("athena", f"workgroup/{where.workgroup}")],
        ),
        iam.Statement(
            sid="SeeWhatThereIsToAsk",
            actions=[
                "athena:GetDataCatalog",
                "athena:GetDatabase",
                "athena:GetTableMetadata",
                "athena:ListDatabases",
                "athena:ListTableMetadata",
            ],
            resources=[scope.arn("athena", "datacatalog/AwsDataCatalog")],
        ),
        iam.Statement(
            sid="ReadTheCatalogue",
            actions=[
                "glue:GetDatabase",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:GetTable",
                "glue:GetTables",
            ],
            resources=where.catalog_arns,
        ),
        iam.Statement(
            sid="SeeTheBucketsOfTheLake",
            actions=["s3:GetBucketLocation", "s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}" for bucket in (raw, curated, results, access_log_bucket)],
        ),
        iam.Statement(
            sid="ReadWhatTablesShow",
            actions=["s3:GetObject"],
            resources=[
                *layout.arns(raw, *shown),
                f"arn:aws:s3:::{curated}/*",
                *layout.arns(access_log_bucket, "AWSLogs"),
            ],
        ),
        iam.Statement(
            sid="WriteAndReadResults",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            resources=[f"arn:aws:s3:::{results}/*"],
        ),
        iam.by_key(
            scope, "UseTheLakeKey", ["kms:Decrypt", "kms:GenerateDataKey"], alias=key_alias, through=("s3", "glue")
        ),
    )
