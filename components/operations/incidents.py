"""Incidents tier (REQ-K4): when a promise to users was broken and when it was kept again, as events of the lake.

An incident lasts as long as its alarm does, and is named by it and the moment in which that began: CloudWatch says the
same moment again, as that of the state before, when the alarm ends. So no two are taken for one, and the mean time to
recover (components/data/queries/k4_deliveries.sql) is of pairs.

Of the region whose bus it is: rules hear no other region's alarms.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "incidents"
# One of each kind: whatever else is told of a surge or a crawl, these last for at least as long (REQ-O4).
JUDGES = ("errors", "p95")
ALARM = "ALARM"
# What happened -> the states by which an alarm says so, and where the moment is in which it began.
MOMENTS: Mapping[str, tuple[Mapping[str, object], str]] = {
    "opened": ({"state": {"value": [ALARM]}}, "$.detail.state.timestamp"),
    "closed": (
        {"previousState": {"value": [ALARM]}, "state": {"value": [{"anything-but": ALARM}]}},
        "$.detail.previousState.timestamp",
    ),
}


@dataclass(frozen=True, kw_only=True)
class IncidentsArgs:
    """Which alarms are incidents, and where events go."""

    scope: Scope
    alarm_arns: Mapping[str, pulumi.Input[str]]  # title -> ARN; those of JUDGES are listened to
    stream_arn: pulumi.Input[str]  # of the stream of events, once it is there
    known_stream_arn: str  # the same, for a policy
    key_alias: str  # of the lake key
    undelivered_arn: pulumi.Input[str]  # takes what could not be delivered


class Incidents(pulumi.ComponentResource):
    """A rule for the begin and one for the end, and the role by which they put events onto the stream."""

    def __init__(self, name: str, args: IncidentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Incidents", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        self._role, self._permission = self._puts()
        for happened in MOMENTS:
            self._tell(happened)
        self.register_outputs({})

    def _puts(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        scope = self._args.scope
        return role_with_policy(
            f"{self._name}-puts",
            description="Puts what alarms say of incidents onto the stream of events",
            trust=iam.service_trust(
                "events.amazonaws.com",
                account_id=scope.account_id,
                source_arn=scope.arn("events", f"rule/{_rule(scope, '*')}"),
            ),
            policy=iam.document(
                iam.Statement(
                    sid="PutOntoTheStream",
                    actions=["kinesis:PutRecord", "kinesis:PutRecords"],
                    resources=[self._args.known_stream_arn],
                ),
                iam.by_key(
                    scope,
                    "EncryptForTheStream",
                    ["kms:GenerateDataKey"],
                    alias=self._args.key_alias,
                    through="kinesis",
                ),
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _tell(self, happened: str) -> None:
        args, (states, began) = self._args, MOMENTS[happened]
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-{happened}",
            name=_rule(args.scope, happened),
            description=f"An incident of what users were promised was {happened}",
            event_pattern=pulumi.Output.json_dumps(
                {
                    "source": ["aws.cloudwatch"],
                    "detail-type": ["CloudWatch Alarm State Change"],
                    "resources": [args.alarm_arns[title] for title in JUDGES],
                    "detail": states,
                }
            ),
            tags=self._tags,
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-{happened}",
            rule=rule.name,
            target_id="events",
            arn=args.stream_arn,
            role_arn=self._role.arn,
            kinesis_target=aws.cloudwatch.EventTargetKinesisTargetArgs(partition_key_path="$.detail.alarmName"),
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths={"alarm": "$.detail.alarmName", "began": began, "time": "$.time"},
                input_template=told(happened),
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=args.undelivered_arn),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._permission]),
        )


def _rule(scope: Scope, happened: str) -> str:
    return scope.name("incident", happened)


def told(happened: str) -> str:
    """The event as services put theirs (docs/adr/0023): nobody did it, and what is more to say is a JSON text."""
    more = json.dumps({"incident": "<alarm> <began>"})
    return json.dumps({"user_id": None, "type": f"incident.{happened}", "metadata_json": more, "ts": "<time>"})
