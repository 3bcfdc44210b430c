"""What there is once per region: keys, network, front door, what runs, and what keeps data.

A second region is the same class once more. It joins the first one: what must be the same in both (a secret, a
database) comes from there, as args of its tiers. Since the first one in turn hands copies of its data to the second, a
region is made in two steps: its foundation, by whose keys others can encrypt, and then what stands on it.
"""

from collections.abc import Mapping

import pulumi

from components.compute import startup
from components.compute.instances import Instances, InstancesArgs
from components.contract import parameter_name
from components.edge import origin
from components.edge.certificates import Certificate, CertificateArgs
from components.edge.entrance import Entrance, EntranceArgs
from components.edge.firewall_log import FirewallLog, FirewallLogArgs
from components.edge.lock import Lock, LockArgs
from components.foundation import acls
from components.foundation.access_logs import AccessLogs, AccessLogsArgs
from components.foundation.encryption import PURPOSES, Encryption, EncryptionArgs
from components.foundation.image_copies import ImageCopies, ImageCopiesArgs
from components.foundation.network import Network, NetworkArgs
from components.foundation.registry import Registry, RegistryArgs
from components.foundation.seed import Seed, SeedArgs
from components.foundation.workloads import Workloads, WorkloadsArgs
from components.operations import sessions
from components.operations.access import Access, AccessArgs, Destination
from components.operations.alerts import Alerts, AlertsArgs
from components.operations.inquiries import Inquiries, InquiriesArgs
from components.operations.promises import Promises, PromisesArgs
from components.operations.recovery import VaultOfCopies, VaultOfCopiesArgs
from components.operations.toggles import Toggles, TogglesArgs
from components.operations.traces import Traces, TracesArgs
from components.platform import deploying
from components.platform.compute import Compute, ComputeArgs
from components.platform.deploying import WayIn
from components.platform.places import Place
from components.platform.stores import Refuge, Stores, StoresArgs
from components.settings import Settings


class Region(pulumi.ComponentResource):
    """The tiers of one region; its AWS provider comes through the options."""

    def __init__(
        self, name: str, settings: Settings, place: Place, joins: "Region | None", opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("startup-platform:index:Region", name, None, opts)
        self.place, self.scope, self.named = place, place.scope, place.named
        self._settings, self._place, self._scope, self._joins = settings, place, place.scope, joins
        self._child = pulumi.ResourceOptions(parent=self)
        self._foundation()
        self.alerts = Alerts(
            self.named("alerts"),
            AlertsArgs(
                scope=self._scope, email=settings.contacts.alarms, key_arn=self.encryption.key_arns["messaging"]
            ),
            self._child,
        )

    def takes_copies(self) -> Refuge:
        """What this region keeps for another one."""
        vault = VaultOfCopies(
            self.named("copies"),
            VaultOfCopiesArgs(
                scope=self._scope,
                key_arn=self.encryption.key_arns["data"],
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )
        return Refuge(
            region=self._scope.region,
            key_arns=self.encryption.key_arns,
            vault_arn=vault.vault_arn,
            registry=self.registry,
        )

    def furnish(self, refuge: Refuge | None, way_in: WayIn | None = None) -> None:
        """What stands on the foundation.

        Args:
            refuge: the region that keeps copies of this one's data.
            way_in: how the other region's runner comes here; None in the region that has the runner itself.
        """
        self.stores = Stores(
            self.named("stores"),
            StoresArgs(
                settings=self._settings,
                place=self._place,
                joins=self._joins.stores if self._joins else None,
                refuge=refuge,
                encryption=self.encryption,
                network=self.network,
                workloads=self.workloads,
                alerts=self.alerts,
            ),
            self._child,
        )
        if refuge:
            ImageCopies(
                self.named("image-copies"),
                ImageCopiesArgs(scope=self._scope, to_region=refuge.region),
                # After the repositories there, which ECR would otherwise make itself.
                pulumi.ResourceOptions(parent=self, depends_on=[refuge.registry]),
            )
        self.entrance = self._entrance()
        slo = self._settings.growth.slo
        self.promises = Promises(
            self.named("promises"),
            PromisesArgs(
                scope=self._scope,
                availability_percent=slo.availability_percent,
                p95_ms=slo.p95_ms,
                load_balancer_arn_suffix=self.entrance.load_balancer_arn_suffix,
                alarm_topic_arn=self.alerts.topic_arn,
            ),
            self._child,
        )
        self.toggles = Toggles(
            self.named("toggles"),
            TogglesArgs(
                scope=self._scope, alarm_arns=self.promises.alarm_arns, key_arn=self.encryption.key_arns["storage"]
            ),
            self._child,
        )
        Traces(self.named("traces"), TracesArgs(scope=self._scope, p95_ms=slo.p95_ms), self._child)
        self._instances()
        self.compute = self._compute(way_in or self._runner())
        Inquiries(
            self.named("inquiries"),
            InquiriesArgs(
                services=self.workloads.log_group_name,
                database_slow=self.stores.database_log_groups["slowquery"],
                database_errors=self.stores.database_log_groups["error"],
                cluster=self.compute.cluster.log_group_name if self.compute else None,
            ),
            self._child,
        )
        self.access = self._access()
        self.register_outputs({})

    def _foundation(self) -> None:
        settings, scope, sizes = self._settings, self._scope, self._settings.growth.sizes
        kept = settings.destroy_protection
        self.encryption = Encryption(
            self.named("encryption"),
            EncryptionArgs(
                scope=scope,
                purposes=[each for each in PURPOSES if self._uses(each)],
                originals=self._joins.shared_keys() if self._joins else {},
                deletion_window_days=settings.encryption.deletion_window_days,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.network = Network(
            self.named("network"),
            NetworkArgs(
                scope=scope,
                cidr=self._place.network.cidr,
                zones=self._place.network.zones,
                size=sizes.network,
                destroy_protection=kept,
                logs_key_arn=self.encryption.key_arns["logs"],
                visitors=[*deploying.visitors(settings, self._joins.place).values()] if self._joins else (),
            ),
            self._child,
        )
        self.workloads = Workloads(
            self.named("workloads"),
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
            self.named("registry"),
            RegistryArgs(
                scope=scope,
                repositories=settings.registry.repositories,
                key_arn=self.encryption.key_arns["storage"],
                scans_on=settings.audit_owner == "stage" and sizes.detection.vulnerabilities,
                destroy_protection=kept,
            ),
            self._child,
        )
        self.access_logs = AccessLogs(
            self.named("access-logs"),
            AccessLogsArgs(
                scope=scope,
                retention_days=sizes.edge.access_log_retention_days,
                destroy_protection=kept,
            ),
            self._child,
        )

    def _uses(self, purpose: str) -> bool:
        """Whether something here is encrypted by the key of a purpose."""
        if purpose == "cluster":
            return self._settings.growth.sizes.cluster is not None
        if purpose == "audit":  # one trail an account, which is in the first region
            return self._settings.audit_owner == "stage" and self._joins is None
        return True

    def _entrance(self) -> Entrance:
        settings, scope, growth = self._settings, self._scope, self._settings.growth
        domain, kept = settings.domain, settings.destroy_protection
        certificate = Certificate(
            self.named("origin-certificate"),
            CertificateArgs(
                scope=scope,
                domain=origin.name(domain.name),
                with_wildcard=False,
                zone_id=domain.zone_id,
                proved_by=self._joins.origin_proof if self._joins else None,
            ),
            self._child,
        )
        self.origin_proof = certificate.proof
        secrets = self.accepted_secrets = self._joins.accepted_secrets if self._joins else self._origin_secrets()
        entrance = Entrance(
            self.named("entrance"),
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
            self.named("lock"),
            LockArgs(
                scope=scope,
                load_balancer_arn=entrance.load_balancer_arn,
                accepted_secrets=[entrance.secret, *secrets[1:]],
            ),
            self._child,
        )
        FirewallLog(
            self.named("lock-log"),
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

    def _origin_secrets(self) -> list[pulumi.Output[str]]:
        """What CloudFront shows the load balancers of all regions, since it does not know to which the name leads."""
        return [
            Seed(
                self.named(f"origin-secret-{epoch}"),
                SeedArgs(
                    scope=self._scope,
                    path=f"edge/origin-secret/{epoch}",
                    key_arn=self.encryption.key_arns["secrets"],
                ),
                self._child,
            ).value
            for epoch in origin.accepted_epochs(self._settings.edge.origin_secret_epoch)
        ]

    def shared_keys(self) -> Mapping[str, pulumi.Output[str]]:
        """The keys of which a region that joins this one has replicas."""
        return {title: arn for title, arn in self.encryption.key_arns.items() if PURPOSES[title].multi_region}

    def _runner(self) -> WayIn:
        return deploying.runner_of(self._settings, self._place, self.network, self.encryption, self._child)

    def _compute(self, way_in: WayIn) -> Compute | None:
        """None where instances have all requests."""
        sizes = self._settings.growth.sizes
        if sizes.cluster is None or sizes.add_ons is None:
            return None
        return Compute(
            self.named("compute"),
            ComputeArgs(
                settings=self._settings,
                place=self._place,
                size=sizes.cluster,
                add_ons=sizes.add_ons,
                encryption=self.encryption,
                network=self.network,
                workloads=self.workloads,
                entrance=self.entrance,
                alerts=self.alerts,
                way_in=way_in,
            ),
            self._child,
        )

    def _access(self) -> Access:
        """For people: to the stores and to the cluster's API.

        To the database itself and not its proxy, which takes IAM only: the master comes in by a password. Where no
        writer is, to a reader.
        """
        database = self.stores.database
        destinations = {
            "aurora": Destination(
                host=database.reader_endpoint if self._joins else database.endpoint, port=acls.MYSQL_PORT
            ),
            "redis": Destination(host=self.stores.cache.endpoint, port=acls.REDIS_PORT),
        }
        if self.compute:
            host = self.compute.cluster.endpoint.apply(lambda url: url.removeprefix("https://"))
            destinations["cluster"] = Destination(host=host, port=acls.HTTPS)
        return Access(
            self.named("access"),
            AccessArgs(
                scope=self._scope,
                destinations=destinations,
                contract_parameter=parameter_name(self._scope),
                logs_key_arn=self.encryption.key_arns["logs"],
                logs_key_alias=self.encryption.key_aliases["logs"],
                log_retention_days=self._settings.growth.sizes.network.flow_log_retention_days,
                destroy_protection=self._settings.destroy_protection,
            ),
            self._child,
        )

    def _instances(self) -> None:
        """None where the cluster has all requests."""
        size, scope = self._settings.growth.sizes.instances, self._scope
        target_group_arn = self.entrance.instances_target_group_arn
        if size is None or target_group_arn is None:
            return
        Instances(
            self.named("instances"),
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
                permissions=[*self.stores.permissions(), *sessions.relay_statements(scope)],
                login=self.stores.login(startup.DATABASE_USER),
                toggles=self.toggles.reading(),
                stage_tags=self._settings.stage_tags,
            ),
            # The start-up script runs once: an instance that starts before there is a way out is one to be replaced.
            pulumi.ResourceOptions(parent=self, depends_on=[self.network, self.workloads]),
        )
