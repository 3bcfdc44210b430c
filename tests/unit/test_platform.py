import json
from dataclasses import fields

import pytest

from components import contract, settings, tagging
from components.contract import Contract
from components.platform import Platform
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, Registration, record


@pytest.mark.parametrize(
    ("stage", "account"), [("dev", "111122223333"), ("stg", "444455556666"), ("prod", "777788889999")]
)
def test_the_only_aws_provider_is_explicit_and_acts_on_one_account_only(stage: str, account: str) -> None:
    loaded = settings.load(stage=stage, config=stage_config(stage))
    run = record(lambda: Platform("startup-platform", loaded), stack=stage)
    (provider,) = run.of_type("pulumi:providers:aws")
    assert json.loads(provider["allowedAccountIds"]) == [account]
    assert provider["region"] == "ap-northeast-2"
    resources = [one for one in run.registrations if one.type.startswith("aws:")]
    assert resources
    assert all("aws-ap-northeast-2" in one.provider for one in resources)


def test_four_tags_come_from_the_provider_and_two_from_each_tier(platform: Recorded) -> None:
    (provider,) = platform.of_type("pulumi:providers:aws")
    stage = set(json.loads(provider["defaultTags"])["tags"])
    tagged = [one for one in platform.registrations if one.type.startswith("aws:") and one.get("tags")]
    assert len(tagged) > 40
    for one in tagged:
        assert stage | set(one["tags"]) - {"Name"} >= set(tagging.KEYS), one.name


def test_every_resource_but_the_contract_stands_below_a_tier(platform: Recorded) -> None:
    def stands_in(one: Registration) -> str:
        return one.parent.split("::")[2].rsplit("$", 1)[-1]

    ours = [one for one in platform.registrations if one.type.startswith("aws:")]
    loose = {one.name for one in ours if ":index:" in stands_in(one)}
    assert loose == {"contract"}


def test_service_stacks_read_the_contract_from_one_parameter_without_secrets(dev: Recorded) -> None:
    parameter = dev.named("contract", "aws:ssm/parameter:Parameter")
    assert parameter["name"] == "/startup-platform/dev/contract/v1"
    written = json.loads(parameter["value"]["value"])  # the SDK takes every parameter's value for a secret
    assert set(written) == {"contract_version", *(field.name for field in fields(Contract))}
    assert written["vpc_id"] == "network-vpc-id"


def test_nothing_is_looked_up_in_an_account(platform: Recorded) -> None:
    # The recorder refuses every look-up, so that this run ended at all is the proof; a look-up at preview would need
    # credentials that CI does not have (REQ-C7).
    assert platform.registrations


def test_the_contract_of_version_1_has_exactly_these_names() -> None:
    values = Contract(
        stage="dev",
        account_id="111122223333",
        region="ap-northeast-2",
        phase="growth",
        vpc_id="vpc-1",
        public_subnet_ids=[],
        private_subnet_ids=[],
        data_subnet_ids=[],
        nat_addresses=[],
        key_arns={},
        repository_urls={},
    )
    # A service stack reads these. If this test fails for a name that went away, raise contract.VERSION.
    assert set(contract.exports(values)) == {
        "contract_version",
        "stage",
        "account_id",
        "region",
        "phase",
        "vpc_id",
        "public_subnet_ids",
        "private_subnet_ids",
        "data_subnet_ids",
        "nat_addresses",
        "key_arns",
        "repository_urls",
    }
    assert contract.exports(values)["contract_version"] == 1
