"""All add-ons, in the order in which they come and, the other way round, go (REQ-C5).

Up: definitions, controllers, what they look after, ArgoCD, the root application. Down: the root application with all
that it made; the binding and the node pools, each waited for; controllers. docs/adr/0019 says why this order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.naming import Scope
from components.sizes import AddOnsSize
from k8s.addons.argocd import ArgoCd, ArgoCdArgs, SignOn
from k8s.addons.gateway import Gateway, GatewayArgs
from k8s.addons.karpenter import Karpenter, KarpenterArgs
from k8s.addons.load_balancer import LoadBalancer, LoadBalancerArgs
from k8s.addons.preview import Preview, PreviewArgs
from k8s.addons.rollouts import Rollouts, RolloutsArgs
from k8s.addons.scaling import Scaling, ScalingArgs
from k8s.addons.secrets import Secrets, SecretsArgs
from k8s.addons.telemetry import Telemetry, TelemetryArgs


@dataclass(frozen=True, kw_only=True)
class AddOnsArgs:
    """What add-ons are told of the platform that they run on."""

    scope: Scope
    size: AddOnsSize
    stage_tags: Mapping[str, str]  # four of the six
    # The cluster
    cluster_name: str
    cluster_endpoint: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]  # the one that EKS makes
    previewers: str  # the group of Kubernetes that the preview role is in
    # Where it is
    vpc_id: pulumi.Input[str]
    network_cidr: str  # the VPC's
    subnet_ids: Sequence[pulumi.Input[str]]  # private, one a zone
    workloads_security_group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]  # the cluster's, on the platform's load balancer
    # Capacity (components/compute/capacity.py)
    node_role_name: str
    node_role_arn: str
    queue_name: str
    queue_arn: str
    # Keys
    storage_key_arn: pulumi.Input[str]
    storage_key_alias: str
    secrets_key_alias: str
    logs_key_arn: pulumi.Input[str]
    # Signals
    log_group_name: str  # of services
    datadog: bool
    # Git
    repository_url: str
    revision: str
    sign_on: SignOn | None


class AddOns(pulumi.ComponentResource):
    """The in-cluster platform; AWS's and the cluster's providers come through the options."""

    def __init__(self, name: str, args: AddOnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:AddOns", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        Preview(f"{name}-preview", PreviewArgs(group=args.previewers), child)
        karpenter = Karpenter(
            f"{name}-karpenter",
            KarpenterArgs(
                scope=args.scope,
                size=args.size,
                stage_tags=args.stage_tags,
                cluster_name=args.cluster_name,
                cluster_endpoint=args.cluster_endpoint,
                subnet_ids=args.subnet_ids,
                security_group_ids=[args.cluster_security_group_id, args.workloads_security_group_id],
                node_role_name=args.node_role_name,
                node_role_arn=args.node_role_arn,
                queue_name=args.queue_name,
                queue_arn=args.queue_arn,
                storage_key_arn=args.storage_key_arn,
                storage_key_alias=args.storage_key_alias,
            ),
            child,
        )
        load_balancer = LoadBalancer(
            f"{name}-load-balancer",
            LoadBalancerArgs(scope=args.scope, cluster_name=args.cluster_name, vpc_id=args.vpc_id),
            child,
        )
        secrets = Secrets(
            f"{name}-secrets",
            SecretsArgs(
                scope=args.scope,
                size=args.size,
                cluster_name=args.cluster_name,
                network_cidr=args.network_cidr,
                secrets_key_alias=args.secrets_key_alias,
            ),
            child,
        )
        scaling = Scaling(
            f"{name}-scaling",
            ScalingArgs(
                scope=args.scope, size=args.size, cluster_name=args.cluster_name, network_cidr=args.network_cidr
            ),
            child,
        )
        gateway = Gateway(
            f"{name}-gateway",
            GatewayArgs(
                size=args.size,
                network_cidr=args.network_cidr,
                target_group_arn=args.target_group_arn,
                after_nodes=list(karpenter.pools),
                load_balancer=load_balancer.controller,
            ),
            child,
        )
        rollouts = Rollouts(
            f"{name}-rollouts",
            RolloutsArgs(scope=args.scope, size=args.size, cluster_name=args.cluster_name, after=gateway.ready),
            child,
        )
        telemetry = Telemetry(
            f"{name}-telemetry",
            TelemetryArgs(
                scope=args.scope,
                size=args.size,
                cluster_name=args.cluster_name,
                log_group_name=args.log_group_name,
                logs_key_arn=args.logs_key_arn,
                datadog=args.datadog,
                stores=secrets.stores,
            ),
            child,
        )
        # Last up and first down: what Git made is gone before anything that has to let go of it.
        ArgoCd(
            f"{name}-argocd",
            ArgoCdArgs(
                scope=args.scope,
                size=args.size,
                repository_url=args.repository_url,
                revision=args.revision,
                sign_on=args.sign_on,
                stores=secrets.stores,
                after=[
                    *karpenter.pools,
                    *gateway.ready,
                    *scaling.ready,
                    *telemetry.ready,
                    rollouts.controller,
                ],
            ),
            child,
        )
        self.register_outputs({})
