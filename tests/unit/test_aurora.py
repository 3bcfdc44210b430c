"""The database tier's exact inputs."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components.data.aurora import Aurora, AuroraArgs, GlobalDatabase
from components.naming import Scope
from components.phases import PHASES, PhaseName
from components.sizes import DatabaseSize
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")
CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def size(phase: PhaseName, **otherwise: Any) -> DatabaseSize:
    return PHASES[phase].sizes.database.model_copy(update=otherwise)


def database(the_size: DatabaseSize, *, is_global: bool = False, destroy_protection: bool = True) -> Recorded:
    args = AuroraArgs(
        scope=SCOPE,
        size=the_size,
        members=the_size.members,
        is_global=is_global,
        joins=None,
        vpc_id="vpc-1",
        subnet_ids=["data-a", "data-b", "data-c"],
        zones=["a", "b", "c"],
        callers={"workloads": "sg-workloads"},
        first_password="drawn",
        key_arn="data-key",
        logs_key_arn="logs-key",
        log_retention_days=90,
        alarm_topic_arn="alarms",
        destroy_protection=destroy_protection,
    )
    return record(lambda: Aurora("database", args))


THERE = Scope(stage="dev", account_id="111122223333", region="ap-southeast-1")


def joined(the_size: DatabaseSize) -> Recorded:
    """The cluster of a second region."""

    def program() -> None:
        leader = GlobalDatabase(
            identifier=pulumi.Output.from_input("startup-platform-dev-database"),
            source_region="ap-northeast-2",
            engine_version=pulumi.Output.from_input("8.4.mysql_aurora.8.4.8"),
        )
        args = AuroraArgs(
            scope=THERE,
            size=the_size,
            members=the_size.members_elsewhere,
            is_global=True,
            joins=leader,
            vpc_id="vpc-2",
            subnet_ids=["data-a", "data-b", "data-c"],
            zones=["a", "b", "c"],
            callers={"workloads": "sg-workloads"},
            first_password=None,
            key_arn="their-data-key",
            logs_key_arn="their-logs-key",
            log_retention_days=90,
            alarm_topic_arn="their-alarms",
            destroy_protection=True,
        )
        Aurora("database", args)

    return record(program)


@pytest.fixture(scope="module")
def growth() -> Recorded:
    return database(size(PhaseName.GROWTH))


@pytest.fixture(scope="module")
def cluster(growth: Recorded) -> Mapping[str, Any]:
    return growth.named("database-cluster", CLUSTER).inputs


def instances(run: Recorded) -> dict[str, Any]:
    return {one.name: one["instanceClass"] for one in run.of_type(INSTANCE)}


def test_the_cluster_is_encrypted_with_the_data_key_and_speaks_tls_only(
    growth: Recorded, cluster: Mapping[str, Any]
) -> None:
    assert (cluster["storageEncrypted"], cluster["kmsKeyId"]) == (True, "data-key")
    assert cluster["performanceInsightsKmsKeyId"] == "data-key"
    group = growth.named("database-parameters", "aws:rds/clusterParameterGroup:ClusterParameterGroup")
    parameters = {one["name"]: one["value"] for one in group["parameters"]}
    assert group["family"] == "aurora-mysql8.4"
    assert (parameters["require_secure_transport"], parameters["tls_version"]) == ("ON", "TLSv1.2,TLSv1.3")


def test_a_static_parameter_waits_for_a_start_since_aws_refuses_it_otherwise(growth: Recorded) -> None:
    group = growth.named("database-parameters", "aws:rds/clusterParameterGroup:ClusterParameterGroup")
    waiting = [one["name"] for one in group["parameters"] if one["applyMethod"] == "pending-reboot"]
    assert waiting == ["tls_version"]


def test_who_came_and_who_changed_rights_is_audited_but_no_query_with_its_data(growth: Recorded) -> None:
    group = growth.named("database-parameters", "aws:rds/clusterParameterGroup:ClusterParameterGroup")
    parameters = {one["name"]: one["value"] for one in group["parameters"]}
    assert parameters["server_audit_logging"] == "1"
    assert parameters["server_audit_events"] == "CONNECT,QUERY_DCL,QUERY_DDL"
    assert (parameters["slow_query_log"], parameters["long_query_time"]) == ("1", "0.5")


def test_every_log_has_its_encrypted_group_before_the_cluster_is_there(
    growth: Recorded, cluster: Mapping[str, Any]
) -> None:
    groups = {one.name: one for one in growth.of_type("aws:cloudwatch/logGroup:LogGroup")}
    assert sorted(one["name"] for one in groups.values()) == [
        f"/aws/rds/cluster/startup-platform-dev-database/{log}" for log in ("audit", "error", "slowquery")
    ]
    assert {(one["kmsKeyId"], int(one["retentionInDays"])) for one in groups.values()} == {("logs-key", 90)}
    assert cluster["enabledCloudwatchLogsExports"] == ["audit", "error", "slowquery"]
    before = {urn.rpartition("::")[2] for urn in growth.named("database-cluster", CLUSTER).dependencies}
    assert before >= set(groups)


def test_the_first_password_is_written_and_never_kept_in_the_cluster(cluster: Mapping[str, Any]) -> None:
    assert "masterPassword" not in cluster
    assert "manageMasterUserPassword" not in cluster  # it would rule out a Global Database
    assert (rpc.unwrap_rpc_secret(cluster["masterPasswordWo"]), int(cluster["masterPasswordWoVersion"])) == ("drawn", 1)
    assert cluster["iamDatabaseAuthenticationEnabled"] is True


def test_any_second_of_the_days_that_the_phase_says_can_be_brought_back(cluster: Mapping[str, Any]) -> None:
    assert int(cluster["backupRetentionPeriod"]) == 14
    assert (cluster["skipFinalSnapshot"], cluster["copyTagsToSnapshot"]) == (False, True)
    assert (cluster["preferredBackupWindow"], cluster["preferredMaintenanceWindow"]) == (
        "17:00-18:00",
        "sat:18:30-sat:19:30",
    )


def test_what_a_phase_changes_is_instances_and_never_the_cluster() -> None:
    mvp, growth = (database(size(phase)) for phase in (PhaseName.MVP, PhaseName.GROWTH))
    assert instances(mvp) == {"database-0": "db.serverless", "database-1": "db.serverless"}
    assert instances(growth) == {"database-0": "db.r7g.large", "database-1": "db.r7g.large"}
    before, after = (dict(run.named("database-cluster", CLUSTER).inputs) for run in (mvp, growth))
    assert {key for key in {**before, **after} if before.get(key) != after.get(key)} == {
        "backupRetentionPeriod",
        "databaseInsightsMode",
        "performanceInsightsRetentionPeriod",
        "serverlessv2ScalingConfiguration",
    }


def test_a_serverless_instance_can_join_in_every_phase() -> None:
    for phase in PhaseName:
        cluster = database(size(phase)).named("database-cluster", CLUSTER)
        assert cluster["engineMode"] == "provisioned"
        assert cluster["serverlessv2ScalingConfiguration"]["maxCapacity"] == PHASES[phase].sizes.database.acu_max


def test_only_a_capacity_of_zero_pauses() -> None:
    def scaling(acu_min: float) -> dict[str, Any]:
        run = database(size(PhaseName.MVP, acu_min=acu_min))
        return run.named("database-cluster", CLUSTER)["serverlessv2ScalingConfiguration"]

    assert scaling(0) == {"minCapacity": 0, "maxCapacity": 4, "secondsUntilAutoPause": 1800}
    assert scaling(0.5) == {"minCapacity": 0.5, "maxCapacity": 4}


def test_instances_stand_in_zones_of_their_own_and_take_over_in_order() -> None:
    run = database(size(PhaseName.SCALEUP))
    assert {one.name: (one["availabilityZone"], int(one["promotionTier"])) for one in run.of_type(INSTANCE)} == {
        "database-0": ("ap-northeast-2a", 0),
        "database-1": ("ap-northeast-2b", 1),
        "database-2": ("ap-northeast-2c", 2),
    }
    assert not any(one["publiclyAccessible"] for one in run.of_type(INSTANCE))


def test_minor_versions_come_by_themselves_unless_another_region_must_go_first() -> None:
    alone = database(size(PhaseName.SCALEUP))
    together = database(size(PhaseName.GLOBAL), is_global=True)
    assert all(one["autoMinorVersionUpgrade"] for one in alone.of_type(INSTANCE))
    assert not any(one["autoMinorVersionUpgrade"] for one in together.of_type(INSTANCE))
    for run in (alone, together):
        assert run.named("database-cluster", CLUSTER).ignores == [
            "engineVersion",
            "globalClusterIdentifier",
            "replicationSourceIdentifier",
        ]


def test_a_global_database_is_made_from_the_cluster_that_is_there() -> None:
    assert not database(size(PhaseName.SCALEUP)).of_type("aws:rds/globalCluster:GlobalCluster")
    run = database(size(PhaseName.GLOBAL), is_global=True)
    (made,) = run.of_type("aws:rds/globalCluster:GlobalCluster")
    assert made["sourceDbClusterIdentifier"] == "arn:mock:database-cluster"
    assert (made.get("engine"), made["deletionProtection"], made.protect) == (None, True, True)


@pytest.mark.parametrize(
    ("instance_class", "mode", "days"),
    [("db.serverless", "standard", 7), ("db.t4g.medium", "standard", 7), ("db.r7g.large", "advanced", 465)],
)
def test_a_class_chosen_for_load_pays_for_what_explains_it(instance_class: str, mode: str, days: int) -> None:
    cluster = database(size(PhaseName.GROWTH, instance_class=instance_class)).named("database-cluster", CLUSTER)
    assert cluster["databaseInsightsMode"] == mode
    assert int(cluster["performanceInsightsRetentionPeriod"]) == days


def test_only_named_callers_come_in_and_nothing_goes_out(growth: Recorded) -> None:
    (into,), (out,) = growth.of_type(INGRESS), growth.of_type(EGRESS)
    for line in (into, out):
        assert (line["ipProtocol"], int(line["fromPort"]), int(line["toPort"])) == ("tcp", 3306, 3306)
        assert "cidrIpv4" not in line.inputs
    assert (into["securityGroupId"], into["referencedSecurityGroupId"]) == ("database-group-id", "sg-workloads")
    assert (out["securityGroupId"], out["referencedSecurityGroupId"]) == ("sg-workloads", "database-group-id")


def test_what_holds_data_is_protected_where_the_stage_says_so(growth: Recorded) -> None:
    open_run = database(size(PhaseName.GROWTH), destroy_protection=False)
    assert not any(one.protect for one in open_run.registrations)
    assert open_run.named("database-cluster", CLUSTER)["deletionProtection"] is False
    assert {one.name for one in growth.registrations if one.protect} == {
        "database-cluster",
        "database-audit-log",
        "database-error-log",
        "database-slowquery-log",
    }
    assert growth.named("database-cluster", CLUSTER)["deletionProtection"] is True


def test_cpu_above_80_percent_for_ten_minutes_tells_the_topic(growth: Recorded) -> None:
    alarm = growth.named("database-writer-cpu", ALARM)
    (query,) = alarm["metricQueries"]
    assert query["metric"]["metricName"] == "CPUUtilization"
    assert query["metric"]["dimensions"] == {"DBClusterIdentifier": "startup-platform-dev-database", "Role": "WRITER"}
    assert (alarm["comparisonOperator"], int(alarm["threshold"])) == ("GreaterThanThreshold", 80)
    assert int(alarm["evaluationPeriods"]) * int(query["metric"]["period"]) == 600
    assert (alarm["alarmActions"], alarm["okActions"]) == (["alarms"], ["alarms"])


def test_readers_are_watched_where_there_are_any(growth: Recorded) -> None:
    alone = database(size(PhaseName.MVP, readers=0))
    assert {one.name for one in alone.of_type(ALARM)} == {
        "database-writer-cpu",
        "database-writer-memory",
        "database-writer-connections",
    }
    assert {one.name for one in growth.of_type(ALARM)} == {
        "database-writer-cpu",
        "database-writer-memory",
        "database-writer-connections",
        "database-reader-cpu",
        "database-reader-memory",
        "database-reader-connections",
        "database-reader-lag",
    }


def test_low_memory_is_an_alarm_below_its_threshold(growth: Recorded) -> None:
    alarm = growth.named("database-writer-memory", ALARM)
    assert (alarm["comparisonOperator"], int(alarm["threshold"])) == ("LessThanThreshold", 256 * 1024 * 1024)


@pytest.mark.parametrize(
    ("otherwise", "taken"),
    [
        ({"instance_class": "db.serverless", "acu_max": 1}, 90),
        ({"instance_class": "db.serverless", "acu_max": 4}, 135),
        ({"instance_class": "db.serverless", "acu_max": 7.5}, 135),
        ({"instance_class": "db.serverless", "acu_max": 256}, 5000),
        ({"instance_class": "db.t4g.large"}, 135),
        ({"instance_class": "db.r7g.large"}, 1000),
        ({"instance_class": "db.r7g.2xlarge"}, 3000),
        ({"instance_class": "db.r9g.96xlarge"}, 1000),  # too early is better than never
    ],
)
def test_more_than_80_percent_of_the_connections_that_an_instance_takes_tell_the_topic(
    otherwise: Mapping[str, Any], taken: int
) -> None:
    run = database(size(PhaseName.GROWTH, **otherwise))
    for role in ("writer", "reader"):
        alarm = run.named(f"database-{role}-connections", ALARM)
        (query,) = alarm["metricQueries"]
        assert (query["metric"]["metricName"], query["metric"]["stat"]) == ("DatabaseConnections", "Maximum")
        assert query["metric"]["dimensions"]["Role"] == role.upper()
        assert (alarm["comparisonOperator"], float(alarm["threshold"])) == ("GreaterThanThreshold", taken * 0.8)
        assert int(alarm["evaluationPeriods"]) * int(query["metric"]["period"]) == 600
        assert alarm["alarmActions"] == ["alarms"]


def test_a_second_regions_cluster_joins_without_a_master_under_its_own_key_and_passes_writes_on() -> None:
    run = joined(size(PhaseName.GLOBAL))
    assert run.of_type("aws:rds/globalCluster:GlobalCluster") == []
    cluster = run.named("database-cluster", CLUSTER)
    assert cluster["globalClusterIdentifier"] == "startup-platform-dev-database"
    assert not {name for name in cluster.inputs if name.startswith(("master", "manageMaster"))}
    assert (cluster["kmsKeyId"], cluster["storageEncrypted"]) == ("their-data-key", True)
    assert (cluster["sourceRegion"], cluster["enableGlobalWriteForwarding"]) == ("ap-northeast-2", True)
    # AWS refuses a member of another version, and the writer's may have been raised since it was made.
    assert cluster["engineVersion"] == "8.4.mysql_aurora.8.4.8"
    assert {"replicationSourceIdentifier", "globalClusterIdentifier"} <= set(cluster.ignores)
    assert (cluster.protect, cluster["deletionProtection"]) == (True, True)


def test_where_the_writer_is_nothing_is_passed_on_and_nothing_joined(cluster: Mapping[str, Any]) -> None:
    assert not {"enableGlobalWriteForwarding", "globalClusterIdentifier", "sourceRegion"} & set(cluster)


@pytest.mark.parametrize(("readers", "members"), [(0, 1), (1, 1), (2, 2)])
def test_the_region_that_reads_has_as_many_instances_as_the_writer_has_readers_and_never_none(
    readers: int, members: int
) -> None:
    run = joined(size(PhaseName.GLOBAL, readers=readers))
    assert len(instances(run)) == members
    assert not any(one["autoMinorVersionUpgrade"] for one in run.of_type(INSTANCE))
    assert {one["availabilityZone"][:-1] for one in run.of_type(INSTANCE)} == {"ap-southeast-1"}


def test_a_copy_that_is_far_behind_the_other_region_tells_its_own_regions_topic() -> None:
    run = joined(size(PhaseName.GLOBAL))
    alarm = run.named("database-remote-lag", ALARM)
    (query,) = alarm["metricQueries"]
    assert (query["metric"]["namespace"], query["metric"]["metricName"]) == ("AWS/RDS", "AuroraGlobalDBReplicationLag")
    assert query["metric"]["dimensions"] == {"DBClusterIdentifier": "startup-platform-dev-database"}
    assert (alarm["comparisonOperator"], int(alarm["threshold"])) == ("GreaterThanThreshold", 5000)
    assert int(alarm["evaluationPeriods"]) * int(query["metric"]["period"]) == 300
    assert alarm["alarmActions"] == ["their-alarms"]
    # The writer's are there before it is one: on the day it takes over nobody has to deploy them.
    assert {"database-writer-cpu", "database-reader-cpu"} <= {one.name for one in run.of_type(ALARM)}
