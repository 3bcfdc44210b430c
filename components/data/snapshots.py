"""Snapshot tier: users, subscriptions and posts of the database, into the lake each night (REQ-K5, REQ-X4).

Aurora exports from a clone, so the database does not notice, and needs no password, no job and no connection for it.
An export's name is a part of its keys and must have the day in it, which a schedule alone cannot write: a state
machine of five steps does, and then waits, so that an export that fails is an execution that fails, and an alarm.
"""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data import layout
from components.data.layout import Layout
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, raise_alarm

APPLICATION = "lake"
SNAPSHOT_AT = "cron(0 18 * * ? *)"  # UTC, as the day in the name is; 03:00 in Korea
LOOK_SECONDS = 300
DONE = ("COMPLETE",)
FAILED = ("FAILED", "CANCELED", "CANCELING")
START_ATTEMPTS = 3
DAY_MINUTES = 1440


@dataclass(frozen=True, kw_only=True)
class SnapshotsArgs:
    """Of which cluster, and with which key."""

    scope: Scope
    cluster_arn: str
    key_alias: str  # of the lake key
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arn: pulumi.Input[str]


class Snapshots(pulumi.ComponentResource):
    """A nightly export, and who hears when it fails."""

    def __init__(self, name: str, args: SnapshotsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Snapshots", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        # Names and rights; the data itself goes from Aurora to the bucket.
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        scope = args.scope
        title = scope.name("snapshots")
        machine_arn = scope.arn("states", f"stateMachine:{title}")
        writer_name = scope.name("snapshot-export")
        _, may_write = self._role(
            "export",
            "Writes the exports of the database into the lake",
            iam.service_trust(
                "export.rds.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("rds", "*")
            ),
            export_policy(scope, args.key_alias),
            role_name=writer_name,
        )
        starter, may_start = self._role(
            "machine",
            "Starts the exports and looks how they go",
            iam.service_trust("states.amazonaws.com", account_id=scope.account_id, source_arn=machine_arn),
            machine_policy(scope, args.cluster_arn, writer_name, args.key_alias),
        )
        log = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=scope.path("states", "snapshots"),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=self._tags,
            opts=self._child,
        )
        machine = aws.sfn.StateMachine(
            f"{name}-machine",
            name=title,
            role_arn=starter.arn,
            definition=json.dumps(machine_of(scope, args.cluster_arn, writer_name, args.key_alias)),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ERROR", include_execution_data=False, log_destination=pulumi.Output.concat(log.arn, ":*")
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_write, may_start]),
        )
        self._schedule(machine, machine_arn)
        for key, alarm in alarms(title, machine_arn).items():
            raise_alarm(f"{name}-{key}", alarm, tell=args.alarm_topic_arn, tags=self._tags, opts=self._child)
        self.register_outputs({})

    def _role(
        self, title: str, says: str, trust: str, policy: str, *, role_name: str | None = None
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        return role_with_policy(
            f"{self._name}-{title}",
            description=says,
            trust=trust,
            policy=policy,
            tags=self._tags,
            opts=self._child,
            role_name=role_name,
        )

    def _schedule(self, machine: aws.sfn.StateMachine, machine_arn: str) -> None:
        scope = self._args.scope
        title = scope.name("snapshots")
        group_arn = scope.arn("scheduler", "schedule-group/default")
        role, may_start = self._role(
            "schedule",
            "Starts the night's snapshot",
            iam.service_trust("scheduler.amazonaws.com", account_id=scope.account_id, source_arn=group_arn),
            iam.document(
                iam.Statement(sid="StartTheSnapshot", actions=["states:StartExecution"], resources=[machine_arn])
            ),
        )
        aws.scheduler.Schedule(
            f"{self._name}-nightly",
            name=title,
            description="Users, subscriptions and posts, into the lake",
            schedule_expression=SNAPSHOT_AT,
            schedule_expression_timezone="UTC",
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(
                arn=machine.arn,
                role_arn=role.arn,
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=3600, maximum_retry_attempts=5
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_start]),
        )


def alarms(title: str, machine_arn: str) -> dict[str, Alarm]:
    """A snapshot that failed; and one that did not come at all, for whatever reason: no data is nought here."""

    def executions(name: str) -> Metric:
        return Metric(namespace="AWS/States", name=name, dimensions={"StateMachineArn": machine_arn}, statistic="Sum")

    return {
        "failed": Alarm(
            says=f"{title}: the night's snapshot of the database did not come into the lake",
            metrics={"failed": executions("ExecutionsFailed")},
            above=0,
            minutes=1,
        ),
        "missing": Alarm(
            says=f"{title}: no snapshot of the database has come into the lake for a day",
            metrics={"succeeded": executions("ExecutionsSucceeded")},
            expression="FILL(succeeded, 0)",
            below=1,
            minutes=DAY_MINUTES,
            period_seconds=DAY_MINUTES * 60,
        ),
    }


def machine_of(scope: Scope, cluster_arn: str, writer_name: str, key_alias: str) -> dict[str, object]:
    """Start, wait, look; until it is done or has failed.

    https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
    """
    name = (
        f"States.Format('{layout.DATABASE}-{{}}', "
        "States.ArrayGetItem(States.StringSplit($$.Execution.StartTime, 'T'), 0))"
    )
    tables = [f"{layout.DATABASE}.{table}" for table in layout.SNAPSHOT_TABLES]
    return {
        "Comment": "Tables of the database, into the lake, under the day's name",
        "StartAt": "Start",
        "States": {
            "Start": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:rds:startExportTask",
                "Parameters": {
                    "ExportTaskIdentifier.$": name,
                    "SourceArn": cluster_arn,
                    "S3BucketName": Layout(scope=scope).bucket("raw"),
                    "S3Prefix": layout.SNAPSHOTS,
                    "IamRoleArn": scope.arn("iam", f"role/{writer_name}", region=""),
                    "KmsKeyId": scope.arn("kms", key_alias),
                    "ExportOnly": tables,
                },
                "ResultSelector": {"task.$": "$.ExportTaskIdentifier"},
                "Retry": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "IntervalSeconds": LOOK_SECONDS,
                        "MaxAttempts": START_ATTEMPTS,
                        "BackoffRate": 2,
                    }
                ],
                "Next": "Wait",
            },
            "Wait": {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": "Look"},
            "Look": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:rds:describeExportTasks",
                "Parameters": {"ExportTaskIdentifier.$": "$.task"},
                "ResultSelector": {
                    "task.$": "$.ExportTasks[0].ExportTaskIdentifier",
                    "status.$": "$.ExportTasks[0].Status",
                },
                "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": START_ATTEMPTS}],
                "Next": "Done?",
            },
            "Done?": {
                "Type": "Choice",
                "Choices": [
                    *({"Variable": "$.status", "StringEquals": status, "Next": "Done"} for status in DONE),
                    *({"Variable": "$.status", "StringEquals": status, "Next": "Failed"} for status in FAILED),
                ],
                "Default": "Wait",
            },
            "Done": {"Type": "Succeed"},
            "Failed": {"Type": "Fail", "Error": "ExportFailed", "Cause": "RDS did not finish the export"},
        },
    }


def export_policy(scope: Scope, key_alias: str) -> str:
    """RDS writes the exports, and looks at and deletes what it wrote.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/export-cluster-data.Setup.html
    """
    bucket = Layout(scope=scope).bucket("raw")
    return iam.document(
        iam.Statement(
            sid="SeeTheRawBucket",
            actions=["s3:GetBucketLocation", "s3:ListBucket"],
            resources=[f"arn:aws:s3:::{bucket}"],
        ),
        iam.Statement(
            sid="WriteSnapshots",
            actions=["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            resources=layout.arns(bucket, layout.SNAPSHOTS),
        ),
        iam.Statement(
            sid="UseTheLakeKey",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            resources=[scope.arn("kms", "key/*")],
            condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
        ),
    )


def machine_policy(scope: Scope, cluster_arn: str, writer_name: str, key_alias: str) -> str:
    """The state machine starts exports of one cluster, with one role and one key, and logs."""
    return iam.document(
        iam.Statement(sid="StartExportsOfTheDatabase", actions=["rds:StartExportTask"], resources=[cluster_arn]),
        iam.Statement(sid="LookHowExportsGo", actions=["rds:DescribeExportTasks"], resources=["*"]),
        iam.Statement(
            sid="HandTheExportItsRole",
            actions=["iam:PassRole"],
            resources=[scope.arn("iam", f"role/{writer_name}", region="")],
            condition={"StringEquals": {"iam:PassedToService": "export.rds.amazonaws.com"}},
        ),
        # RDS keeps the key for as long as the export runs.
        iam.Statement(
            sid="LendTheLakeKeyToRds",
            actions=["kms:CreateGrant"],
            resources=[scope.arn("kms", "key/*")],
            condition={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias},
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
        iam.Statement(
            sid="SeeTheLakeKey",
            actions=["kms:DescribeKey"],
            resources=[scope.arn("kms", "key/*")],
            condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
        ),
        # Of the delivery of its log, and its traces, AWS takes no narrower resource.
        iam.Statement(
            sid="DeliverItsLogAndTraces",
            actions=[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            resources=["*"],
        ),
    )
