"""Cache tier: one Valkey replication group (REQ-S6, REQ-X1, REQ-X2, REQ-X6), TLS on port 6379 only (REQ-A1).

Cluster mode is on from the first day with one shard, so that growing is a number and never a new cache. It holds
sessions, answers worth keeping for a minute, and counters: when memory runs out, what would expire next goes first, so
that a session of hours outlives answers of seconds, and an alarm says that anything went at all.

A client shows no password: it shows an IAM token of its role, and is held to what an application needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data.cache_rights import rights
from components.foundation.acls import REDIS_PORT
from components.foundation.passage import guarded_group
from components.naming import Scope
from components.operations.alarms import Alarm, Metric, Statistic, raise_alarm
from components.sizes import CacheSize

APPLICATION = "cache"
ENGINE = "valkey"
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
ENGINE_VERSION = "8.2"
FAMILY = "valkey8"
LOGS = ("slow-log", "engine-log")
PARAMETERS: Mapping[str, str] = {
    "cluster-enabled": "yes",
    "maxmemory-policy": "volatile-ttl",
    "slowlog-log-slower-than": "10000",  # microseconds
}

# UTC; 02:00 to 03:00 and Sunday 04:30 to 05:30 in Korea, after the database's
SNAPSHOT_WINDOW = "17:00-18:00"
MAINTENANCE_WINDOW = "sat:19:30-sat:20:30"

MISS_PERCENT, MISS_MINUTES = 30, 10  # REQ-O4
JUDGED_READS = 100  # a minute; the misses of fewer reads say nothing
# A goal, not an outage: judged by the hour, so that a cache that was emptied has time to fill.
HIT_PERCENT, HIT_MINUTES = 85, 60  # REQ-X6
MEMORY_PERCENT = 80
LAG_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """Where the cache stands, how large it is, who may call it, and what protects it."""

    scope: Scope
    size: CacheSize
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # of data subnets, one a zone
    callers: Mapping[str, pulumi.Input[str]]  # who -> id of their security group
    default_password: pulumi.Input[str]  # a seed, of the user that cannot log in
    key_arn: pulumi.Input[str]  # the data key
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arn: pulumi.Input[str]
    destroy_protection: bool


class Cache(pulumi.ComponentResource):
    """A replication group, its one user, its logs and its alarms."""

    cache_id: str
    cache_arn: str  # with that of the user, what the right to connect names
    user_arn: str
    user_name: str
    user_group_id: str
    endpoint: pulumi.Output[str]  # where a cluster client begins, no port
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Cache", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED, name=args.scope.name("cache"))
        self.cache_id = args.scope.name("cache")
        self.cache_arn = args.scope.arn("elasticache", f"replicationgroup:{self.cache_id}")
        self.user_name = args.scope.name("application")
        self.user_arn = args.scope.arn("elasticache", f"user:{self.user_name}")
        self.user_group_id = self.cache_id

        security_group = guarded_group(
            name,
            vpc_id=args.vpc_id,
            description="The cache: Valkey from named callers, and nothing out",
            callers=args.callers,
            port=REDIS_PORT,
            tags=self._tags,
            opts=self._child,
        )
        group = self._replication_group(security_group)
        self._alarms()
        self.endpoint = group.configuration_endpoint_address
        self.security_group_id = security_group.id
        self.register_outputs({"endpoint": self.endpoint})

    def _replication_group(self, security_group: aws.ec2.SecurityGroup) -> aws.elasticache.ReplicationGroup:
        args, size = self._args, self._args.size
        subnets = aws.elasticache.SubnetGroup(
            f"{self._name}-subnets", subnet_ids=args.subnet_ids, tags=self._tags, opts=self._child
        )
        parameters = aws.elasticache.ParameterGroup(
            f"{self._name}-parameters",
            family=FAMILY,
            description="Cluster mode; what expires next is evicted first",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(name=key, value=value) for key, value in PARAMETERS.items()
            ],
            tags=self._tags,
            opts=self._child,
        )
        deliveries, delivered = self._log_deliveries()
        return aws.elasticache.ReplicationGroup(
            f"{self._name}-group",
            replication_group_id=self.cache_id,
            description="Sessions, hot reads, rate limits",
            engine=ENGINE,
            engine_version=ENGINE_VERSION,
            node_type=size.node_type,
            cluster_mode="enabled",
            num_node_groups=size.shards,
            replicas_per_node_group=size.replicas,
            automatic_failover_enabled=True,  # cluster mode demands it, even where there is nobody to take over
            multi_az_enabled=size.replicas > 0,
            port=REDIS_PORT,
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name,
            security_group_ids=[security_group.id],
            user_group_ids=[self._users().user_group_id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auto_minor_version_upgrade=True,
            maintenance_window=MAINTENANCE_WINDOW,
            snapshot_retention_limit=size.snapshot_retention_days,
            snapshot_window=SNAPSHOT_WINDOW,
            final_snapshot_identifier=f"{self.cache_id}-final",
            log_delivery_configurations=deliveries,
            tags=self._tags,
            # The version is where a new cache starts; AWS raises it, and to lower it again would be another cache.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.destroy_protection,
                ignore_changes=["engineVersion"],
                depends_on=[delivered],
            ),
        )

    def _users(self) -> aws.elasticache.UserGroup:
        """One user that logs in by IAM, and a default user that cannot log in and may do nothing.

        Whoever names no user is the default one, so it is taken over. It must have a password to be in a group of
        Valkey; nobody needs to know it.
        """
        default = aws.elasticache.User(
            f"{self._name}-default",
            engine=ENGINE,
            user_id=self._args.scope.name("default"),
            user_name="default",
            access_string="off -@all",
            passwords_wo=self._args.default_password,
            passwords_wo_version=1,
            tags=self._tags,
            opts=self._child,
        )
        user = aws.elasticache.User(
            f"{self._name}-application",
            engine=ENGINE,
            user_id=self.user_name,  # IAM wants both alike
            user_name=self.user_name,
            access_string=rights(),
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
            tags=self._tags,
            opts=self._child,
        )
        return aws.elasticache.UserGroup(
            f"{self._name}-users",
            engine=ENGINE,
            user_group_id=self.user_group_id,
            user_ids=[default.user_id, user.user_id],
            tags=self._tags,
            # These two to begin with; the users of services join it from their own stacks.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["userIds"]),
        )

    def _log_deliveries(
        self,
    ) -> tuple[list[aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs], aws.cloudwatch.LogResourcePolicy]:
        """Two logs, and the right of AWS's log delivery to write to these two, which must be there first."""
        scope = self._args.scope
        names = {log: scope.path("cache", log) for log in LOGS}
        delivered = aws.cloudwatch.LogResourcePolicy(
            f"{self._name}-logs",
            policy_name=scope.name("cache-logs"),
            policy_document=iam.document(
                iam.Statement(
                    sid="DeliveredForThisAccount",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[scope.arn("logs", f"log-group:{name}:log-stream:*") for name in names.values()],
                    principal={"Service": "delivery.logs.amazonaws.com"},
                    condition={
                        "StringEquals": {"aws:SourceAccount": scope.account_id},
                        "ArnLike": {"aws:SourceArn": scope.arn("logs", "*")},
                    },
                )
            ),
            opts=self._child,
        )
        deliveries = [
            aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                destination=aws.cloudwatch.LogGroup(
                    f"{self._name}-{log}",
                    name=name,
                    retention_in_days=self._args.log_retention_days,
                    kms_key_id=self._args.logs_key_arn,
                    tags=self._tags,
                    opts=self._child,
                ).name,
                destination_type="cloudwatch-logs",
                log_format="json",
                log_type=log,
            )
            for log, name in names.items()
        ]
        return deliveries, delivered

    def _alarms(self) -> None:
        """Of every node: which of them is the primary changes."""
        size = self._args.size
        for member, (shard, node) in node_names(self.cache_id, size).items():
            for key, alarm in _alarms(member, has_replicas=size.replicas > 0).items():
                raise_alarm(
                    f"{self._name}-{shard}-{node}-{key}",
                    alarm,
                    tell=self._args.alarm_topic_arn,
                    tags=self._tags,
                    opts=self._child,
                )


def node_names(cache_id: str, size: CacheSize) -> Mapping[str, tuple[int, int]]:
    """As ElastiCache names the nodes of a group in cluster mode: name -> shard and node, from 1."""
    places = [(shard, node) for shard in range(1, 1 + size.shards) for node in range(1, 2 + size.replicas)]
    return {f"{cache_id}-{shard:04}-{node:03}": (shard, node) for shard, node in places}


def _alarms(node: str, *, has_replicas: bool) -> Mapping[str, Alarm]:
    reads = {**_metric("hits", node, "CacheHits", "Sum"), **_metric("misses", node, "CacheMisses", "Sum")}
    alarms = {
        "misses": Alarm(
            says=f"{node}: more than {MISS_PERCENT} % of reads miss for {MISS_MINUTES} minutes",
            metrics=reads,
            expression=f"IF(hits + misses >= {JUDGED_READS}, 100 * misses / (hits + misses), 0)",
            above=MISS_PERCENT,
            minutes=MISS_MINUTES,
        ),
        "hits": Alarm(
            says=f"{node}: fewer than {HIT_PERCENT} % of an hour's reads hit; look at what is cached and for how long",
            metrics=reads,
            expression=f"IF(hits + misses >= {JUDGED_READS * HIT_MINUTES}, 100 * hits / (hits + misses), 100)",
            below=HIT_PERCENT,
            minutes=HIT_MINUTES,
            period_seconds=HIT_MINUTES * 60,
        ),
        "memory": Alarm(
            says=f"{node}: more than {MEMORY_PERCENT} % of memory is taken for 10 minutes",
            metrics=_metric("taken", node, "DatabaseMemoryUsagePercentage", "Maximum"),
            above=MEMORY_PERCENT,
            minutes=10,
        ),
        "evictions": Alarm(
            says=f"{node}: keys were evicted before they expired, sessions perhaps among them",
            metrics=_metric("evicted", node, "Evictions", "Sum"),
            above=0,
            minutes=1,
        ),
    }
    if has_replicas:
        alarms["lag"] = Alarm(
            says=f"{node}: more than {LAG_SECONDS} s behind its primary for 5 minutes",
            metrics=_metric("behind", node, "ReplicationLag", "Maximum"),
            above=LAG_SECONDS,
            minutes=5,
        )
    return alarms


def _metric(key: str, node: str, name: str, statistic: Statistic) -> Mapping[str, Metric]:
    dimensions = {"CacheClusterId": node}
    return {key: Metric(namespace="AWS/ElastiCache", name=name, dimensions=dimensions, statistic=statistic)}
