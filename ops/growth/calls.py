"""What only an API call does: instances of the database change places, requests move from instances to the cluster.

The program describes what there is, not who of a database's instances writes, nor a share of requests that is tried for
half an hour. Each call can be looked at, done, waited for and undone; doing it twice is doing it once, so that a run
that was cut off anywhere goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from ops.growth.cloud import Cloud, Seen


class Call(Protocol):
    """One call, with a look at what it is for."""

    repeats: ClassVar[bool]  # whether it has parts, so that it is begun again while one waits

    def look(self, at: Cloud) -> Seen:
        """See whether what it is for is so."""
        ...

    def do(self, at: Cloud) -> None:
        """Begin it, or begin its next part; nothing where a part is under way."""
        ...

    def undone(self) -> "Call":
        """Return the call that takes it back."""
        ...


class Who(StrEnum):
    """Instances of the database, by what they are at that moment."""

    READERS = "readers"
    EVERYBODY = "everybody"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One instance of a database cluster."""

    identifier: str
    writes: bool
    instance_class: str
    available: bool
    tier: int  # of the failover order; the lowest first


def members(at: Cloud) -> list[Member]:
    """The instances of the cluster in the stage's own region, in the order of failover."""
    rds = at.client("rds")
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=at.database)["DBClusters"]
    of_this = [{"Name": "db-cluster-id", "Values": [at.database]}]
    instances = {
        each["DBInstanceIdentifier"]: each for each in rds.describe_db_instances(Filters=of_this)["DBInstances"]
    }
    found = [
        Member(
            identifier=each["DBInstanceIdentifier"],
            writes=bool(each["IsClusterWriter"]),
            instance_class=instances[each["DBInstanceIdentifier"]]["DBInstanceClass"],
            available=instances[each["DBInstanceIdentifier"]]["DBInstanceStatus"] == "available",
            tier=int(each.get("PromotionTier") or 0),
        )
        for each in cluster["DBClusterMembers"]
    ]
    return sorted(found, key=lambda each: (each.tier, each.identifier))


@dataclass(frozen=True, kw_only=True)
class Resize:
    """Give instances their new class now instead of in the maintenance window, one after the other.

    An `up` leaves the change waiting (components/data/aurora.py), since it restarts the instance.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html
    """

    repeats: ClassVar[bool] = True
    who: Who
    becomes: str  # the class
    was: str

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        waiting = [each for each in self._meant(at) if each.instance_class != self.becomes or not each.available]
        if not waiting:
            return Seen(done=True, says=f"{self.who.value} of {at.database} are {self.becomes}")
        said = ", ".join(f"{each.identifier} ({each.instance_class})" for each in waiting)
        return Seen(done=False, says=f"not {self.becomes} yet, or restarting: {said}")

    def do(self, at: Cloud) -> None:  # noqa: D102
        meant = self._meant(at)
        if not all(each.available for each in meant):
            return
        for each in [one for one in meant if one.instance_class != self.becomes][:1]:
            at.client("rds").modify_db_instance(
                DBInstanceIdentifier=each.identifier, DBInstanceClass=self.becomes, ApplyImmediately=True
            )

    def undone(self) -> "Resize":  # noqa: D102
        return Resize(who=self.who, becomes=self.was, was=self.becomes)

    def _meant(self, at: Cloud) -> list[Member]:
        return [each for each in members(at) if self.who is Who.EVERYBODY or not each.writes]


@dataclass(frozen=True, kw_only=True)
class FailOver:
    """Make a reader that has its new class the writer.

    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
    """

    repeats: ClassVar[bool] = False
    becomes: str  # the class of who shall write
    was: str

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        writers = [each for each in members(at) if each.writes]
        done = len(writers) == 1 and writers[0].instance_class == self.becomes and writers[0].available
        said = ", ".join(f"{each.identifier} ({each.instance_class})" for each in writers) or "nobody"
        return Seen(done=done, says=f"{said} writes in {at.database}")

    def do(self, at: Cloud) -> None:
        """Begin it, if the cluster stands still and a reader can take over.

        Raises:
            LookupError: there is no reader of that class that is available.
        """
        rds = at.client("rds")
        (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=at.database)["DBClusters"]
        if cluster["Status"] != "available":
            return
        able = [
            each for each in members(at) if not each.writes and each.available and each.instance_class == self.becomes
        ]
        if not able:
            raise LookupError(f"no reader of {at.database} is an available {self.becomes}, so none can take over")
        rds.failover_db_cluster(DBClusterIdentifier=at.database, TargetDBInstanceIdentifier=able[0].identifier)

    def undone(self) -> "FailOver":  # noqa: D102
        return FailOver(becomes=self.was, was=self.becomes)


@dataclass(frozen=True, kw_only=True)
class ShiftRequests:
    """Send this share of requests to the cluster, and the rest to the instances.

    By a call and not by an `up`, since the way back then takes seconds and needs nothing but the load balancer. The
    step after the last share writes it down.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
    """

    repeats: ClassVar[bool] = False
    percent: int  # to the cluster
    was: int

    def look(self, at: Cloud) -> Seen:  # noqa: D102
        group, rule = self._rule(at)
        weights = _weights(rule)
        now = weights.get(group, 0)
        wanted = now == self.percent and sum(weights.values()) == 100
        return Seen(done=wanted, says=f"{now} % of requests go to the cluster")

    def do(self, at: Cloud) -> None:  # noqa: D102
        group, rule = self._rule(at)
        groups = [
            {"TargetGroupArn": each, "Weight": self.percent if each == group else 100 - self.percent}
            for each in _weights(rule)
        ]
        forward: dict[str, Any] = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        at.client("elbv2").modify_rule(RuleArn=rule["RuleArn"], Actions=[forward])

    def undone(self) -> "ShiftRequests":  # noqa: D102
        return ShiftRequests(percent=self.was, was=self.percent)

    def _rule(self, at: Cloud) -> tuple[str, Mapping[str, Any]]:
        """The cluster's target group, and the rule that sends requests to it."""
        group, elbv2 = str(at.contract()["cluster_target_group_arn"]), at.client("elbv2")
        (found,) = elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
        for balancer in found["LoadBalancerArns"]:
            for listener in elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
                rules: Sequence[Mapping[str, Any]] = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
                for rule in rules:
                    if len(_weights(rule)) == 2 and group in _weights(rule):
                        return group, rule
        raise LookupError(f"no rule of a load balancer has {group} beside the instances: is the stage in this phase?")


def _weights(rule: Mapping[str, Any]) -> dict[str, int]:
    forwards = [each["ForwardConfig"] for each in rule["Actions"] if "ForwardConfig" in each]
    return {
        group["TargetGroupArn"]: int(group.get("Weight") or 0)
        for forward in forwards
        for group in forward.get("TargetGroups", [])
    }
