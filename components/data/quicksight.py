"""QuickSight tier: one dashboard over the lake (REQ-S7, REQ-P2, REQ-K5), only where a stage asks for it by name.

The account's QuickSight subscription is not made here: to delete one erases every analysis of every region, for good,
so a person makes it once, and names an owner in it. What stands here refuses to be destroyed, or is left behind.
The provider has no dashboard that is described in full, so CloudFormation makes that one resource.
"""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import questions
from components.data.layout import Layout
from components.naming import Scope

APPLICATION = "analytics"
QUESTION = "k5_active_users"
COLUMNS = {"date": "DATETIME", "dau": "INTEGER", "mau": "INTEGER"}  # what the question answers with

# https://docs.aws.amazon.com/quicksight/latest/developerguide/API_ResourcePermission.html
_SOURCE = (
    "DescribeDataSource",
    "DescribeDataSourcePermissions",
    "PassDataSource",
    "UpdateDataSource",
    "UpdateDataSourcePermissions",
    "DeleteDataSource",
)
_SET = (
    "DescribeDataSet",
    "DescribeDataSetPermissions",
    "PassDataSet",
    "DescribeIngestion",
    "ListIngestions",
    "UpdateDataSet",
    "DeleteDataSet",
    "CreateIngestion",
    "CancelIngestion",
    "UpdateDataSetPermissions",
)
_DASHBOARD = (
    "DescribeDashboard",
    "ListDashboardVersions",
    "UpdateDashboardPermissions",
    "QueryDashboard",
    "UpdateDashboard",
    "DeleteDashboard",
    "DescribeDashboardPermissions",
    "UpdateDashboardPublishedVersion",
)


@dataclass(frozen=True, kw_only=True)
class QuickSightArgs:
    """Who owns it, and which workgroup it asks in."""

    scope: Scope
    owner_arn: str  # of a QuickSight user or group
    workgroup: pulumi.Input[str]
    analyst_policy_arn: pulumi.Input[str]
    destroy_protection: bool


class QuickSight(pulumi.ComponentResource):
    """A data source, a data set and a dashboard."""

    dashboard_id: str

    def __init__(self, name: str, args: QuickSightArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:QuickSight", name, None, opts)
        scope = args.scope
        tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        kept = pulumi.ResourceOptions(
            parent=self, protect=args.destroy_protection, retain_on_delete=args.destroy_protection
        )
        role, permission = self._role(name, args, tags)
        source = aws.quicksight.DataSource(
            f"{name}-source",
            data_source_id=scope.name("lake"),
            aws_account_id=scope.account_id,
            name=scope.name("lake"),
            type="ATHENA",
            parameters=aws.quicksight.DataSourceParametersArgs(
                athena=aws.quicksight.DataSourceParametersAthenaArgs(work_group=args.workgroup, role_arn=role.arn)
            ),
            permissions=[aws.quicksight.DataSourcePermissionArgs(principal=args.owner_arn, actions=_actions(*_SOURCE))],
            tags=tags,
            opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[permission])),
        )
        data = aws.quicksight.DataSet(
            f"{name}-active-users",
            data_set_id=scope.name("active-users"),
            aws_account_id=scope.account_id,
            name="Active users",
            import_mode="DIRECT_QUERY",
            physical_table_maps=[
                aws.quicksight.DataSetPhysicalTableMapArgs(
                    physical_table_map_id="active-users",
                    custom_sql=aws.quicksight.DataSetPhysicalTableMapCustomSqlArgs(
                        data_source_arn=source.arn,
                        name=QUESTION,
                        sql_query=questions.text(QUESTION, database=Layout(scope=scope).database, budget_manwon=0),
                        columns=[
                            aws.quicksight.DataSetPhysicalTableMapCustomSqlColumnArgs(name=column, type=kind)
                            for column, kind in COLUMNS.items()
                        ],
                    ),
                )
            ],
            permissions=[aws.quicksight.DataSetPermissionArgs(principal=args.owner_arn, actions=_actions(*_SET))],
            tags=tags,
            opts=kept,
        )
        self.dashboard_id = scope.name("active-users")
        aws.cloudformation.Stack(
            f"{name}-dashboard",
            name=scope.name("quicksight-dashboard"),
            template_body=data.arn.apply(
                lambda arn: json.dumps(dashboard_template(self.dashboard_id, scope.account_id, args.owner_arn, arn))
            ),
            tags=tags,
            opts=kept,
        )
        self.register_outputs({"dashboardId": self.dashboard_id})

    def _role(
        self, name: str, args: QuickSightArgs, tags: dict[str, str]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
        """What an analyst may, for QuickSight of this account."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-role",
            description="QuickSight asks the lake as an analyst does",
            assume_role_policy=iam.document(
                iam.Statement(
                    sid="AssumedByQuickSightForThisAccount",
                    actions=["sts:AssumeRole"],
                    principal={"Service": "quicksight.amazonaws.com"},
                    condition={"StringEquals": {"aws:SourceAccount": args.scope.account_id}},
                )
            ),
            tags=tags,
            opts=child,
        )
        attached = aws.iam.RolePolicyAttachment(
            f"{name}-role", role=role.name, policy_arn=args.analyst_policy_arn, opts=child
        )
        return role, attached


def _actions(*names: str) -> list[str]:
    return [f"quicksight:{name}" for name in names]


def dashboard_template(dashboard_id: str, account_id: str, owner_arn: str, data_set_arn: str) -> dict[str, object]:
    """One sheet: who was active, by day.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-quicksight-dashboard.html
    """

    def column(name: str) -> dict[str, str]:
        return {"DataSetIdentifier": "active", "ColumnName": name}

    by_day = {"DateDimensionField": {"FieldId": "date", "Column": column("date"), "DateGranularity": "DAY"}}
    counted = [
        {
            "NumericalMeasureField": {
                "FieldId": name,
                "Column": column(name),
                "AggregationFunction": {"SimpleNumericalAggregation": "SUM"},
            }
        }
        for name in ("dau", "mau")
    ]
    chart = {
        "LineChartVisual": {
            "VisualId": "active-users",
            "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": "Active users: a day, and 30 days (K5)"}},
            "ChartConfiguration": {
                "FieldWells": {"LineChartAggregatedFieldWells": {"Category": [by_day], "Values": counted}}
            },
        }
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Dashboard": {
                "Type": "AWS::QuickSight::Dashboard",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {
                    "AwsAccountId": account_id,
                    "DashboardId": dashboard_id,
                    "Name": "Active users",
                    "Permissions": [{"Principal": owner_arn, "Actions": _actions(*_DASHBOARD)}],
                    "Definition": {
                        "DataSetIdentifierDeclarations": [{"Identifier": "active", "DataSetArn": data_set_arn}],
                        "Sheets": [{"SheetId": "active-users", "Name": "Active users", "Visuals": [chart]}],
                    },
                },
            }
        },
    }
