"""Alarms in the team's channel: only where a stage names one, of all its regions, and whoever is there only looks."""

import json

import pytest

from components import settings
from components.operations.chat import LOOKING
from components.phases import PhaseName
from components.platform import Platform
from components.settings import SettingsError
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, record

CHANNEL = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
SLACK = {"workspace_id": "T07EA123LEP", "channel_id": "C07EZ1ABC23"}


def config(slack: object | None) -> dict[str, str]:
    contacts = {"alarms": "duty@example.com"} | ({} if slack is None else {"slack": slack})
    return stage_config("prod") | {
        "startup-platform:phase": PhaseName.GLOBAL,
        "startup-platform:contacts": json.dumps(contacts),
    }


def platform(slack: object | None) -> Recorded:
    loaded = settings.load(stage="prod", config=config(slack))
    return record(lambda: Platform("startup-platform", loaded), stack="prod")


@pytest.fixture(scope="module")
def told() -> Recorded:
    return platform(SLACK)


def test_without_a_channel_nothing_of_slack_is_made() -> None:
    assert not [one for one in platform(None).registrations if one.name.startswith("chat")]


def test_one_channel_hears_the_topics_of_both_regions(told: Recorded) -> None:
    (channel,) = told.of_type(CHANNEL)
    assert (channel["slackTeamId"], channel["slackChannelId"]) == ("T07EA123LEP", "C07EZ1ABC23")
    names = {urn.rpartition("::")[2] for urn in channel.points["snsTopicArns"]}
    assert {"alerts-alarms", "dr-alerts-alarms"} <= names


def test_whoever_writes_into_the_channel_looks_at_alarms_and_does_no_more(told: Recorded) -> None:
    (channel,) = told.of_type(CHANNEL)
    assert channel["userAuthorizationRequired"] is True
    assert [urn.rpartition("::")[2] for urn in channel.points["guardrailPolicyArns"]] == ["chat-looking"]
    (statement,) = json.loads(told.named("chat-looking", "aws:iam/policy:Policy")["policy"])["Statement"]
    assert statement["Action"] == list(LOOKING)
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List")) for action in LOOKING)
    trusted = json.loads(told.named("chat-role", "aws:iam/role:Role")["assumeRolePolicy"])["Statement"]
    assert [one["Principal"] for one in trusted] == [{"Service": "chatbot.amazonaws.com"}]


def test_a_channels_name_is_no_number_of_it() -> None:
    with pytest.raises(SettingsError, match=r'contacts\.slack\.channel_id = "#alarms" is not allowed; give number of'):
        settings.load(stage="prod", config=config(SLACK | {"channel_id": "#alarms"}))
