"""Need `secret` (REQ-Y2, REQ-S14): values in Secrets Manager, renewed in time, that no program and no state ever holds.

The pod gets them from External Secrets, whose store reads what is below the service's own name (docs/adr/0019), so its
role has no right to them. The first value says that there is none yet: a person puts what a partner issued.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.roles import role_with_policy
from components.operations.alarms import Alarm, Metric, raise_alarm
from components.service.life import KEEPS
from components.service.place import Place
from components.service.spec import Secret

CODE = Path(__file__).resolve().parents[1] / "functions" / "renewal.py"
RENEWAL = "renewal"
RUNTIME, MEMORY_MB, SECONDS = "python3.13", 128, 60
# Secrets Manager drops a version without a label, and the provider would then write the first value over one that works
# (components/data/credentials.py says the same of the database's).
FIRST, FIRST_LABELS, FIRST_VERSION = "not issued yet", ("AWSCURRENT", "SEED"), 1


def secrets(place: Place) -> Mapping[str, Secret]:
    """What it needs, by title."""
    return place.spec.needs.secret


def secret_name(place: Place, title: str) -> str:
    """As the chart's `secrets` finds it: below the prefix of the store for services."""
    return place.scope.path("services", place.spec.name, title)


def renewal_rights(place: Place) -> list[iam.Statement]:
    """What the function may do: renew the service's own secrets, and say what became of it."""
    topic = place.platform.alarm_topic_arn
    stream = place.scope.arn("logs", f"log-group:{place.platform.service_log_group}:log-stream:*")
    return [
        iam.Statement(
            sid="RenewItsSecrets",
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            # Secrets Manager ends an ARN with a hyphen and six letters of its own.
            resources=[
                place.scope.arn("secretsmanager", f"secret:{secret_name(place, title)}-??????")
                for title in secrets(place)
            ],
        ),
        iam.Statement(
            sid="HaveValuesDrawn",  # which belong to no secret yet: the action takes no resource
            actions=["secretsmanager:GetRandomPassword"],
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": place.scope.region}},
        ),
        place.by_key("UseTheKeyOfSecrets", "secrets", "secretsmanager", ["kms:Decrypt", "kms:GenerateDataKey"]),
        iam.Statement(sid="Log", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[stream]),
        iam.Statement(sid="SayWhatWasNotRenewed", actions=["sns:Publish"], resources=[topic]),
        place.by_key("UseTheKeyOfAlarms", "messaging", "sns", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ]


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """Whose they are."""

    place: Place


class Secrets(pulumi.ComponentResource):
    """A secret a title, and one function that renews them all."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Secrets", name, None, opts)
        self._name, self._place = name, args.place
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(args.place.spec.name, tagging.Classification.RESTRICTED)
        function, may_call = self._function()
        for title, wanted in secrets(args.place).items():
            self._secret(title, wanted, function, may_call)
        self._alarm()
        self.register_outputs({KEEPS: args.place.kept(*(f"secret.{title}" for title in secrets(args.place)))})

    def _secret(
        self, title: str, wanted: Secret, function: aws.lambda_.Function, may_call: aws.lambda_.Permission
    ) -> None:
        place, kept = self._place, self._place.keeps(f"secret.{title}")
        secret = aws.secretsmanager.Secret(
            f"{self._name}-{title}",
            name=secret_name(place, title),
            description=f"{title} of {place.spec.name}" + ("" if wanted.drawn else "; issued by a partner"),
            kms_key_id=place.platform.key_arns["secrets"],
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=kept, retain_on_delete=kept),
        )
        first = aws.secretsmanager.SecretVersion(
            f"{self._name}-{title}",
            secret_id=secret.id,
            secret_string_wo=FIRST,
            secret_string_wo_version=FIRST_VERSION,
            version_stages=FIRST_LABELS,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["versionStages"]),
        )
        aws.secretsmanager.SecretRotation(
            f"{self._name}-{title}",
            secret_id=secret.id,
            rotation_lambda_arn=function.arn,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=wanted.days),
            rotate_immediately=wanted.drawn,  # what a partner issues is not there on the first day
            opts=pulumi.ResourceOptions(parent=self, depends_on=[first, may_call]),
        )

    def _function(self) -> tuple[aws.lambda_.Function, aws.lambda_.Permission]:
        """Outside of the network: it speaks to Secrets Manager and to partners, by TLS, and to no store of ours."""
        place, name = self._place, self._place.name(RENEWAL)
        arn = place.scope.arn("lambda", f"function:{name}")
        role, may = role_with_policy(
            f"{self._name}-{RENEWAL}",
            description=f"Renews the secrets of {place.spec.name}",
            trust=iam.service_trust("lambda.amazonaws.com", account_id=place.scope.account_id, source_arn=arn),
            policy=iam.document(*renewal_rights(place)),
            tags=self._tags,
            opts=self._child,
            role_name=name,
        )
        listed = {title: {"drawn": each.drawn, "check": each.check} for title, each in secrets(place).items()}
        function = aws.lambda_.Function(
            f"{self._name}-{RENEWAL}",
            name=name,
            description=f"Renews the secrets of {place.spec.name}, called by Secrets Manager",
            role=role.arn,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="renewal.handler",
            code=pulumi.AssetArchive(
                {"renewal.py": pulumi.FileAsset(str(CODE)), "renewed.json": pulumi.StringAsset(json.dumps(listed))}
            ),
            memory_size=MEMORY_MB,
            timeout=SECONDS,
            dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=place.platform.alarm_topic_arn),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON", log_group=place.platform.service_log_group
            ),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may]),
        )
        may_call = aws.lambda_.Permission(
            f"{self._name}-{RENEWAL}",
            function=function.name,
            action="lambda:InvokeFunction",
            principal="secretsmanager.amazonaws.com",
            source_account=place.scope.account_id,
            source_arn=place.scope.arn("secretsmanager", f"secret:{secret_name(place, '*')}"),
            opts=self._child,
        )
        return function, may_call

    def _alarm(self) -> None:
        name = self._place.name(RENEWAL)
        failing = Metric(namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": name}, statistic="Sum")
        alarm = Alarm(
            says=f"{name}: a secret of {self._place.spec.name} was not renewed; its log says which and why",
            metrics={"failed": failing},
            above=0,
            minutes=1,
        )
        topic = self._place.platform.alarm_topic_arn
        raise_alarm(f"{self._name}-{RENEWAL}", alarm, tell=topic, tags=self._tags, opts=self._child)
