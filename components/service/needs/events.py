"""Need `events` (REQ-S4): publish on the stage's bus under its own name, and get events of others into its queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.messaging import DELIVERY_SECONDS
from components.naming import PROJECT
from components.service.place import Place
from components.service.spec import Subscription

ATTEMPTS = 185  # EventBridge's most; the time ends first


def rights(place: Place) -> list[iam.Statement]:
    """To put the events that it says it publishes, and none in another service's name."""
    events = place.spec.needs.events
    if not events or not events.publishes:
        return []
    return [
        iam.Statement(
            sid="PublishItsEvents",
            actions=["events:PutEvents"],
            resources=[place.scope.arn("events", f"event-bus/{place.platform.event_bus_name}")],
            # PutEvents is asked about entry by entry, so each has one value.
            condition={"StringEquals": {"events:source": place.source, "events:detail-type": sorted(events.publishes)}},
        )
    ]


def rule_arns(place: Place) -> list[str]:
    """The rules that bring it events, whom its queues must let in."""
    bus = place.platform.event_bus_name
    return [place.scope.arn("events", f"rule/{bus}/{place.name(title)}") for title in subscriptions(place)]


def subscriptions(place: Place) -> Mapping[str, Subscription]:
    """What it wants to hear, by title."""
    events = place.spec.needs.events
    return events.subscribes if events else {}


def pattern(place: Place, source: str, begins: str) -> Mapping[str, object]:
    """Which events: of this account, of one service, of a type or of those that begin alike."""
    return {
        "account": [place.scope.account_id],
        "source": [f"{PROJECT}.{source}"],
        "detail-type": [{"prefix": begins}],
    }


@dataclass(frozen=True, kw_only=True)
class SubscriptionsArgs:
    """Whose they are, and where events go."""

    place: Place
    queue_arn: pulumi.Input[str]  # once events may be sent to it
    failed_arn: pulumi.Input[str]  # for those that could not be brought


class Subscriptions(pulumi.ComponentResource):
    """A rule on the stage's bus for each subscription."""

    def __init__(self, name: str, args: SubscriptionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Subscriptions", name, None, opts)
        child, place = pulumi.ResourceOptions(parent=self), args.place
        for title, wanted in subscriptions(place).items():
            rule = aws.cloudwatch.EventRule(
                f"{name}-{title}",
                name=place.name(title),
                description=f"{wanted.type} of {wanted.source}, for {place.spec.name}",
                event_bus_name=place.platform.event_bus_name,
                event_pattern=json.dumps(pattern(place, wanted.source, wanted.type)),
                tags=place.tags,
                opts=child,
            )
            aws.cloudwatch.EventTarget(
                f"{name}-{title}",
                rule=rule.name,
                event_bus_name=place.platform.event_bus_name,
                target_id="queue",
                arn=args.queue_arn,
                retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=DELIVERY_SECONDS, maximum_retry_attempts=ATTEMPTS
                ),
                dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=args.failed_arn),
                opts=child,
            )
        self.register_outputs({})
