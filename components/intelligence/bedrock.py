"""Bedrock tier: models for chat and summaries (REQ-S8, REQ-P3), asked by one service account, and never unscreened.

Whoever asks goes through the application inference profile, whose tags the bill shows, and through the guardrail: IAM
refuses a call that names none. What is asked and answered is kept in the lake and beside the other logs.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.roles import role_with_policy
from components.intelligence import screening
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, raise_alarm

APPLICATION = "intelligence"
# Seoul has this model by a profile only, which answers from regions of Asia and the Pacific (docs/adr/0027).
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
MODEL = "amazon.nova-lite-v1:0"
GEOGRAPHY = "apac"
GEOGRAPHY_REGIONS = "ap-*"
ASKING_NAMESPACE, ASKING_ACCOUNT = "core", "assistant"  # the service that chats and sums up
LOG_STREAM = "aws/bedrock/modelinvocations"  # Bedrock's own name
NAMESPACE = "AWS/Bedrock"
HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class BedrockArgs:
    """Who asks, where it is written down, and how much is too much."""

    scope: Scope
    tokens_per_hour: int  # in and out together, of all callers
    cluster_arn: str  # where the service account is
    raw_bucket: pulumi.Input[str]  # of the lake, once Bedrock may write to it
    log_prefix: str  # of that bucket
    key_arn: pulumi.Input[str]  # the lake key
    key_alias: str
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arn: pulumi.Input[str]


class Bedrock(pulumi.ComponentResource):
    """Guardrail, profile, who may ask, and the log of what was asked."""

    guardrail_id: pulumi.Output[str]
    guardrail_version: pulumi.Output[str]
    profile_arn: pulumi.Output[str]  # what a caller names as its model
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BedrockArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:intelligence:Bedrock", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED)
        guardrail = self._guardrail()
        # A draft can change under whoever asks; a version cannot. Bedrock makes none by itself: the description tells
        # the filters apart, so that other ones are the next version. Those that services still name stay.
        version = aws.bedrock.GuardrailVersion(
            f"{name}-guardrail-version",
            guardrail_arn=guardrail.guardrail_arn,
            description=f"Filters {screening.fingerprint()}",
            skip_destroy=True,
            opts=self._child,
        )
        profile = aws.bedrock.InferenceProfile(
            f"{name}-profile",
            name=args.scope.name("assistant"),
            description="Chat and summaries",
            model_source=aws.bedrock.InferenceProfileModelSourceArgs(
                copy_from=args.scope.arn("bedrock", f"inference-profile/{GEOGRAPHY}.{MODEL}")
            ),
            tags=self._tags,
            opts=self._child,
        )
        role = self._asker()
        self._log()
        self._alarms()
        self.guardrail_id, self.guardrail_version = guardrail.guardrail_id, version.version
        self.profile_arn, self.role_arn = profile.arn, role.arn
        self.register_outputs(
            {"guardrailId": self.guardrail_id, "profileArn": self.profile_arn, "roleArn": self.role_arn}
        )

    def _guardrail(self) -> aws.bedrock.Guardrail:
        return aws.bedrock.Guardrail(
            f"{self._name}-guardrail",
            name=self._args.scope.name("assistant"),
            description="What may be asked of models, and answered",
            blocked_input_messaging=screening.REFUSED_QUESTION,
            blocked_outputs_messaging=screening.REFUSED_ANSWER,
            cross_region_config=aws.bedrock.GuardrailCrossRegionConfigArgs(
                guardrail_profile_identifier=self._args.scope.arn("bedrock", f"guardrail-profile/{screening.PROFILE}")
            ),
            content_policy_config=aws.bedrock.GuardrailContentPolicyConfigArgs(
                filters_configs=[
                    aws.bedrock.GuardrailContentPolicyConfigFiltersConfigArgs(
                        type=kind, input_strength=asked, output_strength=answered
                    )
                    for kind, (asked, answered) in screening.CONTENT.items()
                ],
                tier_configs=[aws.bedrock.GuardrailContentPolicyConfigTierConfigArgs(tier_name=screening.TIER)],
            ),
            topic_policy_config=aws.bedrock.GuardrailTopicPolicyConfigArgs(
                topics_configs=[
                    aws.bedrock.GuardrailTopicPolicyConfigTopicsConfigArgs(
                        name=title, type="DENY", definition=definition, examples=list(examples)
                    )
                    for title, (definition, examples) in screening.TOPICS.items()
                ],
                tier_configs=[aws.bedrock.GuardrailTopicPolicyConfigTierConfigArgs(tier_name=screening.TIER)],
            ),
            sensitive_information_policy_config=_personal_data(),
            contextual_grounding_policy_config=aws.bedrock.GuardrailContextualGroundingPolicyConfigArgs(
                filters_configs=[
                    aws.bedrock.GuardrailContextualGroundingPolicyConfigFiltersConfigArgs(
                        type=kind, threshold=threshold
                    )
                    for kind, threshold in screening.GROUNDING.items()
                ]
            ),
            kms_key_arn=self._args.key_arn,
            tags=self._tags,
            opts=self._child,
        )

    def _asker(self) -> aws.iam.Role:
        args = self._args
        role, _ = role_with_policy(
            f"{self._name}-asker",
            description=f"Lets {ASKING_NAMESPACE}/{ASKING_ACCOUNT} ask models, through the guardrail",
            trust=iam.pod_trust(
                account_id=args.scope.account_id,
                cluster_arn=args.cluster_arn,
                namespace=ASKING_NAMESPACE,
                service_account=ASKING_ACCOUNT,
            ),
            policy=iam.document(*asking(args.scope, args.key_alias)),
            tags=self._tags,
            opts=self._child,
        )
        return role

    def _log(self) -> None:
        """The account has one such configuration a region: whoever else writes it there undoes this one.

        So it is this stage's, whose account it is. https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
        """
        args, scope = self._args, self._args.scope
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-log",
            name=log_group_name(scope),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            tags=self._tags,
            opts=self._child,
        )
        role, permission = role_with_policy(
            f"{self._name}-log",
            description="Writes down what models are asked",
            trust=iam.service_trust(
                "bedrock.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("bedrock", "*")
            ),
            policy=iam.document(
                iam.Statement(
                    sid="WriteToItsStream",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[scope.arn("logs", f"log-group:{log_group_name(scope)}:log-stream:{LOG_STREAM}")],
                )
            ),
            tags=self._tags,
            opts=self._child,
        )
        logging = aws.bedrockmodel.InvocationLoggingConfigurationLoggingConfigArgs(
            text_data_delivery_enabled=True,
            # No image, video or embedding is asked for: a later one would be written down without anybody's decision.
            image_data_delivery_enabled=False,
            video_data_delivery_enabled=False,
            embedding_data_delivery_enabled=False,
            s3_config=aws.bedrockmodel.InvocationLoggingConfigurationLoggingConfigS3ConfigArgs(
                bucket_name=args.raw_bucket, key_prefix=args.log_prefix
            ),
            cloudwatch_config=aws.bedrockmodel.InvocationLoggingConfigurationLoggingConfigCloudwatchConfigArgs(
                log_group_name=group.name,
                role_arn=role.arn,
                # A line of CloudWatch's ends at 256 KB; what is longer goes beside the rest.
                large_data_delivery_s3_config=aws.bedrockmodel.InvocationLoggingConfigurationLoggingConfigCloudwatchConfigLargeDataDeliveryS3ConfigArgs(
                    bucket_name=args.raw_bucket, key_prefix=args.log_prefix
                ),
            ),
        )
        aws.bedrockmodel.InvocationLoggingConfiguration(
            f"{self._name}-logging",
            logging_config=logging,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _alarms(self) -> None:
        """Over all models: the account is this stage's, and a model that nobody was to ask counts too.

        https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
        """
        for title, alarm in {
            "throttled": _Counted(
                "InvocationThrottles", above=10, says="models refuse more than 10 calls a minute"
            ).alarm,
            "refused": _Counted("InvocationClientErrors", above=20, says="over 20 calls a minute are wrong").alarm,
            "failed": _Counted("InvocationServerErrors", above=5, says="over 5 calls a minute fail in Bedrock").alarm,
            "tokens": tokens(self._args.tokens_per_hour),
        }.items():
            raise_alarm(
                f"{self._name}-{title}", alarm, tell=self._args.alarm_topic_arn, tags=self._tags, opts=self._child
            )


@dataclass(frozen=True)
class _Counted:
    metric: str
    above: float
    says: str

    @property
    def alarm(self) -> Alarm:
        """Five minutes of it."""
        return Alarm(says=f"Bedrock: {self.says}", metrics={"counted": _sum(self.metric)}, above=self.above, minutes=5)


def tokens(per_hour: int) -> Alarm:
    """More tokens in an hour than the phase pays for: a loop, or somebody who lets our models work for them."""
    return Alarm(
        says=f"Bedrock: more than {per_hour} tokens in an hour",
        metrics={"asked": _sum("InputTokenCount"), "answered": _sum("OutputTokenCount")},
        expression="FILL(asked, 0) + FILL(answered, 0)",
        above=per_hour,
        minutes=60,
        period_seconds=HOUR_SECONDS,
    )


def _sum(metric: str) -> Metric:
    return Metric(namespace=NAMESPACE, name=metric, dimensions={}, statistic="Sum")


def log_group_name(scope: Scope) -> str:
    """Where CloudWatch has what was asked."""
    return scope.path("models")


def asking(scope: Scope, key_alias: str) -> list[iam.Statement]:
    """What the asker may: this stage's profiles, the one model behind them, and only through its own guardrail.

    AWS draws the ids of guardrail and profile, and nobody could read this policy before they are there: they are named
    by the tags that this tier gives them. A call must name a guardrail of the account, and is refused unless the caller
    may apply that one. The model answers in any region of the geography, but only to a profile.
    https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
    """
    profiles = scope.arn("bedrock", "application-inference-profile/*")
    ours = {"aws:ResourceTag/Application": APPLICATION, "aws:ResourceTag/Environment": scope.stage}
    screened = {"bedrock:GuardrailIdentifier": scope.arn("bedrock", "guardrail/*")}
    ask = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    return [
        iam.Statement(
            sid="AskThroughOurProfilesWithAGuardrail",
            actions=ask,
            resources=[profiles],
            condition={"StringEquals": ours, "ArnLike": screened},
        ),
        iam.Statement(
            sid="AskTheirModelThroughThem",
            actions=ask,
            resources=[
                f"arn:aws:bedrock:{GEOGRAPHY_REGIONS}::foundation-model/{MODEL}",
                scope.arn("bedrock", f"inference-profile/{GEOGRAPHY}.{MODEL}"),
            ],
            condition={"ArnLike": {**screened, "bedrock:InferenceProfileArn": profiles}},
        ),
        iam.Statement(
            sid="ApplyOurGuardrail",
            actions=["bedrock:ApplyGuardrail"],
            resources=[scope.arn("bedrock", "guardrail/*")],
            condition={"StringEquals": ours},
        ),
        # In any region of the geography: the standard tier screens where there is room.
        iam.Statement(
            sid="ScreenAcrossTheGeography",
            actions=["bedrock:ApplyGuardrail"],
            resources=[f"arn:aws:bedrock:{GEOGRAPHY_REGIONS}:{scope.account_id}:guardrail-profile/{screening.PROFILE}"],
        ),
        iam.by_key(scope, "ReadTheGuardrail", ["kms:Decrypt"], alias=key_alias, through="bedrock"),
    ]


def _personal_data() -> aws.bedrock.GuardrailSensitiveInformationPolicyConfigArgs:
    entities = {
        **dict.fromkeys(screening.BLOCKED_ENTITIES, "BLOCK"),
        **dict.fromkeys(screening.MASKED_ENTITIES, "ANONYMIZE"),
    }
    return aws.bedrock.GuardrailSensitiveInformationPolicyConfigArgs(
        pii_entities_configs=[
            aws.bedrock.GuardrailSensitiveInformationPolicyConfigPiiEntitiesConfigArgs(type=entity, action=action)
            for entity, action in entities.items()
        ],
        regexes_configs=[
            aws.bedrock.GuardrailSensitiveInformationPolicyConfigRegexesConfigArgs(
                name=title, action=action, pattern=pattern, description=about
            )
            for title, (action, pattern, about) in screening.PATTERNS.items()
        ],
    )
