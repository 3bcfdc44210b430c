"""Stage files, right and wrong: each mistake is one sentence with file, key, value and what is allowed."""

import json
import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.phases import PHASES, PhaseName
from components.settings import Settings, SettingsError, cidrs_beside, load
from components.sizes import Sizes
from tests.unit.conftest import ROOT, STAGES, stage_config

PREFIX = "startup-platform:"
CONNECTION = "connection/00000000-0000-0000-0000-000000000000"  # as the committed files have it


def changed(path: str, value: Any) -> dict[str, str]:
    """The committed stg configuration with one value changed (or, for `...`, removed)."""
    config: dict[str, Any] = {
        key: json.loads(text) if text[0] == "{" else text for key, text in stage_config("stg").items()
    }
    top, *rest = path.split(".")
    place: Any = config
    for name in [top if ":" in top else PREFIX + top, *rest[:-1]] if rest else []:
        place = place.setdefault(name, {})
    last = rest[-1] if rest else top if ":" in top else PREFIX + top
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in config.items()}


def said_of(config: Mapping[str, str], stage: str = "stg", **more: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(stage=stage, config=config, **more)
    return str(caught.value)


@pytest.mark.parametrize("stage", STAGES)
def test_the_committed_stage_files_are_valid(stage: str) -> None:
    loaded = load(stage=stage, config=stage_config(stage), beside=cidrs_beside(stage, ROOT))
    assert loaded.stage == stage
    assert loaded.network.zones == ("a", "b", "c")


def test_dev_is_of_growth_stg_and_prod_of_scaleup_and_prod_changes_no_size() -> None:
    loaded = {stage: load(stage=stage, config=stage_config(stage)) for stage in STAGES}
    assert {stage: one.phase for stage, one in loaded.items()} == {
        "dev": PhaseName.GROWTH,
        "stg": PhaseName.SCALEUP,
        "prod": PhaseName.SCALEUP,
    }
    assert loaded["prod"].growth == PHASES[PhaseName.SCALEUP]
    assert loaded["dev"].growth.sizes.database.instance_class == "db.t4g.medium"


def test_the_stage_files_give_the_same_keys_and_differ_only_in_values() -> None:
    def keys(stage: str) -> set[str]:
        given = stage_config(stage)
        sections = {key: json.loads(value) for key, value in given.items() if value[0] == "{" and "sizes" not in key}
        return set(given) | {f"{key}.{name}" for key, section in sections.items() for name in section}

    assert keys("dev") == keys("stg") == keys("prod")


MISTAKES: list[tuple[str, Any, str]] = [
    ("account_id", ..., "account_id is missing; give the AWS account of this stage: 12 digits in quotes"),
    ("account_id", "12345", 'account_id = "12345" is not allowed; give the AWS account of this stage: 12 digits'),
    ("account_id", "11112222333a", 'account_id = "11112222333a" is not allowed; give the AWS account'),
    ("region", ..., "region is missing; give ap-northeast-2"),
    ("region", "us-east-1", 'region = "us-east-1" is not allowed; give ap-northeast-2'),
    ("owner", ..., "owner is missing; give the team that answers"),
    ("owner", "Platform Team", 'owner = "Platform Team" is not allowed; give the team'),
    ("cost_center", "1001", 'cost_center = "1001" is not allowed; give who pays: CC- and four digits'),
    ("cost_center", ..., "cost_center is missing; give who pays"),
    ("compliance", "hipaa", 'compliance = "hipaa" is not allowed; give what audits cover the stage'),
    ("destroy_protection", ..., "destroy_protection is missing; give true or false"),
    ("destroy_protection", "maybe", 'destroy_protection = "maybe" is not allowed; give true or false'),
    ("netwrok", {}, "netwrok is no setting; did you mean network? There is: account_id, phase"),
    ("phase", ..., "phase is missing; give the phase of growth: mvp, growth"),
    ("phase", "scale-up", 'phase = "scale-up" is not allowed; give the phase of growth: mvp, growth, scaleup'),
    ("phase", "Growth", 'phase = "Growth" is not allowed; give the phase of growth'),
    ("sizes", ..., "sizes is missing; give what this stage has larger or smaller"),
    ("sizes", ["scaleup"], 'sizes = ["scaleup"] is not allowed; give what this stage has larger or smaller'),
    ("sizes.scaelup", {}, "sizes.scaelup is no phase; did you mean scaleup? There is: mvp, growth"),
    ("sizes.scaleup", "small", 'sizes.scaleup = "small" is not allowed; give what this stage has'),
    (
        "sizes.scaleup.databse",
        {},
        "sizes.scaleup.databse is no setting; did you mean database? There is: network, edge",
    ),
    ("sizes.scaleup.database", 2, "sizes.scaleup.database = 2 is not allowed; give Aurora MySQL"),
    ("sizes.scaleup.database.readers", 16, "sizes.scaleup.database.readers = 16 is not allowed; give readers, 0 to 15"),
    ("sizes.scaleup.database.readers", "two", 'sizes.scaleup.database.readers = "two" is not allowed; give readers'),
    ("sizes.scaleup.database.reader", 1, "sizes.scaleup.database.reader is no setting; did you mean readers?"),
    (
        "sizes.scaleup.database.instance_class",
        "db.r5.large",
        'sizes.scaleup.database.instance_class = "db.r5.large" is not allowed; give db.serverless, or a Graviton',
    ),
    ("sizes.scaleup.database.acu_min", -1, "sizes.scaleup.database.acu_min = -1 is not allowed; give Aurora capacity"),
    ("sizes.scaleup.database.acu_min", 0.7, "sizes.scaleup.database.acu_min = 0.7 is no multiple of 0.5, the step"),
    (
        "sizes.scaleup.database.acu_max",
        300,
        "sizes.scaleup.database.acu_max = 300 is not allowed; give Aurora capacity",
    ),
    ("sizes.mvp", {"database": {"acu_min": 8, "acu_max": 4}}, "sizes.mvp.database has acu_min above acu_max; give"),
    (
        "sizes.global",
        {"database": {"instance_class": "db.t4g.medium"}},
        'sizes.global.database.instance_class = "db.t4g.medium" is burstable, which Aurora refuses in a phase with two',
    ),
    (
        "sizes.ipo",
        {"database": {"instance_class": "db.serverless", "acu_min": 0, "proxy": False}},
        "sizes.ipo.database.acu_min = 0 never pauses in a phase with two regions, whose copy keeps it awake; give 0.5",
    ),
    ("sizes.mvp", {"database": {"acu_min": 0, "proxy": True}}, "sizes.mvp.database has acu_min 0 beside a proxy"),
    ("sizes.mvp", {"instances": None}, "sizes.mvp has no instances, and edge.cluster_weight below 100"),
    (
        "sizes.scaleup.database.backup_retention_days",
        0,
        "sizes.scaleup.database.backup_retention_days = 0 is not allowed",
    ),
    ("sizes.scaleup.database.backup_retention_days", 36, "sizes.scaleup.database.backup_retention_days = 36 is not"),
    (
        "sizes.scaleup.database.proxy",
        "perhaps",
        'sizes.scaleup.database.proxy = "perhaps" is not allowed; give true or',
    ),
    (
        "sizes.scaleup.cache.node_type",
        "cache.m4.large",
        'sizes.scaleup.cache.node_type = "cache.m4.large" is not allowed',
    ),
    ("sizes.scaleup.cache.replicas", 6, "sizes.scaleup.cache.replicas = 6 is not allowed; give replicas, 0 to 5"),
    ("sizes.scaleup.cache.shards", 0, "sizes.scaleup.cache.shards = 0 is not allowed; give shards, 1 to 500"),
    ("sizes.scaleup.cache.snapshot_retention_days", 40, "sizes.scaleup.cache.snapshot_retention_days = 40 is not"),
    ("sizes.growth", {"instances": {"instance_type": "m5.large"}}, "sizes.growth.instances.instance_type = "),
    ("sizes.growth", {"instances": {"at_least": 9, "at_most": 3}}, "sizes.growth.instances has at_least above at_most"),
    ("sizes.growth", {"instances": {"at_least": 0}}, "sizes.growth.instances.at_least = 0 is not allowed; give"),
    ("sizes.scaleup.network.nat_gateways", 0, "sizes.scaleup.network.nat_gateways = 0 is not allowed; give 1, 2 or 3"),
    ("sizes.scaleup.network.nat_gateways", 4, "sizes.scaleup.network.nat_gateways = 4 is not allowed; give 1, 2 or 3"),
    ("sizes.scaleup.network.nat_gateway", 3, "sizes.scaleup.network.nat_gateway is no setting; did you mean nat_gate"),
    ("sizes.scaleup.network.interface_endpoints", ["s4"], 'sizes.scaleup.network.interface_endpoints.0 = "s4" is not'),
    ("sizes.scaleup.network.flow_log_retention_days", 31, "sizes.scaleup.network.flow_log_retention_days = 31 is not"),
    ("sizes.scaleup.edge.cluster_weight", 101, "sizes.scaleup.edge.cluster_weight = 101 is not allowed; give percent"),
    ("sizes.scaleup.edge.cluster_weight", 50, "sizes.scaleup has no instances"),
    ("sizes.scaleup", {"cluster": None}, "sizes.scaleup has no cluster, and edge.cluster_weight above 0 sends"),
    ("sizes.growth", {"cluster": {"nodes_at_least": 5}}, "sizes.growth.cluster has nodes_at_least above nodes_at_most"),
    ("sizes.growth", {"cluster": {"nodes_at_least": 1}}, "sizes.growth.cluster.nodes_at_least = 1 is not allowed"),
    ("sizes.growth", {"add_ons": None}, "sizes.growth has one of cluster and add_ons without the other; give both"),
    ("sizes.scaleup", {"lake": None}, "sizes.scaleup has one of streaming and lake without the other; give both"),
    ("gitops.repository_url", "git@github.com:example/x", 'gitops.repository_url = "git@github.com:example/x" is not'),
    ("gitops.revision", ..., "gitops.revision is missing; give a branch or a tag"),
    ("telemetry.datadog", "perhaps", 'telemetry.datadog = "perhaps" is not allowed; give true or false'),
    ("sizes.growth", {"cluster": {"system_instance_type": "m7i.large"}}, "sizes.growth.cluster.system_instance_type"),
    ("cluster", ..., "cluster is missing; give the Kubernetes API"),
    (
        "deployments.connection_arn",
        "arn:aws:codestar-connections:ap-northeast-2:444455556666:connection/1",
        'deployments.connection_arn = "arn:aws:codestar-connections:ap-northeast-2:444455556666:connection/1" is not',
    ),
    (
        "deployments.connection_arn",
        f"arn:aws:codeconnections:ap-northeast-2:111122223333:{CONNECTION}",
        (
            f'deployments.connection_arn = "arn:aws:codeconnections:ap-northeast-2:111122223333:{CONNECTION}" is of '
            "ap-northeast-2 and the account 111122223333; give one of ap-northeast-2 and 444455556666"
        ),
    ),
    (
        "deployments.connection_arn",
        f"arn:aws:codeconnections:us-east-1:444455556666:{CONNECTION}",
        (
            f'deployments.connection_arn = "arn:aws:codeconnections:us-east-1:444455556666:{CONNECTION}" is of us-'
            "east-1 and the account 444455556666; give one of ap-northeast-2 and 444455556666"
        ),
    ),
    (
        "gitops.repository_url",
        "https://gitlab.com/example/x",
        (
            f'deployments.connection_arn = "arn:aws:codeconnections:ap-northeast-2:444455556666:{CONNECTION}", and '
            'startup-platform:gitops.repository_url = "https://gitlab.com/example/x" is no repository on github.com'
        ),
    ),
    ("cluster.endpoint", "open", 'cluster.endpoint = "open" is not allowed; give private: from inside the VPC only'),
    ("cluster.endpoint", "public", 'cluster.endpoint = "public" and startup-platform:cluster.public_cidrs = []'),
    (
        "cluster",
        {"endpoint": "private", "public_cidrs": ["203.0.113.0/24"]},
        'cluster.public_cidrs = ["203.0.113.0/24"] beside startup-platform:cluster.endpoint = "private"',
    ),
    (
        "cluster",
        {"endpoint": "public", "public_cidrs": ["0.0.0.0/0"]},
        'cluster.public_cidrs.0 = "0.0.0.0/0" is wider than a /16; give the networks',
    ),
    (
        "cluster",
        {"endpoint": "public", "public_cidrs": ["10.1.0.0/16"]},
        'cluster.public_cidrs.0 = "10.1.0.0/16" is private',
    ),
    ("sizes.scaleup.edge.requests_per_ip", 10, "sizes.scaleup.edge.requests_per_ip = 10 is not allowed; give requests"),
    ("sizes.scaleup.edge.access_log_retention_days", 7, "sizes.scaleup.edge.access_log_retention_days = 7 is not"),
    (
        "sizes.scaleup.identity.threat_protection",
        "ON",
        'sizes.scaleup.identity.threat_protection = "ON" is not allowed',
    ),
    ("sizes.scaleup.messaging.archive_days", 0, "sizes.scaleup.messaging.archive_days = 0 is not allowed; give days"),
    ("network", "10.20.0.0/16", 'network = "10.20.0.0/16" is not allowed; give the VPC: cidr, zones'),
    ("network", "{broken", 'network = "{broken" is not allowed; give the VPC'),
    ("network.cidr", "10.20.0.0/20", 'network.cidr = "10.20.0.0/20" is not a /16 (requirement REQ-E3)'),
    ("network.cidr", "10.20.0.1/16", 'network.cidr = "10.20.0.1/16" is not allowed; give addresses of the VPC'),
    ("network.cidr", "8.8.0.0/16", 'network.cidr = "8.8.0.0/16" is not a private network (RFC 1918)'),
    ("network.cidr", "fd00::/16", 'network.cidr = "fd00::/16" is not allowed; give addresses of the VPC'),
    ("network.cidr", ..., "network.cidr is missing; give addresses of the VPC"),
    ("network.cidr", "10.21.0.0/16", 'recovery.cidr = "10.21.0.0/16" overlaps startup-platform:network.cidr = '),
    ("network.zones", ["a", "b"], 'network.zones = ["a", "b"] is not allowed; give letters of the three'),
    ("network.zones", ["a", "b", "b"], 'network.zones = ["a", "b", "b"] names one twice; give each once'),
    ("network.zones", ["a", "b", "z"], 'network.zones.2 = "z" is not allowed; give letters of the three'),
    ("network.zones", "abc", 'network.zones = "abc" is not allowed; give letters of the three'),
    ("recovery", ..., "recovery is missing; give the VPC of the other region"),
    ("recovery.cidr", "10.21.0.0/24", 'recovery.cidr = "10.21.0.0/24" is not a /16 (requirement REQ-E3)'),
    ("recovery.zones", ["a", "b", "d"], 'recovery.zones = ["a", "b", "d"]: zone d does not exist in ap-southeast-1'),
    ("domain", "stg.example.com", 'domain = "stg.example.com" is not allowed; give the stage\'s names: name, zone_id'),
    (
        "domain.name",
        "https://stg.example.com",
        'domain.name = "https://stg.example.com" is not allowed; give the stage',
    ),
    ("domain.name", "Stg.Example.com", 'domain.name = "Stg.Example.com" is not allowed; give the stage\'s domain in'),
    ("domain.zone_id", ..., "domain.zone_id is missing; give id of the domain's public Route 53 zone"),
    ("domain.zone_id", "example.com", 'domain.zone_id = "example.com" is not allowed; give id of the domain'),
    ("edge.origin_secret_epoch", 0, "edge.origin_secret_epoch = 0 is not allowed; give number, 1 to 9999"),
    ("identity.sender", ..., "identity.sender is missing; give address that codes and invitations come from"),
    ("identity.sender", "no-reply", 'identity.sender = "no-reply" is not allowed; give address'),
    ("identity.sender", "a@example.org", 'identity.sender = "a@example.org" is not below startup-platform:domain.name'),
    ("identity.social.gogle", {}, "identity.social.gogle is no setting; did you mean google? There is: google, kakao"),
    ("identity.social", {"google": {"client_id": "x"}}, "identity.social.google.client_secret is missing; give the"),
    ("registry.repositories", [], "registry.repositories = [] is not allowed; give image repositories"),
    ("registry.repositories", ["Api"], 'registry.repositories.0 = "Api" is not allowed; give image repositories'),
    ("registry.repositories", ["api", "api"], 'registry.repositories = ["api", "api"] names one twice; give each'),
    ("contacts.alarms", ..., "contacts.alarms is missing; give e-mail address"),
    ("contacts.alarms", "platform team", 'contacts.alarms = "platform team" is not allowed; give e-mail address'),
    ("encryption.deletion_window_days", 6, "encryption.deletion_window_days = 6 is not allowed; give days, 7"),
    ("encryption.deletion_window_days", 31, "encryption.deletion_window_days = 31 is not allowed; give days, 7"),
    ("cost.budget_percent", 0, "cost.budget_percent = 0 is not allowed; give percent, 1 to 100"),
    ("cost.budget_percent", 101, "cost.budget_percent = 101 is not allowed; give percent, 1 to 100"),
    ("cost.krw_per_usd", 1.4, "cost.krw_per_usd = 1.4 is not allowed; give won, 500 to 5000"),
    ("cost.braked_roles", ["deploy", "deploy"], 'cost.braked_roles = ["deploy", "deploy"] names one twice; give each'),
    ("audit_owner", "both", 'audit_owner = "both" is not allowed; give who owns what an account has one of'),
    ("cost.anomaly_monitor_arn", "default", 'cost.anomaly_monitor_arn = "default" is not allowed; give ARN of the'),
]


@pytest.mark.parametrize(("path", "value", "wanted"), MISTAKES, ids=[f"{path}={value}" for path, value, _ in MISTAKES])
def test_a_mistake_is_one_sentence_that_says_what_is_allowed(path: str, value: Any, wanted: str) -> None:
    said = said_of(changed(path, value))
    assert said.startswith(f"Pulumi.stg.yaml: {PREFIX}{wanted}")
    assert "\n" not in said
    assert re.search(r"; (give|it has|did you mean|There is)", said) or "did you mean" in said


def test_a_zone_that_the_region_lacks_is_refused() -> None:
    config = changed("network.zones", ["a", "b", "d"]) | {f"{PREFIX}region": "ap-southeast-1"}
    assert "zone d does not exist in ap-southeast-1; it has a, b, c" in said_of(config)


def test_a_key_for_a_default_provider_is_refused_since_there_is_none() -> None:
    assert said_of(changed("aws:region", "ap-northeast-2")).startswith("Pulumi.stg.yaml: aws:region has no effect here")


def test_a_network_that_another_stage_has_is_refused_by_that_stages_name() -> None:
    said = said_of(changed("network.cidr", "10.31.0.0/16"), beside=cidrs_beside("stg", ROOT))
    assert said.startswith(
        'Pulumi.stg.yaml: startup-platform:network.cidr = "10.31.0.0/16" overlaps a network of Pulumi.prod.yaml; give'
    )


def test_a_stage_file_beside_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: [")
    (tmp_path / "Pulumi.prod.yaml").write_text((ROOT / "Pulumi.prod.yaml").read_text())
    assert cidrs_beside("stg", tmp_path) == {
        "dev": [],
        "prod": [IPv4Network("10.30.0.0/16"), IPv4Network("10.31.0.0/16")],
    }


def test_all_mistakes_of_a_file_are_named_at_once() -> None:
    config = changed("owner", ...)
    del config[f"{PREFIX}region"]
    assert len(said_of(config).splitlines()) == 2


def test_a_stack_that_is_no_stage_is_refused_by_name() -> None:
    assert said_of(stage_config("dev"), stage="qa") == "there is no stage 'qa': a stack is named dev, stg or prod"


@pytest.mark.parametrize("social", ["hunter2", ["hunter2"], {"google": "hunter2"}, {"google": {"client_secret": 7}}])
def test_a_social_providers_secret_is_never_shown(social: Any) -> None:
    said = said_of(changed("identity.social", social))
    assert said.startswith("Pulumi.stg.yaml: startup-platform:identity.social")
    assert "hunter2" not in said
    secret = changed("identity.social", {"google": {"client_id": "x", "client_secret": "hunter2"}})
    assert "hunter2" not in repr(load(stage="stg", config=secret))
    assert "hunter2" not in said_of(
        secret | {f"{PREFIX}identity": json.dumps(json.loads(secret[f"{PREFIX}identity"]) | {"x": 1})}
    )


def test_sizes_count_in_their_own_phase_only() -> None:
    config = changed("sizes", {"global": {"cache": {"shards": 3}}})
    assert load(stage="stg", config=config).growth.sizes == PHASES[PhaseName.SCALEUP].sizes
    moved = load(stage="stg", config=config | {f"{PREFIX}phase": "global"}).growth
    assert moved.sizes.cache.shards == 3
    assert moved.sizes.cache.node_type == PHASES[PhaseName.GLOBAL].sizes.cache.node_type
    assert moved.regions == 2


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


@given(
    st.sampled_from(PhaseName),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*Sizes.model_fields, "readers", "x"]), inner),
        max_leaves=8,
    ),
)
def test_no_size_of_any_phase_ends_in_anything_but_settings_or_their_error(phase: PhaseName, value: Any) -> None:
    config = changed("sizes", {phase: value})
    try:
        load(stage="stg", config=config)
    except SettingsError as error:
        assert str(error).startswith("Pulumi.stg.yaml: startup-platform:sizes")  # noqa: PT017 - most values are fine or not


SCHEMA: Any = json.loads((ROOT / "docs" / "stage.schema.json").read_text())
# What takes more than one value, or a library, to know.
BEYOND_A_SCHEMA = re.compile(
    r".*(overlaps|is not a /16|RFC 1918|names one twice|no multiple|has acu_min|has at_least|has no instances"
    r"|has no cluster|has one of|has nodes_at_least|public_cidrs = |wider than|is private"
    r"|does not exist in|with two|never pauses|is not below|fd00::|10\.20\.0\.1/16|and the account"
    r"|is no repository on github).*"
)


def of_file(config: Mapping[str, str]) -> Any:
    """A configuration as it stands in a stage file."""
    return {
        "config": {
            key: json.loads(text) if text[:1] in "{[" and text != "{broken" else text for key, text in config.items()
        }
    }


@pytest.mark.parametrize("stage", STAGES)
def test_the_schema_takes_the_committed_stage_files(stage: str) -> None:
    jsonschema.validate(yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text()), SCHEMA)
    encrypted = {"google": {"client_id": "x", "client_secret": {"secure": "v1:abc"}}}
    jsonschema.validate(of_file(changed("identity.social", encrypted)), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, value, wanted in MISTAKES if not BEYOND_A_SCHEMA.fullmatch(wanted)],
    ids=[f"{path}={value}" for path, value, wanted in MISTAKES if not BEYOND_A_SCHEMA.fullmatch(wanted)],
)
def test_the_schema_refuses_what_the_platform_would_refuse(path: str, value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(of_file(changed(path, value)), SCHEMA)
