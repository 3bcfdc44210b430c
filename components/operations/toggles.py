"""Toggles tier: heavy features are switched off while traffic surges (REQ-K1), slowly or at once, by AppConfig.

The platform makes the first set of flags, with everything on. From then on the flags are the operators': another `up`
does not bring back what somebody on duty took away (docs/adr/0026).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope
from components.operations import flags
from components.operations.configured import Configured, send_out, watched_environment

APPLICATION = "toggles"
# Raise it for a change of HEAVY_FEATURES to reach stages that run: a set of its own is made, with everything on.
EDITION = 1

STEP_PERCENT, STAGED_MINUTES = 20.0, 10  # a fifth of those who ask, every two minutes
BAKE_MINUTES = 10  # twice what the slowest of the alarms needs (REQ-O4: p95, five minutes)


@dataclass(frozen=True, kw_only=True)
class TogglesArgs:
    """What takes a toggle back, and the key of the flags."""

    scope: Scope
    alarm_arns: Mapping[
        str, pulumi.Input[str]
    ]  # 1 to 5, AppConfig takes no more: title -> an alarm that takes a staged toggle back
    key_arn: pulumi.Input[str]  # the storage key


class Toggles(pulumi.ComponentResource):
    """An application with one environment and one set of flags, and two ways to change it."""

    application_id: pulumi.Output[str]
    environment_id: pulumi.Output[str]
    profile_id: pulumi.Output[str]
    strategy_ids: Mapping[str, pulumi.Output[str]]  # staged, emergency -> its id

    def __init__(self, name: str, args: TogglesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Toggles", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        application = aws.appconfig.Application(
            f"{name}-application",
            name=args.scope.name(APPLICATION),
            description="Heavy features that a surge may take away",
            tags=self._tags,
            opts=self._child,
        )
        environment = watched_environment(
            name,
            application,
            scope=args.scope,
            description=f"The features of {args.scope.stage}",
            looks="Lets AppConfig see whether an alarm is on",
            alarm_arns=args.alarm_arns,
            tags=self._tags,
            opts=self._child,
        )
        profile = self._profile(application)
        staged, emergency = self._staged(), self._emergency()
        self._where = Configured(
            application_id=application.id,
            environment_id=environment.environment_id,
            profile_id=profile.configuration_profile_id,
        )
        # At once: before it a service gets nothing, and there is no earlier set to return to.
        send_out(
            f"{name}-flags-{EDITION}",
            self._where,
            content=flags.all_on(),
            description=f"Everything on, edition {EDITION}",
            strategy_id=emergency.id,
            key_arn=args.key_arn,
            tags=self._tags,
            opts=self._child,
        )
        self.application_id = self._where.application_id
        self.environment_id = self._where.environment_id
        self.profile_id = self._where.profile_id
        self.strategy_ids = {"staged": staged.id, "emergency": emergency.id}
        self.register_outputs(
            {
                "applicationId": self.application_id,
                "environmentId": self.environment_id,
                "profileId": self.profile_id,
                "strategyIds": self.strategy_ids,
            }
        )

    def reading(self) -> pulumi.Output[str]:
        """A policy document, as AWS assigns the ids in it: the right to read the flags."""
        return self._where.reading(self._args.scope)

    def _profile(self, application: aws.appconfig.Application) -> aws.appconfig.ConfigurationProfile:
        return aws.appconfig.ConfigurationProfile(
            f"{self._name}-heavy-features",
            application_id=application.id,
            name="heavy-features",
            description="Which of the heavy features are on",
            location_uri="hosted",
            type=flags.PROFILE_TYPE,
            kms_key_identifier=self._args.key_arn,
            validators=[
                aws.appconfig.ConfigurationProfileValidatorArgs(type="JSON_SCHEMA", content=flags.schema()),
            ],
            tags=self._tags,
            opts=self._child,
        )

    def _staged(self) -> aws.appconfig.DeploymentStrategy:
        return aws.appconfig.DeploymentStrategy(
            f"{self._name}-staged",
            name=self._args.scope.name("staged"),
            description="A fifth more every two minutes; an alarm takes it back, also in the ten minutes after",
            growth_type="LINEAR",
            growth_factor=STEP_PERCENT,
            deployment_duration_in_minutes=STAGED_MINUTES,
            final_bake_time_in_minutes=BAKE_MINUTES,
            replicate_to="NONE",
            tags=self._tags,
            opts=self._child,
        )

    def _emergency(self) -> aws.appconfig.DeploymentStrategy:
        """No time in which an alarm is looked at: one that is on would stop the very toggle that is to cure it."""
        return aws.appconfig.DeploymentStrategy(
            f"{self._name}-emergency",
            name=self._args.scope.name("emergency"),
            description="For everybody at once, and no alarm takes it back",
            growth_type="LINEAR",
            growth_factor=100.0,
            deployment_duration_in_minutes=0,
            final_bake_time_in_minutes=0,
            replicate_to="NONE",
            tags=self._tags,
            opts=self._child,
        )
