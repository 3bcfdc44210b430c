"""When a database cluster tells somebody (REQ-O4), as data. Pure."""

from collections.abc import Mapping

from components.operations.alarms import Alarm, Metric, Statistic

CPU_PERCENT, CPU_MINUTES = 80, 10  # REQ-O4
LAG_MILLISECONDS = 1000  # Aurora's usual is below 100
# Of the other region: its usual is below a second, and what it is behind is what a lost region takes with it.
REMOTE_LAG_MILLISECONDS, REMOTE_LAG_MINUTES = 5000, 5
FREE_BYTES = 256 * 2**20


def of_the_writers_cluster(cluster: str, *, readers: int) -> Mapping[str, Alarm]:
    """Two of each role, by the cluster's metrics: instances change places, and roles stay."""
    alarms = _of_role(cluster, "writer")
    if not readers:
        return alarms
    behind = Alarm(
        says=f"{cluster}: a reader is more than {LAG_MILLISECONDS} ms behind for 5 minutes",
        metrics=_metric(cluster, "reader", "AuroraReplicaLag", "Maximum"),
        above=LAG_MILLISECONDS,
        minutes=5,
    )
    return {**alarms, **_of_role(cluster, "reader"), "reader-lag": behind}


def of_a_copy(cluster: str) -> Mapping[str, Alarm]:
    """What it is behind is behind another region. It has a writer, and its metrics, from the day it takes over."""
    lag = Metric(
        namespace="AWS/RDS",
        name="AuroraGlobalDBReplicationLag",
        dimensions={"DBClusterIdentifier": cluster},
        statistic="Maximum",
    )
    behind = Alarm(
        says=f"{cluster}: more than {REMOTE_LAG_MILLISECONDS} ms behind the other region for "
        f"{REMOTE_LAG_MINUTES} minutes",
        metrics={"measured": lag},
        above=REMOTE_LAG_MILLISECONDS,
        minutes=REMOTE_LAG_MINUTES,
    )
    return {**_of_role(cluster, "writer"), **_of_role(cluster, "reader"), "remote-lag": behind}


def _of_role(cluster: str, role: str) -> Mapping[str, Alarm]:
    return {
        f"{role}-cpu": Alarm(
            says=f"{cluster}: a {role}'s CPU is above {CPU_PERCENT} % for {CPU_MINUTES} minutes",
            metrics=_metric(cluster, role, "CPUUtilization", "Maximum"),
            above=CPU_PERCENT,
            minutes=CPU_MINUTES,
        ),
        f"{role}-memory": Alarm(
            says=f"{cluster}: a {role} has less than {FREE_BYTES // 2**20} MiB of memory left for 10 minutes",
            metrics=_metric(cluster, role, "FreeableMemory", "Minimum"),
            below=FREE_BYTES,
            minutes=10,
        ),
    }


def _metric(cluster: str, role: str, name: str, statistic: Statistic) -> Mapping[str, Metric]:
    dimensions = {"DBClusterIdentifier": cluster, "Role": role.upper()}
    return {"measured": Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, statistic=statistic)}
