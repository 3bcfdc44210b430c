"""Flags of a service's own (REQ-S11, REQ-K1): features that are shown or taken away without a release, by AppConfig.

An application of its own: environments of one are few (20 by default), and a deployment of one service must not wait
for another's. A set of flags goes out by the platform's staged strategy, and the service's own alarms take it back.
What is on when a set is new, service.yaml says; from then on its operators do, until the set becomes another.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.operations.flags import CONTENT_TYPE, PROFILE_TYPE
from components.operations.toggles import readers_statements, rollback_policy
from components.service.place import Place

PROFILE = "flags"


def content(place: Place) -> str:
    """The set, as AppConfig wants it written."""
    flags = place.spec.flags
    return json.dumps(
        {
            "version": "1",
            "flags": {title: {"name": title, "description": flag.says} for title, flag in flags.items()},
            "values": {title: {"enabled": flag.enabled} for title, flag in flags.items()},
        },
        sort_keys=True,
    )


def edition(place: Place) -> str:
    """Another for another set: AppConfig notes in the set itself when each was made, so its own text never compares."""
    return hashlib.sha256(content(place).encode()).hexdigest()[:8]


@dataclass(frozen=True, kw_only=True)
class FlagsArgs:
    """Whose they are, and what takes a set back."""

    place: Place
    alarm_arns: Mapping[str, pulumi.Input[str]]  # 1 to 5, AppConfig takes no more


class Flags(pulumi.ComponentResource):
    """An application with one environment and one set."""

    reading: pulumi.Output[str]  # the policy document by which the pod reads it; AWS draws the ids in it

    def __init__(self, name: str, args: FlagsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Flags", name, None, opts)
        self._name, self._args, place = name, args, args.place
        self._child = pulumi.ResourceOptions(parent=self)
        application = aws.appconfig.Application(
            f"{name}-application",
            name=place.name(),
            description=f"Features of {place.spec.name}",
            tags=place.tags,
            opts=self._child,
        )
        environment = self._environment(application)
        profile = aws.appconfig.ConfigurationProfile(
            f"{name}-profile",
            application_id=application.id,
            name=PROFILE,
            description=f"Which features of {place.spec.name} are on",
            location_uri="hosted",
            type=PROFILE_TYPE,
            kms_key_identifier=place.platform.key_arns["storage"],
            tags=place.tags,
            opts=self._child,
        )
        self._set(application, environment, profile)
        ids = (application.id, environment.environment_id, profile.configuration_profile_id)
        self.reading = pulumi.Output.all(*ids).apply(
            lambda known: iam.document(*readers_statements(place.scope, *known))
        )
        self.register_outputs({})

    def _environment(self, application: aws.appconfig.Application) -> aws.appconfig.Environment:
        place = self._args.place
        role = aws.iam.Role(
            f"{self._name}-rollback",
            description=f"Lets AppConfig see whether an alarm of {place.spec.name} is on",
            # No condition: AppConfig does not say for whom it acts (components/operations/toggles.py).
            assume_role_policy=iam.document(
                iam.Statement(
                    sid="AssumedByAppConfig",
                    actions=["sts:AssumeRole"],
                    principal={"Service": "appconfig.amazonaws.com"},
                )
            ),
            tags=place.tags,
            opts=self._child,
        )
        permission = aws.iam.RolePolicy(
            f"{self._name}-rollback", role=role.id, policy=rollback_policy(place.scope), opts=self._child
        )
        return aws.appconfig.Environment(
            f"{self._name}-environment",
            application_id=application.id,
            name=place.scope.stage,
            description=f"{place.spec.name} in {place.scope.stage}",
            monitors=[
                aws.appconfig.EnvironmentMonitorArgs(alarm_arn=alarm_arn, alarm_role_arn=role.arn)
                for alarm_arn in self._args.alarm_arns.values()
            ],
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _set(
        self,
        application: aws.appconfig.Application,
        environment: aws.appconfig.Environment,
        profile: aws.appconfig.ConfigurationProfile,
    ) -> None:
        place = self._args.place
        title = f"{self._name}-{edition(place)}"
        version = aws.appconfig.HostedConfigurationVersion(
            title,
            application_id=application.id,
            configuration_profile_id=profile.configuration_profile_id,
            description=f"As service.yaml has it, edition {edition(place)}",
            content=content(place),
            content_type=CONTENT_TYPE,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["content"]),
        )
        aws.appconfig.Deployment(
            title,
            application_id=application.id,
            environment_id=environment.environment_id,
            configuration_profile_id=profile.configuration_profile_id,
            configuration_version=version.version_number.apply(str),
            deployment_strategy_id=place.platform.toggles_strategy_ids["staged"],
            description=f"As service.yaml has it, edition {edition(place)}",
            kms_key_identifier=place.platform.key_arns["storage"],
            tags=place.tags,
            opts=self._child,
        )
