"""When a database cluster tells somebody (REQ-O4), as data. Pure."""

from collections.abc import Mapping

from components.operations.alarms import Alarm, Metric, Statistic
from components.sizes import SERVERLESS, DatabaseSize

CPU_PERCENT, CPU_MINUTES = 80, 10  # REQ-O4
LAG_MILLISECONDS = 1000  # Aurora's usual is below 100
# Of the other region: its usual is below a second, and what it is behind is what a lost region takes with it.
REMOTE_LAG_MILLISECONDS, REMOTE_LAG_MINUTES = 5000, 5
FREE_BYTES = 256 * 2**20

CONNECTIONS_PERCENT, CONNECTIONS_MINUTES = 80, 10  # of what an instance takes; one more than all is refused
# How many that is, of Aurora's own `max_connections`, which our parameters leave as it is. Serverless: by the largest
# capacity, whatever the capacity is now.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
CONNECTIONS_OF_ACU: Mapping[float, int] = {
    1: 90, 4: 135, 8: 1000, 16: 2000, 32: 3000, 64: 4000, 128: 5000
}  # fmt: skip
CONNECTIONS_OF_CLASS: Mapping[str, int] = {
    "large": 1000, "xlarge": 2000, "2xlarge": 3000, "4xlarge": 4000, "8xlarge": 5000, "12xlarge": 6000,
    "16xlarge": 6000, "24xlarge": 7000,
}  # fmt: skip
CONNECTIONS_OF_BURSTABLE: Mapping[str, int] = {"medium": 90, "large": 135}


def connections(size: DatabaseSize) -> int:
    """How many connections an instance takes at once; of a class that no list has, the fewest of its kind."""
    if size.instance_class == SERVERLESS:
        return max(taken for acu, taken in CONNECTIONS_OF_ACU.items() if acu <= size.acu_max)
    _, family, title = size.instance_class.split(".")
    listed = CONNECTIONS_OF_BURSTABLE if family.startswith("t") else CONNECTIONS_OF_CLASS
    return listed.get(title, min(listed.values()))


def of_the_writers_cluster(cluster: str, size: DatabaseSize, *, readers: int) -> Mapping[str, Alarm]:
    """Three of each role, by the cluster's metrics: instances change places, and roles stay."""
    alarms = _of_role(cluster, "writer", size)
    if not readers:
        return alarms
    behind = Alarm(
        says=f"{cluster}: a reader is more than {LAG_MILLISECONDS} ms behind for 5 minutes",
        metrics=_metric(cluster, "reader", "AuroraReplicaLag", "Maximum"),
        above=LAG_MILLISECONDS,
        minutes=5,
    )
    return {**alarms, **_of_role(cluster, "reader", size), "reader-lag": behind}


def of_a_copy(cluster: str, size: DatabaseSize) -> Mapping[str, Alarm]:
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
    return {**_of_role(cluster, "writer", size), **_of_role(cluster, "reader", size), "remote-lag": behind}


def _of_role(cluster: str, role: str, size: DatabaseSize) -> Mapping[str, Alarm]:
    taken = connections(size)
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
        f"{role}-connections": Alarm(
            says=f"{cluster}: a {role} has more than {CONNECTIONS_PERCENT} % of the {taken} connections it takes "
            f"for {CONNECTIONS_MINUTES} minutes",
            metrics=_metric(cluster, role, "DatabaseConnections", "Maximum"),
            above=taken * CONNECTIONS_PERCENT / 100,
            minutes=CONNECTIONS_MINUTES,
        ),
    }


def _metric(cluster: str, role: str, name: str, statistic: Statistic) -> Mapping[str, Metric]:
    dimensions = {"DBClusterIdentifier": cluster, "Role": role.upper()}
    return {"measured": Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, statistic=statistic)}
