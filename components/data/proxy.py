"""Database proxy: connections that are shared (REQ-X4, REQ-K2), TLS only, logins by IAM only.

End-to-end IAM: a client shows the proxy a token of its own, and the proxy shows the database one of its role's, for the
same database user. No password lies between them, and a service gets a database user without anybody touching the
proxy. What logs in with a password (the master) goes past it.

Before a cluster that only reads, and passes writes on to another region, the proxy's own endpoint answers nobody until
that cluster becomes the writer; everything goes through the readers' endpoint.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-gdb.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.foundation.acls import MYSQL_PORT
from components.foundation.passage import guarded_group, open_passage
from components.foundation.roles import role_with_policy
from components.naming import Scope

APPLICATION = "database"
IDLE_SECONDS = 1800  # that a client may keep a connection without using it
CONNECTIONS_PERCENT = 90  # of what the database takes; the rest is the master's, who goes past the proxy
# What the writer keeps for writes that come from another region: `aurora_fwd_writer_max_connections_pct`, its default.
FORWARDED_PERCENT = 10
# A session forwards writes once it has said how fresh its reads must be; one that must see its own write says GLOBAL.
FORWARDS = "SET aurora_replica_read_consistency = 'EVENTUAL'"
BORROW_SECONDS = 10  # that a client waits for a connection; longer than any request may take


@dataclass(frozen=True, kw_only=True)
class ProxyArgs:
    """What stands behind the proxy and who calls it."""

    scope: Scope
    cluster_identifier: str
    cluster_resource_id: pulumi.Input[str]
    reader_endpoint: pulumi.Input[str]  # known once instances answer, which the proxy waits for
    has_readers: bool
    is_global: bool  # whether the cluster is in a Global Database
    forwards_writes: bool  # whether its writer is in another region
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]  # private ones
    callers: Mapping[str, pulumi.Input[str]]  # who -> id of their security group
    database_security_group_id: pulumi.Input[str]


class Proxy(pulumi.ComponentResource):
    """One proxy: an endpoint for the writer and, where there are readers, one for them."""

    resource_id: pulumi.Output[str]  # what rights to log in by IAM name, as clients do
    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str] | None

    def __init__(self, name: str, args: ProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:data:Proxy", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(
            APPLICATION, tagging.Classification.RESTRICTED, name=args.scope.name("database-proxy")
        )
        group = self._security_group()
        role, permission = self._role()
        proxy = aws.rds.Proxy(
            f"{name}-proxy",
            name=args.scope.name("database"),
            engine_family="MYSQL",
            default_auth_scheme="IAM_AUTH",
            require_tls=True,
            role_arn=role.arn,
            idle_client_timeout=IDLE_SECONDS,
            vpc_subnet_ids=args.subnet_ids,
            vpc_security_group_ids=[group.id],
            tags=self._tags,
            opts=self._child,
        )
        targets = aws.rds.ProxyDefaultTargetGroup(
            f"{name}-targets",
            db_proxy_name=proxy.name,
            connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
                max_connections_percent=CONNECTIONS_PERCENT - (FORWARDED_PERCENT if args.is_global else 0),
                connection_borrow_timeout=BORROW_SECONDS,
                init_query=FORWARDS if args.forwards_writes else None,
            ),
            opts=self._child,
        )
        target = aws.rds.ProxyTarget(
            f"{name}-target",
            db_proxy_name=proxy.name,
            target_group_name=targets.name,
            db_cluster_identifier=pulumi.Output.from_input(args.reader_endpoint).apply(
                lambda _: args.cluster_identifier
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.resource_id = proxy.arn.apply(lambda arn: arn.rpartition(":")[2])
        self.endpoint = pulumi.Output.all(proxy.endpoint, target.id).apply(lambda known: known[0])
        self.reader_endpoint = None
        if args.has_readers:
            readers = aws.rds.ProxyEndpoint(
                f"{name}-readers",
                db_proxy_name=proxy.name,
                db_proxy_endpoint_name=args.scope.name("database-readers"),
                target_role="READ_ONLY",
                vpc_subnet_ids=args.subnet_ids,
                vpc_security_group_ids=[group.id],
                tags=self._tags,
                opts=self._child,
            )
            self.reader_endpoint = pulumi.Output.all(readers.endpoint, target.id).apply(lambda known: known[0])
        self.register_outputs({"endpoint": self.endpoint, "readerEndpoint": self.reader_endpoint})

    def _security_group(self) -> aws.ec2.SecurityGroup:
        args = self._args
        group = guarded_group(
            self._name,
            vpc_id=args.vpc_id,
            description="The proxy of the database: MySQL from named callers, and on to the database",
            callers=args.callers,
            port=MYSQL_PORT,
            tags=self._tags,
            opts=self._child,
        )
        open_passage(
            f"{self._name}-database",
            callers={"proxy": group.id},
            store=args.database_security_group_id,
            port=MYSQL_PORT,
            tags=self._tags,
            opts=self._child,
        )
        return group

    def _role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        scope = self._args.scope
        return role_with_policy(
            f"{self._name}-role",
            description="Logs in to the database as whoever has logged in to the proxy",
            trust=iam.service_trust(
                "rds.amazonaws.com", account_id=scope.account_id, source_arn=scope.arn("rds", "db-proxy:*")
            ),
            policy=pulumi.Output.from_input(self._args.cluster_resource_id).apply(
                lambda cluster: iam.document(
                    iam.Statement(
                        sid="LogInToThisDatabaseOnly",
                        actions=["rds-db:connect"],
                        resources=[scope.arn("rds-db", f"dbuser:{cluster}/*")],
                    )
                )
            ),
            tags=self._tags,
            opts=self._child,
        )
