"""What organization/Pulumi.management.yaml may say, and what is said of what it may not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.settings import SettingsError
from organization import settings
from tests.unit.organization import FILE, organization_config, settings_of

ROOT = Path(__file__).resolve().parents[2]
HERE = "organization/Pulumi.management.yaml: startup-platform-organization:"
ACCOUNTS = json.loads(organization_config()["startup-platform-organization:accounts"])


def stage_files() -> dict[str, dict[str, Any]]:
    return {stage: yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text())["config"] for stage in settings.STAGES}


def test_the_organisation_and_the_stages_agree_on_accounts_and_on_who_owns_the_audit() -> None:
    known = settings_of({})
    for stage, config in stage_files().items():
        assert known.known_accounts[stage] == config["startup-platform:account_id"]
        assert config.get("startup-platform:audit_owner", "stage") == known.audit_owner


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "audit_owner",
            "both",
            'audit_owner = "both" is not allowed; give who owns the trail, the detectors and the like: organization ',
        ),
        (
            "account_id",
            "12345",
            'account_id = "12345" is not allowed; give the management account: 12 digits in quotes',
        ),
        (
            "organization_id",
            "example",
            'organization_id = "example" is not allowed; give the organisation\'s id, such as o-exampleorg1; null ',
        ),
        ("audit_ower", "stage", "audit_ower is no setting; did you mean audit_owner? There is: "),
        (
            "accounts",
            json.dumps(ACCOUNTS | {"dev": ACCOUNTS["dev"] | {"email": "nobody"}}),
            'accounts.dev.email = "nobody" is not allowed; give address of its root user, which no other AWS ',
        ),
        (
            "accounts",
            json.dumps(ACCOUNTS | {"dev": ACCOUNTS["prod"] | {"email": "other@example.com"}}),
            'accounts.prod.account_id = "777788889999" is that of accounts.dev.account_id; give each its own',
        ),
        (
            "partner_accounts",
            '["111122223333"]',
            'partner_accounts = ["111122223333"] names accounts.dev.account_id, which is in the organisation; give ',
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_file_key_value_and_what_is_allowed(
    key: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_of({key: value})
    (sentence,) = str(refused.value).splitlines()
    assert sentence.startswith(HERE + said)


def test_what_is_missing_is_named_with_what_to_give() -> None:
    config = organization_config()
    del config["startup-platform-organization:owner"]
    with pytest.raises(SettingsError) as refused:
        settings.load(stack="management", config=config)
    assert str(refused.value) == HERE + "owner is missing; give the team that answers for it, such as platform-team"


def test_there_is_one_stack() -> None:
    with pytest.raises(
        SettingsError, match=r"^there is no stack 'dev' in organization/: its only one is named management$"
    ):
        settings.load(stack="dev", config=organization_config())


def test_an_account_that_has_no_number_yet_is_known_by_name_only() -> None:
    new = settings_of({"accounts": json.dumps(ACCOUNTS | {"stg": ACCOUNTS["stg"] | {"account_id": None}})})
    assert list(new.known_accounts) == ["security", "dev", "prod"]
    assert FILE.name == "Pulumi.management.yaml"
