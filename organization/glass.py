"""Glass: that somebody breaks it is told at once, to people and not only to the trail (REQ-S13, REQ-S15, REQ-O4).

The set `break-glass` is assigned in the management account alone, so whatever leads to it and from it is recorded
there: the portal hands its role out, STS takes the portal's word, the console lets it in, and the role becomes
administrator of a member. Each is looked for, since any one of them may be recorded elsewhere than expected: where is
decided by the endpoint that a browser or a command line asks. What another region sees is handed to the home region,
so that people confirm one subscription.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "break-glass"
ROTATION_DAYS = 365
DELETION_WINDOW_DAYS = 30  # the longest
KEPT_SECONDS = 1_209_600  # 14 days, the longest: what the topic would not take
EVENTS = {"Service": "events.amazonaws.com"}
# Reads count too: CloudTrail says of taking a role that it reads.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
SAYS = (
    "Break-glass: <event> by <who> from <address>, in <region> at <time>. If you do not know why: docs/organization.md"
)


@dataclass(frozen=True, kw_only=True)
class GlassArgs:
    """Which set, where it could be used from, and who hears of it."""

    scope: Scope  # the management account, in the region of Identity Center
    title: str  # of the permission set
    regions: Sequence[str]  # where events are looked for, the scope's own among them
    emails: Mapping[str, str]  # who -> address


class Glass(pulumi.ComponentResource):
    """A rule a region, one encrypted topic, and a queue of what could not be told."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: GlassArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:organization:Glass", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL)
        self._key = self._encryption()
        self.topic_arn = self._topic()
        undelivered = self._queue(args.scope.region)
        here = self._rule(args.scope.region)
        aws.cloudwatch.EventTarget(
            f"{name}-told",
            rule=here.name,
            target_id="people",
            arn=self.topic_arn,
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=undelivered),
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths={
                    "event": "$.detail.eventName",
                    "who": "$.detail.userIdentity.arn",
                    "address": "$.detail.sourceIPAddress",
                    "region": "$.detail.awsRegion",
                    "time": "$.detail.eventTime",
                },
                input_template=json.dumps(SAYS),
            ),
            opts=self._child,
        )
        self._hand_over()
        self.register_outputs({"topicArn": self.topic_arn})

    def _encryption(self) -> aws.kms.Key:
        scope = self._args.scope
        key = aws.kms.Key(
            f"{self._name}-key",
            description="What is told when somebody breaks the glass",
            policy=key_policy(scope),
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            f"{self._name}-key-alias", name=f"alias/{topic_name(scope)}", target_key_id=key.key_id, opts=self._child
        )
        return key

    def _topic(self) -> pulumi.Output[str]:
        scope = self._args.scope
        topic = aws.sns.Topic(
            f"{self._name}-topic",
            name=topic_name(scope),
            display_name=topic_name(scope),
            kms_master_key_id=self._key.arn,
            policy=topic_policy(scope),
            tags=self._tags,
            opts=self._child,
        )
        for who, address in self._args.emails.items():
            aws.sns.TopicSubscription(
                f"{self._name}-{who}", topic=topic.arn, protocol="email", endpoint=address, opts=self._child
            )
        return topic.arn

    def _queue(self, region: str) -> pulumi.Output[str]:
        """Where a rule of a region leaves what its target would not take."""
        scope = Scope(stage=self._args.scope.stage, account_id=self._args.scope.account_id, region=region)
        queue = aws.sqs.Queue(
            f"{self._name}-{region}-undelivered",
            name=queue_name(scope),
            region=region,
            message_retention_seconds=KEPT_SECONDS,
            sqs_managed_sse_enabled=True,  # a key of each region's would cost more than what it keeps is worth
            redrive_allow_policy=json.dumps({"redrivePermission": "denyAll"}),  # the last, of no other queue
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL),
            opts=self._child,
        )
        aws.sqs.QueuePolicy(
            f"{self._name}-{region}-undelivered",
            queue_url=queue.url,
            region=region,
            policy=queue_policy(scope),
            opts=self._child,
        )
        return queue.arn

    def _rule(self, region: str) -> aws.cloudwatch.EventRule:
        args = self._args
        return aws.cloudwatch.EventRule(
            f"{self._name}-{region}-rule",
            name=rule_name(args.scope),
            region=region,
            description="Somebody breaks the glass",
            event_pattern=json.dumps(pattern(args.title)),
            state=WITH_READS,
            tags=self._tags,
            opts=self._child,
        )

    def _hand_over(self) -> None:
        """What other regions see, to the home region's own bus, whose rule takes it as if it had seen it itself."""
        scope, others = self._args.scope, [each for each in self._args.regions if each != self._args.scope.region]
        bus = scope.arn("events", "event-bus/default")
        role, right = role_with_policy(
            f"{self._name}-handing-over",
            description="Hands over that somebody broke the glass, from other regions",
            trust=iam.document(
                iam.Statement(
                    sid="AssumedByTheseRules",
                    actions=["sts:AssumeRole"],
                    principal=EVENTS,
                    condition={
                        "StringEquals": {"aws:SourceAccount": scope.account_id},
                        "ArnEquals": {
                            "aws:SourceArn": [
                                f"arn:aws:events:{region}:{scope.account_id}:rule/{rule_name(scope)}"
                                for region in others
                            ]
                        },
                    },
                )
            ),
            policy=iam.document(
                iam.Statement(sid="PutOnTheHomeRegionsBus", actions=["events:PutEvents"], resources=[bus])
            ),
            tags=self._tags,
            opts=self._child,
        )
        for region in others:
            aws.cloudwatch.EventTarget(
                f"{self._name}-{region}-handed-over",
                rule=self._rule(region).name,
                region=region,
                target_id="home",
                arn=bus,
                role_arn=role.arn,
                dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=self._queue(region)),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[right]),
            )


def topic_name(scope: Scope) -> str:
    """Of the topic and of its key's alias."""
    return scope.name("break-glass")


def rule_name(scope: Scope) -> str:
    """The same in every region."""
    return scope.name("break-glass")


def queue_name(scope: Scope) -> str:
    """The same in every region."""
    return scope.name("break-glass-undelivered")


def pattern(title: str) -> dict[str, object]:
    """All that leads to the set's role, and from it to a member.

    Identity Center calls the role AWSReservedSSO_<set>_<16 hexadecimal digits>, below a path that has its region in it
    or not. https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    role = f"AWSReservedSSO_{title}_"
    return {
        "detail-type": [
            "AWS API Call via CloudTrail",
            "AWS Console Sign In via CloudTrail",
            "AWS Service Event via CloudTrail",
        ],
        "detail": {
            "$or": [
                # The portal: a browser is sent on, or a command line gets keys.
                # https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
                {
                    "eventSource": ["sso.amazonaws.com"],
                    "eventName": ["Federate", "GetRoleCredentials"],
                    "serviceEventDetails": {"role_name": [title]},
                },
                {
                    "eventSource": ["sts.amazonaws.com"],
                    "eventName": ["AssumeRoleWithSAML"],
                    "requestParameters": {"roleArn": [{"wildcard": f"*/{role}*"}]},
                },
                {
                    "eventSource": ["signin.amazonaws.com"],
                    "eventName": ["ConsoleLogin"],
                    "userIdentity": {"arn": [{"wildcard": f"*:assumed-role/{role}*"}]},
                },
                # What it is for: to become administrator of a member.
                {
                    "eventSource": ["sts.amazonaws.com"],
                    "eventName": ["AssumeRole"],
                    "userIdentity": {"sessionContext": {"sessionIssuer": {"userName": [{"prefix": role}]}}},
                },
            ]
        },
    }


def topic_policy(scope: Scope) -> str:
    """Rules on events and nobody else; by no condition, as with a stage's alarms: EventBridge is refused by any.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    """
    topic = scope.arn("sns", topic_name(scope))
    return iam.document(
        iam.Statement(sid="PublishedByRulesOnEvents", actions=["sns:Publish"], resources=[topic], principal=EVENTS),
        iam.Statement(
            sid="NothingInPlainText",
            effect="Deny",
            actions=["sns:Publish"],
            resources=[topic],
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )


def key_policy(scope: Scope) -> str:
    """Rules encrypt what they tell this topic; nobody of the account reads it but by the mail."""
    return iam.document(
        iam.Statement(
            sid="LookedAfterByTheAccount",
            actions=iam.KEY_ADMINISTRATION,
            resources=["*"],
            principal={"AWS": scope.root},
        ),
        iam.Statement(
            sid="UsedByRulesOnEventsForTheTopic",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            principal=EVENTS,
            condition={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": scope.arn("sns", topic_name(scope))}},
        ),
    )


def queue_policy(scope: Scope) -> str:
    """The rule of its own region leaves what could not be told."""
    queue = scope.arn("sqs", queue_name(scope))
    return iam.document(
        iam.Statement(
            sid="LeftByTheRule",
            actions=["sqs:SendMessage"],
            resources=[queue],
            principal=EVENTS,
            condition={"ArnEquals": {"aws:SourceArn": scope.arn("events", f"rule/{rule_name(scope)}")}},
        ),
        iam.Statement(
            sid="NothingInPlainText",
            effect="Deny",
            actions=["sqs:*"],
            resources=[queue],
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
