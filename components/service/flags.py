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

from components.operations.configured import Configured, send_out, watched_environment
from components.operations.flags import PROFILE_TYPE
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
        place = args.place
        self._child = pulumi.ResourceOptions(parent=self)
        application = aws.appconfig.Application(
            f"{name}-application",
            name=place.name(),
            description=f"Features of {place.spec.name}",
            tags=place.tags,
            opts=self._child,
        )
        environment = watched_environment(
            name,
            application,
            scope=place.scope,
            description=f"{place.spec.name} in {place.scope.stage}",
            looks=f"Lets AppConfig see whether an alarm of {place.spec.name} is on",
            alarm_arns=args.alarm_arns,
            tags=place.tags,
            opts=self._child,
        )
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
        where = Configured(
            application_id=application.id,
            environment_id=environment.environment_id,
            profile_id=profile.configuration_profile_id,
        )
        send_out(
            f"{name}-{edition(place)}",
            where,
            content=content(place),
            description=f"As service.yaml has it, edition {edition(place)}",
            strategy_id=place.platform.toggles_strategy_ids["staged"],
            key_arn=place.platform.key_arns["storage"],
            tags=place.tags,
            opts=self._child,
        )
        self.reading = where.reading(place.scope)
        self.register_outputs({})
