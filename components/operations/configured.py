"""AppConfig's parts that the platform's toggles and a service's flags share: who takes a set back, how one goes out.

Applications, profiles and strategies are their owners'; what is here makes no decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.operations import flags


@dataclass(frozen=True, kw_only=True)
class Configured:
    """One profile in one environment of an application, by the ids that AWS draws."""

    application_id: pulumi.Output[str]
    environment_id: pulumi.Output[str]
    profile_id: pulumi.Output[str]

    def reading(self, scope: Scope) -> pulumi.Output[str]:
        """A policy document: the right to read its flags."""
        ids = (self.application_id, self.environment_id, self.profile_id)
        return pulumi.Output.all(*ids).apply(lambda known: iam.document(*readers_statements(scope, *known)))


def watched_environment(
    name: str,
    application: aws.appconfig.Application,
    *,
    scope: Scope,
    description: str,
    looks: str,  # what the role says of itself
    alarm_arns: Mapping[str, pulumi.Input[str]],  # title -> an alarm that takes a set back; 1 to 5, no more are taken
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> aws.appconfig.Environment:
    """An environment that asks for alarms, as a role that may do nothing else."""
    role, permission = role_with_policy(
        f"{name}-rollback",
        description=looks,
        # AppConfig's own page on this role has no condition, and does not say that it names for whom it acts.
        trust=iam.document(
            iam.Statement(
                sid="AssumedByAppConfig", actions=["sts:AssumeRole"], principal={"Service": "appconfig.amazonaws.com"}
            )
        ),
        policy=rollback_policy(scope),
        tags=tags,
        opts=opts,
    )
    return aws.appconfig.Environment(
        f"{name}-environment",
        application_id=application.id,
        name=scope.stage,
        description=description,
        monitors=[
            aws.appconfig.EnvironmentMonitorArgs(alarm_arn=alarm_arn, alarm_role_arn=role.arn)
            for alarm_arn in alarm_arns.values()
        ],
        tags=tags,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[permission])),
    )


def send_out(
    title: str,
    where: Configured,
    *,
    content: str,
    description: str,
    strategy_id: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Make a set of flags, and deploy it by a strategy.

    AppConfig notes in the set when each flag was made: a refresh would see a change, and the next `up` would make a new
    version as the program has it, in the middle of a surge maybe. So another set has another title.
    """
    version = aws.appconfig.HostedConfigurationVersion(
        title,
        application_id=where.application_id,
        configuration_profile_id=where.profile_id,
        description=description,
        content=content,
        content_type=flags.CONTENT_TYPE,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["content"])),
    )
    aws.appconfig.Deployment(
        title,
        application_id=where.application_id,
        environment_id=where.environment_id,
        configuration_profile_id=where.profile_id,
        configuration_version=version.version_number.apply(str),
        deployment_strategy_id=strategy_id,
        description=description,
        kms_key_identifier=key_arn,
        tags=tags,
        opts=opts,
    )


def rollback_policy(scope: Scope) -> str:
    """What AppConfig needs to take a toggle back, and nothing more.

    https://docs.aws.amazon.com/appconfig/latest/userguide/setting-up-appconfig.html
    """
    return iam.document(
        iam.Statement(
            sid="SeeWhetherAnAlarmIsOn",
            actions=["cloudwatch:DescribeAlarms"],
            resources=[scope.arn("cloudwatch", "alarm:*")],
        )
    )


def readers_statements(
    scope: Scope, application_id: str, environment_id: str, profile_id: str
) -> Sequence[iam.Statement]:
    """What a service needs to read the flags, itself or through AppConfig's agent; the ids are in the contract.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
    """
    configuration = f"application/{application_id}/environment/{environment_id}/configuration/{profile_id}"
    return [
        iam.Statement(
            sid="ReadWhichFeaturesAreOn",
            actions=["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
            resources=[scope.arn("appconfig", configuration)],
        ),
        iam.by_key(
            scope,
            "DecryptWhichFeaturesAreOn",
            ["kms:Decrypt"],
            alias=f"alias/{scope.name('storage')}",
            through="appconfig",
        ),
    ]
