"""What must be so before the next step: nothing is wrong, copies are near, somebody answers. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol

from ops.growth.cloud import Cloud, Seen

MINUTES_OF_LAG = 5  # that a measurement may be old
LAG_MILLISECONDS = 100  # Aurora's usual is below that
# Of the other region: its usual is below a second (docs/adr/0022), and what it is behind a lost region takes with it.
REMOTE_LAG_MILLISECONDS = 1000


class Check(Protocol):
    """One look."""

    told_by_sandbox: ClassVar[bool]  # False where the sandbox has nothing to look at

    def look(self, at: Cloud) -> Seen:
        """See whether it is so."""
        ...


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """No alarm that tells the stage's topic is on."""

    told_by_sandbox: ClassVar[bool] = True

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        topic = at.contract()["alarm_topic_arn"]
        pages = at.client("cloudwatch").get_paginator("describe_alarms").paginate(StateValue="ALARM")
        loud = sorted(
            each["AlarmName"]
            for page in pages
            for each in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", []))
            if topic in each["AlarmActions"]
        )
        if loud:
            return Seen(done=False, says=f"in alarm: {', '.join(loud)}")
        return Seen(done=True, says="no alarm is on")


@dataclass(frozen=True, kw_only=True)
class ReadersNear:
    """No reader is far behind the writer, so that one can take over without waiting."""

    told_by_sandbox: ClassVar[bool] = False

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        dimensions = {"DBClusterIdentifier": at.database, "Role": "READER"}
        return _lag(at, "AuroraReplicaLag", dimensions, region=at.scope.region, below=LAG_MILLISECONDS)


@dataclass(frozen=True, kw_only=True)
class OtherRegionNear:
    """The other region's copy is not far behind."""

    told_by_sandbox: ClassVar[bool] = False

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        dimensions = {"DBClusterIdentifier": at.database}
        return _lag(
            at, "AuroraGlobalDBReplicationLag", dimensions, region=at.other_region, below=REMOTE_LAG_MILLISECONDS
        )


def _lag(at: Cloud, metric: str, dimensions: Mapping[str, str], *, region: str, below: int) -> Seen:
    now = datetime.now(UTC)
    points = at.client("cloudwatch", region).get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=MINUTES_OF_LAG),
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    if not points:
        return Seen(done=False, says=f"{metric} has no value of the last {MINUTES_OF_LAG} minutes")
    worst = max(float(each["Maximum"]) for each in points)
    return Seen(done=worst < below, says=f"{metric} was at most {worst:.0f} ms; below {below} is wanted")


@dataclass(frozen=True, kw_only=True)
class ClusterAnswers:
    """The load balancer finds so many pods of the cluster healthy, and none that is not."""

    told_by_sandbox: ClassVar[bool] = False
    at_least: int

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        group = at.contract()["cluster_target_group_arn"]
        found = at.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        states = [each["TargetHealth"]["State"] for each in found if each["TargetHealth"]["State"] != "draining"]
        healthy = states.count("healthy")
        done = healthy >= self.at_least and healthy == len(states)
        return Seen(
            done=done, says=f"{healthy} of {len(states)} targets in the cluster are healthy; {self.at_least} are wanted"
        )


@dataclass(frozen=True, kw_only=True)
class SecondRegionJoined:
    """Database, sessions and the master's secret are in both regions, and replicate."""

    told_by_sandbox: ClassVar[bool] = False

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        missing = [*self._database(at), *self._sessions(at), *self._secret(at)]
        if missing:
            return Seen(done=False, says="; ".join(missing))
        return Seen(done=True, says=f"database, sessions and secret replicate to {at.other_region}")

    def _database(self, at: Cloud) -> list[str]:
        rds = at.client("rds")
        (together,) = rds.describe_global_clusters(GlobalClusterIdentifier=at.database)["GlobalClusters"]
        others = [each for each in together["GlobalClusterMembers"] if not each["IsWriter"]]
        if not others:
            return ["the Global Database has no member in another region yet"]
        return [
            f"{each['DBClusterArn']} is {each.get('SynchronizationStatus')}, and its forwarding of writes is "
            f"{each.get('GlobalWriteForwardingStatus')}"
            for each in others
            if (each.get("SynchronizationStatus"), each.get("GlobalWriteForwardingStatus")) != ("connected", "enabled")
        ]

    def _sessions(self, at: Cloud) -> list[str]:
        name = at.contract()["sessions_table"]
        replicas: list[Mapping[str, Any]] = (
            at.client("dynamodb").describe_table(TableName=name)["Table"].get("Replicas", [])
        )
        status = {each["RegionName"]: each["ReplicaStatus"] for each in replicas}.get(at.other_region, "missing")
        return [] if status == "ACTIVE" else [f"the replica of {name} is {status}"]

    def _secret(self, at: Cloud) -> list[str]:
        arn = at.contract()["database_secret_arn"]
        found = at.client("secretsmanager").describe_secret(SecretId=arn).get("ReplicationStatus", [])
        status = {each["Region"]: each["Status"] for each in found}.get(at.other_region, "missing")
        return [] if status == "InSync" else [f"the replica of the master's secret is {status}"]
