"""What keeps data in a region: the database and who logs in to it, the cache, events and work, keys, backups.

A second region joins the first one's stores where data is the same in both (database, sessions, the master's secret),
and has its own where it is not (cache, events, work). docs/adr/0022 says what a lost region means for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components import iam
from components.contract import parameter_name
from components.data.aurora import MASTER_USERNAME, Aurora, AuroraArgs, GlobalDatabase
from components.data.cache import Cache, CacheArgs
from components.data.credentials import Credentials, CredentialsArgs, replica_of, secret_prefix
from components.data.keyvalue import KeyValue, KeyValueArgs, KeyValueReplica, KeyValueReplicaArgs
from components.data.messaging import Messaging, MessagingArgs
from components.data.proxy import Proxy, ProxyArgs
from components.data.service_schemas import ServiceSchemas, ServiceSchemasArgs
from components.foundation.encryption import Encryption
from components.foundation.network import Network
from components.foundation.seed import Seed, SeedArgs
from components.foundation.workloads import Workloads
from components.operations.alerts import Alerts
from components.operations.recovery import Recovery, RecoveryArgs
from components.platform.places import Place
from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Refuge:
    """What another region keeps of this one's data, and by which keys."""

    region: str
    key_arns: Mapping[str, pulumi.Output[str]]  # purpose -> ARN of the key there
    vault_arn: pulumi.Output[str]  # of copies of backups
    registry: pulumi.Resource  # whose repositories take copies of images


@dataclass(frozen=True, kw_only=True)
class StoresArgs:
    """What the stores of a region stand on, and which other region they have to do with."""

    settings: Settings
    place: Place
    joins: "Stores | None"  # the stores of the region where writes go; None where that is here
    refuge: Refuge | None  # None where no other region keeps anything of this one's
    encryption: Encryption
    network: Network
    workloads: Workloads
    alerts: Alerts


class Stores(pulumi.ComponentResource):
    """The data tiers of one region."""

    database_endpoint: pulumi.Output[str]  # through the proxy where there is one
    database_reader_endpoint: pulumi.Output[str]
    database_login_ids: Sequence[pulumi.Output[str]]
    database_log_groups: Mapping[str, str]  # audit, error and slowquery, by name
    database_secret_arn: pulumi.Output[str]  # of the master's secret, or its replica
    schemas_function: pulumi.Output[str] | None  # which makes schemas and users of services, where writes go
    region: str

    def __init__(self, name: str, args: StoresArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:Stores", name, None, opts)
        settings, place, network, alerts = args.settings, args.place, args.network, args.alerts
        self._settings, self._place, self._scope = settings, place, place.scope
        self.region, self._joins, self._refuge = place.scope.region, args.joins, args.refuge
        self._keys, self._network, self._alerts = args.encryption.key_arns, network, alerts
        self._child = pulumi.ResourceOptions(parent=self)
        sizes, kept = settings.growth.sizes, settings.destroy_protection
        callers = {"workloads": args.workloads.security_group_id}
        self.messaging = Messaging(
            place.named("messaging"),
            MessagingArgs(
                scope=self._scope,
                size=sizes.messaging,
                key_arn=self._keys["messaging"],
                alarm_topic_arn=alerts.topic_arn,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.database = self._database(callers)
        self.cache = Cache(
            place.named("cache"),
            CacheArgs(
                scope=self._scope,
                size=sizes.cache,
                vpc_id=network.vpc_id,
                subnet_ids=network.data_subnet_ids,
                callers=callers,
                default_password=self._seed("cache"),
                key_arn=self._keys["data"],
                logs_key_arn=self._keys["logs"],
                log_retention_days=sizes.network.flow_log_retention_days,
                alarm_topic_arn=alerts.topic_arn,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.sessions = self._sessions()
        if args.joins is None:
            self._backups(args.encryption.key_aliases["data"])
        self.register_outputs({})

    def _there(self, purpose: str) -> Mapping[str, pulumi.Output[str]]:
        """The key of a purpose in the region that keeps what this one has: region -> ARN."""
        return {self._refuge.region: self._refuge.key_arns[purpose]} if self._refuge else {}

    def _sessions(self) -> KeyValue | KeyValueReplica:
        if self._joins:
            return KeyValueReplica(
                self._place.named("sessions"),
                KeyValueReplicaArgs(scope=self._scope, table_arn=self._joins.sessions.known_arn),
                self._child,
            )
        return KeyValue(
            self._place.named("sessions"),
            KeyValueArgs(
                scope=self._scope,
                key_arn=self._keys["data"],
                replica_key_arns=self._there("data"),
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )

    def _backups(self, key_alias: str) -> None:
        """Of the writer's region: what is in the other one is a copy."""
        Recovery(
            self._place.named("recovery"),
            RecoveryArgs(
                scope=self._scope,
                cluster_arns={"database": self.database.cluster_arn},
                table_arns={"sessions": self.sessions.table_arn},
                after=[self.database.endpoint, self.sessions.known_arn],
                subnet_group=self.database.subnet_group,
                key_arn=self._keys["data"],
                key_alias=key_alias,
                copies_to={self._refuge.region: self._refuge.vault_arn} if self._refuge else {},
                stage_tags=self._settings.stage_tags,
                alarm_topic_arn=self._alerts.topic_arn,
                undelivered_arn=self.messaging.undelivered_arn,
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )

    def _seed(self, title: str) -> pulumi.Output[str]:
        return Seed(
            self._place.named(f"{title}-seed"),
            SeedArgs(scope=self._scope, path=f"{title}/seed", key_arn=self._keys["secrets"]),
            self._child,
        ).value

    def _database(self, callers: Mapping[str, pulumi.Output[str]]) -> Aurora:
        if self._joins is None:
            seed = self._seed("database")
            database = self._aurora(callers, first_password=seed, joined=None)
            self.database_secret_arn = self._credentials(database, seed)
            self.schemas_function = self._schemas(database)
            self.database_endpoint = database.endpoint
        else:
            database = self._aurora(callers, first_password=None, joined=self._joins.database.global_database)
            self.database_secret_arn = replica_of(
                self._joins.database_secret_arn, source=self._joins.region, region=self._scope.region
            )
            self.schemas_function = None
            # No writer is here: readers pass writes on to the region where it is.
            self.database_endpoint = database.reader_endpoint
        self.database_reader_endpoint = database.reader_endpoint
        self.database_login_ids = [database.resource_id]
        self.database_log_groups = database.log_group_names
        if self._settings.growth.sizes.database.proxy:
            self._proxy(database, callers)
        return database

    def _aurora(
        self,
        callers: Mapping[str, pulumi.Output[str]],
        *,
        first_password: pulumi.Output[str] | None,
        joined: GlobalDatabase | None,
    ) -> Aurora:
        settings, network = self._settings, self._network
        size = settings.growth.sizes.database
        return Aurora(
            self._place.named("database"),
            AuroraArgs(
                scope=self._scope,
                size=size,
                members=size.members_elsewhere if joined else size.members,
                is_global=settings.growth.regions > 1,
                joins=joined,
                vpc_id=network.vpc_id,
                subnet_ids=network.data_subnet_ids,
                zones=self._place.network.zones,
                callers=callers,
                first_password=first_password,
                key_arn=self._keys["data"],
                logs_key_arn=self._keys["logs"],
                log_retention_days=settings.growth.sizes.network.flow_log_retention_days,
                alarm_topic_arn=self._alerts.topic_arn,
                destroy_protection=settings.destroy_protection,
            ),
            self._child,
        )

    def _credentials(self, database: Aurora, seed: pulumi.Output[str]) -> pulumi.Output[str]:
        settings, network = self._settings, self._network
        return Credentials(
            self._place.named("database-credentials"),
            CredentialsArgs(
                scope=self._scope,
                cluster_identifier=database.cluster_identifier,
                host=database.endpoint,
                username=MASTER_USERNAME,
                first_password=seed,
                vpc_id=network.vpc_id,
                subnet_ids=network.private_subnet_ids,
                database_security_group_id=database.security_group_id,
                secrets_key_arn=self._keys["secrets"],
                replica_key_arns=self._there("secrets"),
                logs_key_arn=self._keys["logs"],
                log_retention_days=settings.growth.sizes.network.flow_log_retention_days,
                destroy_protection=settings.destroy_protection,
            ),
            self._child,
        ).secret_arn

    def _schemas(self, database: Aurora) -> pulumi.Output[str]:
        return ServiceSchemas(
            self._place.named("database-schemas"),
            ServiceSchemasArgs(
                scope=self._scope,
                contract_parameter=parameter_name(self._scope),
                secret_prefix=secret_prefix(self._scope),
                vpc_id=self._network.vpc_id,
                subnet_ids=self._network.private_subnet_ids,
                database_security_group_id=database.security_group_id,
                logs_key_arn=self._keys["logs"],
                log_retention_days=self._settings.growth.sizes.network.flow_log_retention_days,
                alarm_topic_arn=self._alerts.topic_arn,
            ),
            self._child,
        ).function_name

    def _proxy(self, database: Aurora, callers: Mapping[str, pulumi.Output[str]]) -> None:
        """Between services and the database: their endpoints are the proxy's from here on."""
        size, joined = self._settings.growth.sizes.database, self._joins is not None
        proxy = Proxy(
            self._place.named("database-proxy"),
            ProxyArgs(
                scope=self._scope,
                cluster_identifier=database.cluster_identifier,
                cluster_resource_id=database.resource_id,
                reader_endpoint=database.reader_endpoint,
                has_readers=joined or size.readers > 0,
                is_global=self._settings.growth.regions > 1,
                forwards_writes=joined,
                vpc_id=self._network.vpc_id,
                subnet_ids=self._network.private_subnet_ids,
                callers=callers,
                database_security_group_id=database.security_group_id,
            ),
            self._child,
        )
        self.database_reader_endpoint = proxy.reader_endpoint or database.reader_endpoint
        self.database_endpoint = self.database_reader_endpoint if joined else proxy.endpoint
        self.database_login_ids = [database.resource_id, proxy.resource_id]

    def permissions(self) -> list[iam.Statement]:
        """What a service may do with the stores whose names are known before they exist."""
        scope = self._scope
        aliases = [f"alias/{scope.name(title)}" for title in ("data", "messaging")]
        return [
            iam.Statement(
                sid="ConnectToTheCache",
                actions=["elasticache:Connect"],
                resources=[self.cache.cache_arn, self.cache.user_arn],
            ),
            iam.Statement(sid="PublishEvents", actions=["events:PutEvents"], resources=[self.messaging.bus_arn]),
            iam.Statement(
                sid="TakeWorkFromTheQueue",
                actions=["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"],
                resources=[self.messaging.queue_arn],
            ),
            iam.Statement(
                sid="KeepSessions",
                actions=["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                resources=[self.sessions.table_arn],
            ),
            iam.by_key(
                scope,
                "UseTheKeysOfWhatItReadsAndWrites",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                alias=aliases,
                through=("dynamodb", "sqs"),
            ),
        ]

    def login(self, user: str) -> pulumi.Output[str]:
        """A policy document: the right to log in to the database as a user; AWS assigns the ids in it."""

        def document(ids: Sequence[str]) -> str:
            names = [self._scope.arn("rds-db", f"dbuser:{each}/{user}") for each in ids]
            return iam.document(iam.Statement(sid="LogInToTheDatabase", actions=["rds-db:connect"], resources=names))

        return pulumi.Output.all(*self.database_login_ids).apply(document)
