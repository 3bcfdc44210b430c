"""What runs in a region's cluster: the cluster itself, what launches its nodes, and what everything in it needs."""

from dataclasses import dataclass

import pulumi

from components.compute.capacity import Capacity, CapacityArgs
from components.compute.cluster import Cluster, ClusterArgs, access
from components.edge.entrance import Entrance
from components.foundation.encryption import Encryption
from components.foundation.network import Network
from components.foundation.workloads import Workloads
from components.operations import sessions
from components.operations.alerts import Alerts
from components.platform.deploying import WayIn
from components.platform.places import Place
from components.settings import Settings
from components.sizes import AddOnsSize, ClusterSize
from k8s import versions
from k8s.addons import AddOns, AddOnsArgs, SignOn


@dataclass(frozen=True, kw_only=True)
class ComputeArgs:
    """What the cluster of a region stands on."""

    settings: Settings
    place: Place
    size: ClusterSize
    add_ons: AddOnsSize
    encryption: Encryption
    network: Network
    workloads: Workloads
    entrance: Entrance
    alerts: Alerts
    way_in: WayIn  # of what deploys


class Compute(pulumi.ComponentResource):
    """The cluster of one region, with what the platform installs in it."""

    cluster: Cluster

    def __init__(self, name: str, args: ComputeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:index:Compute", name, None, opts)
        self._args, self._scope, self._named = args, args.place.scope, args.place.named
        self.cluster = self._cluster()
        capacity = Capacity(
            self._named("capacity"),
            CapacityArgs(
                scope=self._scope,
                cluster_name=self.cluster.cluster_name,
                alarm_topic_arn=args.alerts.topic_arn,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=self.cluster.ready),
        )
        self._add_ons(capacity)
        self.register_outputs({})

    def _cluster(self) -> Cluster:
        args, settings, keys = self._args, self._args.settings, self._args.encryption
        return Cluster(
            self._named("cluster"),
            ClusterArgs(
                scope=self._scope,
                size=args.size,
                versions=versions.EKS,
                vpc_id=args.network.vpc_id,
                subnet_ids=args.network.private_subnet_ids,
                public_cidrs=[str(each) for each in settings.cluster.public_cidrs],
                callers=args.way_in.groups,
                visitors=args.way_in.networks,
                workloads_group_id=args.workloads.security_group_id,
                cluster_key_arn=keys.key_arns["cluster"],
                storage_key_arn=keys.key_arns["storage"],
                storage_key_alias=keys.key_aliases["storage"],
                logs_key_arn=keys.key_arns["logs"],
                sessions=sessions.relay_statements(self._scope),
                stage_tags=settings.stage_tags,
                destroy_protection=settings.destroy_protection,
            ),
            # Nodes that start before there is a way out never join. The runner before the API is closed to others: an
            # `up` that does both and fails leaves a way to go on.
            pulumi.ResourceOptions(parent=self, depends_on=[args.network, args.workloads, *args.way_in.after]),
        )

    def _add_ons(self, capacity: Capacity) -> None:
        args, cluster, keys = self._args, self.cluster, self._args.encryption
        git, telemetry = args.settings.gitops, args.settings.telemetry
        AddOns(
            self._named("add-ons"),
            AddOnsArgs(
                scope=self._scope,
                size=args.add_ons,
                stage_tags=args.settings.stage_tags,
                cluster_name=cluster.cluster_name,
                cluster_endpoint=cluster.endpoint,
                cluster_security_group_id=cluster.security_group_id,
                previewers=access.PREVIEWERS,
                vpc_id=args.network.vpc_id,
                network_cidr=str(args.place.network.cidr),
                subnet_ids=args.network.private_subnet_ids,
                workloads_security_group_id=args.workloads.security_group_id,
                target_group_arn=args.entrance.cluster_target_group_arn,
                node_role_name=capacity.node_role_name,
                node_role_arn=capacity.node_role_arn,
                queue_name=capacity.queue_name,
                queue_arn=capacity.queue_arn,
                storage_key_arn=keys.key_arns["storage"],
                storage_key_alias=keys.key_aliases["storage"],
                secrets_key_alias=keys.key_aliases["secrets"],
                logs_key_arn=keys.key_arns["logs"],
                log_group_name=args.workloads.log_group_name,
                datadog=telemetry.datadog,
                repository_url=git.repository_url,
                revision=git.revision,
                sign_on=SignOn(**git.sign_on.model_dump()) if git.sign_on else None,
            ),
            pulumi.ResourceOptions(
                parent=self,
                providers={"kubernetes": cluster.kubernetes_provider},
                depends_on=[*cluster.ready, capacity],
            ),
        )
