"""The cache tier's exact inputs."""

import json
from typing import Any

import pytest
from pulumi.runtime import rpc

from components.data.cache import Cache, CacheArgs
from components.data.cache_rights import rights
from components.naming import Scope
from components.phases import PHASES, PhaseName
from tests.unit.recording import Recorded, Registration, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
USER = "aws:elasticache/user:User"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def cache(phase: PhaseName = PhaseName.GROWTH, *, destroy_protection: bool = True, **otherwise: Any) -> Recorded:
    args = CacheArgs(
        scope=SCOPE,
        size=PHASES[phase].sizes.cache.model_copy(update=otherwise),
        vpc_id="vpc-1",
        subnet_ids=["data-a", "data-b", "data-c"],
        callers={"workloads": "sg-workloads"},
        default_password="drawn",
        key_arn="data-key",
        logs_key_arn="logs-key",
        log_retention_days=90,
        alarm_topic_arn="alarms",
        destroy_protection=destroy_protection,
    )
    return record(lambda: Cache("cache", args))


@pytest.fixture(scope="module")
def run() -> Recorded:
    return cache()


@pytest.fixture(scope="module")
def group(run: Recorded) -> Registration:
    return run.named("cache-group", GROUP)


def test_cluster_mode_is_on_with_as_many_shards_as_the_phase_says(group: Registration) -> None:
    assert (group["engine"], group["clusterMode"], group["automaticFailoverEnabled"]) == ("valkey", "enabled", True)
    assert (int(group["numNodeGroups"]), int(group["replicasPerNodeGroup"])) == (1, 1)
    assert "numCacheClusters" not in group.inputs


def test_growing_is_a_number_and_never_another_cache() -> None:
    sizes = {"nodeType", "numNodeGroups", "replicasPerNodeGroup", "snapshotRetentionLimit", "multiAzEnabled"}
    groups = [cache(phase).named("cache-group", GROUP).inputs for phase in PhaseName]
    groups.append(cache(shards=3, replicas=2).named("cache-group", GROUP).inputs)
    for one in groups:
        assert {key for key in one if one[key] != groups[0].get(key)} <= sizes


def test_a_cache_without_replicas_fails_over_to_nobody_but_keeps_cluster_mode() -> None:
    alone = cache(replicas=0).named("cache-group", GROUP)
    assert (alone["automaticFailoverEnabled"], alone["multiAzEnabled"]) == (True, False)
    assert cache(replicas=1).named("cache-group", GROUP)["multiAzEnabled"] is True


def test_it_is_encrypted_at_rest_with_the_data_key_and_speaks_tls_only(group: Registration) -> None:
    assert (group["atRestEncryptionEnabled"], group["kmsKeyId"]) == (True, "data-key")
    assert (group["transitEncryptionEnabled"], group["transitEncryptionMode"]) == (True, "required")


def test_what_expires_next_is_evicted_first_so_that_sessions_outlive_answers(run: Recorded) -> None:
    parameters = run.named("cache-parameters", "aws:elasticache/parameterGroup:ParameterGroup")
    values = {one["name"]: one["value"] for one in parameters["parameters"]}
    assert (parameters["family"], values["cluster-enabled"]) == ("valkey8", "yes")
    assert values["maxmemory-policy"] == "volatile-ttl"


def test_whoever_names_no_user_may_do_nothing(run: Recorded, group: Registration) -> None:
    default = run.named("cache-default", USER)
    assert (default["userName"], default["accessString"]) == ("default", "off -@all")
    assert rpc.unwrap_rpc_secret(default["passwordsWo"]) == "drawn"
    users = run.named("cache-users", "aws:elasticache/userGroup:UserGroup")
    assert users["userIds"] == ["startup-platform-dev-default", "startup-platform-dev-application"]
    assert group["userGroupIds"] == [users["userGroupId"]]


def test_an_application_shows_a_token_and_can_hurt_nothing_but_its_own_keys(run: Recorded) -> None:
    user = run.named("cache-application", USER)
    assert user["authenticationMode"] == {"type": "iam"}
    assert user["userId"] == user["userName"]  # IAM wants it
    rights = user["accessString"].split()
    assert rights[0] == "on"
    assert "+@all" not in rights
    # Rights are read from left to right: nothing after the removal gives a class of commands back.
    later = rights[rights.index("-@dangerous") :]
    assert "-@admin" in rights
    assert [right for right in later if right.startswith("+@")] == []
    assert set(later[1:]) == {
        "+info", "+cluster|info", "+cluster|keyslot", "+cluster|nodes", "+cluster|shards", "+cluster|slots",
    }  # fmt: skip


def test_only_named_callers_come_in_on_one_port(run: Recorded) -> None:
    (line,) = run.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert (line["ipProtocol"], int(line["fromPort"]), int(line["toPort"])) == ("tcp", 6379, 6379)
    assert (line["securityGroupId"], line["referencedSecurityGroupId"]) == ("cache-group-id", "sg-workloads")
    (out,) = run.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (out["securityGroupId"], out["referencedSecurityGroupId"]) == ("sg-workloads", "cache-group-id")


def test_both_logs_go_to_encrypted_groups_that_aws_may_write_to_before_it_does(
    run: Recorded, group: Registration
) -> None:
    assert any(urn.endswith("::cache-logs") for urn in group.dependencies)
    assert {(one["logType"], one["destination"], one["logFormat"]) for one in group["logDeliveryConfigurations"]} == {
        (log, f"/startup-platform/dev/cache/{log}", "json") for log in ("slow-log", "engine-log")
    }
    groups = run.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {(one["kmsKeyId"], int(one["retentionInDays"])) for one in groups} == {("logs-key", 90)}
    policy = run.named("cache-logs", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_snapshots_are_kept_as_long_as_the_phase_says_and_one_is_left_behind(group: Registration) -> None:
    assert int(group["snapshotRetentionLimit"]) == 7
    assert group["finalSnapshotIdentifier"] == "startup-platform-dev-cache-final"


def test_it_is_protected_where_the_stage_says_so(group: Registration) -> None:
    assert group.protect
    assert not cache(destroy_protection=False).named("cache-group", GROUP).protect


def test_more_than_30_percent_of_misses_for_ten_minutes_tells_the_topic(run: Recorded) -> None:
    alarm = run.named("cache-1-1-misses", ALARM)
    queries = {one["id"]: one for one in alarm["metricQueries"]}
    assert queries["hits"]["metric"]["metricName"] == "CacheHits"
    assert queries["misses"]["metric"]["metricName"] == "CacheMisses"
    assert queries["misses"]["metric"]["dimensions"] == {"CacheClusterId": "startup-platform-dev-cache-0001-001"}
    assert [one["id"] for one in queries.values() if one["returnData"]] == ["judged"]
    assert "100 * misses / (hits + misses)" in queries["judged"]["expression"]
    assert (int(alarm["threshold"]), int(alarm["evaluationPeriods"])) == (30, 10)
    assert alarm["alarmActions"] == ["alarms"]


def test_fewer_than_85_percent_of_an_hours_reads_that_hit_tell_the_topic(run: Recorded) -> None:
    alarm = run.named("cache-1-2-hits", ALARM)
    queries = {one["id"]: one for one in alarm["metricQueries"]}
    for key, name in (("hits", "CacheHits"), ("misses", "CacheMisses")):
        metric = queries[key]["metric"]
        assert (metric["metricName"], metric["stat"], int(metric["period"])) == (name, "Sum", 3600)
        assert metric["dimensions"] == {"CacheClusterId": "startup-platform-dev-cache-0001-002"}
    assert [one["id"] for one in queries.values() if one["returnData"]] == ["judged"]
    # Where hardly anybody reads, all is well.
    assert queries["judged"]["expression"] == "IF(hits + misses >= 6000, 100 * hits / (hits + misses), 100)"
    assert (alarm["comparisonOperator"], int(alarm["threshold"])) == ("LessThanThreshold", 85)
    assert (int(alarm["evaluationPeriods"]), alarm["treatMissingData"]) == (1, "notBreaching")
    assert alarm["alarmActions"] == ["alarms"]


def test_every_node_is_watched_and_lag_only_where_there_is_a_replica() -> None:
    alone = {one.name for one in cache(replicas=0).of_type(ALARM)}
    assert alone == {f"cache-1-1-{what}" for what in ("misses", "hits", "memory", "evictions")}
    grown = {one.name for one in cache(shards=2, replicas=1).of_type(ALARM)}
    assert grown == {
        f"cache-{shard}-{node}-{what}"
        for shard in (1, 2)
        for node in (1, 2)
        for what in ("misses", "hits", "memory", "evictions", "lag")
    }


def test_the_users_of_services_may_join_the_group_and_stay_in_it(run: Recorded) -> None:
    assert run.named("cache-users", "aws:elasticache/userGroup:UserGroup").ignores == ["userIds"]


def test_a_service_touches_what_begins_with_its_prefix_and_nothing_else() -> None:
    ours, all_of_it = rights("feed:"), rights()
    assert ours.split()[:3] == ["on", "~feed:*", "&feed:*"]
    assert all_of_it.split()[:3] == ["on", "~*", "&*"]
    assert ours.split()[3:] == all_of_it.split()[3:]
