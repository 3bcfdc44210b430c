"""What keeps data in a region: the database and who logs in to it, the cache, events and work, keys, backups."""

from collections.abc import Sequence

import pulumi

from components import iam
from components.data.aurora import MASTER_USERNAME, Aurora, AuroraArgs
from components.data.cache import Cache, CacheArgs
from components.data.credentials import Credentials, CredentialsArgs
from components.data.keyvalue import KeyValue, KeyValueArgs
from components.data.messaging import Messaging, MessagingArgs
from components.data.proxy import Proxy, ProxyArgs
from components.foundation.encryption import Encryption
from components.foundation.network import Network
from components.foundation.seed import Seed, SeedArgs
from components.foundation.workloads import Workloads
from components.operations.alerts import Alerts
from components.operations.recovery import Recovery, RecoveryArgs
from components.settings import Settings


class Stores(pulumi.ComponentResource):
    """The data tiers of one region."""

    database_endpoint: pulumi.Output[str]  # through the proxy where there is one
    database_reader_endpoint: pulumi.Output[str]
    database_login_ids: Sequence[pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        encryption: Encryption,
        network: Network,
        workloads: Workloads,
        alerts: Alerts,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("startup-platform:index:Stores", name, None, opts)
        self._settings, self._scope = settings, settings.scope()
        self._keys, self._network, self._alerts = encryption.key_arns, network, alerts
        self._child = pulumi.ResourceOptions(parent=self)
        sizes, kept = settings.growth.sizes, settings.destroy_protection
        callers = {"workloads": workloads.security_group_id}
        self.messaging = Messaging(
            "messaging",
            MessagingArgs(
                scope=self._scope,
                size=sizes.messaging,
                key_arn=self._keys["messaging"],
                alarm_topic_arn=alerts.topic_arn,
                destroy_protection=kept,
            ),
            self._child,
        )
        database = self._database(callers)
        self.cache = Cache(
            "cache",
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
        self.sessions = KeyValue(
            "sessions",
            KeyValueArgs(
                scope=self._scope,
                key_arn=self._keys["data"],
                replica_key_arns={},  # the other region has no key yet
                destroy_protection=kept,
            ),
            self._child,
        )
        Recovery(
            "recovery",
            RecoveryArgs(
                scope=self._scope,
                cluster_arns={"database": database.cluster_arn},
                after=[database.endpoint],
                key_arn=self._keys["data"],
                key_alias=encryption.key_aliases["data"],
                stage_tags=settings.stage_tags,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.register_outputs({})

    def _seed(self, title: str) -> pulumi.Output[str]:
        return Seed(
            f"{title}-seed",
            SeedArgs(scope=self._scope, path=f"{title}/seed", key_arn=self._keys["secrets"]),
            self._child,
        ).value

    def _database(self, callers: dict[str, pulumi.Output[str]]) -> Aurora:
        settings, network = self._settings, self._network
        size, kept = settings.growth.sizes.database, settings.destroy_protection
        retention_days = settings.growth.sizes.network.flow_log_retention_days
        seed = self._seed("database")
        database = Aurora(
            "database",
            AuroraArgs(
                scope=self._scope,
                size=size,
                is_global=settings.growth.regions > 1,
                vpc_id=network.vpc_id,
                subnet_ids=network.data_subnet_ids,
                zones=settings.network.zones,
                callers=callers,
                first_password=seed,
                key_arn=self._keys["data"],
                logs_key_arn=self._keys["logs"],
                log_retention_days=retention_days,
                alarm_topic_arn=self._alerts.topic_arn,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.credentials = Credentials(
            "database-credentials",
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
                logs_key_arn=self._keys["logs"],
                log_retention_days=retention_days,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.database_endpoint, self.database_reader_endpoint = database.endpoint, database.reader_endpoint
        self.database_login_ids = [database.resource_id]
        if size.proxy:
            proxy = Proxy(
                "database-proxy",
                ProxyArgs(
                    scope=self._scope,
                    cluster_identifier=database.cluster_identifier,
                    cluster_resource_id=database.resource_id,
                    reader_endpoint=database.reader_endpoint,
                    has_readers=size.readers > 0,
                    vpc_id=network.vpc_id,
                    subnet_ids=network.private_subnet_ids,
                    callers=callers,
                    database_security_group_id=database.security_group_id,
                ),
                self._child,
            )
            self.database_endpoint = proxy.endpoint
            self.database_reader_endpoint = proxy.reader_endpoint or database.reader_endpoint
            self.database_login_ids = [database.resource_id, proxy.resource_id]
        return database

    def permissions(self) -> list[iam.Statement]:
        """What a service may do with the stores whose names are known before they exist."""
        scope = self._scope
        aliases = [f"alias/{scope.name(title)}" for title in ("data", "messaging")]
        through = [f"{service}.{scope.region}.amazonaws.com" for service in ("dynamodb", "sqs")]
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
            # Keys have ids that AWS assigns; an alias is known before.
            iam.Statement(
                sid="UseTheKeysOfWhatItReadsAndWrites",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[scope.arn("kms", "key/*")],
                condition={
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases},
                    "StringEquals": {"kms:ViaService": through},
                },
            ),
        ]

    def login(self, user: str) -> pulumi.Output[str]:
        """A policy document: the right to log in to the database as a user; AWS assigns the ids in it."""

        def document(ids: Sequence[str]) -> str:
            names = [self._scope.arn("rds-db", f"dbuser:{each}/{user}") for each in ids]
            return iam.document(iam.Statement(sid="LogInToTheDatabase", actions=["rds-db:connect"], resources=names))

        return pulumi.Output.all(*self.database_login_ids).apply(document)
