"""The whole of one stage: the only file that knows every tier and hands each what it needs of the others."""

import pulumi
import pulumi_aws as aws

from components import contract, tagging
from components.contract import Contract
from components.data.aurora import MASTER_USERNAME, Aurora, AuroraArgs
from components.data.cache import Cache, CacheArgs
from components.data.credentials import Credentials, CredentialsArgs
from components.data.keyvalue import KeyValue, KeyValueArgs
from components.data.messaging import Messaging, MessagingArgs
from components.data.proxy import Proxy, ProxyArgs
from components.foundation.encryption import Encryption, EncryptionArgs
from components.foundation.network import Network, NetworkArgs
from components.foundation.registry import Registry, RegistryArgs
from components.foundation.seed import Seed, SeedArgs
from components.foundation.workloads import Workloads, WorkloadsArgs
from components.operations.alerts import Alerts, AlertsArgs
from components.operations.recovery import Recovery, RecoveryArgs
from components.settings import Settings


class Platform(pulumi.ComponentResource):
    """A stage. What exists once per account is built here, what exists once per region in `Region`."""

    contract: Contract

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:index:Platform", name, None, opts)
        provider = aws.Provider(
            f"aws-{settings.region}",
            region=settings.region,
            allowed_account_ids=[settings.account_id],
            default_tags=aws.ProviderDefaultTagsArgs(tags=_stage_tags(settings)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        primary = Region("primary", settings, pulumi.ResourceOptions(parent=self, providers={"aws": provider}))
        self.contract = primary.contract
        self.register_outputs({})


class Region(pulumi.ComponentResource):
    """The tiers of one region; its AWS provider comes through the options."""

    contract: Contract

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:Region", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        sizes = settings.growth.sizes
        encryption = Encryption(
            "encryption",
            EncryptionArgs(
                scope=settings.scope(),
                deletion_window_days=settings.encryption.deletion_window_days,
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        network = Network(
            "network",
            NetworkArgs(
                scope=settings.scope(),
                cidr=settings.network.cidr,
                zones=settings.network.zones,
                size=sizes.network,
                destroy_protection=settings.destroy_protection,
                logs_key_arn=encryption.key_arns["logs"],
            ),
            child,
        )
        registry = Registry(
            "registry",
            RegistryArgs(
                scope=settings.scope(),
                repositories=settings.registry.repositories,
                key_arn=encryption.key_arns["storage"],
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        workloads = Workloads("workloads", WorkloadsArgs(scope=settings.scope(), vpc_id=network.vpc_id), child)
        callers = {"workloads": workloads.security_group_id}
        alerts = Alerts(
            "alerts",
            AlertsArgs(
                scope=settings.scope(), email=settings.contacts.alarms, key_arn=encryption.key_arns["messaging"]
            ),
            child,
        )
        messaging = Messaging(
            "messaging",
            MessagingArgs(
                scope=settings.scope(),
                size=sizes.messaging,
                key_arn=encryption.key_arns["messaging"],
                alarm_topic_arn=alerts.topic_arn,
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        seeds = {
            title: Seed(
                f"{title}-seed",
                SeedArgs(scope=settings.scope(), path=f"{title}/seed", key_arn=encryption.key_arns["secrets"]),
                child,
            )
            for title in ("database", "cache")
        }
        database = Aurora(
            "database",
            AuroraArgs(
                scope=settings.scope(),
                size=sizes.database,
                is_global=settings.growth.regions > 1,
                vpc_id=network.vpc_id,
                subnet_ids=network.data_subnet_ids,
                zones=settings.network.zones,
                callers=callers,
                first_password=seeds["database"].value,
                key_arn=encryption.key_arns["data"],
                logs_key_arn=encryption.key_arns["logs"],
                log_retention_days=sizes.network.flow_log_retention_days,
                alarm_topic_arn=alerts.topic_arn,
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        credentials = Credentials(
            "database-credentials",
            CredentialsArgs(
                scope=settings.scope(),
                cluster_identifier=database.cluster_identifier,
                host=database.endpoint,
                username=MASTER_USERNAME,
                first_password=seeds["database"].value,
                vpc_id=network.vpc_id,
                subnet_ids=network.private_subnet_ids,
                database_security_group_id=database.security_group_id,
                secrets_key_arn=encryption.key_arns["secrets"],
                logs_key_arn=encryption.key_arns["logs"],
                log_retention_days=sizes.network.flow_log_retention_days,
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        proxy = (
            Proxy(
                "database-proxy",
                ProxyArgs(
                    scope=settings.scope(),
                    cluster_identifier=database.cluster_identifier,
                    cluster_resource_id=database.resource_id,
                    reader_endpoint=database.reader_endpoint,
                    has_readers=sizes.database.readers > 0,
                    vpc_id=network.vpc_id,
                    subnet_ids=network.private_subnet_ids,
                    callers=callers,
                    database_security_group_id=database.security_group_id,
                ),
                child,
            )
            if sizes.database.proxy
            else None
        )
        cache = Cache(
            "cache",
            CacheArgs(
                scope=settings.scope(),
                size=sizes.cache,
                vpc_id=network.vpc_id,
                subnet_ids=network.data_subnet_ids,
                callers=callers,
                default_password=seeds["cache"].value,
                key_arn=encryption.key_arns["data"],
                logs_key_arn=encryption.key_arns["logs"],
                log_retention_days=sizes.network.flow_log_retention_days,
                alarm_topic_arn=alerts.topic_arn,
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        sessions = KeyValue(
            "sessions",
            KeyValueArgs(
                scope=settings.scope(),
                key_arn=encryption.key_arns["data"],
                replica_key_arns={},  # the other region has no key yet
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        Recovery(
            "recovery",
            RecoveryArgs(
                scope=settings.scope(),
                cluster_arns={"database": database.cluster_arn},
                after=[database.endpoint],
                key_arn=encryption.key_arns["data"],
                key_alias=encryption.key_aliases["data"],
                stage_tags=_stage_tags(settings),
                destroy_protection=settings.destroy_protection,
            ),
            child,
        )
        self.contract = Contract(
            stage=settings.stage,
            account_id=settings.account_id,
            region=settings.region,
            phase=settings.phase.value,
            vpc_id=network.vpc_id,
            public_subnet_ids=network.public_subnet_ids,
            private_subnet_ids=network.private_subnet_ids,
            data_subnet_ids=network.data_subnet_ids,
            nat_addresses=network.nat_addresses,
            key_arns=encryption.key_arns,
            repository_urls=registry.urls,
            workloads_security_group_id=workloads.security_group_id,
            database_endpoint=proxy.endpoint if proxy else database.endpoint,
            database_reader_endpoint=(proxy.reader_endpoint if proxy else None) or database.reader_endpoint,
            database_login_ids=[database.resource_id, *([proxy.resource_id] if proxy else [])],
            database_secret_arn=credentials.secret_arn,
            cache_endpoint=cache.endpoint,
            cache_user=cache.user_name,
            cache_arns=[cache.cache_arn, cache.user_arn],
            queue_url=messaging.queue_url,
            queue_arn=messaging.queue_arn,
            event_bus_name=messaging.bus_name,
            alarm_topic_arn=alerts.topic_arn,
            sessions_table=sessions.table_name,
        )
        aws.ssm.Parameter(
            "contract",
            name=contract.parameter_name(settings.scope()),
            description="What service stacks may read of this stage",
            type="String",
            tier="Intelligent-Tiering",  # 4 KB are free, and it may grow past them
            value=pulumi.Output.json_dumps(contract.exports(self.contract)),
            tags=tagging.tier_tags("contract", tagging.Classification.INTERNAL),
            opts=child,
        )
        self.register_outputs({})


def _stage_tags(settings: Settings) -> dict[str, str]:
    return tagging.stage_tags(
        stage=settings.stage,
        owner=settings.owner,
        cost_center=settings.cost_center,
        compliance=settings.compliance,
    )
