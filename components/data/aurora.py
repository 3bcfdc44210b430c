"""Database tier: one Aurora MySQL cluster (REQ-S5, REQ-X1, REQ-R1, REQ-R2), port 3306 (REQ-A1).

What is decided on day one is the cluster; it stays through every phase. What a phase decides are its instances:
serverless ones and provisioned ones stand side by side below one cluster, so the move to provisioned (REQ-S5) changes
instances in place, and more readers (REQ-X4) are more instances. A change that restarts an instance waits for the
maintenance window.

A second region's cluster is a member of the first one's Global Database (REQ-R4, docs/adr/0022): it has no master of
its own, reads what is written there, and passes on what is written here.

The engine's version is where a new cluster starts. From then on AWS takes minor versions by itself, so the version
is left alone here; a cluster of a Global Database takes none by itself, and its secondaries go first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.data.aurora_alarms import of_a_copy, of_the_writers_cluster
from components.foundation.acls import MYSQL_PORT
from components.foundation.passage import guarded_group
from components.foundation.roles import role_with_policy
from components.naming import Scope
from components.operations.alarms import raise_alarm
from components.sizes import SERVERLESS, DatabaseSize

APPLICATION = "database"
ENGINE = aws.rds.EngineType.AURORA_MYSQL
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.MySQL84.html
ENGINE_VERSION = "8.4.mysql_aurora.8.4.7"
FAMILY = "aurora-mysql8.4"
MASTER_USERNAME = "platform"
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"  # valid until 2061
LOGS = ("audit", "error", "slowquery")

# UTC; 02:00 to 03:00 and Sunday 03:30 to 04:30 in Korea
BACKUP_WINDOW = "17:00-18:00"
MAINTENANCE_WINDOW = "sat:18:30-sat:19:30"

IDLE_SECONDS = 1800  # without a connection, until capacity 0 pauses; 300 to 86400 are possible
SLOW_SECONDS = 0.5  # more than three times the slowest p95 that we promise for a whole request (REQ-N2)
LAST_TIER = 15  # of the failover order, 0 to 15
MONITORING_SECONDS = 60  # the longest of 1, 5, 10, 15, 30, 60
# Standard keeps a week at no charge. Advanced (plans, locks, 15 months) costs per processor and hour.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.Considerations.html
STANDARD_DAYS, ADVANCED_DAYS = 7, 465

PARAMETERS: Mapping[str, str] = {
    "require_secure_transport": "ON",
    "tls_version": "TLSv1.2,TLSv1.3",
    "log_output": "FILE",  # tables cannot be exported
    "slow_query_log": "1",
    "long_query_time": str(SLOW_SECONDS),
    "server_audit_logging": "1",
    # Who came, and who changed rights or tables. Queries themselves would put personal data into logs.
    "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL",
}
STATIC = ("tls_version",)  # taken at the next start only


@dataclass(frozen=True, kw_only=True)
class GlobalDatabase:
    """A Global Database, as a cluster in another region joins it."""

    identifier: pulumi.Output[str]  # known once the first cluster is in it
    source_region: str  # where the writer is
    engine_version: pulumi.Output[str]  # that the writer has, which AWS may have raised


@dataclass(frozen=True, kw_only=True)
class AuroraArgs:
    """Where the database stands, how large it is, who may call it, and what protects it."""

    scope: Scope
    size: DatabaseSize
    members: int  # instances
    is_global: bool  # whether it is in a Global Database (REQ-R4)
    joins: GlobalDatabase | None  # the one whose writer is in another region; None where the writer is here
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # of data subnets, one a zone
    zones: Sequence[str]  # their letters
    callers: Mapping[str, pulumi.Input[str]]  # who -> id of their security group
    first_password: pulumi.Input[str] | None  # a seed, rotated away at once; a cluster that joins another has no master
    key_arn: pulumi.Input[str]  # the data key
    logs_key_arn: pulumi.Input[str]
    log_retention_days: int
    alarm_topic_arn: pulumi.Input[str]
    destroy_protection: bool


class Aurora(pulumi.ComponentResource):
    """A cluster, its instances, its logs and its alarms."""

    cluster_identifier: str
    cluster_arn: str
    log_group_names: Mapping[str, str]  # audit, error and slowquery; RDS fixes their names
    resource_id: pulumi.Output[str]  # what rights to log in by IAM name
    endpoint: pulumi.Output[str]  # of the writer, no port; known once somebody answers there
    reader_endpoint: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    subnet_group: pulumi.Output[str]  # its name, for what is brought back from a backup
    global_database: GlobalDatabase | None  # that other regions may join

    def __init__(self, name: str, args: AuroraArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Aurora", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED, name=args.scope.name("database"))
        self.cluster_identifier = args.scope.name("database")
        self.cluster_arn = args.scope.arn("rds", f"cluster:{self.cluster_identifier}")
        self.log_group_names = {log: f"/aws/rds/cluster/{self.cluster_identifier}/{log}" for log in LOGS}

        self._subnets = aws.rds.SubnetGroup(
            f"{name}-subnets", subnet_ids=args.subnet_ids, tags=self._tags, opts=self._child
        )
        self._monitoring, permission = self._monitoring_role()
        group = guarded_group(
            name,
            vpc_id=args.vpc_id,
            description="The database: MySQL from named callers, and nothing out",
            callers=args.callers,
            port=MYSQL_PORT,
            tags=self._tags,
            opts=self._child,
        )
        cluster = self._cluster(group, after=[permission, *self._log_groups()])
        instances = [self._instance(cluster, place) for place in range(args.members)]
        leads = args.is_global and args.joins is None
        self.global_database = self._global_cluster(cluster) if leads else None
        self._alarms()

        # The first one only: it is there from the first day on, so that a further one leaves all that follows alone.
        answering = instances[0].arn
        self.resource_id = cluster.cluster_resource_id
        self.endpoint = pulumi.Output.all(cluster.endpoint, answering).apply(lambda known: known[0])
        self.reader_endpoint = pulumi.Output.all(cluster.reader_endpoint, answering).apply(lambda known: known[0])
        self.security_group_id = group.id
        self.subnet_group = self._subnets.name
        self.register_outputs({"endpoint": self.endpoint, "readerEndpoint": self.reader_endpoint})

    def _cluster(self, group: aws.ec2.SecurityGroup, *, after: Sequence[pulumi.Resource]) -> aws.rds.Cluster:
        args, size, joins = self._args, self._args.size, self._args.joins
        advanced = _pays_for_insights(size)
        return aws.rds.Cluster(
            f"{self._name}-cluster",
            cluster_identifier=self.cluster_identifier,
            engine=ENGINE,
            engine_mode="provisioned",  # of serverless v2 too
            engine_version=joins.engine_version if joins else ENGINE_VERSION,
            db_cluster_parameter_group_name=self._parameters().name,
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=[group.id],
            port=MYSQL_PORT,
            global_cluster_identifier=joins.identifier if joins else None,
            source_region=joins.source_region if joins else None,  # encrypted there by another key
            enable_global_write_forwarding=True if joins else None,
            master_username=None if joins else MASTER_USERNAME,
            master_password_wo=args.first_password,
            master_password_wo_version=None if joins else 1,
            iam_database_authentication_enabled=True,
            storage_encrypted=True,
            kms_key_id=args.key_arn,
            # Here in every phase, so that a serverless instance can stand beside provisioned ones.
            serverlessv2_scaling_configuration=aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
                min_capacity=size.acu_min,
                max_capacity=size.acu_max,
                seconds_until_auto_pause=IDLE_SECONDS if size.acu_min == 0 else None,
            ),
            backup_retention_period=size.backup_retention_days,
            preferred_backup_window=BACKUP_WINDOW,
            preferred_maintenance_window=MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            deletion_protection=args.destroy_protection,
            # One name for ever: to destroy a second cluster, somebody decides what becomes of the first one's snapshot.
            skip_final_snapshot=False,
            final_snapshot_identifier=f"{self.cluster_identifier}-final",
            enabled_cloudwatch_logs_exports=LOGS,
            database_insights_mode="advanced" if advanced else "standard",
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.key_arn,
            performance_insights_retention_period=ADVANCED_DAYS if advanced else STANDARD_DAYS,
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=self._monitoring.arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.destroy_protection,
                depends_on=after,
                # What replicates from what changes with each change of roles between the regions.
                ignore_changes=["engineVersion", "globalClusterIdentifier", "replicationSourceIdentifier"],
            ),
        )

    def _parameters(self) -> aws.rds.ClusterParameterGroup:
        return aws.rds.ClusterParameterGroup(
            f"{self._name}-parameters",
            family=FAMILY,
            description="TLS only; slow queries and changes of rights and tables are logged",
            parameters=[
                aws.rds.ClusterParameterGroupParameterArgs(
                    name=key, value=value, apply_method="pending-reboot" if key in STATIC else "immediate"
                )
                for key, value in PARAMETERS.items()
            ],
            tags=self._tags,
            opts=self._child,
        )

    def _log_groups(self) -> list[aws.cloudwatch.LogGroup]:
        """Before the cluster: RDS would make them itself, without a key and for ever."""
        return [
            aws.cloudwatch.LogGroup(
                f"{self._name}-{log}-log",
                name=group_name,
                retention_in_days=self._args.log_retention_days,
                kms_key_id=self._args.logs_key_arn,
                tags=self._tags,
                opts=pulumi.ResourceOptions(parent=self, protect=self._args.destroy_protection),
            )
            for log, group_name in self.log_group_names.items()
        ]

    def _monitoring_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Reads nothing of ours: the operating system's metrics go to a log group that RDS names for the account."""
        scope = self._args.scope
        group = scope.arn("logs", "log-group:RDSOSMetrics")
        return role_with_policy(
            f"{self._name}-monitoring",
            description="Writes the database hosts' own metrics",
            trust=iam.service_trust(
                "monitoring.rds.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("rds", "*")
            ),
            policy=iam.document(
                iam.Statement(
                    sid="WriteHostMetrics",
                    actions=[
                        "logs:CreateLogGroup",
                        "logs:CreateLogStream",
                        "logs:DescribeLogStreams",
                        "logs:GetLogEvents",
                        "logs:PutLogEvents",
                        "logs:PutRetentionPolicy",
                    ],
                    resources=[group, f"{group}:*"],
                )
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _instance(self, cluster: aws.rds.Cluster, place: int) -> aws.rds.ClusterInstance:
        """Number `place` in the failover order, in a zone other than its neighbours'.

        The first two are in tiers 0 and 1, where a serverless reader keeps the writer's capacity, ready to take over.
        """
        args = self._args
        return aws.rds.ClusterInstance(
            f"{self._name}-{place}",
            identifier=f"{self.cluster_identifier}-{place}",
            cluster_identifier=cluster.id,
            engine=ENGINE,
            instance_class=args.size.instance_class,
            db_subnet_group_name=self._subnets.name,
            availability_zone=f"{args.scope.region}{args.zones[place % len(args.zones)]}",
            promotion_tier=min(place, LAST_TIER),
            publicly_accessible=False,
            ca_cert_identifier=CERTIFICATE_AUTHORITY,
            auto_minor_version_upgrade=not args.is_global,
            preferred_maintenance_window=MAINTENANCE_WINDOW,
            copy_tags_to_snapshot=True,
            monitoring_interval=MONITORING_SECONDS,
            monitoring_role_arn=self._monitoring.arn,
            tags=self._tags,
            opts=self._child,
        )

    def _global_cluster(self, cluster: aws.rds.Cluster) -> GlobalDatabase:
        """Made from the cluster that is there, which stays as it is. The cluster of the other region joins it."""
        together = aws.rds.GlobalCluster(
            f"{self._name}-global",
            global_cluster_identifier=self.cluster_identifier,
            source_db_cluster_identifier=cluster.arn,
            deletion_protection=self._args.destroy_protection,
            force_destroy=True,  # lets its members go, and deletes none of them
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._args.destroy_protection, ignore_changes=["engineVersion"]
            ),
        )
        return GlobalDatabase(
            identifier=together.id,
            source_region=self._args.scope.region,
            engine_version=cluster.engine_version_actual,
        )

    def _alarms(self) -> None:
        args = self._args
        alarms = (
            of_a_copy(self.cluster_identifier, args.size)
            if args.joins
            else of_the_writers_cluster(self.cluster_identifier, args.size, readers=args.members - 1)
        )
        for key, alarm in alarms.items():
            raise_alarm(
                f"{self._name}-{key}", alarm, tell=self._args.alarm_topic_arn, tags=self._tags, opts=self._child
            )


def _pays_for_insights(size: DatabaseSize) -> bool:
    """A class that was chosen for load pays for what explains the load; serverless and burstable ones do not."""
    return size.instance_class != SERVERLESS and not size.instance_class.startswith("db.t")
