"""Stage files, right and wrong: each mistake is one sentence with file, key, value and what is allowed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.settings import Settings, SettingsError, load
from tests.unit.conftest import STAGES, stage_config

PREFIX = "startup-platform:"


def changed(path: str, value: Any) -> dict[str, str]:
    """The committed stg configuration with one value changed (or, for `...`, removed)."""
    config: dict[str, Any] = stage_config("stg")
    top, *rest = path.split(".")
    key = top if ":" in top else PREFIX + top
    if not rest:
        config[key] = value
    else:
        section = json.loads(config[key])
        section[rest[0]] = value
        if value is ...:
            del section[rest[0]]
        config[key] = section
    if value is ... and not rest:
        del config[key]
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in config.items()}


def said_of(config: dict[str, str], stage: str = "stg") -> str:
    with pytest.raises(SettingsError) as caught:
        load(stage=stage, config=config)
    return str(caught.value)


@pytest.mark.parametrize("stage", STAGES)
def test_the_committed_stage_files_are_valid(stage: str) -> None:
    loaded = load(stage=stage, config=stage_config(stage))
    assert loaded.stage == stage
    assert loaded.network.zones == ("a", "b", "c")


def test_the_stage_files_give_the_same_keys_and_differ_only_in_values() -> None:
    def keys(stage: str) -> set[str]:
        given = stage_config(stage)
        nested = {f"{key}.{name}" for key, value in given.items() if value[0] == "{" for name in json.loads(value)}
        return set(given) | nested

    assert keys("dev") == keys("stg") == keys("prod")


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        ("account_id", ..., 'account_id is missing; give the AWS account of this stage: 12 digits in quotes'),
        ("account_id", "12345", 'account_id = "12345" is not allowed; give the AWS account of this stage: 12 digits'),
        ("region", "us-east-1", 'region = "us-east-1" is not allowed; give ap-northeast-2'),
        ("owner", "Platform Team", 'owner = "Platform Team" is not allowed; give the team'),
        ("cost_center", "1001", 'cost_center = "1001" is not allowed; give who pays: CC- and four digits'),
        ("compliance", "hipaa", 'compliance = "hipaa" is not allowed; give what audits cover the stage'),
        ("destroy_protection", ..., "destroy_protection is missing; give true or false"),
        ("destroy_protection", "maybe", 'destroy_protection = "maybe" is not allowed; give true or false'),
        ("netwrok", {}, "netwrok is no setting; did you mean network? There is: account_id, region"),
        ("network", "10.20.0.0/16", 'network = "10.20.0.0/16" is not allowed; give the VPC: cidr, zones'),
        ("network", "{broken", 'network = "{broken" is not allowed; give the VPC'),
        ("network.cidr", "10.20.0.0/20", 'network.cidr = "10.20.0.0/20" is not a /16 (requirement REQ-E3)'),
        ("network.cidr", "10.20.0.1/16", 'network.cidr = "10.20.0.1/16" is not allowed; give addresses of the VPC'),
        ("network.cidr", "8.8.0.0/16", 'network.cidr = "8.8.0.0/16" is not a private network (RFC 1918)'),
        ("network.cidr", ..., "network.cidr is missing; give addresses of the VPC"),
        ("network.zones", ["a", "b"], 'network.zones = ["a", "b"] is not allowed; give letters of the three'),
        ("network.zones", ["a", "b", "b"], 'network.zones = ["a", "b", "b"] names a zone twice'),
        ("network.zones", ["a", "b", "z"], 'network.zones.2 = "z" is not allowed; give letters of the three'),
        ("network.nat_gateways", 0, "network.nat_gateways = 0 is not allowed; give 1, 2 or 3"),
        ("network.nat_gateway", 3, "network.nat_gateway is no setting; did you mean nat_gateways?"),
        ("network.flow_log_retention_days", 31, "network.flow_log_retention_days = 31 is not allowed; give days"),
        ("network.interface_endpoints", ["s4"], 'network.interface_endpoints.0 = "s4" is not allowed; give services'),
        ("encryption.deletion_window_days", 6, "encryption.deletion_window_days = 6 is not allowed; give days, 7"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_that_says_what_is_allowed(path: str, value: Any, wanted: str) -> None:
    said = said_of(changed(path, value))
    assert said.startswith(f"Pulumi.stg.yaml: {PREFIX}{wanted}")
    assert "\n" not in said


def test_a_zone_that_the_region_lacks_is_refused() -> None:
    config = changed("network.zones", ["a", "b", "d"]) | {f"{PREFIX}region": "ap-southeast-1"}
    assert "zone d does not exist in ap-southeast-1; it has a, b, c" in said_of(config)


def test_a_key_for_a_default_provider_is_refused_since_there_is_none() -> None:
    assert said_of(changed("aws:region", "ap-northeast-2")).startswith("Pulumi.stg.yaml: aws:region has no effect here")


def test_all_mistakes_of_a_file_are_named_at_once() -> None:
    config = changed("owner", ...)
    del config[f"{PREFIX}region"]
    assert len(said_of(config).splitlines()) == 2


def test_a_stack_that_is_no_stage_is_refused_by_name() -> None:
    assert said_of(stage_config("dev"), stage="qa") == "there is no stage 'qa': a stack is named dev, stg or prod"


@given(
    st.sampled_from([*(name for name in Settings.model_fields if name != "stage"), "surprise"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
)
def test_no_value_of_any_setting_ends_in_anything_but_settings_or_their_error(name: str, value: Any) -> None:
    config = changed(name, value if isinstance(value, str) else json.dumps(value))
    try:
        said = f"Pulumi.stg.yaml: {load(stage='stg', config=config)}"
    except SettingsError as error:
        said = str(error)
    assert said.startswith("Pulumi.stg.yaml: ")
