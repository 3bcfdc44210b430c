import json
import re
from dataclasses import fields
from fnmatch import fnmatch

import pulumi
import pytest

from components import contract, settings, tagging
from components.contract import Contract
from components.platform import Platform
from tests.unit.conftest import platform_of, stage_config
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
        if one.type == "aws:autoscaling/group:Group":  # default tags do not reach it, so it lists all six
            assert {tag["key"] for tag in one["tags"]} >= set(tagging.KEYS)
        else:
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


@pytest.mark.parametrize(
    ("stage", "callers"),
    [("dev", {"workloads", "rotation", "schemas"}), ("prod", {"workloads", "proxy", "rotation", "schemas"})],
)
def test_the_database_is_reached_by_these_and_by_nobody_else(stage: str, callers: set[str]) -> None:
    lines = [
        one
        for one in platform_of(stage).of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if one["securityGroupId"] == "database-group-id"
    ]
    assert {one["description"].removeprefix("From ") for one in lines} == callers
    assert {(int(one["fromPort"]), int(one["toPort"])) for one in lines} == {(3306, 3306)}


@pytest.mark.parametrize(
    ("stage", "writer", "logins"),
    [
        ("dev", "writer.example", ["cluster-RESOURCE"]),
        ("prod", "proxy.example", ["cluster-RESOURCE", "database-proxy-proxy"]),
    ],
)
def test_services_are_sent_through_the_proxy_where_there_is_one(stage: str, writer: str, logins: list[str]) -> None:
    loaded = settings.load(stage=stage, config=stage_config(stage))
    seen: dict[str, object] = {}

    def program() -> None:
        contract_of = Platform("startup-platform", loaded).contract
        known = pulumi.Output.all(writer=contract_of.database_endpoint, logins=contract_of.database_login_ids)
        known.apply(seen.update)

    record(program, stack=stage)
    assert seen == {"writer": writer, "logins": logins}


def test_nothing_is_let_in_or_out_by_one_end_only(platform: Recorded) -> None:
    def ends(token: str, inside: str, outside: str) -> set[tuple[str, str, int]]:
        return {
            (one[inside], one[outside], int(one["fromPort"]))
            for one in platform.of_type(token)
            if one.get("referencedSecurityGroupId")
        }

    out = ends(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId", "referencedSecurityGroupId"
    )
    into = ends(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "referencedSecurityGroupId", "securityGroupId"
    )
    assert out == into
    assert len(out) > 2


def test_ec2_takes_every_description_of_a_group_and_of_its_lines(platform: Recorded) -> None:
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html: in a VPC no apostrophe, say.
    taken = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
    described = [
        *platform.of_type("aws:ec2/securityGroup:SecurityGroup"),
        *platform.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
        *platform.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    ]
    assert len(described) > 15
    assert [one.name for one in described if not taken.fullmatch(one["description"])] == []


def test_an_instance_starts_when_there_is_a_way_out(dev: Recorded) -> None:
    tier = dev.named("instances", "startup-platform:compute:Instances")
    waits_for = {urn.rsplit("::", 1)[-1] for urn in tier.dependencies}
    assert waits_for >= {f"network-private-{zone}-nat" for zone in "abc"} | {"network-public-internet"}
    assert "workloads-https" in waits_for


def test_every_alarm_tells_the_one_topic(platform: Recorded) -> None:
    alarms = platform.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    made_of_alarms = platform.of_type("aws:cloudwatch/compositeAlarm:CompositeAlarm")
    assert len(alarms) >= 12
    parts = {urn.rpartition("::")[2] for one in made_of_alarms for urn in one.points["alarmRule"]}
    assert {one.name for one in alarms if not one["alarmActions"]} == parts, "silent but for what it is a part of"
    telling = [one for one in [*alarms, *made_of_alarms] if one["alarmActions"]]
    assert {tuple(one["alarmActions"]) for one in telling} == {("arn:mock:alerts-alarms",)}


def test_every_log_group_is_one_that_the_logs_key_of_its_region_serves(platform: Recorded) -> None:
    groups = platform.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert len(groups) > 8
    for group in groups:
        key = "edge-encryption-logs" if group.get("region") == "us-east-1" else "encryption-logs"
        policy = json.loads(platform.named(key, "aws:kms/key:Key")["policy"])
        (served,) = (one["Condition"]["ArnLike"] for one in policy["Statement"] if "LogGroups" in one["Sid"])
        patterns = [one.partition(":log-group:")[2] for one in served["kms:EncryptionContext:aws:logs:arn"]]
        assert any(fnmatch(group["name"], pattern) for pattern in patterns), group["name"]
        assert group["kmsKeyId"] == f"arn:mock:{key}"


def test_instances_start_after_the_log_group_that_they_know_by_name() -> None:
    (group,) = platform_of("dev").of_type("aws:autoscaling/group:Group")
    assert "workloads-logs" in {urn.rsplit("::", 1)[-1] for urn in group.dependencies}


def test_nothing_is_looked_up_in_an_account(platform: Recorded) -> None:
    # The recorder refuses every look-up, so that this run ended at all is the proof; a look-up at preview would need
    # credentials that CI does not have (REQ-C7).
    assert platform.registrations


def test_the_contract_of_version_1_has_exactly_these_names() -> None:
    values = Contract(
        stage="dev",
        account_id="111122223333",
        region="ap-northeast-2",
        regions=["ap-northeast-2"],
        phase="growth",
        compliance="isms-p+soc2",
        destroy_protection=False,
        availability_percent=99.9,
        p95_ms=200,
        budget_usd=1000.0,
        repository="https://github.com/example/startup-platform",
        repository_subject="repo:example@42/startup-platform@4711",
        access_log_bucket="access-logs",
        vpc_id="vpc-1",
        public_subnet_ids=[],
        private_subnet_ids=[],
        data_subnet_ids=[],
        nat_addresses=[],
        key_arns={},
        repository_urls={},
        workloads_security_group_id="sg-1",
        service_log_group="/services",
        database_endpoint="writer",
        database_reader_endpoint="reader",
        database_login_ids=["cluster-1"],
        database_schemas_function="schemas",
        database_secret_arn="arn:secret",
        cache_endpoint="cache",
        cache_user="application",
        cache_user_group="cache",
        cache_arns=[],
        queue_url="https://queue",
        queue_arn="arn:queue",
        event_bus_name="events",
        alarm_topic_arn="arn:alarms",
        sessions_table="sessions",
        cluster_target_group_arn="arn:targets",
        cluster_name="cluster",
        cluster_endpoint="https://cluster",
        domain="dev.example.com",
        site_bucket="site",
        distribution_id="E1",
        token_issuer="https://cognito-idp.ap-northeast-2.amazonaws.com/ap-northeast-2_1",
        sign_in_domain="auth.dev.example.com",
        sign_in_client_id="client",
        user_pool_id="ap-northeast-2_1",
        toggles_application_id="abc1234",
        toggles_environment_id="def5678",
        toggles_profile_id="ghi9012",
        toggles_strategy_ids={"staged": "jkl3456", "emergency": "mno7890"},
        access_documents={"aurora": "startup-platform-dev-to-aurora"},
        access_hosts={"aurora": "writer.example"},
        access_relays=["startup-platform-dev-instances"],
        access_log_group="/startup-platform/dev/sessions",
        stream_name="user-events",
        stream_arn="arn:stream",
        stream_consumer_arn="arn:consumer",
        lake_buckets={"raw": "lake-raw"},
        glue_database="lake",
        athena_workgroup="analytics",
        analyst_policy_arn="arn:analyst",
        assistant_profile_arn="arn:profile",
        assistant_guardrail_id="guardrail",
        assistant_guardrail_version="1",
        assistant_role_arn="arn:assistant",
        model_pipeline="recommendation",
        model_package_group="recommendation",
        model_endpoint="recommendation",
        user_features_group="users",
        user_features_policy_arn="arn:features",
    )
    # A service stack reads these. If this test fails for a name that went away, raise contract.VERSION.
    assert set(contract.exports(values)) == {
        "contract_version",
        "stage",
        "account_id",
        "region",
        "regions",
        "phase",
        "compliance",
        "destroy_protection",
        "availability_percent",
        "p95_ms",
        "budget_usd",
        "repository",
        "repository_subject",
        "access_log_bucket",
        "vpc_id",
        "public_subnet_ids",
        "private_subnet_ids",
        "data_subnet_ids",
        "nat_addresses",
        "key_arns",
        "repository_urls",
        "workloads_security_group_id",
        "service_log_group",
        "database_endpoint",
        "database_reader_endpoint",
        "database_login_ids",
        "database_schemas_function",
        "database_secret_arn",
        "cache_endpoint",
        "cache_user",
        "cache_user_group",
        "cache_arns",
        "queue_url",
        "queue_arn",
        "event_bus_name",
        "alarm_topic_arn",
        "sessions_table",
        "cluster_target_group_arn",
        "cluster_name",
        "cluster_endpoint",
        "domain",
        "site_bucket",
        "distribution_id",
        "token_issuer",
        "sign_in_domain",
        "sign_in_client_id",
        "user_pool_id",
        "toggles_application_id",
        "toggles_environment_id",
        "toggles_profile_id",
        "toggles_strategy_ids",
        "access_documents",
        "access_hosts",
        "access_relays",
        "access_log_group",
        "stream_name",
        "stream_arn",
        "stream_consumer_arn",
        "lake_buckets",
        "glue_database",
        "athena_workgroup",
        "analyst_policy_arn",
        "assistant_profile_arn",
        "assistant_guardrail_id",
        "assistant_guardrail_version",
        "assistant_role_arn",
        "model_pipeline",
        "model_package_group",
        "model_endpoint",
        "user_features_group",
        "user_features_policy_arn",
    }
    assert contract.exports(values)["contract_version"] == 1
