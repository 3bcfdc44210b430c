"""What there is once per region: keys, network, front door, what runs, and what keeps data."""

import pulumi

from components.compute import startup
from components.compute.instances import Instances, InstancesArgs
from components.contract import parameter_name
from components.edge import origin
from components.edge.certificates import Certificate, CertificateArgs
from components.edge.entrance import Entrance, EntranceArgs
from components.edge.firewall_log import FirewallLog, FirewallLogArgs
from components.edge.lock import Lock, LockArgs
from components.foundation.access_logs import AccessLogs, AccessLogsArgs
from components.foundation.encryption import PURPOSES, Encryption, EncryptionArgs
from components.foundation.network import Network, NetworkArgs
from components.foundation.registry import Registry, RegistryArgs
from components.foundation.seed import Seed, SeedArgs
from components.foundation.workloads import Workloads, WorkloadsArgs
from components.operations.alerts import Alerts, AlertsArgs
from components.platform.stores import Stores
from components.settings import Settings


class Region(pulumi.ComponentResource):
    """The tiers of one region; its AWS provider comes through the options."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
        super().__init__("startup-platform:index:Region", name, None, opts)
        self._settings, self._scope = settings, settings.scope()
        self._child = pulumi.ResourceOptions(parent=self)
        self._foundation()
        self.alerts = Alerts(
            "alerts",
            AlertsArgs(
                scope=self._scope, email=settings.contacts.alarms, key_arn=self.encryption.key_arns["messaging"]
            ),
            self._child,
        )
        self.stores = Stores(
            "stores",
            settings,
            encryption=self.encryption,
            network=self.network,
            workloads=self.workloads,
            alerts=self.alerts,
            opts=self._child,
        )
        self.entrance = self._entrance()
        self._instances()
        self.register_outputs({})

    def _foundation(self) -> None:
        settings, scope, sizes = self._settings, self._scope, self._settings.growth.sizes
        kept = settings.destroy_protection
        self.encryption = Encryption(
            "encryption",
            EncryptionArgs(
                scope=scope,
                purposes=PURPOSES,
                deletion_window_days=settings.encryption.deletion_window_days,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.network = Network(
            "network",
            NetworkArgs(
                scope=scope,
                cidr=settings.network.cidr,
                zones=settings.network.zones,
                size=sizes.network,
                destroy_protection=kept,
                logs_key_arn=self.encryption.key_arns["logs"],
            ),
            self._child,
        )
        self.workloads = Workloads(
            "workloads",
            WorkloadsArgs(
                scope=scope,
                vpc_id=self.network.vpc_id,
                logs_key_arn=self.encryption.key_arns["logs"],
                log_retention_days=sizes.network.flow_log_retention_days,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.registry = Registry(
            "registry",
            RegistryArgs(
                scope=scope,
                repositories=settings.registry.repositories,
                key_arn=self.encryption.key_arns["storage"],
                destroy_protection=kept,
            ),
            self._child,
        )
        self.access_logs = AccessLogs(
            "access-logs",
            AccessLogsArgs(
                scope=scope,
                retention_days=sizes.edge.access_log_retention_days,
                destroy_protection=kept,
            ),
            self._child,
        )

    def _entrance(self) -> Entrance:
        settings, scope, growth = self._settings, self._scope, self._settings.growth
        domain, kept = settings.domain, settings.destroy_protection
        certificate = Certificate(
            "origin-certificate",
            CertificateArgs(scope=scope, domain=origin.name(domain.name), with_wildcard=False, zone_id=domain.zone_id),
            self._child,
        )
        secrets = [
            Seed(
                f"origin-secret-{epoch}",
                SeedArgs(scope=scope, path=f"edge/origin-secret/{epoch}", key_arn=self.encryption.key_arns["secrets"]),
                self._child,
            ).value
            for epoch in origin.accepted_epochs(settings.edge.origin_secret_epoch)
        ]
        entrance = Entrance(
            "entrance",
            EntranceArgs(
                scope=scope,
                domain=domain.name,
                zone_id=domain.zone_id,
                vpc_id=self.network.vpc_id,
                subnet_ids=self.network.public_subnet_ids,
                certificate_arn=certificate.arn,
                workloads_group_id=self.workloads.security_group_id,
                accepted_secrets=secrets,
                log_bucket=self.access_logs.bucket,
                with_instances=growth.sizes.instances is not None,
                cluster_weight=growth.sizes.edge.cluster_weight,
                steps_aside=growth.regions > 1,
                alarm_topic_arn=self.alerts.topic_arn,
                destroy_protection=kept,
            ),
            self._child,
        )
        lock = Lock(
            "lock",
            LockArgs(
                scope=scope,
                load_balancer_arn=entrance.load_balancer_arn,
                accepted_secrets=[entrance.secret, *secrets[1:]],
            ),
            self._child,
        )
        FirewallLog(
            "lock-log",
            FirewallLogArgs(
                scope=scope,
                title="origin",
                web_acl_arn=lock.web_acl_arn,
                logs_key_arn=self.encryption.key_arns["logs"],
                retention_days=growth.sizes.edge.access_log_retention_days,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.origin_secret = lock.secret
        return entrance

    def _instances(self) -> None:
        """None where the cluster has all requests."""
        size, scope = self._settings.growth.sizes.instances, self._scope
        target_group_arn = self.entrance.instances_target_group_arn
        if size is None or target_group_arn is None:
            return
        Instances(
            "instances",
            InstancesArgs(
                scope=scope,
                size=size,
                subnet_ids=self.network.private_subnet_ids,
                security_group_id=self.workloads.security_group_id,
                target_group_arn=target_group_arn,
                storage_key_arn=self.encryption.key_arns["storage"],
                log_group_name=self.workloads.log_group_name,
                after=[self.workloads.log_group],
                contract_parameter=parameter_name(scope),
                permissions=self.stores.permissions(),
                login=self.stores.login(startup.DATABASE_USER),
                stage_tags=self._settings.stage_tags,
            ),
            # The start-up script runs once: an instance that starts before there is a way out is one to be replaced.
            pulumi.ResourceOptions(parent=self, depends_on=[self.network, self.workloads]),
        )
