"""What an account has one of, to watch it: Config, GuardDuty, Security Hub, Inspector, analyzers."""

from collections.abc import Mapping

from sandbox.provider.identity import Identity, Row, arn
from sandbox.schema.values import Bag, text


def _subscription(inputs: Bag) -> Identity:
    """A standard's own ARN ends like that of its subscription: standards/... or, of the oldest, ruleset/..."""
    standard = text(inputs, "standardsArn") or ""
    title = standard.rpartition(":")[2].partition("/")[2]
    return Identity(id=arn("securityhub", f"subscription/{title}"), arn=arn("securityhub", f"subscription/{title}"))


def _enabler(inputs: Bag) -> Identity:
    accounts, types = inputs.get("accountIds"), inputs.get("resourceTypes")
    names = [
        ",".join(sorted(map(str, accounts))) if isinstance(accounts, list) else "{account}",
        ":".join(sorted(map(str, types))) if isinstance(types, list) else "",
    ]
    return Identity(id="-".join(names))


# Of no region: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awschatbot.html
_CHANNEL = "arn:aws:chatbot::{account}:chat-configuration/slack-channel/{configurationName}"
_AGGREGATOR = arn("securityhub", "finding-aggregator/{uuid}")

ROWS: Mapping[str, Row] = {
    "aws:accessanalyzer/analyzer:Analyzer": Identity(
        id="{analyzerName}", arn=arn("access-analyzer", "analyzer/{analyzerName}")
    ),
    "aws:cfg/conformancePack:ConformancePack": Identity(
        id="{name}", arn=arn("config", "conformance-pack/{name}/conformance-pack-{lower9}")
    ),
    "aws:cfg/deliveryChannel:DeliveryChannel": Identity(id="{name}"),
    "aws:cfg/recorderStatus:RecorderStatus": Identity(id="{name}"),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": Identity(
        id=_CHANNEL,
        outputs={"chatConfigurationArn": _CHANNEL, "slackChannelName": "channel", "slackTeamName": "workspace"},
    ),
    "aws:guardduty/detectorFeature:DetectorFeature": Identity(id="{detectorId}/{name}"),
    "aws:inspector2/enabler:Enabler": _enabler,
    "aws:securityhub/findingAggregator:FindingAggregator": Identity(id=_AGGREGATOR, arn=_AGGREGATOR),
    "aws:securityhub/standardsSubscription:StandardsSubscription": _subscription,
}
